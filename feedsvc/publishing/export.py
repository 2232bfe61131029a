"""Copy the files of a newsroom into a new folder, byte for byte, and its configuration."""

import os
import re
import secrets
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from feedsvc.config.settings import Config
from feedsvc.errors import FeedsvcError
from feedsvc.ingest import files
from feedsvc.ingest.records import RecordBytes, Records
from feedsvc.model.paths import MEDIA_FOLDERS, below_articles, in_newsroom
from feedsvc.store import articles
from feedsvc.store.database import Database

_TRIES = 3
"""Copies of one file, which others may be changing."""
_SECRET = re.compile(r"""(\s*)(\w*(?:secret|token|password))(\s*=)\s*["'].*""")
"""A line of config.toml with a secret."""


def check_target(config: Config, folder: Path) -> None:
    """Check that a newsroom can be copied into a folder.

    :raises FeedsvcError: it is not empty, or the newsroom would publish the copy.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FeedsvcError(f"{folder} is there and not empty; name a new folder")
    places = [(config.root / it).resolve() for it in MEDIA_FOLDERS]
    if any(folder.resolve().is_relative_to(it) for it in places):
        raise FeedsvcError(f"{folder} is below articles/ or media/; name a folder elsewhere")


def names(config: Config, records: Records) -> list[str]:
    """Return the paths of all files of a newsroom that feedsvc does not ignore.

    :raises FeedsvcError: a folder cannot be read.
    """
    if records.in_files:
        return _file_names(config)
    others = (it for it in _file_names(config) if not _is_record(it))  # records are old ones
    return [*others, *map(in_newsroom, records.paths())]


def _is_record(name: str) -> bool:
    path = below_articles(name)
    return path != name and files.is_record(path)


def _file_names(config: Config) -> list[str]:
    tops = [config.root / place for place in MEDIA_FOLDERS]
    try:
        walked = [file for top in tops if top.is_dir() for file in files.walk_all(top)]
    except OSError as error:
        raise FeedsvcError(f"{error.filename} cannot be read: {error.strerror}") from None
    inside = (it for it in walked if it.is_file() and _stays_inside(config.root, it))
    return [it.relative_to(config.root).as_posix() for it in inside]


def _stays_inside(root: Path, file: Path) -> bool:
    real = file.resolve()
    return any(real.is_relative_to((root / it).resolve()) for it in MEDIA_FOLDERS)


def copy(config: Config, records: Records, folder: Path, name: str) -> None:
    """Copy one file as it is; it has its name only when it is complete.

    :param name: the path below the newsroom's folder.
    :raises FeedsvcError: it cannot be copied, or changes all the time.
    """
    target = folder / name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.parent / f".{secrets.token_hex(8)}.tmp"
        try:
            if records.in_files or not _is_record(name):
                _copy_whole(config.root / name, draft, name)
            else:
                _write(records.read(below_articles(name)), draft, name)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise FeedsvcError(f"{name} cannot be copied: {error.strerror}") from None


def _write(content: RecordBytes, draft: Path, name: str) -> None:
    if content.data is None:
        raise FeedsvcError(f"{name} {content.reason}")
    draft.write_bytes(content.data)


def _copy_whole(source: Path, draft: Path, name: str) -> None:
    for _ in range(_TRIES):
        before = files.stamp(source)
        shutil.copyfile(source, draft)
        if files.stamp(source) == before:
            with draft.open("rb+") as copied:
                os.fsync(copied.fileno())
            return
    raise FeedsvcError(f"{name} is being changed all the time; try again later")


def copy_config(config: Config, folder: Path) -> list[str]:
    """Write the configuration without its secrets; return the keys that were left out.

    :raises FeedsvcError: it has a secret in a notation that cannot be left out.
    """
    text = config.file.read_text(encoding="utf-8-sig")
    left = [match[2] for line in text.splitlines() if (match := _SECRET.fullmatch(line))]
    comment = r"\1# \2\3 left out by the export"
    lines = (_SECRET.fullmatch(line) or line for line in text.splitlines())
    text = "".join(f"{it if isinstance(it, str) else it.expand(comment)}\n" for it in lines)
    try:
        kept = [*_secrets(tomllib.loads(text))]
    except tomllib.TOMLDecodeError:
        kept = [*left]
    if kept:
        raise FeedsvcError(f"config.toml is left out: write {kept[0]} on a line of its own there")
    (folder / config.file.name).write_text(text, encoding="utf-8")
    return left


def _secrets(value: Any) -> Iterator[str]:
    """Yield the keys of secrets in a value of TOML."""
    if isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from _secrets(inner)
    elif isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            if isinstance(inner, str) and _SECRET.fullmatch(f'{key}=""'):
                yield key
            yield from _secrets(inner)


def unwritten_ids(database: Database) -> dict[str, str]:
    """Return the ids that the store alone knows, as of moved files, by the paths of the records."""
    with database.reading() as connection:
        return {in_newsroom(path): it for path, it in articles.keeping_ids(connection).items()}
