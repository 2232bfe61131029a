"""Saved article pages become the fields of a record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.errors import PageError
from feedsvc.importers.page.page_fields import PageFields
from feedsvc.importers.page.read import parse, read_article
from feedsvc.model import text

PAGES = Path(__file__).parent.parent.parent / "data" / "pages"
SAVED = sorted(path for path in PAGES.iterdir() if path.suffix in (".txt", ".html"))
MARKUP = """
    <html> <body> <h1> </h1> <p> </p> <a_href='/x'> </a> <article> </article> <ul><li> <figure>
    <img_src=x> <figcaption> <div_class=related> <div> </div> <time_datetime=2> <nav> <blockquote>
    <table><td> <br> <b> </b> <i> <code> Photo: | RELATED: 3_Comments Published_21_March_2023 >
    <script_type="application/ld+json"> {"@type":"NewsArticle" "headline":"x" } </script>
    <div_itemscope_itemtype=NewsArticle> <p_itemprop=headline> <meta_property=og:title_content=x>
"""
SHAPES = [
    "News > Russia",
    "  • Live",
    "  * facebook",
    "Published 21 March 2023",
    "A. | Photo: B",
    "\n\n",
    "\n",
    "RELATED:",
    "Some Headline Without Full Stop",
    "It rained.",
    "3 Comments",
    "[1]x",
    "By A B",
    "Tags: a, b",
    "[x.jpg]",
    "References",
    "  1. https://x.example",
    "- y",
    "日本語の文章です。",
    "© 2026",
]


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.name)
def test_a_page_becomes_the_record_that_stands_beside_it(path: Path) -> None:
    page = parse(path.read_bytes(), path.name)
    parsed = {"fields": page.fields, "sources": page.sources}
    expected = json.loads(path.with_suffix(path.suffix + ".json").read_text("utf-8"))
    assert parsed == expected
    assert list(page.fields) == list(expected["fields"])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b" \n\t", "is empty"),
        (b"\xef\xbb\xbf\n", "is empty"),
        (b"%PDF-1.7 ...", "is a PDF, not a page"),
        (b"\r\n\n%PDF-1.7 ...", "is a PDF, not a page"),
        (b"---\ntitle: Rain\ndate: 2026-03-04\n---\n# Rain\n\nIt rained.", "below articles/"),
        (b"PK\x03\x04....", "a packed file"),
        (b"text\x00more", "is not text"),
        (b"From: x\r\nContent-Type: multipart/related; boundary=x\r\n\r\n<html>", "MHTML"),
        (b"<html><body><p>It rained.</p></body></html>", "no headline"),
        (b"<!doctype html>", "no headline"),
        (b"Rain\n\nIt rained.", "cannot tell the article from the page"),
        (b"It rained.\n\nIt rained all day.", "cannot tell the article from the page"),
        (b"____\n\n====\n", "cannot tell the article from the page"),
        (b"  * Live\n  * Audio Only\n", "cannot tell the article from the page"),
        (b"News > Russia\n\n  * Live\n", "cannot tell the article from the page"),
    ],
)
def test_a_file_that_is_no_article_page_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(PageError) as refused:
        parse(data, "p.html")
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    "data",
    [
        "Été à Sète\n\n21 mars 2023\n\nIl pleut.".encode(),
        "\ufeffÉté à Sète\r\n\r\n21 mars 2023\r\n\r\nIl pleut.".encode(),
        "Été à Sète\n\n21 mars 2023\n\nIl pleut.".encode("cp1252"),
        "Été à Sète\n\n21 mars 2023\n\nIl pleut.".encode("utf-16"),
        '<html><meta charset="macroman"><h1>Été à Sète</h1>'.encode("macroman"),
        '<html><meta charset="hex"><h1>Été à Sète</h1>'.encode("cp1252"),
        '<html><meta charset="nonsense"><h1>Été à Sète</h1>'.encode("cp1252"),
        '<html><meta charset="shift_jis"><h1>Été à Sète</h1>'.encode(),
        b'<html><meta charset="iso-8859-1"><h1>\xc9t\xe9 \xe0 S\xe8te</h1>',
        b"<h1>&Eacute;t&eacute; &agrave; S&egrave;te</h1>",
    ],
)
def test_any_encoding_is_read(data: bytes) -> None:
    assert parse(data, "p").fields["headline"] == "Été à Sète"


RUSSIAN = (
    "<html>{}<h1>Мост остаётся открытым</h1><p>Совет порта решил оставить старый мост открытым "
    "для пешеходов на всю зиму, несмотря на холод и лёд на реке.</p>"
)
JAPANESE = (
    "<html>{}<h1>橋は冬も開く</h1><p>港の議会は火曜日、古い橋を冬の間も歩行者に開放して"
    "おくことを決めた。</p>"
)


@pytest.mark.parametrize(
    ("page", "encoding", "headline"),
    [
        (RUSSIAN.format(""), "cp1251", "Мост остаётся открытым"),
        (RUSSIAN.format("<meta charset=utf-8>"), "cp1251", "Мост остаётся открытым"),
        (RUSSIAN.format("<meta charset=iso-8859-1>"), "cp1251", "Мост остаётся открытым"),
        (JAPANESE.format(""), "shift_jis", "橋は冬も開く"),
    ],
)
def test_letters_of_another_script_tell_the_encoding(
    page: str, encoding: str, headline: str
) -> None:
    assert parse(page.encode(encoding), "p").fields["headline"] == headline


@pytest.mark.parametrize("page", [RUSSIAN.format(""), JAPANESE.format("")])
def test_a_page_that_is_cut_within_a_character_is_read(page: str) -> None:
    cut = page.encode().replace(b"</p>", b"")[:-1]
    assert parse(cut, "p").fields["headline"] in page


@pytest.mark.parametrize(
    "source",
    [
        Path(text.__file__).read_text("utf-8"),
        'function rain() { return document.querySelector("h1").innerHTML = "<h1>It</h1>"; }\n' * 9,
    ],
)
def test_a_program_is_no_article(source: str) -> None:
    with pytest.raises(PageError, match=r"^is the source of a program or a style"):
        read_article(source.encode(), "p.html")


def test_players_and_tables_between_paragraphs_make_no_list_of_stories() -> None:
    players = (
        "<iframe src='https://www.youtube.com/embed/a1'></iframe>",
        "<table><tr><th>Ward</th><th>Votes</th></tr><tr><td>North</td><td>61</td></tr></table>",
        "<audio src='https://q.example/bell.mp3'></audio>",
    )
    prose = "<p>The bell rang {} times, said the keeper, who has rung it for years and years.</p>"
    parts = [prose.format(number) + each for number, each in enumerate((*players, ""))]
    page = f"<html><article><h1>The bell</h1>{''.join(parts)}</article>"
    body = read_article(page.encode(), "p.html").fields["body"]
    assert body.count("The bell rang") == 4
    assert "| North | 61 |" in body


def test_elements_that_are_not_of_html_are_read_as_text() -> None:
    page = '<html><h1>Rain</h1><p>It <hi rend="uppercase">rained</hi> all day.</p>'
    assert parse(page.encode(), "p.html").fields["body"] == "It rained all day."


def test_text_with_a_few_tags_in_it_stays_text() -> None:
    page = parse(b"Why <b> Is Better Than <strong>\n\n2023-03-21\n\nBecause </p> it is.\n", "p.txt")
    assert page.fields["body"] == r"Because \</p> it is."


def test_html_is_known_by_its_tags_where_it_begins_with_text() -> None:
    page = parse(b"saved from a browser <h1>Rain</h1>", "p.HTML")
    assert page.fields["headline"] == "Rain"


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_file_is_a_page_or_is_refused(data: bytes) -> None:
    _is_page_or_refused(data)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(SHAPES) | st.text(max_size=20), max_size=25))
def test_any_text_in_the_shape_of_a_page_is_a_page_or_is_refused(parts: list[str]) -> None:
    _is_page_or_refused("\n".join(parts).encode("utf-8", "replace"))


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.sampled_from([word.replace("_", " ") for word in MARKUP.split()]) | st.text(max_size=10),
        max_size=40,
    )
)
def test_any_html_is_a_page_or_is_refused(parts: list[str]) -> None:
    _is_page_or_refused(" ".join(["<html><h1>Rain</h1>", *parts]).encode("utf-8", "replace"))


@pytest.mark.parametrize("tag", ["div", "b", "blockquote", "ul><li", "div itemscope itemprop=x"])
def test_a_page_may_be_nested_deeply(tag: str) -> None:
    _is_page_or_refused(f"<html><h1>Rain</h1><p>It rained.{f'<{tag}>x' * 3000}".encode())


def _is_page_or_refused(data: bytes) -> None:
    try:
        page = parse(data, "p")
    except PageError:
        pass
    else:
        assert isinstance(page, PageFields)
        assert page.fields["headline"]
        assert json.loads(json.dumps(page.fields)) == page.fields


def test_a_headline_of_a_sign_alone_needs_no_summary() -> None:
    assert parse(b"<html><h1>&gt;</h1><p>It rained.</p>", "p.html").fields["headline"] == ">"


def test_a_page_with_very_many_paragraphs_is_refused() -> None:
    page = "<h1>Storm</h1>" + "<p>a</p>" * 20_001
    with pytest.raises(PageError, match=r"^has 5,001 paragraphs; 5,000 are the most in text$"):
        parse(b"Storm\n\n" * 5_001, "p.txt")
    with pytest.raises(PageError, match=r"^has 20,001 paragraphs; 20,000 are the most$"):
        parse(page.encode(), "p.html")
