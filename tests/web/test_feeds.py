from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from feedsvc.model.feed import FILES, FORMATS, MEDIA_TYPES, Format
from tests.conftest import Newsroom, article


@pytest.fixture
def client(newsroom: Newsroom) -> Any:
    newsroom.write("world/europe/a.md", article("Tunnel"))
    newsroom.write("culture/b.md", article("Opera"))
    newsroom.sync()
    return newsroom.client()


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("section", ["", "/world", "/world/europe", "/culture"])
def test_every_section_has_a_feed_in_every_format(
    client: Any, section: str, format: Format
) -> None:
    answer = client.get(f"{section}/{FILES[format]}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == f"{MEDIA_TYPES[format]}; charset=utf-8"
    url = f"https://feeds.quay.example{section}/{FILES[format]}"
    hub = '<https://feeds.quay.example/hub>; rel="hub"'
    assert answer.headers["Link"] == f'{hub}, <{url}>; rel="self"'
    assert url.encode() in answer.data
    assert answer.headers["Cache-Control"].startswith("max-age=60, s-maxage=60, ")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers
    assert "Date" not in answer.headers  # the server's to add


def test_a_section_of_the_configuration_has_a_feed_before_it_has_an_article(
    newsroom: Newsroom,
) -> None:
    newsroom.configure((newsroom.root / "config.toml").read_text() + '[sections."a/b"]\n')
    client = newsroom.client()
    assert [client.get(f"{path}/rss.xml").status_code for path in ("", "/a", "/a/b")] == [200] * 3
    assert client.get("/b/rss.xml").status_code == 404


def test_head_answers_like_get_without_a_body(client: Any) -> None:
    get, head = client.get("/rss.xml"), client.head("/rss.xml")
    assert head.status_code == 200
    assert head.data == b""
    assert dict(head.headers) == dict(get.headers)


@pytest.mark.parametrize("section", ["", "/world/europe"])
@pytest.mark.parametrize(
    ("guess", "file"),
    [
        ("feed", "rss.xml"),
        ("rss", "rss.xml"),
        ("atom", "atom.xml"),
        ("feed.xml", "rss.xml"),
        ("index.xml", "rss.xml"),
        ("rss.xml/", "rss.xml"),
        ("atom.xml/", "atom.xml"),
        ("feed/", "rss.xml"),
        ("feed.xml/", "rss.xml"),
        ("json", "feed.json"),
        ("json/", "feed.json"),
        ("feed.json/", "feed.json"),
    ],
)
def test_guesses_are_sent_on_for_good(client: Any, section: str, guess: str, file: str) -> None:
    answer = client.get(f"{section}/{guess}")
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"{section}/{file}"


def test_doubled_slashes_are_sent_on(client: Any) -> None:
    for method, status in {"GET": 301, "HEAD": 301, "POST": 308}.items():
        answer = client.open("/static//copy.js", method=method)
        assert answer.status_code == status
        assert answer.headers["Location"].endswith("/static/copy.js")


@pytest.mark.parametrize(
    "path", ["/nowhere/rss.xml", "/worl/feed.xml", "/nothing.xml", "/worl/json", "/nothing.json"]
)
def test_what_is_not_there_is_a_short_text(client: Any, path: str) -> None:
    answer = client.get(path, follow_redirects=True)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith("404 Not Found: ")
    assert answer.text.count("\n") == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_feed_cannot_be_written(client: Any, method: str) -> None:
    answer = client.open("/rss.xml", method=method)
    assert answer.status_code == 405
    assert sorted(answer.headers["Allow"].split(", ")) == ["GET", "HEAD", "OPTIONS"]
    assert answer.text == f"405 Method Not Allowed: {method} is not possible here.\n"


def conditions(answer: Any) -> list[dict[str, str]]:
    tag, date = answer.headers["ETag"], answer.headers["Last-Modified"]
    return [
        {"If-None-Match": tag},
        {"If-None-Match": f"W/{tag}"},
        {"If-None-Match": f'"other", {tag}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": date},
        {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"If-None-Match": tag, "If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"},
    ]


def test_a_client_that_has_the_feed_gets_304_with_every_validator(client: Any) -> None:
    full = client.get("/rss.xml")
    kept = ("ETag", "Last-Modified", "Cache-Control", "Link")
    for headers in conditions(full):
        answer = client.get("/rss.xml", headers=headers)
        assert (answer.status_code, answer.data) == (304, b""), headers
        assert [answer.headers[name] for name in kept] == [full.headers[name] for name in kept]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"If-None-Match": '"other"'},
        {"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
        {"If-None-Match": '"other"', "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
    ],
)
def test_a_client_that_has_not_gets_the_feed(client: Any, headers: dict[str, str]) -> None:
    assert client.get("/rss.xml", headers=headers).status_code == 200


def test_a_change_is_seen_by_a_client_that_sends_only_a_date(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("A"))
    newsroom.sync()
    client = newsroom.client()
    date = client.get("/rss.xml").headers["Last-Modified"]
    assert client.get("/rss.xml", headers={"If-Modified-Since": date}).status_code == 304
    (newsroom.root / "articles/a.md").unlink()
    newsroom.sync()
    answer = client.get("/rss.xml", headers={"If-Modified-Since": date})
    assert answer.status_code == 200
    assert answer.headers["Last-Modified"] == format_datetime(newsroom.now, usegmt=True)


def test_two_changes_in_one_second_are_two_for_who_asks_by_date(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("A"))
    newsroom.sync()
    client = newsroom.client()
    newsroom.write("a.md", article("A, edited"))
    newsroom.sync()
    date = client.get("/rss.xml").headers["Last-Modified"]
    newsroom.write("a.md", article("A, edited again"))
    newsroom.sync()
    client.get("/rss.xml")
    newsroom.now += timedelta(seconds=1)
    answer = client.get("/rss.xml", headers={"If-Modified-Since": date})
    assert (answer.status_code, b"edited again" in answer.data) == (200, True)
    assert answer.headers["Last-Modified"] == format_datetime(newsroom.now, usegmt=True)


def test_no_answer_is_dated_later_than_it_is_sent(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("A"))
    newsroom.sync()
    client = newsroom.client()
    newsroom.now += timedelta(seconds=7.25)
    second, seen = newsroom.now.replace(microsecond=0), list[str]()
    for headline, polls in [("B", 1), ("C", 1), ("D", 9)]:
        newsroom.write("a.md", article(headline))
        newsroom.sync()
        for _ in range(polls):
            seen.append(client.get("/rss.xml").headers["Last-Modified"])
            newsroom.now += timedelta(seconds=0.25)
    dates = [format_datetime(second + timedelta(seconds=it), usegmt=True) for it in range(3)]
    assert seen == [*[dates[0]] * 3, *[dates[1]] * 4, *[dates[2]] * 4]


def test_names_in_any_script_and_with_every_sign_have_feeds(newsroom: Newsroom) -> None:
    newsroom.configure((newsroom.root / "config.toml").read_text() + '[sections."أخبار"]\n')
    newsroom.write("أخبار/a.md", article("A"))
    newsroom.sync()
    answer = newsroom.client().get("/أخبار/rss.xml")
    assert answer.status_code == 200
    assert answer.headers["Link"].isascii()


def test_an_error_inside_is_a_short_text_without_its_trace(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = newsroom.client()
    monkeypatch.setattr("feedsvc.web.feeds.respond", lambda *_: 1 / 0)
    answer = client.get("/rss.xml")
    assert answer.status_code == 500
    assert answer.text.startswith("500 Internal Server Error: something went wrong here")
    assert "ZeroDivisionError" in caplog.text


def test_a_store_that_breaks_is_logged_as_a_sentence(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    client = newsroom.client()
    with newsroom.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE feeds")
    assert client.get("/rss.xml").status_code == 500
    assert "cannot be used (no such table: feeds)" in caplog.text
    assert "Traceback" not in caplog.text
