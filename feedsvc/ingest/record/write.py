"""Write the fields of a record as an article file: its text and its path.

The front matter is YAML that reads back as the same texts in every version of YAML: a text that
one of them could take for a number, a date or a truth value is put in quotes.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from feedsvc.ingest.record.keys import RECORD
from feedsvc.model.text import clean_characters, clean_text, slug

Written = str | list[Any] | dict[str, Any]
"""A value that an edit writes."""
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
    return _flow(value) if isinstance(value, list | tuple | dict) else scalar(value)


def _flow(value: Any) -> str:
    """Return a list or a mapping between brackets, where a comma in a text would end it."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_flow, cast('list[Any]', value)))}]"
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        return f"{{{', '.join(f'{key}: {_flow(each)}' for key, each in members)}}}"
    return scalar(value) if isinstance(value, int | float) else _quoted(str(value))


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
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
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
    section = fields.get("section") or next(iter(fields.get("sections", ())), "")
    return "/".join(filter(None, (section, name)))
