"""Write the fields of a record as an article file: its text, its path, and a safe write.

The front matter is YAML that reads back as the same texts in every version of YAML: a text that
one of them could take for a number, a date or a truth value is put in quotes.
"""

import errno
import json
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from feedsvc.errors import DiskError, EditError, PageError
from feedsvc.ingest.record.keys import RECORD
from feedsvc.model.text import clean_characters, clean_text, slug

Written = str | list[Any] | dict[str, Any]
"""A value that an edit writes."""
_ADVICE = {
    errno.EACCES: "give feedsvc the right to write in the file's folder",
    errno.EROFS: "mount the disk so that it can be written to",
    errno.ENOSPC: "make room on the disk, and try again",
    errno.EDQUOT: "make room on the disk, and try again",
}
_PLAIN = re.compile(r"[^\W\d_](?:[\w ,.;!?'’“”„«»()/+&*=%$€£@…–—-]|:(?=\S))*")
"""Texts that need no quotes: they begin with a letter and have no character special to YAML."""
_RETYPED = re.compile(r"(?:y|n|yes|no|on|off|true|false|null|nan|inf|infinity)", re.IGNORECASE)
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def record_text(fields: Mapping[str, Any]) -> str:
    """Return the text of an article file: front matter in the order of the keys, then the body."""
    order = [key for key in RECORD if key in fields and key != "body"]
    lines = [line for key in order for line in _entry(key, fields[key])]
    body = str(fields.get("body", ""))
    return "\n".join(["---", *lines, "---", body]) + ("\n" if body else "")


def _entry(key: str, value: Any) -> Iterator[str]:
    """Write one key with its value, a text, a number, a list or a mapping."""
    if isinstance(value, list):
        yield f"{key}:"
        for item in cast("list[Any]", value):
            yield from _item(item)
    elif isinstance(value, dict):
        yield f"{key}:"
        for inner, each in cast("dict[str, Any]", value).items():
            yield f"  {inner}: {_inline(each)}"
    else:
        yield f"{key}: {scalar(value)}"


def _item(item: Any) -> Iterator[str]:
    if not isinstance(item, dict):
        yield f"  - {_inline(item)}"
        return
    bullet = "-"
    for inner, each in cast("dict[str, Any]", item).items():
        yield f"  {bullet} {inner}: {_inline(each)}"
        bullet = " "


def _inline(value: Any) -> str:
    """Return a value on one line, as within a list or a mapping."""
    return _flow(value) if isinstance(value, list | dict) else scalar(value)


def _flow(value: Any) -> str:
    """Return a list or a mapping between brackets, where a comma in a text would end it."""
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, cast('list[Any]', value)))}]"
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        return f"{{{', '.join(f'{key}: {_flow(each)}' for key, each in members)}}}"
    return str(value) if isinstance(value, int) else _quoted(str(value))


def cleaned(value: Any) -> Any:
    """Return a value without the characters that no feed could carry."""
    if isinstance(value, list):
        return [*map(cleaned, cast("list[Any]", value))]
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        return {clean_text(key): cleaned(inner) for key, inner in members}
    return clean_characters(value) if isinstance(value, str) else value


def yaml_value(value: Written, indent: int = 0) -> str:
    """Return all of a value that comes behind the colon of its key.

    :param indent: of the key.
    """
    if isinstance(value, str):
        return f" {scalar(value)}"
    _, *lines = _entry("", value)
    return "".join(f"\n{' ' * indent}{line}" for line in lines)


def scalar(value: Any) -> str:
    """Return one line of YAML that reads back as the text; a number stays a number."""
    if isinstance(value, int):
        return str(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and not text.endswith((" ", ":")) and not _RETYPED.fullmatch(text):
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    """Return a JSON string: it is one of YAML, but for characters that YAML calls unprintable."""
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def record_path(fields: Mapping[str, Any]) -> str:
    """Return the path of a record below ``articles/``: its section, its day, its headline."""
    day = str(fields.get("published", ""))[:10]
    words = slug(str(fields["headline"])) or "article"
    name = "-".join(filter(None, (day, words))) + ".md"
    return "/".join(filter(None, (fields.get("section"), name)))


def write_record(
    target: Path,
    content: str | bytes,
    *,
    replace: bool = False,
    check: Callable[[Path], None] | None = None,
) -> None:
    """Write a file that is never seen incomplete, not even after a power failure.

    :param replace: overwrite a file that exists.
    :param check: called with the complete file just before it gets its name; if it raises,
        everything stays as it was.
    :raises PageError: the file exists.
    :raises OSError: it cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    # A name that begins with a dot is no record, so the file is not read while incomplete.
    draft = target.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        with draft.open("xb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        if check is not None:
            check(draft)
        if replace:
            draft.replace(target)
        else:
            _give_name(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(target.parent)


def replace_record(file: Path, before: bytes, after: bytes, name: str) -> None:
    """Replace the bytes of a record; it keeps its place, its owner and its permissions.

    :param before: the bytes that it has.
    :raises EditError: it cannot be written, or another program changed it at the same time.
    """
    if after == before:
        return

    def prepare(draft: Path) -> None:
        status = target.stat()
        for owner in ((-1, status.st_gid), (status.st_uid, -1)):
            with suppress(OSError):  # only root may give files away
                os.chown(draft, *owner)
        draft.chmod(stat.S_IMODE(status.st_mode))
        if target.read_bytes() != before:
            raise EditError(f"{name}: somebody else changed it just now; look at it and try again")

    try:
        target = file.resolve()
        write_record(target, after, replace=True, check=prepare)
    except OSError as error:
        raise unwritable(name, error) from None


def unwritable(name: str, error: OSError) -> DiskError:
    """Return the error of a file that cannot be written, with advice."""
    advice = _ADVICE.get(error.errno or 0, "mend that, and try again")
    return DiskError(f"{name}: cannot be written: {error.strerror}; {advice}")


def delete_record(file: Path, name: str) -> None:
    """Delete a record; it is gone for sure when this returns.

    :raises DiskError: it cannot be deleted.
    """
    try:
        file.unlink(missing_ok=True)
        _sync_folder(file.parent)
    except OSError as error:
        raise unwritable(name, error) from None


def _give_name(draft: Path, target: Path) -> None:
    """Give a file its name, unless another file has it."""
    try:
        target.hardlink_to(draft)
    except OSError as error:
        if isinstance(error, FileExistsError) or target.exists():
            raise PageError(f"{target} is there already; --replace writes over it") from None
        # Some file systems have no hard links; there, two imports at once could meet.
        draft.replace(target)


def _sync_folder(folder: Path) -> None:
    """Write a folder, and with it the names in it, to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
