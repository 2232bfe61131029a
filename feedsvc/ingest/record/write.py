"""Write the fields of a record as an article file: its text, its path, and a safe write.

The front matter is YAML that reads back as the same texts in every version of YAML: a text that
one of them could take for a number, a date or a truth value is put in quotes.
"""

import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from feedsvc.errors import PageError
from feedsvc.ingest.record.keys import KEYS
from feedsvc.model.text import clean_characters, slug

Written = str | list[str] | list[dict[str, str]]
"""A value that an edit writes."""
_PLAIN = re.compile(r"[^\W\d_](?:[\w ,.;!?'’“”„«»()/+&*=%$€£@…–—-]|:(?=\S))*")
"""Texts that need no quotes: they begin with a letter and have no character special to YAML."""
_RETYPED = re.compile(r"(?:y|n|yes|no|on|off|true|false|null|nan|inf|infinity)", re.IGNORECASE)
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def record_text(fields: Mapping[str, Any]) -> str:
    """Return the text of an article file: front matter in the order of the keys, then the body."""
    order = [key for key in KEYS if key in fields and key != "body"]
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
            yield f"  {inner}: {_inner(each)}"
    else:
        yield f"{key}: {scalar(value)}"


def _item(item: Any) -> Iterator[str]:
    if not isinstance(item, dict):
        yield f"  - {scalar(item)}"
        return
    bullet = "-"
    for inner, each in cast("dict[str, Any]", item).items():
        yield f"  {bullet} {inner}: {_inner(each)}"
        bullet = " "


def _inner(value: Any) -> str:
    """Return a value within another on one line, also a list of texts or numbers."""
    if not isinstance(value, list | tuple):
        return scalar(value)
    return f"[{', '.join(map(_flow, cast('list[Any]', value)))}]"


def _flow(value: Any) -> str:
    """Return an item of a list on one line, where commas and brackets would part it."""
    return str(value) if isinstance(value, int | float) else _quoted(str(value))


def cleaned(value: Written | None) -> Written | None:
    """Return a value without the characters that no feed could carry."""
    if isinstance(value, list):
        return [*map(_cleaned, value)]  # pyright: ignore  all items are of one type
    return value if value is None else clean_characters(value)


def _cleaned(item: str | dict[str, str]) -> str | dict[str, str]:
    if isinstance(item, str):
        return clean_characters(item)
    return {key: clean_characters(text) for key, text in item.items()}


def yaml_value(value: Written, indent: int = 0) -> str:
    """Return all of a value that comes behind the colon of its key.

    :param indent: of the key.
    """
    if isinstance(value, str):
        return f" {scalar(value)}"
    lines = (line for item in value for line in _item(item))
    return "".join(f"\n{' ' * indent}{line}" for line in lines)


def scalar(value: Any) -> str:
    """Return one line of YAML that reads back as the text; a number stays a number."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and not text.endswith((" ", ":")) and not _RETYPED.fullmatch(text):
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    # A JSON string is a YAML string, but for the characters that YAML calls unprintable.
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def record_path(fields: Mapping[str, Any]) -> str:
    """Return the path of a record below ``articles/``: its section, its day, its headline."""
    day = str(fields.get("published", ""))[:10]
    words = slug(str(fields["headline"])) or "article"
    name = "-".join(filter(None, (day, words))) + ".md"
    section = fields.get("section") or next(iter(fields.get("sections", ())), "")
    return "/".join(filter(None, (section, name)))


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
