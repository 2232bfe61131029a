"""Front matter as people type it: every scalar stays a text, every trap of YAML is reported."""

from __future__ import annotations

from typing import Any

import pytest

from feedsvc.errors import RecordError
from feedsvc.ingest.record.markdown_file import read_markdown
from feedsvc.ingest.record.parsed import Value


def plain(value: Value) -> Any:
    if isinstance(value.data, dict):
        return {key: plain(inner) for key, inner in value.data.items()}
    if isinstance(value.data, list):
        return [plain(inner) for inner in value.data]
    return value.data


def read(front: str) -> tuple[dict[str, Any], list[str]]:
    source = read_markdown("a.md", f"---\n{front}\n---\nBody.\n")
    problems = [str(problem).removeprefix("a.md:") for problem in sorted(source.problems)]
    return {key: plain(value) for key, value in source.keys.items()}, problems


def refused(text: str) -> list[str]:
    with pytest.raises(RecordError) as caught:
        read_markdown("a.md", text)
    return [line.removeprefix("a.md:") for line in str(caught.value).splitlines()]


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("no", "no"),
        ("Yes", "Yes"),
        ("null", "null"),
        ("~", "~"),
        ("0123", "0123"),
        ("1_000", "1_000"),
        ("10:30", "10:30"),
        ("2026-11-21", "2026-11-21"),
        ("1e3", "1e3"),
        ("=", "="),
        ("a:b", "a:b"),
        ("50% off", "50% off"),
        ("a @b `c` *d* &e !f |g >h", "a @b `c` *d* &e !f |g >h"),
        ("a [b] {c}", "a [b] {c}"),
        ('it\'s "so"', 'it\'s "so"'),
        ("a#b", "a#b"),
        ('"a: b # c"', "a: b # c"),
        ("'it''s: so'", "it's: so"),
        (r'"a\tb\u00e9\U0001f6a2\/"', "a\tbé\U0001f6a2/"),
        (r'"a\0\vb\uFFFE"', "a b"),
        (r'"Cafe\u0301"', "Café"),
        ("a\u2028b\u2029c", "a b c"),
        ("a\n  b", "a b"),
        (">\n  a\n  b", "a b"),
        ("|\n  a\n  b", "a\nb"),
        ("", ""),
        ('""', ""),
    ],
)
def test_a_scalar_stays_the_text_that_was_typed(typed: str, text: str) -> None:
    keys, problems = read(f"headline: {typed}")
    assert (keys["headline"].removesuffix("\n"), problems) == (text, [])


def test_lists_and_mappings_are_read_in_both_forms() -> None:
    keys, problems = read(
        "a: [1, {b: no}]\nc:\n  - 10:30\n  - d: e\n    f: [g]\nh: {i: j, k: [l]}\nm: []\nn: {}"
    )
    assert problems == []
    assert keys == {
        "a": ["1", {"b": "no"}],
        "c": ["10:30", {"d": "e", "f": ["g"]}],
        "h": {"i": "j", "k": ["l"]},
        "m": [],
        "n": {},
    }


def test_a_value_in_a_mapping_has_the_place_of_its_key_and_an_item_its_own() -> None:
    source = read_markdown("a.md", "---\n\na: b\nc:\n  - d\n  - {e: f,\n     g: h}\n---\n")
    items = source.keys["c"].data
    assert isinstance(items, list)
    inner = items[1].data
    assert isinstance(inner, dict)
    values = [*source.keys.values(), *items, *inner.values()]
    assert [(value.line, value.column) for value in values] == [
        (3, 1), (4, 1), (5, 5), (6, 5), (6, 6), (7, 6),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "body", "line"),
    [
        ("---\na: b\n---\nBody.\n", "Body.\n", 4),
        ("---\na: b\n---", "", 4),
        ("---\na: b\n...\nBody.", "Body.", 4),
        ("---  \na: b\n---\t\n\n---\n", "\n---\n", 4),
        ("---\n---\nBody.", "Body.", 3),
        ("---\n# only a comment\n---\n", "", 4),
    ],
)
def test_the_body_is_below_the_front_matter(text: str, body: str, line: int) -> None:
    source = read_markdown("a.md", text)
    assert (source.body, source.line) == (body, line)


@pytest.mark.parametrize(
    "text", ["", "a: b", "Body.", "...\na: b\n...\n", " ---\na: b\n---\n", "--- a\n"]
)
def test_front_matter_begins_with_its_line(text: str) -> None:
    assert refused(text) == [
        '1:1: must begin with a line "---", then its keys such as headline: …, then "---"'
    ]


@pytest.mark.parametrize(
    "text", ["---", "---\na: b\n", "---\na: b\n--- \u00a0x\n", "---\na: b\n ---\n"]
)
def test_front_matter_ends_with_its_line(text: str) -> None:
    assert refused(text) == [
        '1:1: the front matter never ends; put a line "---" below its last key'
    ]


@pytest.mark.parametrize("front", ["words", "- a\n- b", "[a, b]", '"a"', "|\n  a"])
def test_front_matter_is_keys_with_their_values(front: str) -> None:
    assert refused(f"---\n{front}\n---\n") == [
        "2:1: the front matter must be keys with their values, one on a line, such as headline: …"
    ]


KEY = "did not find expected key"
COLON = "a colon and a space begin a new key"
BEGIN = "no value may begin with this character"


@pytest.mark.parametrize(
    ("typed", "shown", "why"),
    [
        ("Mayor: no", '"Mayor: no"', COLON),
        ("a: b: c", '"a: b: c"', COLON),
        ('Mayor: "no"', "'Mayor: \"no\"'", COLON),
        ("Mayor: it's no", '"Mayor: it\'s no"', COLON),
        (r"Mayor: a\b", r"'Mayor: a\b'", COLON),
        ("@mayor says", '"@mayor says"', BEGIN),
        ("%50 off", '"%50 off"', BEGIN),
        ("`code`", '"`code`"', BEGIN),
        ("*bold* move", '"*bold* move"', BEGIN),
        ("*bold", '"*bold"', "found undefined alias"),
        ("& so on", '"& so on"', BEGIN),
        ("- a", '"- a"', "block sequence entries are not allowed in this context"),
        ("? a", '"? a"', "mapping keys are not allowed in this context"),
        ("| a", '"| a"', "did not find expected comment or line break"),
        ("> a", '"> a"', "did not find expected comment or line break"),
        ("]", '"]"', "did not find expected node content"),
        (", a", '", a"', "did not find expected node content"),
        ("[a", '"[a"', "did not find expected ',' or ']'"),
        ("[a] b", '"[a] b"', "did not find expected key"),
        ("{a", '"{a"', "did not find expected ',' or '}'"),
        ('"a', "'\"a'", "found unexpected end of stream"),
        ("'a", '"\'a"', "found unexpected end of stream"),
        ('"He said" so', "'\"He said\" so'", "did not find expected key"),
        (r'"a\xb"', "'" + r'"a\xb"' + "'", "did not find expected hexdecimal number"),
        (r'"\ud83d\udea2"', "'" + r'"\ud83d\udea2"' + "'",
         "found invalid Unicode character escape code"),
    ],
)  # fmt: skip
def test_a_value_that_lacks_its_quotes_is_reported_and_read_all_the_same(
    typed: str, shown: str, why: str
) -> None:
    for key, place in (("section", "3:10"), ("url", "3:6")):
        keys, problems = read(f"slug: s\n{key}: {typed}\nsummary: t")
        assert problems == [f"{place}: {key}: put the {key} in quotes: {key}: {shown} ({why})"]
        assert keys == {"slug": "s", key: typed, "summary": "t"}


def test_a_value_in_a_list_that_lacks_its_quotes_is_reported() -> None:
    keys, problems = read("related:\n  - url: Mayor: no\n    headline: x")
    assert keys == {"related": [{"url": "Mayor: no", "headline": "x"}]}
    assert problems == [f'3:10: url: put the url in quotes: url: "Mayor: no" ({COLON})']


@pytest.mark.parametrize(
    "typed",
    [
        "Mayor: no",
        "Rovers 3–1 Staithe: Late Goals: a Report",
        'Mayor: "no"',
        "Vigil for #Quay26 victims",
        "#Quay26: a vigil",
        "#Quay26",
        "@mayor says: no #vote",
        "It: was #1",
        "%50 off",
    ],
)
def test_a_text_for_readers_is_read_as_typed(typed: str) -> None:
    for key in "headline", "summary", "note":
        assert read(f"slug: s\n{key}: {typed}\nurl: u") == (
            {"slug": "s", key: typed, "url": "u"},
            [],
        )
    assert read(f"image:\n  caption: {typed}\n  file: a") == (
        {"image": {"caption": typed, "file": "a"}},
        [],
    )


@pytest.mark.parametrize("key", ["byline", "keywords", "note"])
@pytest.mark.parametrize(
    "typed", ["\n- DJ #1\n- #Quay26\n- a", " [DJ #1, #Quay26, a]", " ['DJ #1', '#Quay26', a] # b"]
)
def test_a_hash_sign_cuts_no_text_in_a_list(key: str, typed: str) -> None:
    assert read(f"slug: s\n{key}:{typed}\nurl: u") == (
        {"slug": "s", key: ["DJ #1", "#Quay26", "a"], "url": "u"},
        [],
    )


def test_a_hash_sign_cuts_no_byline() -> None:
    assert read("byline: DJ #1") == ({"byline": "DJ #1"}, [])


def test_a_comment_behind_a_headline_is_no_part_of_it() -> None:
    assert read("headline: Storm # ask the harbour") == ({"headline": "Storm"}, [])
    _, problems = read("headline: Storm: Day 2 # ask the harbour")
    assert problems[0].startswith("2:11: headline: put the headline in quotes")


def test_several_values_that_lack_their_quotes_are_reported_at_once() -> None:
    keys, problems = read("section: Mayor: no\nurl: @a\nslug: b\nnote: [c")
    assert keys == {"section": "Mayor: no", "url": "@a", "slug": "b", "note": "[c"}
    assert [problem.partition(":")[0] for problem in problems] == ["2", "3", "5"]


@pytest.mark.parametrize(
    ("front", "message"),
    [
        (
            " a: b\nc: d",
            "3:1: the front matter is not YAML: did not find expected <document start>",
        ),
        ("a: b\n c: d", f"3:3: the front matter is not YAML: {COLON}"),
        ("a: b\n- c", "3:1: the front matter is not YAML: did not find expected key"),
        ("- a\nb: c", "3:1: the front matter is not YAML: did not find expected '-' indicator"),
        ("a: b\nwords", "4:1: the front matter is not YAML: could not find expected ':'"),
        ("a: [b,\n  c", "4:1: the front matter is not YAML: did not find expected ',' or ']'"),
        ("a: b\n--- c", "3:1: the front matter is not YAML: but found another document"),
        ("[", "3:1: the front matter is not YAML: did not find expected node content"),
    ],
)
def test_an_error_that_quotes_do_not_repair_is_reported_once(front: str, message: str) -> None:
    assert refused(f"---\n{front}\n---\n") == [message]


def test_repaired_values_are_reported_with_the_error_that_is_left() -> None:
    assert refused("---\na: b: c\nd: e\n f: g\n---\n") == [
        f'2:4: a: put the a in quotes: a: "b: c" ({COLON})',
        f"4:3: the front matter is not YAML: {COLON}",
    ]


def test_a_value_gets_its_quotes_once() -> None:
    # Quotes around quotes double each time: thirty times would fill any memory.
    assert refused('---\n a: "b\nc: d: "e\n---\n') == [
        f"3:4: c: put the c in quotes: c: 'd: \"e' ({KEY})",
        f"3:9: the front matter is not YAML: {KEY}",
    ]


def test_only_so_many_values_are_repaired() -> None:
    front = "".join(f"k{number}: a: b\n" for number in range(60))
    messages = refused(f"---\n{front}---\n")
    assert len(messages) == 51
    assert "2:1: correct these values first: more of them may need quotes" in messages


def test_of_long_front_matter_fewer_values_are_repaired() -> None:
    front = f"summary: {'a' * 150_000}\n" + "".join(f"k{number}: a: b\n" for number in range(60))
    assert len(refused(f"---\n{front}---\n")) == 5


def test_front_matter_that_is_too_long_is_refused() -> None:
    front = "keywords: [" + "a," * 100_000 + "]"
    assert refused(f"---\n{front}\n---\n") == [
        "1:1: the front matter has 200,017 characters; 200,000 are the most; "
        "the text belongs below it"
    ]


def test_tabs_that_indent_are_reported() -> None:
    keys, problems = read("image:\n\tfile: a\n\talt: b")
    assert keys == {"image": {"file": "a", "alt": "b"}}
    assert problems == [
        "3:1: indent with spaces, not with tabs",
        "4:1: indent with spaces, not with tabs",
    ]


def test_a_tab_behind_a_colon_is_harmless() -> None:
    assert read("headline:\ta") == ({"headline": "a"}, [])


@pytest.mark.parametrize(
    ("typed", "rest"),
    [
        ("a #1 b", "1 b"),
        ("a  #b ", "b"),
        ("a\n  b #c", "c"),
        ("#a", "a"),
        ("a # a comment", ""),
        ("a#b", ""),
        ('"a" #b', ""),
        ("|\n  a #b", ""),
    ],
)
def test_the_text_of_a_comment_is_kept(typed: str, rest: str) -> None:
    assert read_markdown("a.md", f"---\nk: {typed}\n---\n").keys["k"].rest == rest


def test_the_text_of_a_comment_in_a_list_is_kept() -> None:
    items = read_markdown("a.md", "---\nk:\n- a #1\n- b\n---\n").keys["k"].data
    assert isinstance(items, list)
    assert [item.rest for item in items] == ["1", ""]


@pytest.mark.parametrize(
    ("typed", "rest"), [("Room 5 # 3", " 3"), ("Room 5", ""), ("# 3", ""), ("|\n  a # 3", "")]
)
def test_a_comment_behind_a_text_for_readers_is_kept(typed: str, rest: str) -> None:
    assert read_markdown("a.md", f"---\nheadline: {typed}\n---\n").keys["headline"].rest == rest


ANCHOR = "YAML's &, * and ! are not used here; put the value in quotes"


@pytest.mark.parametrize(
    ("front", "keys", "problems"),
    [
        ("a: &b c", {"a": ""}, [f"2:4: {ANCHOR}"]),
        ("a: !b c", {"a": ""}, [f"2:4: {ANCHOR}"]),
        ("a: !!str c", {"a": ""}, [f"2:4: {ANCHOR}"]),
        ("a: &b c\nd: *b", {"a": "", "d": ""}, [f"2:4: {ANCHOR}"]),
        ("a: [&b c, d]\ne: *b", {"a": ["", "d"], "e": ""}, [f"2:5: {ANCHOR}"]),
        ("a: &b\n  c: d\ne: *b", {"a": "", "e": ""}, [f"2:4: {ANCHOR}"]),
        ("&a b: c\nd: *a", {"b": "c", "d": ""}, [f"2:1: {ANCHOR}"]),
        ("a: &b [*b]", {"a": ""}, [f"2:4: {ANCHOR}"]),
    ],
)
def test_anchors_aliases_and_tags_are_not_used(
    front: str, keys: dict[str, object], problems: list[str]
) -> None:
    assert read(front) == (keys, problems)


def test_aliases_to_aliases_do_not_grow() -> None:
    front = "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)
    )
    keys, problems = read(front)
    assert set(keys.values()) == {""}
    assert len(problems) == 40


def test_a_key_given_twice_is_reported_and_the_last_one_is_read() -> None:
    assert read("a: b\nc: {d: e, d: f}\na: g") == (
        {"a": "g", "c": {"d": "f"}},
        ["3:11: d: is given twice; keep one", "4:1: a: is given twice; keep one"],
    )


def test_a_key_is_one_line_without_control_characters() -> None:
    assert read(r'"a\0\nb": c')[0] == {"a b": "c"}


def test_a_key_that_is_no_text_is_kept_for_the_record_to_refuse() -> None:
    assert read("? [a]\n: b")[0] == {"?": "b"}


@pytest.mark.parametrize(
    "front",
    [
        "a: " + "[" * 101 + "]" * 101,
        "a: " + "[" * 150_000,
        "a: " + "{a: " * 200 + "}" * 200,
        "a:\n" + "\n".join(" " * depth + "- " for depth in range(120)),
        "- " * 200,
    ],
)
def test_deep_nesting_is_reported(front: str) -> None:
    assert refused(f"---\n{front}\n---\n") == ["2:1: the front matter is nested too deeply"]


def test_many_brackets_are_not_deep() -> None:
    keys, problems = read("a: [" + "[], " * 200 + "]\nb: " + "-" * 200)
    assert (len(keys["a"]), problems) == (200, [])


def test_many_brackets_that_lack_their_quotes_are_reported_as_such() -> None:
    keys, problems = read(f"a: {'[]' * 100}")
    assert keys == {"a": "[]" * 100}
    assert problems == [
        f'2:4: a: put the a in quotes: a: "{"[]" * 100}" (did not find expected key)'
    ]
