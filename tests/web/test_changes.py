"""RFC 3229: who has a state of a feed, and says so, gets only what is new since."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from feedsvc.model.feed import FILES, FORMATS, Format
from feedsvc.store import feed_states
from feedsvc.store.database import Database
from feedsvc.web.app import create_app
from tests.conftest import MakeNewsroom, Newsroom, article, wanted
from tests.tools.json_feed import parse

ASKS = {"A-IM": "feed", "User-Agent": "newsboat/2.30.1 (Linux x86_64)"}


@pytest.fixture
def filled(newsroom: Newsroom) -> Newsroom:
    for name, headline in {"a": "Alpha", "b": "Beta", "c": "Gamma"}.items():
        newsroom.write(f"world/{name}.md", article(headline, "Ships came in. " * 20))
    newsroom.sync()
    return newsroom


def titles(answer: Any) -> list[str]:
    found = parse(answer.data)
    assert not found.bozo
    return [entry.title for entry in found.entries]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("path", ["", "/world"])
def test_only_new_and_changed_entries_are_sent(filled: Newsroom, path: str, format: Format) -> None:
    client = filled.client()
    address = f"{path}/{FILES[format]}"
    first = client.get(address)
    filled.write("world/d.md", article("Delta"))
    filled.write("world/b.md", article("Beta, again"))
    filled.sync()
    answer = client.get(address, headers={"If-None-Match": first.headers["ETag"], **ASKS})
    assert answer.status_code == 226
    assert set(titles(answer)) == {"Delta", "Beta, again"}
    whole = client.get(address)
    for name in ("ETag", "Last-Modified", "Link", "Content-Type"):
        assert answer.headers[name] == whole.headers[name]
    assert answer.headers["IM"] == "feed"
    assert answer.headers["Delta-Base"] == first.headers["ETag"]
    assert answer.headers["Vary"] == "A-IM, Accept-Encoding, User-Agent"
    assert {"no-store", "im"} <= set(answer.headers["Cache-Control"].split(", "))
    again = client.get(address, headers={"If-None-Match": answer.headers["ETag"], **ASKS})
    assert again.status_code == 304
    head = client.head(address, headers={"If-None-Match": first.headers["ETag"], **ASKS})
    assert (head.status_code, head.data) == (226, b"")
    assert head.headers.to_wsgi_list() == answer.headers.to_wsgi_list()


@pytest.mark.parametrize(
    "headers",
    [
        {**ASKS, "If-None-Match": '"of-another-world"'},
        {**ASKS, "A-IM": "feed;q=0", "If-None-Match": "{tag}"},
        {**ASKS, "A-IM": "vcdiff, diffe", "If-None-Match": "{tag}"},
        {"User-Agent": ASKS["User-Agent"], "If-None-Match": "{tag}"},
        ASKS,
    ],
)
def test_all_others_get_the_whole_feed(filled: Newsroom, headers: dict[str, str]) -> None:
    client = filled.client()
    tag = client.get("/rss.xml").headers["ETag"]
    filled.write("d.md", article("Delta"))
    filled.sync()
    asked = {name: value.format(tag=tag) for name, value in headers.items()}
    answer = client.get("/rss.xml", headers=asked)
    assert answer.status_code == 200
    assert len(titles(answer)) == 4
    assert answer.headers["Vary"] == "Accept-Encoding"


READERS = {
    "newsboat/2.30.1 (Linux x86_64)": 226,
    "Newsbeuter/2.9 (Linux x86_64; gcc)": 226,
    "Liferea/1.15.5 (Linux; https://lzone.de/liferea/) AppleWebKit (KHTML, like Gecko)": 226,
    "python-reader/3.26 (+https://github.com/lemon24/reader)": 226,
    "feedparser/6.0.10 +https://github.com/kurtmckee/feedparser/": 200,
    "UniversalFeedParser/5.2.1 +https://code.google.com/p/feedparser/": 200,
    "rss2email/3.14 (https://github.com/rss2email/rss2email)": 200,
    "Mozilla/5.0 (compatible; newsboat/2.30.1)": 200,
    "newsboats/1": 200,
    "": 200,
}


@pytest.mark.parametrize(("agent", "status"), READERS.items())
def test_only_readers_that_are_known_to_take_changes_get_them(
    filled: Newsroom, agent: str, status: int
) -> None:
    client = filled.client()
    tag = client.get("/rss.xml").headers["ETag"]
    filled.write("d.md", article("Delta"))
    filled.sync()
    answer = client.get("/rss.xml", headers={**ASKS, "If-None-Match": tag, "User-Agent": agent})
    assert answer.status_code == status
    assert ("Delta-Base" in answer.headers, "Alpha" in titles(answer)) == (
        status == 226,
        status == 200,
    )


@pytest.mark.parametrize(
    "proxied",
    [
        {"headers": {"X-Forwarded-For": "192.0.2.1"}},
        {"headers": {"Via": "1.1 cache"}},
        {"environ_overrides": {"SERVER_PROTOCOL": "HTTP/1.0"}},
    ],
)
def test_a_cache_on_the_way_gets_the_whole_feed(
    filled: Newsroom, proxied: dict[str, dict[str, str]]
) -> None:
    client = filled.client()
    tag = client.get("/rss.xml").headers["ETag"]
    filled.write("d.md", article("Delta"))
    filled.sync()
    headers = {**ASKS, "If-None-Match": tag, **proxied.get("headers", {})}
    overrides = proxied.get("environ_overrides", {})
    answer = client.get("/rss.xml", headers=headers, environ_overrides=overrides)
    assert (answer.status_code, len(titles(answer))) == (200, 4)


def test_a_client_may_name_several_states_and_ask_among_others(filled: Newsroom) -> None:
    client = filled.client()
    tag = client.get("/rss.xml").headers["ETag"]
    filled.write("d.md", article("Delta"))
    filled.sync()
    asked = {**ASKS, "If-None-Match": f'"x", W/{tag[:-1]}-gzip"', "A-IM": "vcdiff, FEED;q=0.5"}
    assert titles(client.get("/rss.xml", headers=asked)) == ["Delta"]


def test_the_changes_are_coded_like_the_feed(filled: Newsroom) -> None:
    client = filled.client()
    asked = {"Accept-Encoding": "gzip"}
    tag = client.get("/rss.xml", headers=asked).headers["ETag"]
    assert tag.endswith('-gzip"')
    filled.write("d.md", article("Delta"))
    filled.sync()
    answer = client.get("/rss.xml", headers={"If-None-Match": tag, **ASKS, **asked})
    assert (answer.status_code, answer.headers["Content-Encoding"]) == (226, "gzip")
    assert b"Delta" in gzip.decompress(answer.data)
    assert b"Alpha" not in gzip.decompress(answer.data)
    whole = client.get("/rss.xml", headers=asked)
    assert b"Alpha" in gzip.decompress(whole.data)  # under the same tag


def test_what_was_removed_is_no_entry(filled: Newsroom) -> None:
    client = filled.client()
    tag = client.get("/rss.xml").headers["ETag"]
    filled.write("world/a.md", article("Alpha", status="withheld"))
    filled.sync()
    answer = client.get("/rss.xml", headers={"If-None-Match": tag, **ASKS})
    assert (answer.status_code, titles(answer)) == (226, [])


def test_a_kill_is_among_the_changes(filled: Newsroom) -> None:
    client = filled.client()
    tag = client.get("/atom.xml").headers["ETag"]
    filled.write("world/a.md", article("Alpha", status="canceled", note="Wrong."))
    filled.sync()
    answer = client.get("/atom.xml", headers={"If-None-Match": tag, **ASKS})
    assert answer.status_code == 226
    assert titles(answer) == [
        "This story has been withdrawn",
        "Withdrawn: 21 November 2026, 08:30 – Wrong.",
    ]
    assert b"deleted-entry" in answer.data


def test_a_feed_with_nothing_as_it_was_is_sent_whole(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("Alpha"))
    newsroom.sync()
    client = newsroom.client()
    tag = client.get("/rss.xml").headers["ETag"]
    newsroom.write("a.md", article("Alpha, again"))
    newsroom.sync()
    assert client.get("/rss.xml", headers={"If-None-Match": tag, **ASKS}).status_code == 200


@pytest.mark.parametrize("format", FORMATS)
def test_corrections_tell_what_is_new_too(filled: Newsroom, format: Format) -> None:
    client = filled.client()
    tags: list[str] = []
    for name in ("a", "b"):
        record = article(name, updated="2026-11-23 11:00", note=f"It was {name}.")
        filled.write(f"world/{name}.md", record)
        filled.sync()
        tags.append(client.get(f"/world/corrections/{FILES[format]}").headers["ETag"])
    asked = {"If-None-Match": tags[0], **ASKS}
    answer = client.get(f"/world/corrections/{FILES[format]}", headers=asked)
    assert answer.status_code == 226
    assert b"It was b." in answer.data
    assert b"It was a." not in answer.data


def test_time_alone_makes_states_too(filled: Newsroom) -> None:
    filled.write("d.md", article("Delta", published="2026-11-24 06:00Z"))
    filled.sync()
    client = filled.client()
    tag = client.get("/rss.xml").headers["ETag"]
    filled.now = filled.now.replace(day=24, hour=6)
    answer = client.get("/rss.xml", headers={"If-None-Match": tag, **ASKS})
    assert (answer.status_code, titles(answer)) == (226, ["Delta"])


def test_states_are_known_after_a_restart_and_in_every_process(filled: Newsroom) -> None:
    worker = filled.syndication
    tag = worker.document(wanted("", "rss"), filled.now).etag
    worker.write_behind.flush()
    filled.write("d.md", article("Delta"))
    filled.sync()
    database = Database(filled.config.state)
    client = create_app(filled.config, database, lambda: filled.now).test_client()
    answer = client.get("/rss.xml", headers={"If-None-Match": f'"{tag}"', **ASKS})
    assert (answer.status_code, titles(answer)) == (226, ["Delta"])
    database.close()


def test_only_so_many_states_are_remembered(make_newsroom: MakeNewsroom) -> None:
    newsroom = make_newsroom(
        "few", '[site]\ntitle = "F"\nurl = "https://f.example"\n[cache]\nstates = 2\n'
    )
    newsroom.write("same.md", article("Same"))
    worker = newsroom.syndication
    tags: list[str] = []
    for number in range(4):
        newsroom.write("a.md", article(f"State {number}"))
        newsroom.sync()
        worker.document(wanted("", "rss"), newsroom.now)
        tags.append(worker.document(wanted("", "atom"), newsroom.now).etag)
        worker.write_behind.flush()
    with newsroom.database.reading() as connection:
        found = [feed_states.find(connection, "", "atom", [tag]) is not None for tag in tags]
        count = connection.exec_driver_sql("SELECT count(*) FROM states").scalar()
    assert (found, count) == ([False, False, True, True], 4)


def test_nothing_to_keep_is_nothing_to_write(filled: Newsroom, monkeypatch: Any) -> None:
    worker = filled.syndication
    worker.document(wanted("", "rss"), filled.now)
    worker.write_behind.flush()
    monkeypatch.setattr(filled.database, "offer", None)
    worker.write_behind.flush()


def test_states_can_be_left_out(make_newsroom: MakeNewsroom) -> None:
    newsroom = make_newsroom(
        "none", '[site]\ntitle = "F"\nurl = "https://f.example"\n[cache]\nstates = 0\n'
    )
    newsroom.write("a.md", article("A"))
    newsroom.write("b.md", article("B"))
    newsroom.sync()
    client = newsroom.client()
    tag = client.get("/rss.xml").headers["ETag"]
    newsroom.write("c.md", article("C"))
    newsroom.sync()
    assert client.get("/rss.xml", headers={"If-None-Match": tag, **ASKS}).status_code == 200
