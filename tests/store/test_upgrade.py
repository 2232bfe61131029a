"""A store of an earlier feedsvc, opened by this one as ``feedsvc serve`` opens it."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from feedsvc.config.load import load
from feedsvc.errors import GoneError
from feedsvc.model.feed import Document, Format
from feedsvc.model.paths import FeedPath, FeedRequest
from feedsvc.model.report import Report
from feedsvc.publishing import sync
from feedsvc.store import history
from feedsvc.store.database import Database
from feedsvc.store.key_values import READABLE
from feedsvc.store.sqlite import FILE_NAME
from feedsvc.store.versions import READABLE_SINCE
from feedsvc.syndication.feeds import Feeds
from feedsvc.syndication.media import MediaFiles

OLD = Path(__file__).parents[1] / "data" / "store-0004"
KILLS = [
    "Withdrawn: 10 November 2026, 08:30 – It was another rower.",
    "Withdrawn: 1 November 2026, 08:30 – The canal was open.",
]
"""The titles of the entries about kills, in the order of feeds."""
SERVED = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)
"""When the feeds beside the store were served."""
SUFFIXES: dict[Format, str] = {"rss": "rss.xml", "atom": "atom.xml", "json": "feed.json"}
NEWER: dict[Format, list[tuple[str, str]]] = {
    "rss": [
        (r' xmlns:itunes="[^"]+"', ""),
        (r'^    <atom:link href="[^"]+/hub" rel="hub"/>\n', ""),
        (r"^      <atom:updated>2026-11-13T12:00:00\+00:00</atom:updated>\n", ""),
        (r'^    <atom:link href="https://quay\.example/\w*" rel="alternate" .*\n', ""),
        (r"((?:^    <atom:link .*\n)+)((?s:.*?)</language>\n(?:    <lastB.*\n)?)", r"\2\1"),
    ],
    "atom": [
        (r'<summary type="html">', "<summary>"),
        (r'^  <link href="[^"]+/hub" rel="hub"/>\n', ""),
    ],
    "json": [
        (r'^  "hubs": \[\n    \{\n(?:.*\n){2}    \}\n  \],\n', ""),
        (r'^      "author": (\{\n.*\n      \}),\n', ""),
        (
            r'\A((?:.*\n)+?)(?=  "language")',
            r'\1  "authors": [\n    {\n'
            r'      "name": "The Daily Quay",\n      "url": "https://quay.example"\n    }\n  ],\n',
        ),
    ],
}
"""Patterns of elements that feeds did not have then, or had elsewhere, and their replacement."""
LASTING = (
    "archives",
    "listings",
    "tombstones",
    "versions",
    "corrections",
    "acts",
    "moved",
)
"""Tables whose rows an upgrade leaves as they are."""


class Upgraded:
    """A copy of the old newsroom, and its store opened by this feedsvc."""

    def __init__(self, root: Path) -> None:
        shutil.copytree(OLD, root)
        self.config = load(root / "config.toml", environ={})
        self.config.state.mkdir()
        self.file = self.config.state / FILE_NAME
        (root / "store.sqlite").rename(self.file)
        self.before = tables(self.file)
        self.database = Database(self.config.state)

    def configure(self, **keys: object) -> None:
        """Change keys of ``[feeds]``."""
        replace = msgspec.structs.replace
        self.config = replace(self.config, feeds=replace(self.config.feeds, **keys))

    def sync(self) -> Report:
        return sync.sync(self.database, self.config, SERVED)

    def document(self, name: str, format: Format) -> Document:
        """Return a feed by the name of its file, without suffix."""
        feeds = Feeds(self.config, self.database)
        section, archive, number = name.removeprefix("site").rpartition("archive-")
        if archive:
            path = FeedPath(section.rstrip("-"), "archive", int(number))
        else:
            path = FeedPath.parse(name.removeprefix("site"))
        return feeds.document(FeedRequest(path, format), SERVED)


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[Upgraded]:
    newsroom = Upgraded(tmp_path / "newsroom")
    yield newsroom
    newsroom.database.close()


def tables(file: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of all tables of a store, as they are in its file."""
    with closing(sqlite3.connect(file)) as store:
        names = [
            name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        store.row_factory = sqlite3.Row
        return {
            name: sorted(map(dict, store.execute(f"SELECT * FROM {name}")), key=repr)
            for name in names
        }


def dated(articles: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the columns of articles, with their dates instead of all else that is in ``data``."""
    return [
        {**row, "data": [json.loads(row["data"])[key] for key in ("published", "updated")]}
        for row in articles
    ]


RENAMED = {
    **{(table, "form"): "format" for table in ("fragments", "states", "documents")},
    ("corrections", "told"): "moment",
    ("files", "told"): "has_problems",
}
"""Columns that are called otherwise since migration 0005, by table and old name."""


def migrated(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of migration 0004 as it has to be now."""
    row = {RENAMED.get((table, name), name): value for name, value in row.items()}
    if table == "feeds" and row["changed"] <= 1:
        row["changed"] = None
    if table == "media":
        row = {key: row[key] for key in ("path", "digest", "type")}
        row |= {"original": "", "parts": None, "size": -1, "modified": -1}
    return {**row, "accepted": 0} if table == "missing" else row


def test_an_upgrade_keeps_every_row(upgraded: Upgraded) -> None:
    after = tables(upgraded.file)
    assert {row["changed"] for row in upgraded.before["feeds"]} > {0, 1}
    for name, rows in upgraded.before.items():
        if name != "alembic_version":
            expected = [migrated(name, row) for row in rows]
            if name == "settings":
                expected.append({"name": READABLE, "value": READABLE_SINCE})
            assert after[name] == sorted(expected, key=repr), name


def test_the_first_sync_after_an_upgrade_reads_every_file_and_changes_no_article(
    upgraded: Upgraded,
) -> None:
    report = upgraded.sync()
    assert report.read == len(upgraded.before["files"])
    assert (report.removed, report.problems, report.changes) == (0, (), ())
    after = tables(upgraded.file)
    assert dated(after["articles"]) == dated(upgraded.before["articles"])
    for name in LASTING:
        assert after[name] == [migrated(name, row) for row in upgraded.before[name]], name


def test_pictures_keep_their_addresses_before_and_after_the_files_are_read_again(
    upgraded: Upgraded,
) -> None:
    pictures = MediaFiles(upgraded.config, upgraded.database)
    (row,) = upgraded.before["media"]
    for _ in range(2):
        address = pictures.find(row["digest"], row["path"], SERVED)
        assert address.current
        with pictures.open(address.media) as data:
            assert data.read() == (OLD / row["path"]).read_bytes()
        upgraded.sync()


def test_a_picture_that_was_withdrawn_stays_so_after_an_upgrade(tmp_path: Path) -> None:
    with closing(sqlite3.connect(shutil.copy(OLD / "store.sqlite", tmp_path))) as store:
        store.execute("UPDATE media SET gone = 1")
        ((path, digest),) = store.execute("SELECT path, digest FROM media").fetchall()
        store.commit()
    with closing(Database(tmp_path)) as database, pytest.raises(GoneError):
        MediaFiles(load(OLD / "config.toml", environ={}), database).find(digest, path, SERVED)


def test_the_log_and_the_versions_can_be_read_after_an_upgrade(upgraded: Upgraded) -> None:
    article_id = "world/storm-names"
    with upgraded.database.reading() as connection:
        acts = history.actions(connection, 10, article_id)
        versions = history.versions(connection, article_id)
    assert [act.act for act in acts] == ["correct", "correct", "publish"]
    assert acts[-1].moment == datetime(2026, 11, 9, 12, tzinfo=UTC)
    assert [version.article.note for version in versions] == [
        "",
        "The number of names was wrong.",
        "The names are given.",
    ]


def test_a_kill_after_an_upgrade_reaches_the_readers_of_earlier_versions(
    upgraded: Upgraded,
) -> None:
    upgraded.sync()
    record = upgraded.config.articles / "sport/held-back.md"
    text = record.read_text()
    assert "status: withheld" in text
    record.write_text(text.replace("withheld", "canceled\nnote: It was wrong.\nsection: world"))
    upgraded.sync()
    for section in ("site", "sport", "world"):
        assert b"It was wrong." in upgraded.document(section, "rss").body, section


@pytest.mark.parametrize("keys", [{"embargoed": "2026-11-13T00:00:00Z"}, {"status": "withheld"}])
def test_an_earlier_version_that_readers_never_had_is_in_no_feed(
    tmp_path: Path, keys: dict[str, str]
) -> None:
    file = tmp_path / FILE_NAME
    shutil.copy(OLD / "store.sqlite", file)
    version = {"section": "world", "published": "2026-11-11T08:30:00Z", **keys}
    data = zlib.compress(json.dumps(version).encode())
    with closing(sqlite3.connect(file)) as store, store:
        store.execute("UPDATE versions SET data = ? WHERE id = 'sport/held-back'", [data])
    Database(tmp_path).close()
    assert {row["id"] for row in tables(file)["former_listings"]} == {
        "world/bridge-lit",
        "world/storm-names",
    }


def plausibly_dated(feed: bytes) -> bytes:
    """Return a feed of the old feedsvc, which dated one that never had an entry in 1970."""
    feed = feed.replace(
        b"    <lastBuildDate>Thu, 01 Jan 1970 00:00:00 +0000</lastBuildDate>\n", b""
    )
    return feed.replace(b"<updated>1970-01-01T", b"<updated>2026-01-01T")


def with_titles_of_kills(feed: bytes) -> bytes:
    """Return a feed of corrections of the old feedsvc, in which all kills had one title."""
    for title in KILLS:
        feed = feed.replace(b"This story has been withdrawn", title.encode(), 1)
    return feed


def without_newer_elements(feed: bytes, format: Format) -> bytes:
    """Return a feed of today with the elements of the old feedsvc."""
    text = feed.decode()
    for pattern, replacement in NEWER[format]:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text.encode()


@pytest.mark.parametrize("format", SUFFIXES)
@pytest.mark.parametrize(
    "name",
    ["site", "world", "sport", "culture", "corrections", "archive-1", "world-archive-1"],
)
def test_the_feeds_are_the_same_after_an_upgrade(
    upgraded: Upgraded, name: str, format: Format
) -> None:
    upgraded.configure(kill_entry=False)
    upgraded.sync()
    before = plausibly_dated((OLD / "feeds" / f"{name}.{SUFFIXES[format]}").read_bytes())
    if name == "corrections":
        before = with_titles_of_kills(before)
    assert without_newer_elements(upgraded.document(name, format).body, format) == before


@pytest.mark.parametrize("format", SUFFIXES)
def test_the_entries_about_kills_come_with_an_upgrade(upgraded: Upgraded, format: Format) -> None:
    upgraded.sync()
    body = upgraded.document("site", format).body.decode()
    assert [title for title in KILLS if title in body] == KILLS
