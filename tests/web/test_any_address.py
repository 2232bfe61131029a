"""No address and no word of a record makes an error of the service, or a header that is no text."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.web.app import create_app
from tests.conftest import CONFIG, MakeNewsroom, article

HERE = CONFIG.replace('url = "https://quay.example"', 'tag = "quay.example,2026"') + (
    'by = ["author", "tag", "lang"]\n[cdn]\ntags = "cache-tag"\n[urls]\nstyle = ["wordpress"]\n'
)
NUMBERS = st.sampled_from(
    ["0", "00", "-1", "1e9", "1_000", "٣", "13", "0000", "9" * 9, "9" * 19, "9" * 20, "9" * 4999]
)
WORDS = st.sampled_from(
    [
        *("world", "мир", "..", "\0", "a" * 5000, "a/" * 500, "//", "\\", "\r\nX: y", "tag/"),
        *("world/archive/1", "corrections", "author/jane-doe", "lang/" + "a-" * 500, "\"'<>"),
        *("\u202e", "\ufffe"),
    ]
)
TEXT = WORDS | st.text(st.characters(exclude_categories=["Cs"]), max_size=9)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    from tests.conftest import Newsroom

    newsroom = Newsroom(tmp_path_factory.mktemp("any"), HERE)
    newsroom.write("world/a.md", article("A", keywords="[Floods]", byline="Jane Doe"))
    newsroom.write("мир/b.md", article("B", id="b,é", url="https://bücher.example/é"))
    newsroom.write("мир/c.md", article("C", slug="é"))
    newsroom.sync()
    return create_app(newsroom.config, newsroom.database, lambda: newsroom.now)


@settings(max_examples=300)
@given(st.data())
def test_no_address_is_an_error_of_the_service(app: Flask, data: st.DataObject) -> None:
    rule = data.draw(st.sampled_from(sorted(it.rule for it in app.url_map.iter_rules())))
    path = re.sub(r"<(any|int)?[^<>]*>", lambda part: drawn(data, part), rule)
    key = data.draw(st.sampled_from(["before", "q", "feed", "p", "view", "page"]))
    query = f"{key}={quote(data.draw(TEXT | NUMBERS))}"
    answer = app.test_client().get(quote(path), query_string=query)
    assert answer.status_code < 500
    for name, value in answer.headers:
        assert re.fullmatch("[\x20-\x7e]*", f"{name}{value}"), (name, value)


def drawn(data: st.DataObject, part: re.Match[str]) -> str:
    if part[1] == "any":
        return data.draw(st.sampled_from(re.findall(r"'([^']*)'", part[0])))
    return data.draw(NUMBERS if part[1] == "int" else TEXT)


@pytest.mark.parametrize("path", ["/мир/rss.xml", "/мир/b", "/мир/é", "/мир/é/", "/author/x/feed"])
def test_headers_are_ascii_in_any_script(make_newsroom: MakeNewsroom, path: str) -> None:
    newsroom = make_newsroom("script", HERE)
    newsroom.write("мир/b.md", article("B", id="b,é", url="https://bücher.example/é"))
    newsroom.write("мир/é.md", article("C", id="c"))
    newsroom.sync()
    answer = newsroom.client().get(quote(path))
    assert answer.status_code in (200, 308, 404)
    assert all(f"{name}{value}".isascii() for name, value in answer.headers)
