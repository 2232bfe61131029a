"""Values of JSON that other systems send: each is looked at before it is used."""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from feedsvc.errors import Finding, RefusedError
from feedsvc.model.text import clean_characters, clean_text

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_BREAK = re.compile(r"<(?:/p|/div|/h\d|br)\b[^<>]*>", re.IGNORECASE)
_BODY = re.compile(r"<body(?:\s[^<>]*)?>", re.IGNORECASE)
_BODY_END = re.compile(r"</body\b", re.IGNORECASE)
_SEPARATORS = " .,;:|/–—-"
"""Characters between a caption and its credit."""
MOST_TEXTS = 100
"""Keywords, names or codes of one article: no record has more."""
_LONGEST = 1000
"""Characters of a keyword, a name or an id: no record has longer ones."""


def refuse(pointer: str, detail: str) -> RefusedError:
    """Return the error of an article that can never be accepted."""
    return RefusedError([Finding(pointer, detail)])


def mapping(value: Any) -> Mapping[str, Any]:
    """Return an object of JSON; an empty one in the place of anything else."""
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects in a list."""
    return [mapping(it) for it in items(value) if isinstance(it, dict)]


def items(value: Any) -> list[Any]:
    """Return a list; an empty one in the place of anything else."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def line(value: Any) -> str:
    """Return a text as one line; empty in the place of anything else."""
    return clean_text(value) if isinstance(value, str) else ""


def prose(value: Any) -> str:
    """Return a text with its lines; empty in the place of anything else."""
    return clean_characters(value) if isinstance(value, str) else ""


def first(*values: Any) -> str:
    """Return the first text that is not empty, as one line."""
    return next((text for it in values if (text := line(it))), "")


def lines(values: Iterator[Any]) -> list[str]:
    """Return texts as lines, each once, without the empty and the very long ones."""
    texts = dict.fromkeys(it for it in map(line, values) if 0 < len(it) <= _LONGEST)
    return [*texts][:MOST_TEXTS]


def identity(value: str, pointer: str) -> str:
    """Return the id of an article in the system that sent it.

    :raises RefusedError: it is missing or too long.
    """
    if not value:
        raise refuse(pointer, "is missing; without an id the article is not found again")
    if len(value) > _LONGEST:
        raise refuse(pointer, f"has {len(value):,} characters; {_LONGEST:,} are the most")
    return value


def moment(value: Any, pointer: str, parse: Callable[[str], datetime]) -> datetime | None:
    """Return a moment in UTC; None where there is none.

    :param parse: reads a text that is not in the notation of ISO 8601.
    :raises RefusedError: the value is none.
    """
    text = line(value)
    if not text:
        return None
    try:
        given = datetime.fromisoformat(text)
        return (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    try:
        return parse(text)
    except ValueError as error:
        raise refuse(pointer, str(error)) from None


def words_of(markup: str) -> str:
    """Return the text of a value that may be HTML, as one line."""
    if not _TAG.search(markup):
        return clean_text(markup)
    return clean_text(html.unescape(_TAG.sub("", _BREAK.sub(" ", markup))))


def without_credit(caption: str, pattern: str) -> tuple[str, str]:
    """Return a caption without the credit in it, and the credit; empty where there is none.

    :param pattern: a regular expression whose group is the credit; empty for none.
    """
    credit = re.search(pattern, caption) if pattern else None
    if credit is None:
        return caption, ""
    rest = f"{caption[: credit.start()]} {caption[credit.end() :]}"
    return rest.strip(_SEPARATORS), line(credit[1])


def is_markup(text: str) -> bool:
    """Return whether a text is HTML."""
    return _TAG.search(text) is not None


def paragraphs(text: str) -> str:
    """Return plain text as HTML: a paragraph for each block, a line for each line."""
    blocks = (it.strip() for it in re.split(r"\n[ \t]*\n", text))
    escaped = (html.escape(it, quote=False).replace("\n", "<br>") for it in blocks if it)
    return "".join(f"<p>{it}</p>" for it in escaped)


def inside_of_document(markup: str) -> str:
    """Return the inside of the body of a whole HTML document; another text as it is."""
    start = _BODY.search(markup)
    if start is None:
        return markup
    return _BODY_END.split(markup[start.end() :], maxsplit=1)[0]
