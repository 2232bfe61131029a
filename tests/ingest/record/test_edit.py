"""Single keys of an article file change; every other byte of it stays."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feedsvc.errors import EditError
from feedsvc.ingest.record.edit import edited
from feedsvc.ingest.record.write import Written, scalar
from feedsvc.ingest.records import RecordFolder
from feedsvc.model.text import clean_characters, clean_text
from feedsvc.publishing.edit_article import edit_record

Changes = dict[str, str | None]
KILL: Changes = {"status": "canceled", "note": "It was wrong."}


def front(text: str, changes: Changes) -> str:
    """Change the front matter alone."""
    result = edited(f"---\n{text}---\nBody.\n".encode(), "articles/a.md", changes).decode()
    assert result.startswith("---\n")
    assert result.endswith("---\nBody.\n")
    return result.removeprefix("---\n").removesuffix("---\nBody.\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("status: usable\n", "status: new\n"),
        ("status:   usable  \n", "status:   new  \n"),
        ("status: usable # since May\n", "status: new # since May\n"),
        ("status:\n", "status: new\n"),
        ("status: # soon\n", "status: new # soon\n"),
        ("status : usable\n", "status : new\n"),
        ('"status": "usable" # é\n', '"status": new # é\n'),
        ("'status': 'it''s: so'\n", "'status': new\n"),
        ("é: ü\nstatus: ö # ü\nü: é\n", "é: ü\nstatus: new # ü\nü: é\n"),
        ("status: usable\n  today\n\n  again # why\nid: a\n", "status: new # why\nid: a\n"),
        ('status: "usable\n\n  today" # why\nid: a\n', "status: new # why\nid: a\n"),
        ("status:\n  # why\n  usable\n  # so\nid: a\n", "status: new\n  # why\n  # so\nid: a\n"),
        ("status: |\n  a\n    # b\n\n  c\n\n\nid: a\n", "status: new\n\n\nid: a\n"),
        ("status: |\n  a\n  \t\nid: a\n", "status: new\nid: a\n"),
        ("status: |\n\n  \nid: a\n", "status: new\n\n  \nid: a\n"),
        ("status: >2-  # why\n    a\n  # b\n# c\nid: a\n", "status: new  # why\n# c\nid: a\n"),
        ("status: |+\n  a\n\n# c\nid: a\n", "status: new\n\n# c\nid: a\n"),
        ("status:\n  |\n  a\nid: a\n", "status: new\nid: a\n"),
        ("status: [a, 'b'] # why\nid: a\n", "status: new # why\nid: a\n"),
        ("status: [a, # b\n  {c: d}] # why\nid: a\n", "status: new # why\nid: a\n"),
        ("status: {a: b,\n  c: d}\nid: a\n", "status: new\nid: a\n"),
        ("status: # why\n\n  # how\n- a\n# b\n- c\n# d\n", "status: new # why\n\n  # how\n# d\n"),
        ("status:\n  - a: b\n    c:\n# d\nid: a\n", "status: new\n# d\nid: a\n"),
        ("status:\n  a:\n    b: |\n      c\n\n# d\n", "status: new\n\n# d\n"),
        ("status:\n  ? b\n# d\nid: a\n", "status: new\n# d\nid: a\n"),
        ("status:\n  - # a\n# d\nid: a\n", "status: new\n# d\nid: a\n"),
        ("status:\n  -\n    - [a,\n       b] # c\n  # d\nid: a\n", "status: new\n  # d\nid: a\n"),
        ("image:\n  status: a\nstatus: b\n", "image:\n  status: a\nstatus: new\n"),
        ("id: |\n  status: a\n", "id: |\n  status: a\nstatus: new\n"),
        ("id: a\u2028b\u0085c\nstatus: a\n", "id: a\u2028b\u0085c\nstatus: new\n"),
        ("  id: a\n  status: b\n", "  id: a\n  status: new\n"),
        ("  id: a\n# c\n", "  id: a\n# c\n  status: new\n"),
        ("id: >+\n  a\n\n", "id: >+\n  a\n\nstatus: new\n"),
        ("byline:\n", "byline:\nstatus: new\n"),
        ("", "status: new\n"),
        ("# nothing yet\n", "# nothing yet\nstatus: new\n"),
        ("? id\n: a\nstatus: b\n", "? id\n: a\nstatus: new\n"),
        ("[a]: b\nstatus: c\n", "[a]: b\nstatus: new\n"),
        ("!!map\nid: b\n", "!!map\nid: b\nstatus: new\n"),
        ("<<: b\nstatus: c\n", "<<: b\nstatus: new\n"),
        ("sta\x01tus: us\x01able # \x01\n", "sta\x01tus: new # \x01\n"),
        ("e\u0301: a\nstatus: e\u0301 # e\u0301\n", "e\u0301: a\nstatus: new # e\u0301\n"),
    ],
)  # fmt: skip
def test_a_value_is_replaced_and_everything_around_it_stays(before: str, after: str) -> None:
    assert front(before, {"status": "new"}) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("id: a\nstatus: usable # why\n# c\nbyline: b\n", "id: a\n# c\nbyline: b\n"),
        ("status: a\n", ""),
        ("id: a\n\nstatus:\n\nbyline: b\n", "id: a\n\n\nbyline: b\n"),
        ("status:\n# how\n- a\n# b\n- c\n# d\nid: a\n", "# d\nid: a\n"),
        ("id: a\nstatus: |+\n  a\n\n\n# b\n", "id: a\n\n\n# b\n"),
        ('id: a\nstatus: "b\n  c" # d\n', "id: a\n"),
        ("id: a\n", "id: a\n"),
    ],
)
def test_a_key_is_removed_with_its_whole_value(before: str, after: str) -> None:
    assert front(before, {"status": None}) == after


def test_several_keys_change_at_once() -> None:
    before = "headline: Rain\nnote: old\nstatus: usable\nbyline: [a]\n"
    changes = {"byline": None, "note": "Why: this", "updated": "2026-11-22", "status": "canceled"}
    assert front(before, changes) == (
        'headline: Rain\nnote: "Why: this"\nstatus: canceled\nupdated: "2026-11-22"\n'
    )


def test_the_spaces_of_a_key_are_no_part_of_its_name() -> None:
    assert front('" a  b": c\n', {"a\tb ": "new"}) == '" a  b": new\n'


@pytest.mark.parametrize("changes", [{}, {"status": "usable", "note": None, "x": ""}])
def test_a_value_that_is_there_already_is_not_written_again(changes: Changes) -> None:
    text = "x:\nstatus: 'usable'\n"
    assert front(text, changes) == text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_the_byte_order_mark_stay(end: str, mark: str) -> None:
    before = f"{mark}---\nid: cafe\u0301 \ufeff\x01\nstatus: a\n---  \nBo\x01dy\n---\n"
    after = before.replace("status: a\n", 'status: canceled\nnote: "It\\n\\"is\\""\n')
    changes = {"status": "canceled", "note": 'It\r\n"is"\x01'}
    result = edited(before.replace("\n", end).encode(), "a.md", changes)
    assert result == after.replace("\n", end).encode()


@pytest.mark.parametrize("last", ["---", "...", "---\n", "--- \t\n\n"])
def test_a_record_needs_no_body(last: str) -> None:
    assert edited(f"---\n{last}".encode(), "a.md", {"a": "b"}) == f"---\na: b\n{last}".encode()


ARTICLE = '{"headline": "Rain",  "byline": ["a", {"b": 1.0}] }'


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        ("{}", {"a": "b"}, '{"a": "b"}'),
        (" {\n} \n", {"a": "b", "c": "d"}, ' {"a": "b", "c": "d"\n} \n'),
        ('{"a":1}', {"b": "c", "é": 'x"ÿ\n'}, '{"a":1,"b":"c","é":"x\\"ÿ\\n"}'),
        ('{"a": 1}\n', {"b": "c"}, '{"a": 1, "b": "c"}\n'),
        ('{"a": 1}\n', {"a": None}, "{}\n"),
        ('{"a": 1}\n', {"a": None, "b": "c"}, '{"b": "c"}\n'),
        ('{ "a" : 1 , "b" : 2 }', {"c": "d"}, '{ "a" : 1 , "b" : 2, "c": "d" }'),
        ('{\n\t"a": 1\n}', {"b": "c"}, '{\n\t"a": 1,\n\t"b": "c"\n}'),
        ('{\r\n    "a": 1\r\n}', {"b": "c"}, '{\r\n    "a": 1,\r\n    "b": "c"\r\n}'),
        ('{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}', {"a": None}, '{\n  "b": 2,\n  "c": 3\n}'),
        ('{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}', {"b": None}, '{\n  "a": 1,\n  "c": 3\n}'),
        ('{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}', {"c": None}, '{\n  "a": 1,\n  "b": 2\n}'),
        (ARTICLE, {"byline": "c"}, '{"headline": "Rain",  "byline": "c" }'),
        (ARTICLE, {"headline": None}, '{"byline": ["a", {"b": 1.0}] }'),
        ('{"a": {"b": "}"}, "b": "{"}', {"b": "c"}, '{"a": {"b": "}"}, "b": "c"}'),
        ('{"\\u0061": 1, "caf\\u00e9": 2}', {"a": "b"}, '{"\\u0061": "b", "caf\\u00e9": 2}'),
        ('\ufeff{"a": "e\u0301",\0 "b": 1}', {"b": "c"}, '\ufeff{"a": "e\u0301",\0 "b": "c"}'),
        ('{"a": null, "b": 1}', {"a": "", "b": "1"}, '{"a": null, "b": 1}'),
        (f'{{"a": {"1" * 5000}}}', {"b": "c"}, f'{{"a": {"1" * 5000}, "b": "c"}}'),
    ],
)
def test_a_record_in_json_keeps_its_form(before: str, changes: Changes, after: str) -> None:
    assert edited(before.encode(), "a.json", changes).decode() == after


AROUND = "the lines around the key would be read in another way;"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.md", "Rain", 'line 1: must begin with a line "---", then its keys such as headline'),
        ("a.md", "---\nid: a\n", "line 1: the front matter never ends; put a line"),
        ("a.md", "---\nid: a: b\n---\n", "line 2: id: put the id in quotes"),
        ("a.md", "---\n- a\n---\n", "line 2: the front matter must be keys with their values"),
        ("a.md", "---\nid: a\nid: b\n---\n", "line 3: id: is given twice; keep one"),
        ("a.md", "---\nid: a\nid: b\nid: c\n---\n", "line 3: id: is given twice; keep one"),
        ("a.md", "---\nid: a: b\n@\n---\n", "line 2: id: put the id in quotes"),
        ("a.md", "---\nid: &a b\n---\n", "line 2: YAML's &, * and ! are not used here"),
        ("a.md", "---\nid: &a b\nx: *a\n---\n", "line 2: YAML's &, * and ! are not used here"),
        ("a.md", "---\n{id: a}\n---\n", "its front matter is one { … }, not a key on each line"),
        ("a.md", "---\n? status\n: a\n---\n", 'status is written with a "?"'),
        ("a.md", '---\nid: a\nstatus: "b"# c\n---\n', AROUND),
        ("a.md", "---\nid: |+\n  a\nnote: a\n\nstatus: b\n---\n", AROUND),
        ("a.md", "---\nid: |\n  a\nnote: a\n  # b\nstatus: b\n---\n", AROUND),
        ("a.json", "{", "line 1: is not JSON: expecting property name"),
        ("a.json", "[]", 'line 1: must be one object: {"headline": "…", "published": "…"}'),
        ("a.json", '{"a": 1,\n"a": 2}', "line 2: a: is given twice; keep one"),
    ],
)
def test_a_file_with_no_safe_place_to_cut_is_refused(name: str, text: str, why: str) -> None:
    with pytest.raises(EditError) as caught:
        edited(text.encode(), f"articles/{name}", {"status": "canceled", "note": None})
    message = str(caught.value)
    assert message.startswith(f"articles/{name}: cannot be changed safely: {why}")
    assert message.endswith("; change status and note in the file by hand")


def test_a_file_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(EditError, match="line 2: is not UTF-8 here; save the file as UTF-8"):
        edited(b"---\nid: \xe9\n---\n", "a.md", KILL)


def test_a_key_too_long_for_yaml_is_refused() -> None:
    with pytest.raises(EditError, match=AROUND):
        edited(b"---\n---\n", "a.md", {"x" * 2000: "a"})


@pytest.mark.parametrize("depth", range(50, 1050, 50))
def test_json_nested_too_deeply_is_refused_and_never_a_crash(depth: int) -> None:
    deep = '{"a": ' * depth + "1" + "}" * depth
    try:
        result = edited(f'{{"b": {deep}}}'.encode(), "a.json", {"c": "d"}).decode()
    except EditError as error:
        result = str(error)
    refused = "nested too deeply; change c in the file by hand" in result
    assert refused or result == f'{{"b": {deep}, "c": "d"}}'
    assert refused or depth < 1000
    assert not refused or depth > 100


# Strategies for records of every form, each with changes and the expected result.

LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20)
TRAPS = st.sampled_from(["no", "2026-11-22", "a: b", "a # b", "- a", "---", "'", '"', "\r\n", "|"])
COMMENTS = st.sampled_from(["", "  ", " # why", "  # e\u0301: [\x01\ufeff", " # ---"])
NOISE = st.lists(st.sampled_from(["", "# é", "#", "# status: a", "# \x01"]), max_size=3)
KEYS = st.sampled_from(
    ["status", "'note'", '"a: b"', "e\u0301", "no", "日本 語", "'it''s'", "a-b", '"x\x01y"', '""']
) | LINE.map(clean_text).map(scalar)


class Entry(NamedTuple):
    """A key with its value as it is typed, and with another one."""

    name: str
    value: Any
    lines: list[str]
    line: str
    """The first line after a change; ``\0`` is the new value."""
    end: int = 0
    """The number of the old line whose end it gets."""
    kept: int = 0
    """Lines below the first that stay."""
    noise: Sequence[str] = ()
    """Lines below it that stay."""


def forms(key: str, text: str, comment: str, noise: list[str]) -> Iterator[Entry]:
    """Yield everything a value can look like."""
    name = clean_text(yaml.load(clean_characters(key), yaml.CBaseLoader))
    single, read = text.replace("'", "''"), clean_characters(text)

    def typed(value: Any, *lines: str, **rest: Any) -> Entry:
        head = f"{key}:{comment}" if lines[0] == "" else f"{key}: {lines[0]}"
        entry = Entry(name, value, [head, *lines[1:]], f"{key}: \0{comment}", noise=noise)
        return entry._replace(**rest)

    yield typed("a b", f"a b{comment}")
    yield typed(read, f"'{single}'{comment}")
    yield typed(read, f"{scalar(text)}{comment}")
    yield typed("", "")
    yield typed("a b", "a", f"    b{comment}", end=1)
    yield typed("a b\nc", '"a', "  b", "", f'  c"{comment}', end=3)
    yield typed([read, {"b": "c"}], f"['{single}', {{b: c}}]{comment}")
    yield typed(["a", "b"], "[a, # x", "  b", f" ]{comment}", end=2)
    yield typed(["a", {"b": "", "c": "d"}], "", "- a", "# x", "- b:", "  c: d # y")
    yield typed({"a": ["b"], "c": ""}, "", "# w", "  a:", "   - b", "  c:", kept=1)
    yield typed("a", "", "", "   a # x", kept=1)
    yield typed("a\n\n # b\n", f"|{comment}", "  a", "", "   # b")
    yield typed("a b\nc", f">-{comment}", "   a", "   b", "", "   c")
    yield typed("a\n\n", f"|+{comment}", "  a", noise=["", "# so that no other line is added"])


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    parts = draw(KEYS), draw(LINE), draw(COMMENTS), draw(NOISE)
    return draw(st.sampled_from(list(forms(*parts))))


def changes_of(names: list[str]) -> st.SearchStrategy[Changes]:
    name = LINE.map(clean_text) | (st.sampled_from(names) if names else st.nothing())
    return st.dictionaries(name, st.none() | st.text() | TRAPS, max_size=4)


class Case(NamedTuple):
    before: str
    after: str
    changes: Changes
    keys: dict[str, Any]
    """The keys after the changes."""


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a record in Markdown, changes, and the expected result."""
    record = draw(st.lists(entries(), max_size=6, unique_by=lambda entry: entry.name))
    changes = draw(changes_of([entry.name for entry in record]))
    new = {
        key: value if value is None else clean_characters(value) for key, value in changes.items()
    }
    ends = st.sampled_from(draw(st.sampled_from([["\n"], ["\r\n"], ["\r"], ["\n", "\r\n"]])))
    indent = draw(st.sampled_from(["", "  "])) if record else ""
    fence = draw(st.sampled_from(["", "\ufeff"])) + "---", draw(ends)
    before, after = [fence], [fence]
    for entry in record:
        lines = [(line and indent + line, draw(ends)) for line in entry.lines]
        noise = [(line, draw(ends)) for line in entry.noise]
        before += lines + noise
        value = new.get(entry.name, entry.value)
        if value == entry.value:
            after += lines
        elif value is not None:
            line = indent + entry.line.replace("\0", scalar(value))
            after += [(line, lines[entry.end][1]), *lines[1 : entry.kept + 1]]
        after += noise
    keys = {entry.name: entry.value for entry in record}
    for key in [key for key, value in new.items() if key not in keys and value is not None]:
        after.append((f"{indent}{scalar(key)}: {scalar(new[key])}", fence[1]))
    body = draw(st.sampled_from(["---", "---  ", "..."]))
    if draw(st.booleans()):
        body += draw(ends) + draw(st.text())
    expected = {key: value for key, value in {**keys, **new}.items() if value is not None}
    was, becomes = ("".join(line + end for line, end in lines) for lines in (before, after))
    return Case(was + body, becomes + body, changes, expected)


@given(cases())
@settings(max_examples=300)
def test_any_change_leaves_every_other_byte(case: Case) -> None:
    result = edited(case.before.encode(), "a.md", case.changes)
    assert result.decode() == case.after
    front_matter = re.split(r"(?m)^(?:---|\.\.\.)[ \t]*$", clean_characters(case.after))[1]
    assert (yaml.load(front_matter, yaml.CBaseLoader) or {}) == case.keys


SOUP = "status~id~:~: ~- ~? ~\n~\n~\n  ~a~é~e\u0301~#~ # ~'~|~>+~[~]~{~}~,~&a ~*a~!!b ~\t~\r~\x01~%"


@given(st.lists(st.sampled_from([*SOUP.split("~"), '"'])), st.none() | TRAPS)
@example(["\n", "? ", "- "], "new")
@settings(max_examples=300)
def test_any_front_matter_is_changed_or_refused(soup: list[str], value: str | None) -> None:
    above = "".join(["---\nid: ", *soup, "\n"])
    line = "" if value is None else f"x: {scalar(clean_characters(value))} # b\n"
    try:
        result = edited(f"{above}x: a # b\n---\nBody.".encode(), "a.md", {"x": value}).decode()
    except EditError as error:
        result = str(error)
    refused = result.startswith("a.md: cannot be changed safely: ")
    assert refused or result == f"{above}{line}---\nBody."


PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
FORMATS_BY_FILE = [{"indent": 2}, {"indent": "\t"}, {}, {"separators": (",", ":")}]
NESTED = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "{"]), inner, max_size=2)
    ),
)


def said(value: Any) -> str | None:
    """Return the text that a value of JSON is read as; None for a list or an object."""
    if isinstance(value, list | dict):
        return None
    if isinstance(value, str):
        return clean_characters(value)
    return "" if value is None else json.dumps(value)


@st.composite
def objects(draw: st.DrawFn) -> Case:
    """Draw a record in JSON with at least an id, changes, and the expected result."""
    texts = st.text().filter(lambda key: clean_text(key) != "id")
    pairs = draw(st.lists(st.tuples(texts, NESTED), unique_by=lambda pair: clean_text(pair[0])))
    changes = draw(changes_of([clean_text(key) for key, _ in pairs]))
    changes.pop("id", None)
    pairs.insert(draw(st.integers(0, len(pairs))), ("id", draw(NESTED)))
    names = {clean_text(key): key for key, _ in pairs}
    keys = dict(pairs)
    for name, value in changes.items():
        key = names.get(name, name)
        if value is None:
            keys.pop(key, None)
        elif key not in keys or said(keys[key]) != clean_characters(value):
            keys[key] = clean_characters(value)
    format: dict[str, Any] = draw(st.sampled_from(FORMATS_BY_FILE))
    end, mark = draw(st.sampled_from(["\n", "\r\n"])), draw(st.sampled_from(["", "\ufeff"]))
    dumped = (json.dumps(each, ensure_ascii=False, **format) for each in (dict(pairs), keys))
    before, after = (mark + text.replace("\n", end) + end for text in dumped)
    return Case(before, after, changes, keys)


@given(objects())
def test_any_change_to_json_leaves_every_other_byte(case: Case) -> None:
    result = edited(case.before.encode(), "a.json", case.changes).decode()
    assert result == case.after
    assert json.loads(result.removeprefix("\ufeff")) == case.keys


RECORD = b"\xef\xbb\xbf---\r\nheadline: Rain # wet\r\nstatus: usable\r\n---\r\nIt rained.\r\n"
KILLED = RECORD.replace(b"usable\r\n", b"canceled\r\nnote: It was wrong.\r\n")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "articles" / "rain.md"
    file.parent.mkdir()
    file.write_bytes(RECORD)
    return file


def edit(file: Path, changes: Changes) -> None:
    edit_record(RecordFolder(file.parent, 1000), file.name, changes)


def alone(file: Path) -> bool:
    """Return whether there is no other file in the folder."""
    return [each.name for each in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("mode", [0o640, 0o664, 0o600])
def test_a_file_is_changed_and_keeps_its_permissions(file: Path, mode: int) -> None:
    file.chmod(mode)
    edit(file, KILL)
    assert file.read_bytes() == KILLED
    assert file.stat().st_mode & 0o7777 == mode
    assert alone(file)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_file_keeps_its_owner(file: Path) -> None:
    os.chown(file, 12345, 23456)
    edit(file, KILL)
    assert (file.stat().st_uid, file.stat().st_gid) == (12345, 23456)


def test_an_owner_that_cannot_be_kept_is_no_reason_to_refuse(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refuse)
    edit(file, KILL)
    assert file.read_bytes() == KILLED


def test_a_link_stays_one(file: Path, tmp_path: Path) -> None:
    link = file.with_name("link.md")
    link.symlink_to(file)
    edit(link, KILL)
    assert link.is_symlink()
    assert file.read_bytes() == KILLED


def test_a_file_that_has_the_values_already_is_not_written(file: Path) -> None:
    before = file.stat()
    edit(file, {"status": "usable", "note": None})
    assert file.stat() == before


def test_a_file_that_cannot_be_changed_safely_stays_as_it_was(file: Path) -> None:
    file.write_bytes(b"Rain")
    with pytest.raises(EditError, match=r"^articles/rain\.md: cannot be changed safely: line 1: "):
        edit(file, KILL)
    assert file.read_bytes() == b"Rain"


def test_a_change_by_another_program_is_not_lost(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = os.fsync

    def fsync(handle: int) -> None:
        at_once(handle)
        file.write_bytes(b"new")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(EditError) as caught:
        edit(file, KILL)
    assert str(caught.value) == (
        "articles/rain.md: somebody else changed it just now; look at it and try again"
    )
    assert file.read_bytes() == b"new"
    assert alone(file)


@pytest.mark.parametrize(
    ("number", "ends"),
    [
        (errno.EACCES, "Permission denied; give feedsvc the right to write in the file's folder"),
        (errno.EROFS, "Read-only file system; mount the disk so that it can be written to"),
        (errno.ENOSPC, "No space left on device; make room on the disk, and try again"),
        (errno.EDQUOT, "Disk quota exceeded; make room on the disk, and try again"),
        (errno.EIO, "Input/output error; mend that, and try again"),
    ],
)
def test_a_file_that_cannot_be_written_stays_as_it_was(
    file: Path, monkeypatch: pytest.MonkeyPatch, number: int, ends: str
) -> None:
    def refuse(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(EditError) as caught:
        edit(file, KILL)
    assert str(caught.value) == f"articles/rain.md: cannot be written: {ends}"
    assert file.read_bytes() == RECORD
    assert alone(file)


def test_a_file_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    loop, pipe = tmp_path / "loop.md", tmp_path / "pipe.md"
    loop.symlink_to(loop)
    os.mkfifo(pipe)
    for file, why in [
        (tmp_path / "gone.md", "cannot be read: No such file or directory"),
        (loop, "cannot be read: Too many levels of symbolic links"),
        (pipe, "is no plain file"),
        (tmp_path, "is no plain file"),
    ]:
        with pytest.raises(EditError) as caught:
            edit(file, KILL)
        assert str(caught.value) == f"articles/{file.name}: {why}"


@pytest.mark.parametrize("headline", ["Vigil for #Quay26 victims", "Rovers: Late #Goals", "#1: a"])
def test_a_record_with_a_headline_that_is_no_yaml_is_edited(headline: str) -> None:
    text = f"---\nheadline: {headline}\nslug: s\n---\nBody.\n"
    killed = edited(text.encode(), "a.md", {"status": "canceled", "slug": None}).decode()
    assert killed == f"---\nheadline: {headline}\nstatus: canceled\n---\nBody.\n"
    other = edited(text.encode(), "a.md", {"headline": "Vigil"}).decode()
    assert other == "---\nheadline: Vigil\nslug: s\n---\nBody.\n"


def test_a_list_is_written_in_the_place_of_a_text() -> None:
    notes = [{"date": "2026-11-21", "text": "One: two."}]
    for typed in "One.", "|\n  One.", "[One]", "\n  - One.":
        text = f"---\nnote: {typed}\nslug: s\n---\n".replace(": \n", ":\n")
        result = edited(text.encode(), "a.md", {"note": notes}).decode()
        lines = [line.rstrip() for line in result.splitlines()]
        assert lines[1:5] == ["note:", '  - date: "2026-11-21"', '    text: "One: two."', "slug: s"]


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("a.md", "---\nheadline: A\nsections: [sport, business]\n---\n",
         "---\nheadline: A\nsections:\n  - culture\n  - business\n---\n"),
        ("a.json", '{"headline": "A", "sections": ["sport"]}',
         '{"headline": "A", "sections": ["culture", "business"]}'),
    ],
)  # fmt: skip
def test_a_list_of_texts_is_written(name: str, before: str, after: str) -> None:
    changes: dict[str, Written | None] = {"sections": ["culture", "busi\x00ness"]}
    assert edited(before.encode(), name, changes).decode() == after
