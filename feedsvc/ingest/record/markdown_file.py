"""Parse a record in Markdown with YAML front matter into values with lines and columns.

YAML is composed but never constructed, so every scalar stays the text that was typed: ``no``,
``0123`` and ``10:30`` keep the meaning that they have for people.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import yaml

from feedsvc.errors import Problem, RecordError
from feedsvc.ingest.record.parsed import REPEATED, ParsedFile, Value
from feedsvc.model.text import clean_characters, clean_text

_FENCE = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_PAIR = re.compile(r"(?P<head>\s*(?:- +)?(?P<key>[\w-]+) *: +)(?P<value>\S(?:.*\S)?)\s*$")
_COMMENT = re.compile(r"[ \t]+#(\S.*)")
_LINE_END = re.compile("[\x85\u2028\u2029]")
"""Characters that end a line only in YAML 1.1."""
_INDICATORS = "[{-:?"
"""Each level of nesting needs one of these characters."""
_DEEP = 100
"""Levels of nesting. No record has so many, and PyYAML would run out of stack."""
_MAX_REPAIRS = 50
"""Values without quotes that are reported at once; each costs another run of the parser."""
_compose_yaml: Callable[..., yaml.Node | None] = yaml.compose  # pyright: ignore  PyYAML tells no types
_parse_yaml: Callable[..., Iterator[yaml.Event]] = yaml.parse  # pyright: ignore  nor here


def read_markdown(name: str, text: str) -> ParsedFile:
    """Parse a record in Markdown.

    :param name: the file as problems name it.
    :raises RecordError: it has no front matter, or one that is no YAML mapping.
    """
    begin = _FENCE.match(text)
    end = _FENCE.search(text, begin.end()) if begin else None
    if begin is None or not begin.group().startswith("---"):
        message = 'must begin with a line "---", then its keys such as headline: …, then "---"'
        raise RecordError([Problem(name, 1, 1, "", message)])
    if end is None:
        message = 'the front matter never ends; put a line "---" below its last key'
        raise RecordError([Problem(name, 1, 1, "", message)])
    lines = _LINE_END.sub(" ", text[: end.start()]).split("\n")
    lines[0] = ""  # so that YAML counts lines as the file does
    problems: list[Problem] = []
    if _is_deep("\n".join(lines)):
        raise RecordError([Problem(name, 2, 1, "", "the front matter is nested too deeply")])
    root = _compose(name, lines, problems)
    reader = _Reader(name, lines, problems)
    keys = reader.mapping(root) if root else {}
    return ParsedFile(keys, text[end.end() + 1 :], text.count("\n", 0, end.end()) + 2, problems)


def _is_deep(text: str) -> bool:
    if sum(map(text.count, _INDICATORS)) < _DEEP:
        return False
    depth = 0
    with suppress(yaml.YAMLError):  # _compose reports it
        for event in _parse_yaml(text, Loader=yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEP:
                return True
    return False


def _compose(name: str, lines: list[str], problems: list[Problem]) -> yaml.MappingNode | None:
    """Compose the front matter; report a value that lacks its quotes, and read it as if quoted.

    So one missing pair of quotes does not hide the other problems of the file.
    """
    repaired: set[int] = set()
    for _ in range(_MAX_REPAIRS):
        try:
            root = _compose_yaml("\n".join(lines), Loader=yaml.CSafeLoader)
        except yaml.MarkedYAMLError as error:
            _repair(name, lines, problems, error, repaired)
            continue
        if root is None or isinstance(root, yaml.MappingNode):
            return root
        break
    message = "the front matter must be keys with their values, one on a line, such as headline: …"
    raise RecordError([*problems, Problem(name, 2, 1, "", message)])


def _repair(
    name: str,
    lines: list[str],
    problems: list[Problem],
    error: yaml.MarkedYAMLError,
    repaired: set[int],
) -> None:
    """Put quotes around the value that YAML cannot read, and report it.

    :param repaired: lines that were given quotes already. Quoting them again would double the
        quotes each time, and would seem to help each time.
    :raises RecordError: there is no value on that line that quotes could repair.
    """
    mark = error.problem_mark
    at, column = (min(mark.line, len(lines) - 1), mark.column) if mark else (1, 0)
    why = _reason(error)
    if "\t" in lines[at][: len(lines[at]) - len(lines[at].lstrip())]:
        problems.append(Problem(name, at + 1, 1, "", "indent with spaces, not with tabs"))
        lines[at] = lines[at].expandtabs(2)
        return
    # YAML often notices only on a later line that a value did not end.
    begun = error.context_mark.line if error.context_mark else at
    for number in dict.fromkeys((at, begun, at - 1)):
        if number in repaired:
            continue
        pair = _PAIR.match(lines[number])
        if pair and _helps(lines, number, _quoted(pair), (at, column)):
            key, where = pair["key"], pair.start("value") + 1
            advice = f"put the {key} in quotes: {key}: {_shown(pair['value'])}"
            problems.append(Problem(name, number + 1, where, key, f"{advice} ({why})"))
            lines[number] = _quoted(pair)
            repaired.add(number)
            return
    message = f"the front matter is not YAML: {why}"
    raise RecordError([*problems, Problem(name, at + 1, column + 1, "", message)])


def _shown(value: str) -> str:
    return _quote(value) if '"' in value or "\\" in value else f'"{value}"'


def _quote(value: str) -> str:
    inner = value.replace("'", "''")
    return f"'{inner}'"


def _quoted(pair: re.Match[str]) -> str:
    return pair["head"] + _quote(pair["value"])


def _helps(lines: Sequence[str], number: int, line: str, before: tuple[int, int]) -> bool:
    """Return whether YAML gets further with another line in the place of this one."""
    try:
        _compose_yaml("\n".join([*lines[:number], line, *lines[number + 1 :]]), yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        return mark is not None and (mark.line, mark.column) > before
    return True


def _reason(error: yaml.MarkedYAMLError) -> str:
    reason = error.problem or "it cannot be read"
    plain = {
        "mapping values are not allowed in this context": "a colon and a space begin a new key",
        "found character that cannot start any token": "no value may begin with this character",
        "did not find expected alphabetic or numeric character": (
            "no value may begin with this character"
        ),
    }
    return plain.get(reason, reason)


class _Reader:
    """Turns YAML's nodes into values."""

    def __init__(self, name: str, lines: Sequence[str], problems: list[Problem]) -> None:
        self._name = name
        self._lines = lines
        self._problems = problems
        self._seen: set[int] = set()

    def mapping(self, node: yaml.MappingNode) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for key_node, value_node in node.value:
            key = clean_text(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            mark = key_node.start_mark
            value = self.value(value_node)
            value.line, value.column = mark.line + 1, mark.column + 1
            if key in values:
                self._report(key_node, key, REPEATED)
            values[key] = value
        return values

    def value(self, node: yaml.Node) -> Value:
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        if self._lines[line - 1][column - 1 : column] in ("&", "!"):
            # This also keeps a file of aliases to aliases from growing without end.
            message = "YAML's &, * and ! are not used here; put the value in quotes"
            if id(node) not in self._seen:
                self._report(node, "", message)
            self._seen.add(id(node))
            return Value(line, column, "")
        if isinstance(node, yaml.ScalarNode):
            return Value(line, column, clean_characters(node.value), self._comment(node))
        if isinstance(node, yaml.MappingNode):
            return Value(line, column, self.mapping(node))
        return Value(line, column, [self.value(item) for item in node.value])

    def _comment(self, node: yaml.ScalarNode) -> str:
        if getattr(node, "style", ""):
            return ""  # quoted, or a block
        end = node.end_mark
        comment = _COMMENT.match(self._lines[end.line], end.column)
        return comment[1].strip() if comment else ""

    def _report(self, node: yaml.Node, key: str, message: str) -> None:
        mark = node.start_mark
        self._problems.append(Problem(self._name, mark.line + 1, mark.column + 1, key, message))
