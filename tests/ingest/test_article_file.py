"""Article files in any state, and conflicts between several of them."""

from __future__ import annotations

import json
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feedsvc.config.load import load
from feedsvc.config.settings import Config
from feedsvc.errors import Problem
from feedsvc.ingest import article_file, files
from feedsvc.ingest.article_file import ReadFile
from feedsvc.ingest.conflicts import compare_files, duplicate
from feedsvc.ingest.media import Library
from feedsvc.ingest.record.keys import RECORD
from feedsvc.ingest.records import RecordFolder
from feedsvc.model.article import Article
from tests.conftest import CONFIG, NOW, article, png

XML = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
ANYTHING = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cs", "Cc", "Cf", "Zl", "Zp", "Mn"]),
        st.sampled_from("\0\x0b\x85\u2028\ufffe\ufeff\u0338<>&\"'#:[]{}%@`\\"),
    ),
    max_size=40,
)


def make(root: Path) -> Config:
    (root / "config.toml").write_text(CONFIG, encoding="utf-8")
    (root / "articles").mkdir()
    return load(root / "config.toml", {})


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return make(tmp_path)


@pytest.fixture(scope="module")
def shared() -> Iterator[Config]:
    """Make one newsroom for all the examples of a test."""
    with tempfile.TemporaryDirectory() as folder:
        yield make(Path(folder))


def read(config: Config, path: str, data: str | bytes | None = None) -> ReadFile:
    if data is not None:
        file = config.articles / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
    content = RecordFolder.of(config).read(path)
    return article_file.read(config, Library(config.root), path, content)


def problems_of(file: ReadFile) -> list[str]:
    return list(map(str, file.problems))


def test_a_valid_file_has_an_article(config: Config) -> None:
    (config.articles / "a.png").write_bytes(png())
    file = read(config, "a.md", article(image="{file: a.png}"))
    assert file.article
    assert file.article.headline == "Harbour Opens"
    assert [file.path for file in file.files] == ["articles/a.png"]
    assert file.dependencies == {
        "articles/a.png": files.stamp(config.articles / "a.png"),
        "media/a.png": files.GONE,
    }
    assert file.stamp == files.stamp(config.articles / "a.md")
    assert len(file.digest) == 64
    assert file.settles
    assert not file.withdrawn
    assert file.problems == ()


def test_a_draft_has_no_article(config: Config) -> None:
    file = read(config, "a.md", "---\nheadline: A\nstatus: draft\n---\n")
    assert (file.article, file.settles, file.files) == (None, True, ())


def test_a_wrong_file_has_problems_and_leaves_its_article_as_it_was(config: Config) -> None:
    file = read(config, "a.md", article(image="{file: a.png}", colour="red"))
    assert (file.article, file.settles, file.files) == (None, False, ())
    assert problems_of(file)[0] == (
        'articles/a.md:4:1: image: there is no file "a.png"; looked for articles/a.png and '
        "media/a.png"
    )
    assert file.dependencies == {"articles/a.png": files.GONE, "media/a.png": files.GONE}
    assert file.digest


@pytest.mark.parametrize("status", ["canceled", "withheld", "draft"])
def test_a_wrong_file_can_still_withdraw_its_article(config: Config, status: str) -> None:
    file = read(config, "a.md", article(status=status, colour="red"))
    assert file.article is None
    assert file.withdrawn
    assert file.settles


def test_an_article_may_have_notes(config: Config) -> None:
    file = read(config, "a.md", article(status="canceled"))
    assert file.article
    assert [problem.note for problem in file.problems] == [True]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("gone", "cannot be read: No such file or directory"),
        ("folder", "is no plain file"),
        ("pipe", "is no plain file"),
        ("loop", "cannot be read: Too many levels of symbolic links"),
        ("out", "is a link out of articles/; copy the file there"),
    ],
)
def test_a_file_that_cannot_be_read_is_reported(config: Config, kind: str, message: str) -> None:
    file = config.articles / "a.md"
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    elif kind == "loop":
        file.symlink_to("a.md")
    elif kind == "out":
        file.symlink_to("../config.toml")
    file = read(config, "a.md")
    assert problems_of(file) == [f"articles/a.md:1:1: {message}"]
    assert not file.settles
    assert (file.digest, file.dependencies) == ("", {})


def test_a_bug_that_one_file_causes_is_reported_and_stops_no_other(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("of course")

    monkeypatch.setattr(article_file, "parse", broken)
    file = read(config, "a.md", article())
    assert problems_of(file) == [
        "articles/a.md:1:1: feedsvc could not read this (ZeroDivisionError('of course')); "
        "please report it with the file"
    ]
    assert file.digest
    assert not file.settles


def compared(
    config: Config, chosen: dict[str, str], others: dict[str, str] | None = None
) -> list[str]:
    files_read = [read(config, path, text) for path, text in chosen.items()]
    rest = [read(config, path, text) for path, text in (others or {}).items()]
    return list(map(str, compare_files(files_read, rest, NOW)))


def test_valid_files_have_no_conflicts(config: Config) -> None:
    assert (
        compared(
            config,
            {"a.md": article(related="[b, own, world/c.md, 'https://a.example', {headline: D}]")},
            {"b.md": article(), "x.md": article(id="own"), "world/c.md": article()},
        )
        == []
    )


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            article(embargoed="2099-01-01 10:00"),
            '"b" is not published before 2099-01-01 10:00 UTC; until then it is left out of the '
            "feeds",
        ),
        (
            article(published="2099-01-01"),
            '"b" is not published before 2099-01-01 00:00 UTC; until then it is left out of the '
            "feeds",
        ),
        (article(status="withheld"), '"b" is not published; it is left out of the feeds'),
        (
            article(status="canceled", embargoed="2099-01-01"),
            '"b" is not published; it is left out of the feeds',
        ),
        (article(status="draft"), '"b" is not published; it is left out of the feeds'),
        (article(expires="2026-11-22"), '"b" is not published; it is left out of the feeds'),
        (article(colour="red"), '"b" is not published; it is left out of the feeds'),
    ],
)
def test_a_related_story_that_is_not_published_is_noted(
    config: Config, other: str, message: str
) -> None:
    note = f"articles/a.md:1:1: note: related: {message}"
    assert compared(config, {"a.md": article(related="[b]")}, {"b.md": other}) == [note]
    assert compared(config, {"b.md": other, "a.md": article(related="[b]")}) == [note]


@pytest.mark.parametrize(
    ("ref", "hint"),
    [("harbor", ' Did you mean "harbour"?'), ("zzz", ""), ("my-idd", ' Did you mean "my-id"?')],
)
def test_a_related_story_that_does_not_exist_is_noted_with_a_guess(
    config: Config, ref: str, hint: str
) -> None:
    assert compared(
        config,
        {"a.md": article(related=f"[{ref}]")},
        {"harbour.md": article(), "local/b.md": article(id="my-id")},
    ) == [
        f'articles/a.md:1:1: note: related: there is no article "{ref}"; it is left out of the '
        f"feeds.{hint}"
    ]


def test_an_id_given_twice_is_reported_at_the_second_file(config: Config) -> None:
    message = (
        'articles/{}:1:1: id: "a" is already the id of articles/{}; give one of the two another id'
    )
    both = {"a.md": article(), "b.md": article(id="a"), "a.json": '{"headline": "A"}'}
    assert compared(config, both) == [message.format("b.md", "a.md")]
    assert compared(config, {"b.md": article(id="a")}, {"a.md": article()}) == [
        message.format("b.md", "a.md")
    ]


def test_a_duplicate_is_no_note() -> None:
    assert duplicate("b.md", ("id", "x"), "a.md") == Problem(
        "articles/b.md",
        1,
        1,
        "id",
        '"x" is already the id of articles/a.md; give one of the two another id',
    )


def test_conflicts_between_other_files_are_not_reported(config: Config) -> None:
    others = {"b.md": article(id="x"), "c.md": article(id="x", related="[nothing]")}
    assert compared(config, {"a.md": article()}, others) == []


def test_the_path_of_a_file_with_another_id_may_be_the_id_of_another(config: Config) -> None:
    assert compared(config, {"a.md": article(id="x"), "b.md": article(id="a")}) == []


def test_a_link_by_path_finds_a_file_with_another_id(config: Config) -> None:
    others = {"world/b.md": article(id="x")}
    assert compared(config, {"a.md": article(related="[world/b.md]")}, others) == []


PIECES = [
    "---\n", "...\n", "headline: ", "published: ", "2026-11-21", "image: ", "{file: ", "a.png", "[",
    "related:\n", "  - ", "- ", "]", "{", "}", ": ", ":", "#", " #", "&a ", "*a", "!x ", "|\n",
    ">\n", "'", '"', "\\", "\t", "\n", "\r\n", "  ", "? ", "@", "%", "`", "\x85", "\u2028",
    "\ufeff", "\0", "body", "status: ", "canceled", "byline: ", "keywords: ", "media: ",
    "comments: ", "é",
    "![x](", "%00", ")", "<img src=", "<script>", "&#11;", "\\u0000", "section: ", "id: ", "<<: ",
]  # fmt: skip
KEYS = [*RECORD, "file", "name", "count", "alt", "x\n"]
FRONT = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ANYTHING),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=12,
).map(json.dumps)


def check_any(config: Config, path: str, data: bytes) -> None:
    file = read(config, path, data)
    assert file.record or file.problems
    for problem in file.problems:
        line = str(problem)
        assert "please report it" not in line
        assert "\n" not in line
        assert problem.line >= 1
        assert problem.column >= 1
        line.encode()
    if file.article:
        check_article(file.article)


def check_article(parsed: Article) -> None:
    lines = [
        parsed.headline,
        parsed.summary,
        parsed.note,
        *parsed.keywords,
        *(person.name for person in parsed.byline),
        *(text for image in parsed.images for text in (image.caption, image.credit, image.alt)),
        *(medium.title for medium in parsed.media),
        *(story.headline for story in parsed.related),
    ]
    for line in lines:
        assert "\n" not in line
        assert " ".join(line.split()) == line
    for text in (*lines, parsed.body, parsed.id, parsed.slug, parsed.section):
        assert XML.fullmatch(text)
        assert unicodedata.is_normalized("NFC", text)
    assert all((*parsed.keywords, *(person.name for person in parsed.byline)))


@given(st.sampled_from(["a.md", "a.json"]), st.binary(max_size=200))
@example("a.md", b"---\nheadline:\n\xe2\x80\xa8a: b\n---\n")
@example("a.md", b"---\n" + b"- " * 5000 + b"\n---\n")
@example("a.json", b'{"headline": ' + b"1" * 5000 + b"}")
@example("a.json", b'{"a": ' + b"[" * 900 + b"]" * 900 + b"}")
@example("a.json", b'{"\\ud800": 1, "language": "\\udfff", "id": "a\\nb"}')
@example("a.md", article(body="![x](%00.png)").encode())
@example("a.md", article(image="{file: " + "a" * 300 + "}").encode())
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_a_record_or_reported(shared: Config, path: str, data: bytes) -> None:
    check_any(shared, path, data)


@given(FRONT)
@settings(max_examples=200, deadline=None)
def test_any_front_matter_is_a_record_or_reported(shared: Config, text: str) -> None:
    check_any(shared, "a.md", f"---\n{text}\n---\nBody.\n".encode())
    check_any(shared, "a.md", text.encode())
    check_any(shared, "a.md", article(body=text).encode())


@given(JSON)
@settings(max_examples=150, deadline=None)
def test_any_json_is_a_record_or_reported(shared: Config, text: str) -> None:
    check_any(shared, "a.json", text.encode())


@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING, ANYTHING)
@example("a\u0338", "\u0338", "<", "&#824;", "<p>&#x338;")
@settings(max_examples=200, deadline=None)
def test_any_text_in_a_json_record_is_published_clean(
    shared: Config, headline: str, summary: str, caption: str, keyword: str, body: str
) -> None:
    def plain(text: str) -> str:
        return " ".join(text.replace("<", "").split())

    record = {
        "headline": f"A {plain(headline)}",
        "published": "2026-11-21",
        "summary": summary,
        "byline": [{"name": f"B {plain(keyword)}"}],
        "image": {
            "url": "https://a.example/b.png", "caption": caption, "credit": caption, "alt": caption
        },
        "keywords": [plain(keyword)],
        "note": body,
        "body": f"x {body.replace('!', '').replace('<img', '')}",
    }  # fmt: skip
    file = read(shared, "a.json", json.dumps(record))
    assert file.article, problems_of(file)
    assert file.article.headline.startswith("A")
    assert file.article.body.startswith(("<p>x", "<h1>x", "<h2>x"))  # a line of = makes a heading
    check_article(file.article)


@given(ANYTHING, ANYTHING)
@settings(max_examples=150, deadline=None)
def test_any_text_in_quotes_in_front_matter_is_published_clean(
    shared: Config, headline: str, summary: str
) -> None:
    def quoted(text: str) -> str:
        text = "".join(letter for letter in text if not "\ud800" <= letter <= "\udfff")
        return json.dumps(text.replace("<", ""), ensure_ascii=False)

    head, deck = quoted(f"A {' '.join(headline.split())}"), quoted(summary)
    file = read(shared, "a.md", article(head, summary=deck))
    assert file.article, problems_of(file)
    assert file.article.headline.startswith("A")
    check_article(file.article)


def test_any_moment_is_kept_in_utc(config: Config) -> None:
    file = read(config, "a.md", article(published="2026-07-01", updated="1 July 2026 10:00"))
    assert file.article
    assert file.article.published == datetime(2026, 6, 30, 23, tzinfo=UTC)
    assert file.article.updated == datetime(2026, 7, 1, 9, tzinfo=UTC)
