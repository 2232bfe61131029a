"""An article file split into keys and values, each with its line and column."""

from __future__ import annotations

import re
from typing import Any, cast

from msgspec import Struct

from feedsvc.errors import Problem, RecordError
from feedsvc.model.text import clean_characters

REPEATED = "is given twice; keep one"

_WITHDRAWN = re.compile(
    r"""(?:^|[{,])[ \t]*["']?status["']?[ \t]*:[ \t]*["']?"""
    r"""(?:draft|withheld|cancell?ed|killed|retracted)\b""",
    re.MULTILINE | re.IGNORECASE,
)


class Value(Struct):
    """A scalar, a list or a mapping, and its place in the file."""

    line: int
    column: int
    data: str | list[Value] | dict[str, Value]
    rest: str = ""
    """The text of a YAML comment behind it on the same line."""

    @property
    def blank(self) -> bool:
        """Return whether it is empty, or only space."""
        return not (self.data.strip() if isinstance(self.data, str) else self.data)

    @property
    def text(self) -> str:
        """Return a text as it was typed.

        :raises ValueError: it is a list or a mapping.
        """
        if isinstance(self.data, str):
            return self.data
        kind = "list" if isinstance(self.data, list) else "mapping"
        raise ValueError(f"must be a text, not a {kind}; put it in quotes")


class ParsedFile(Struct):
    """The keys and the body of a file, not yet interpreted."""

    keys: dict[str, Value]
    body: str
    """Markdown below the front matter; JSON has it under ``body``."""
    line: int
    """The line the body begins on."""
    problems: list[Problem]
    """Errors of notation in spite of which its keys can be read."""
    typed: list[tuple[int, int, int]] = []
    """Line, begin and end of each piece of front matter that is no YAML, but read as typed."""


def plain(data: Any) -> Any:
    """Return the contents of a value, without lines and columns."""
    if isinstance(data, Value):
        return plain(data.data)
    if isinstance(data, dict):
        return {key: plain(inner) for key, inner in cast("dict[str, Any]", data).items()}
    return [*map(plain, cast("list[Any]", data))] if isinstance(data, list) else data


def decode(name: str, data: bytes) -> str:
    r"""Return a file's text with its lines ended by ``\n``.

    :raises RecordError: it is not UTF-8.
    """
    try:
        return clean_characters(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        problem = Problem(name, line, column, "", "is not UTF-8 here; save the file as UTF-8")
        raise RecordError([problem]) from None


def says_withdrawn(data: bytes) -> bool:
    """Return whether a wrong record asks to withdraw its article, in any spelling.

    A typing error in a kill must not keep the story online.
    """
    text = data.decode("utf-8", "replace")
    end = text.find("\n---", 3) if text.startswith("---") else -1
    return _WITHDRAWN.search(text, 0, end if end > 0 else len(text)) is not None
