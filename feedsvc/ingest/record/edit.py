"""Change single keys of an article file; every other byte of it stays.

A file is cut only where its own notation says that a key or a value begins and ends. The result is
read again: unless it has exactly the old values, but for the changes, the file is left alone.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Mapping

import yaml
from msgspec import Struct

from feedsvc.errors import EditError, RecordError
from feedsvc.ingest.files import is_json
from feedsvc.ingest.record import markdown_file
from feedsvc.ingest.record.json_file import read_json
from feedsvc.ingest.record.parsed import ParsedFile, decode, plain
from feedsvc.ingest.record.write import Written, cleaned, scalar, yaml_value
from feedsvc.model.text import clean_characters, clean_text

_LINE_END = re.compile("\r\n|\r|\n")
_BLOCK_BEGINNING = re.compile(r"[|>][-+0-9]*")


class _Cut(Struct, frozen=True):
    """A piece of a text, in characters, and the text that replaces it."""

    start: int
    end: int
    new: str = ""


def edited(data: bytes, name: str, changes: Mapping[str, Written | None]) -> bytes:
    """Return an article file with other values for some of its keys.

    A value that a key has already is not written again. A comment behind a value, or on the lines
    between a key and its value, stays; one within a list or mapping goes with it.

    :param name: the file as messages name it; its suffix decides between JSON and Markdown.
    :param changes: the keys with their new values; None removes a key. A new key is added below
        the others. Characters that no feed could carry, such as control characters, are left out.
    :raises EditError: the file is wrong, or has no safe place to cut.
    """
    try:
        # Keys are removed last, so that added ones can copy the spacing of the others.
        for key, value in sorted(changes.items(), key=lambda change: change[1] is None):
            data = _changed(data, name, clean_text(key), cleaned(value))
    except (ValueError, RecursionError) as error:
        why = error if isinstance(error, ValueError) else "it is nested too deeply"
        keys = " and ".join(changes)
        message = f"{name}: cannot be changed safely: {why}; change {keys} in the file by hand"
        raise EditError(message) from None
    return data


def _changed(data: bytes, name: str, key: str, value: Written | None) -> bytes:
    """Change one key.

    :raises ValueError: that is not safe.
    """
    parsed = _read(data, name)
    keys = plain(parsed.keys)
    if keys.get(key) == value:
        return data
    raw = data.decode()
    text = clean_characters(raw)
    if is_json(name):
        cuts = _json_cuts(text, key, value)
    else:
        cuts = _markdown_cuts(text, len(text) - len(parsed.body), key, value, parsed.typed)
    result = _cut(raw, text, cuts).encode()
    expected = {**keys, key: value}
    if value is None:
        del expected[key]
    try:
        after = _read(result, name)
        same = (plain(after.keys), after.body) == (expected, parsed.body)
    except ValueError:
        same = False
    if not same:
        raise ValueError("the lines around the key would be read in another way")
    return result


def _read(data: bytes, name: str) -> ParsedFile:
    """Parse a file.

    :raises ValueError: its notation is wrong.
    """
    try:
        text = decode(name, data)
        parsed = read_json(name, text) if is_json(name) else markdown_file.read_markdown(name, text)
        if not parsed.problems:
            return parsed
        first = min(parsed.problems)
    except RecordError as error:
        first = error.problems[0]
    raise ValueError(": ".join(filter(None, (f"line {first.line}", first.key, first.message))))


def _cut(raw: str, text: str, cuts: list[_Cut]) -> str:
    """Apply cuts, which were found in the clean text in order, to the text as it was typed."""

    def place(offset: int) -> int:
        if raw == text:
            return offset
        # The longest beginning that has no more characters than this once it is clean.
        ends = range(len(raw) + 1)
        return bisect_right(ends, offset, key=lambda end: len(clean_characters(raw[:end]))) - 1

    line_end = _LINE_END.search(raw)
    pieces, done = list[str](), 0
    for cut in cuts:
        new = cut.new.replace("\n", line_end[0]) if line_end else cut.new
        pieces += raw[done : place(cut.start)], new
        done = place(cut.end)
    return "".join(pieces) + raw[done:]


def _markdown_cuts(
    text: str, body: int, key: str, value: Written | None, typed: list[tuple[int, int, int]]
) -> list[_Cut]:
    """Return the cuts in a record in Markdown.

    :param body: the offset at which it begins.
    :param typed: the pieces that are no YAML.
    :raises ValueError: there is no safe place.
    """
    first, closing = text.index("\n"), text.rfind("\n", 0, body - 1) + 1
    front = " " * first + markdown_file.spaced(text[first:closing])
    root = markdown_file.compose(front := markdown_file.masked(front, typed))
    if not isinstance(root, yaml.MappingNode):
        return [_Cut(closing, closing, f"{scalar(key)}:{yaml_value(value or '')}\n")]
    if root.flow_style:
        raise ValueError("its front matter is one { … }, not a key on each line")
    indent = root.start_mark.column
    pairs = [pair for pair in root.value if clean_text(str(pair[0].value)) == key]
    if not pairs:
        line = f"{' ' * indent}{scalar(key)}:{yaml_value(value or '', indent)}\n"
        return [_Cut(closing, closing, line)]
    key_node, value_node = pairs[0]
    if key_node.start_mark.column != indent:
        raise ValueError(f'{key} is written with a "?"')
    if value is None:
        start = front.rfind("\n", 0, key_node.start_mark.index) + 1
        return [_Cut(start, _last_line_end(front, value_node))]
    return _value_cuts(front, key_node, value_node, yaml_value(value, indent))


def _value_cuts(front: str, key: yaml.Node, value: yaml.Node, new: str) -> list[_Cut]:
    """Return the cuts that replace a value.

    :param new: all that comes behind the colon.
    """
    start, end = value.start_mark.index, value.end_mark.index
    colon = front.index(":", key.end_mark.index) + 1
    if value.start_mark.line > key.start_mark.line:
        first_line = front.rfind("\n", 0, start) + 1
        return [_Cut(colon, colon, new), _Cut(first_line, _last_line_end(front, value))]
    below = list[_Cut]()
    if block := _BLOCK_BEGINNING.match(front, start):
        first_line, end = front.index("\n", start) + 1, block.end()
        below.append(_Cut(first_line, _last_line_end(front, value)))
    if new.startswith("\n") or front[start - 1] == ":":
        return [_Cut(colon, end, new), *below]
    return [_Cut(start, end, new[1:]), *below]


def _last_line_end(front: str, node: yaml.Node) -> int:
    """Return the offset of the line below a value, without its empty lines and comments."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style:
        # For YAML a list, a mapping or a missing value ends only where the next thing begins.
        last = node.value[-1]
        if isinstance(node, yaml.MappingNode):
            last = last[last[1].start_mark.index < last[1].end_mark.index]
        node = last
    written = front[: node.end_mark.index].rstrip(" \n")
    return front.index("\n", len(written)) + 1


class _Member(Struct, frozen=True):
    """A key of a JSON object and its value; begin and end are offsets in characters."""

    key: str
    start: int
    value: int
    end: int


def _json_cuts(text: str, key: str, value: Written | None) -> list[_Cut]:
    """Return the cuts in a record in JSON."""
    members = _members(text)
    index = next((at for at, member in enumerate(members) if member.key == key), len(members))
    if index == len(members):
        return [_addition(text, members, key, value)]
    member = members[index]
    if value is not None:
        return [_Cut(member.value, member.end, json.dumps(value, ensure_ascii=False))]
    if index:
        return [_Cut(members[index - 1].end, member.end)]
    return [_Cut(member.start, members[1].start if members[1:] else member.end)]


def _members(text: str) -> list[_Member]:
    """Return the members of the outermost object of valid JSON."""
    scan = json.JSONDecoder(parse_int=str).raw_decode
    at = _next_token(text, text.index("{") + 1)
    members: list[_Member] = []
    while text[at] != "}":
        key, colon = scan(text, at)
        value = _next_token(text, colon)
        _, end = scan(text, value)
        members.append(_Member(clean_text(key), at, value, end))
        at = _next_token(text, end)
    return members


def _next_token(text: str, at: int) -> int:
    """Return the offset of the next key or value, or of the end of the object."""
    while text[at] in " \t\n,:":
        at += 1
    return at


def _addition(text: str, members: list[_Member], key: str, value: Written | None) -> _Cut:
    """Return the cut that adds a member, with the same spacing as the others."""
    name, text_value = (json.dumps(each, ensure_ascii=False) for each in (key, value))
    if not members:
        at = text.index("{") + 1
        return _Cut(at, at, f"{name}: {text_value}")
    last = members[-1]
    gap, space = _space_before(text, last.start), _space_before(text, last.value)
    return _Cut(last.end, last.end, f",{gap or space}{name}:{space}{text_value}")


def _space_before(text: str, at: int) -> str:
    return text[len(text[:at].rstrip(" \t\n")) : at]
