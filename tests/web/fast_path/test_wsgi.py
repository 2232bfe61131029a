"""Under any WSGI server ready feeds are answered before Flask, with what Flask would answer."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.test import Client

from feedsvc.web.app import create_app
from feedsvc.web.services import KEY
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article


@pytest.fixture
def filled(newsroom: Newsroom) -> Newsroom:
    newsroom.write("world/a.md", article("Tunnel", "Ships came in. " * 40))
    newsroom.sync()
    return newsroom


def clients(newsroom: Newsroom) -> tuple[Client, Client, list[str]]:
    """Return one client of the whole application, one of Flask alone, and what Flask was asked."""
    app = create_app(newsroom.config, newsroom.database, lambda: newsroom.now)
    whole = Client(app)
    flask, asked = app.full_dispatch_request, list[str]()

    def noted() -> Any:
        from flask import request

        asked.append(request.path)
        return flask()

    app.full_dispatch_request = noted  # type: ignore[method-assign]
    return whole, Client(partial(Flask.wsgi_app, app)), asked


@pytest.mark.parametrize(
    "path", ["/rss.xml", "/world/atom.xml", "/corrections/rss.xml?utm=x", "/world/feed.json"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "headers", [{}, {"Accept-Encoding": "gzip"}, {"If-None-Match": "*"}, {"If-Match": '"x"'}]
)
def test_ready_feeds_are_answered_as_flask_would(
    filled: Newsroom, path: str, method: str, headers: dict[str, str]
) -> None:
    whole, flask, asked = clients(filled)
    flask.get(path)  # and it is made
    asked.clear()
    fast = whole.open(path, method=method, headers=headers)
    assert asked == []
    slow = flask.open(path, method=method, headers=headers)
    assert asked
    assert (fast.status_code, fast.data) == (slow.status_code, slow.data)
    assert list(fast.headers) == list(slow.headers)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/world/rss.xml"),  # not made yet
        ("OPTIONS", "/rss.xml"),
        ("POST", "/rss.xml"),
        ("GET", "/nowhere/rss.xml"),
        ("GET", "/archive/1/rss.xml"),
        ("GET", "/archive/1/feed.json"),
        ("GET", "/feedxjson"),
        ("GET", "/rss.xml/"),
        ("GET", "/feeds"),
    ],
)
def test_flask_answers_all_else(filled: Newsroom, method: str, path: str) -> None:
    whole, _, asked = clients(filled)
    whole.get("/rss.xml")
    asked.clear()
    whole.open(path, method=method)
    assert asked == [path]


def test_a_change_is_seen_at_once(filled: Newsroom) -> None:
    whole, _, asked = clients(filled)
    for name in ("b", "c"):
        filled.write(f"world/{name}.md", article(f"Bridge {name}"))
        filled.sync()
        assert f"Bridge {name}" in whole.get("/rss.xml").text
        assert f"Bridge {name}" in whole.get("/rss.xml").text
    assert len(asked) == 2


def test_a_store_that_breaks_is_told_by_flask(filled: Newsroom) -> None:
    whole, _, asked = clients(filled)
    whole.get("/rss.xml")
    with filled.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE feeds")
    asked.clear()
    assert whole.get("/rss.xml").status_code == 500
    assert asked == ["/rss.xml"]


@pytest.mark.parametrize(
    ("tags", "header", "joint"),
    [
        ("surrogate-key", "Surrogate-Key", " "),
        ("xkey", "xkey", " "),
        ("cache-tag", "Cache-Tag", ","),
        ("cdn-tag", "CDN-Tag", ","),
    ],
)
def test_a_cdn_is_told_what_to_purge_by(
    make_newsroom: MakeNewsroom, tags: str, header: str, joint: str
) -> None:
    newsroom = make_newsroom("cdn", CONFIG + f'[cdn]\ntags = "{tags}"\n')
    newsroom.write("world/a.md", article("Alpha", updated="2026-11-23 11:00", note="No."))
    newsroom.write("b.md", article("Beta", published="2026-11-20"))
    newsroom.sync()
    whole, _, _ = clients(newsroom)
    for _ in range(2):  # once made by Flask, once by the shortcut
        for path, keys in {
            "/rss.xml": ["feed:/", "feedsvc", "site", "article:world/a", "article:b"],
            "/world/atom.xml": ["feed:/world", "feedsvc", "section:world", "article:world/a"],
            "/corrections/rss.xml": ["feed:/corrections", "feedsvc", "site", "article:world/a"],
        }.items():
            answer = whole.get(path)
            assert answer.headers[header] == joint.join(keys)
            again = whole.get(path, headers={"If-None-Match": answer.headers["ETag"]})
            assert (again.status_code, again.headers[header]) == (304, joint.join(keys))
    assert header not in whole.options("/rss.xml").headers


def test_tags_are_ascii_in_any_script(make_newsroom: MakeNewsroom) -> None:
    newsroom = make_newsroom("cdn", CONFIG + '[cdn]\ntags = "cache-tag"\n')
    newsroom.write("мир/флуд.md", article(id="a,b%é"))
    newsroom.sync()
    whole, _, _ = clients(newsroom)
    section = quote("мир")
    for _ in range(2):  # once made by Flask, once by the fast path
        tags = whole.get(f"/{section}/rss.xml").headers["Cache-Tag"]
        assert tags == f"feed:/{section},feedsvc,section:{section},article:a%2Cb%25%C3%A9"


@pytest.mark.parametrize(("tags", "longest"), [("cache-tag", 8000), ("cdn-tag", 1000)])
def test_more_tags_than_a_cdn_takes_are_left_out(
    make_newsroom: MakeNewsroom, tags: str, longest: int
) -> None:
    newsroom = make_newsroom(
        "cdn", CONFIG.replace("items = 30", "items = 200") + f'[cdn]\ntags = "{tags}"\n'
    )
    for number in range(120):
        newsroom.write(f"{'n' * 80}{number}.md", article("A"))
    newsroom.sync()
    sent = newsroom.client().get("/rss.xml").headers[tags]
    assert longest - 100 < len(sent) <= longest
    assert sent.startswith("feed:/,feedsvc,site,article:")


def test_no_cdn_no_tags(filled: Newsroom) -> None:
    whole, _, _ = clients(filled)
    assert not {"Surrogate-Key", "Cache-Tag"} & set(whole.get("/rss.xml").headers.keys())
    assert create_app(filled.config, filled.database).extensions[KEY].config.cdn.tags == ""
