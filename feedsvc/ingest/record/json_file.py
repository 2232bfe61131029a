"""Parse a record in JSON into values with lines and columns; every scalar stays a text."""

import json
import re
from collections.abc import Iterator

from feedsvc.errors import Problem, RecordError
from feedsvc.ingest.record.parsed import REPEATED, ParsedFile, Value
from feedsvc.model.text import clean_characters, clean_text


def read_json(name: str, text: str) -> ParsedFile:
    """Parse a record in JSON.

    :param name: the file as problems name it.
    :raises RecordError: it is no JSON object.
    """
    reader = _Json(name, text)
    try:
        json.loads(text, parse_int=str)  # int() refuses very long numbers
        value = reader.read()
    except (json.JSONDecodeError, RecursionError) as error:
        place = error if isinstance(error, json.JSONDecodeError) else None
        line, column = (place.lineno, place.colno) if place else (1, 1)
        reason = place.msg[:1].lower() + place.msg[1:] if place else "nested too deeply"
        raise RecordError([Problem(name, line, column, "", f"is not JSON: {reason}")]) from None
    if not isinstance(value.data, dict):
        message = 'must be one object: {"headline": "…", "published": "…"}'
        raise RecordError([Problem(name, 1, 1, "", message)])
    return ParsedFile(keys=value.data, body="", line=1, problems=reader.problems)


class _Json:
    """Reads valid JSON once more, for the lines and columns that json.loads does not give."""

    _TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]|[^\s\[\]{},:"]+')
    """In valid JSON, commas and colons say no more than the order does."""

    def __init__(self, name: str, text: str) -> None:
        self.problems: list[Problem] = []
        self._name = name
        self._text = text
        self._tokens = self._TOKEN.finditer(text)
        self._line, self._start = 1, 0
        self._line_end = -1
        """Where the line before this one ends."""

    def _next(self) -> tuple[str, int, int]:
        token = next(self._tokens)
        start = token.start()
        self._line += self._text.count("\n", self._start, start)
        self._line_end = max(self._line_end, self._text.rfind("\n", self._start, start))
        self._start = start
        return token.group(), self._line, start - self._line_end

    def read(self) -> Value:
        return self._value(*self._next())

    def _value(self, token: str, line: int, column: int) -> Value:
        if token == "{":
            return Value(line, column, self._object())
        if token == "[":
            return Value(line, column, list(self._items()))
        if token == "null":
            return Value(line, column, "")
        typed = json.loads(token) if token.startswith('"') else token
        return Value(line, column, clean_characters(typed))

    def _object(self) -> dict[str, Value]:
        values: dict[str, Value] = {}
        token, line, column = self._next()
        while token != "}":
            key = clean_text(json.loads(token))
            value = self.read()
            value.line, value.column = line, column
            if key in values:
                self.problems.append(Problem(self._name, line, column, key, REPEATED))
            values[key] = value
            token, line, column = self._next()
        return values

    def _items(self) -> Iterator[Value]:
        token, line, column = self._next()
        while token != "]":
            yield self._value(token, line, column)
            token, line, column = self._next()
