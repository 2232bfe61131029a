"""Parse a record in Markdown with YAML front matter into values with lines and columns.

YAML is composed but never constructed, so every scalar stays the text that was typed: ``no``,
``0123`` and ``10:30`` keep the meaning that they have for people.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

import yaml

from feedsvc.errors import Problem, RecordError
from feedsvc.ingest.record.parsed import REPEATED, ParsedFile, Value
from feedsvc.model.text import clean_characters, clean_text

_PAIR = re.compile(r"(?P<head>\s*(?:- +)?(?P<key>[\w-]+) *: +)(?P<value>\S(?:.*\S)?)\s*$")
_COMMENT = re.compile(r"[ \t]+#(\S.*)")
_APART = re.compile(r"[ \t]+#([ \t]+\S.*)")
"""A comment that may be part of a text, such as ``Room 5 # 3``."""
_SPACE = "\u00a0\u2000-\u200a\u202f\u3000"
"""Spaces of typography, which some keyboards and editors write; YAML takes them for letters."""
_FENCE = re.compile(rf"^(?:---|\.\.\.)[ \t{_SPACE}]*$", re.MULTILINE)
_LINE_END = re.compile("[\x85\u2028\u2029]")
"""Characters that end a line only in YAML 1.1."""
_INDENT = re.compile(
    rf"^[ {_SPACE}]*(?:-[ {_SPACE}]+)?(?:[\w-]+[ {_SPACE}]*:[ {_SPACE}]+)?", re.MULTILINE
)
"""The beginning of a line up to its value."""
_INDICATORS = "[{-:?"
"""Each level of nesting needs one of these characters."""
_DEEP = 100
"""Levels of nesting. No record has so many, and PyYAML would run out of stack."""
MAX_FRONT_MATTER = 200_000
"""Characters of the front matter: five hundred pictures with their captions take fewer."""
_MAX_REPAIRS = 50
"""Values without quotes that are reported at once; each costs another run of the parser."""
_MAX_PARSED = 5 * MAX_FRONT_MATTER
"""Characters that the parser reads in all these runs, so that long front matter costs no more."""
_PROSE = ("headline", "summary", "note", "text", "caption", "credit", "alt", "title", "name")
"""Keys of texts for readers, whose colons and hash signs are no YAML."""
_TAGGED = (*_PROSE, "byline", "keywords")
"""Keys of texts and lists of texts with hash signs that are no YAML."""
_LIST = re.compile(r"\[[^][{}\"']*#[^][{}\"']*\]")
"""A list of texts without quotes that a hash sign would cut."""
_NO_VALUE = "no value may begin with this character"
_NO_KEYS = "the front matter must be keys with their values, one on a line, such as headline: …"
_REASONS = {
    "mapping values are not allowed in this context": "a colon and a space begin a new key",
    "found character that cannot start any token": _NO_VALUE,
    "did not find expected alphabetic or numeric character": _NO_VALUE,
}
"""Reasons of PyYAML, for people."""
compose: Callable[[str], yaml.Node | None] = partial(yaml.compose, Loader=yaml.CSafeLoader)  # pyright: ignore  PyYAML tells no types
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
    if end.start() > MAX_FRONT_MATTER:
        message = (
            f"the front matter has {end.start():,} characters; {MAX_FRONT_MATTER:,} are the most; "
            "the text belongs below it"
        )
        raise RecordError([Problem(name, 1, 1, "", message)])
    lines = spaced(text[: end.start()]).split("\n")
    lines[0] = ""  # so that YAML counts lines as the file does
    if _is_deep("\n".join(lines)):
        raise RecordError([Problem(name, 2, 1, "", "the front matter is nested too deeply")])
    front = _FrontMatter(name, lines)
    line = text.count("\n", 0, end.end()) + 2
    return ParsedFile(front.keys(), text[end.end() + 1 :], line, front.problems, typed=front.typed)


def spaced(front: str) -> str:
    """Return front matter of the same length with plain spaces where YAML wants them."""
    return _INDENT.sub(
        lambda match: re.sub(rf"[{_SPACE}]", " ", match[0]), _LINE_END.sub(" ", front)
    )


def masked(front: str, typed: list[tuple[int, int, int]]) -> str:
    """Return front matter of the same length, with letters where it is no YAML."""
    lines = front.split("\n")
    for number, begin, end in typed:
        line = lines[number]
        lines[number] = line[:begin] + "x" * (end - begin) + line[end:]
    return "\n".join(lines)


def _is_deep(text: str) -> bool:
    if sum(map(text.count, _INDICATORS)) < _DEEP:
        return False
    depth = 0
    with suppress(yaml.YAMLError):  # _FrontMatter reports it
        for event in _parse_yaml(text, Loader=yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEP:
                return True
    return False


class _FrontMatter:
    """Turns lines of YAML into values.

    A value that lacks its quotes is read as if quoted. It is reported where the key is not one of
    prose: so one missing pair of quotes does not hide the other problems of the file.
    """

    def __init__(self, name: str, lines: list[str]) -> None:
        self.problems: list[Problem] = []
        self.typed: list[tuple[int, int, int]] = []
        """Line, begin and end of each piece that is read as it was typed, and not as YAML."""
        self._name = name
        self._lines = lines
        self._repaired: set[int] = set()
        """Lines that were given quotes already. Quoting them again would double the quotes each
        time, and would seem to help each time."""
        self._refused: set[int] = set()
        """Ids of the nodes that were reported as YAML's own notation."""
        self._parsed = 0
        """Characters that the parser has read."""

    def keys(self) -> dict[str, Value]:
        while len(self.problems) < _MAX_REPAIRS and self._parsed < _MAX_PARSED:
            try:
                root = self._compose(self._lines)
            except yaml.MarkedYAMLError as error:
                self._repair(error)
                continue
            if root is None:
                return {}
            if isinstance(root, yaml.MappingNode):
                return self._mapping(root)
            self._report(1, 0, "", _NO_KEYS)
            raise RecordError(self.problems)
        self._report(1, 0, "", "correct these values first: more of them may need quotes")
        raise RecordError(self.problems)

    def _compose(self, lines: list[str]) -> yaml.Node | None:
        text = "\n".join(lines)
        self._parsed += len(text)
        return compose(text)

    def _report(self, line: int, column: int, key: str, message: str) -> None:
        """Collect a problem; lines and columns are counted from 0, as YAML does."""
        self.problems.append(Problem(self._name, line + 1, column + 1, key, message))

    def _repair(self, error: yaml.MarkedYAMLError) -> None:
        """Put quotes around the value that YAML cannot read, and report it.

        :raises RecordError: there is no value on that line that quotes could repair.
        """
        lines, mark = self._lines, error.problem_mark
        why = _REASONS.get(error.problem or "", error.problem or "it cannot be read")
        at, column = (min(mark.line, len(lines) - 1), mark.column) if mark else (1, 0)
        if "\t" in lines[at][: len(lines[at]) - len(lines[at].lstrip())]:
            self._report(at, 0, "", "indent with spaces, not with tabs")
            lines[at] = lines[at].expandtabs(2)
            return
        # YAML often notices only on a later line that a value did not end.
        begun = error.context_mark.line if error.context_mark else at
        for number in dict.fromkeys((at, begun, at - 1)):
            if number in self._repaired:
                continue
            pair = _PAIR.match(lines[number])
            if pair and self._helps(number, _quoted(pair), (at, column)):
                key, value = pair["key"], pair["value"]
                known = key in _PROSE and why in _REASONS.values() and " # " not in value
                if known or (key in _TAGGED and _LIST.fullmatch(value)):
                    self.typed.append((number, pair.start("value"), pair.end("value")))
                else:
                    self._report(number, pair.start("value"), key, _advice(pair, why))
                lines[number] = _quoted(pair)
                self._repaired.add(number)
                return
        self._report(at, column, "", f"the front matter is not YAML: {why}")
        raise RecordError(self.problems)

    def _helps(self, number: int, line: str, before: tuple[int, int]) -> bool:
        """Return whether YAML gets further with another line in the place of one."""
        try:
            self._compose([*self._lines[:number], line, *self._lines[number + 1 :]])
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            return mark is not None and (mark.line, mark.column) > before
        return True

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for key_node, value_node in node.value:
            key = clean_text(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            mark = key_node.start_mark
            value = self._value(value_node)
            if key in _TAGGED:
                self._take_hashtags(value, value_node)
            value.line, value.column = mark.line + 1, mark.column + 1
            if key in values:
                self._report(mark.line, mark.column, key, REPEATED)
            values[key] = value
        return values

    def _value(self, node: yaml.Node) -> Value:
        line, column = node.start_mark.line, node.start_mark.column
        value = Value(line + 1, column + 1, "")
        if self._lines[line][column : column + 1] in ("&", "!"):
            # This also keeps a file of aliases to aliases from growing without end.
            if id(node) not in self._refused:
                message = "YAML's &, * and ! are not used here; put the value in quotes"
                self._report(line, column, "", message)
            self._refused.add(id(node))
        elif isinstance(node, yaml.ScalarNode):
            value.data, value.rest = clean_characters(node.value), self._comment(node)
        elif isinstance(node, yaml.MappingNode):
            value.data = self._mapping(node)
        else:
            value.data = [self._value(item) for item in node.value]
        return value

    def _take_hashtags(self, value: Value, node: yaml.Node) -> None:
        """Add the rest of the line to each text, where a hash sign begins a word there."""
        if isinstance(value.data, list):
            for item, item_node in zip(value.data, node.value, strict=True):
                self._take_hashtags(item, item_node)
        elif isinstance(value.data, str):
            self._take_hashtag(value, node)

    def _take_hashtag(self, value: Value, node: yaml.Node) -> None:
        if not value.rest:
            value.rest = self._comment(node, _APART) if value.data else ""
            return
        line, begin = node.end_mark.line, node.end_mark.column
        typed = self._lines[line][begin:].rstrip()
        if not value.data:
            begin, typed = begin + len(typed) - len(typed.lstrip()), typed.lstrip()
        value.data, value.rest = clean_characters(f"{value.data}{typed}".strip()), ""
        self.typed.append((line, begin, begin + len(typed)))

    def _comment(self, node: yaml.Node, kind: re.Pattern[str] = _COMMENT) -> str:
        if getattr(node, "style", ""):
            return ""  # quoted, or a block
        end = node.end_mark
        comment = kind.match(self._lines[end.line], end.column)
        return comment[1].rstrip() if comment else ""


def _advice(pair: re.Match[str], why: str) -> str:
    key, value = pair["key"], pair["value"]
    shown = _quote(value) if '"' in value or "\\" in value else f'"{value}"'
    return f"put the {key} in quotes: {key}: {shown} ({why})"


def _quoted(pair: re.Match[str]) -> str:
    value = pair["value"]
    if pair["key"] in _TAGGED and _LIST.fullmatch(value):
        items = filter(None, map(str.strip, value[1:-1].split(",")))
        return f"{pair['head']}[{', '.join(map(_quote, items))}]"
    return pair["head"] + _quote(value)


def _quote(value: str) -> str:
    inner = value.replace("'", "''")
    return f"'{inner}'"
