"""The static site in an object store: the files of a folder, and only changed ones are sent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import obstore
import pytest
from click.testing import CliRunner

from feedsvc.cli import main
from feedsvc.errors import FeedsvcError
from feedsvc.static_site.bucket import opened_bucket
from feedsvc.static_site.build import BuildResult, StaticSite
from feedsvc.static_site.folder import MANIFEST, opened_folder
from feedsvc.web.app import create_app, page, page_files
from feedsvc.web.http.content_codings import SUFFIXES
from feedsvc.web.services import KEY
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article, png
from tests.tools.object_store import KEYS, S3Server
from tests.tools.service import until

SMALL = CONFIG.replace("items = 30", "items = 2\nhours = 0\narchive_items = 2")

TYPES = {
    "world/rss.xml": "application/rss+xml; charset=utf-8",
    "atom.xml": "application/atom+xml; charset=utf-8",
    "world/archive/1/feed.json": "application/feed+json; charset=utf-8",
    "world/a/index.html": "text/html; charset=utf-8",
    "feeds.opml": "text/x-opml; charset=utf-8",
    ".well-known/feeds": "text/x-opml; charset=utf-8",
    "robots.txt": "text/plain; charset=utf-8",
    "static/feed.css": "text/css; charset=utf-8",
    "favicon.ico": "image/vnd.microsoft.icon",
}


@pytest.fixture
def newsroom(make_newsroom: MakeNewsroom) -> Newsroom:
    """Return a newsroom with pages, archives and a picture."""
    config = SMALL.replace('url = "https://quay.example"\n', "", 1)
    newsroom = make_newsroom("newsroom", config)
    for day in range(1, 8):
        newsroom.write(f"world/{day}.md", article(f"Story {day}", published=f"2026-11-0{day}"))
    newsroom.write("world/a.md", article("Tunnel", image="a.jpg"))
    newsroom.write("world/a.jpg", png())
    newsroom.sync()
    return newsroom


def build(newsroom: Newsroom, place: str) -> BuildResult:
    app = create_app(newsroom.config, newsroom.database, lambda: newsroom.now)
    parts = app.extensions[KEY], partial(page_files, app), partial(page, app)
    with opened_bucket(place, newsroom.config) as out:
        return StaticSite(out, *parts).build()


def files(newsroom: Newsroom) -> dict[str, bytes]:
    """Return the files of a site in a folder, without the ones in codings."""
    app = create_app(newsroom.config, newsroom.database, lambda: newsroom.now)
    folder = newsroom.root / "out"
    with opened_folder(folder) as out:
        parts = app.extensions[KEY], partial(page_files, app), partial(page, app)
        StaticSite(out, *parts).build()
    there = {it.relative_to(folder).as_posix(): it for it in folder.rglob("*") if it.is_file()}
    left_out = (*SUFFIXES.values(), MANIFEST, "build.lock")
    return {path: it.read_bytes() for path, it in there.items() if not path.endswith(left_out)}


def objects(s3: S3Server) -> dict[str, bytes]:
    there = {key: (s3.path / key).read_bytes() for key in s3.listed()}
    there.pop(MANIFEST)
    return there


def built_anew(newsroom: Newsroom, s3: S3Server) -> dict[str, bytes]:
    """Return the objects of a site that is built at another place."""
    build(newsroom, s3.place())
    return objects(s3)


def moments(s3: S3Server) -> dict[str, int]:
    return {key: (s3.path / key).stat().st_mtime_ns for key in s3.listed()}


def test_the_site_in_a_bucket_is_that_in_a_folder(newsroom: Newsroom, s3: S3Server) -> None:
    result = build(newsroom, s3.place())
    assert result.written > 40
    assert objects(s3) == files(newsroom)


def test_each_document_has_its_type(newsroom: Newsroom, s3: S3Server) -> None:
    build(newsroom, s3.place())
    headers = {key: s3.get(f"site/{key}")[1] for key in TYPES}
    assert {key: it["Content-Type"] for key, it in headers.items()} == TYPES
    assert {it["Cache-Control"] for it in headers.values()} == {"public, max-age=60"}


def test_a_picture_has_the_type_that_was_measured(newsroom: Newsroom, s3: S3Server) -> None:
    build(newsroom, s3.place())
    [key] = [it for it in s3.listed() if it.endswith("a.jpg")]
    data, headers = s3.get(key)
    assert data == png()
    assert headers["Content-Type"] == "image/png"
    assert "immutable" in headers["Cache-Control"]


def test_only_changed_documents_are_sent(newsroom: Newsroom, s3: S3Server) -> None:
    place = s3.place()
    build(newsroom, place)
    before = moments(s3)
    newsroom.write("world/8.md", article("Story 8", published="2026-11-08"))
    newsroom.sync()
    build(newsroom, place)
    after = moments(s3)
    changed = {key for key, moment in after.items() if before.get(key) != moment}
    assert {"site/world/rss.xml", "site/rss.xml", MANIFEST} <= changed
    assert "site/world/archive/1/rss.xml" not in changed
    assert not any(key.endswith("a.jpg") for key in changed)
    assert max(after, key=lambda key: after[key]) == MANIFEST
    assert objects(s3) == built_anew(newsroom, s3)


def test_archives_are_there_before_the_feed_that_leads_to_them(
    newsroom: Newsroom, s3: S3Server
) -> None:
    build(newsroom, s3.place())
    moment = moments(s3)
    [*archives] = [it for it in moment if it.startswith("site/world/archive/")]
    assert max(moment[it] for it in archives) <= moment["site/world/rss.xml"]


def test_nothing_is_sent_where_nothing_changed(newsroom: Newsroom, s3: S3Server) -> None:
    place = s3.place()
    build(newsroom, place)
    before = moments(s3)
    assert build(newsroom, place).written == 0
    assert moments(s3) == before


def test_a_killed_article_and_its_picture_are_deleted(newsroom: Newsroom, s3: S3Server) -> None:
    place = s3.place()
    build(newsroom, place)
    newsroom.write("world/a.md", article("Tunnel", image="a.jpg", status="canceled"))
    newsroom.sync()
    assert build(newsroom, place).deleted >= 2
    assert not [it for it in s3.listed() if "tunnel" in it or it.endswith("a.jpg")]
    assert objects(s3) == built_anew(newsroom, s3)


def test_damage_is_repaired(newsroom: Newsroom, s3: S3Server) -> None:
    place = s3.place()
    build(newsroom, place)
    [picture] = [it for it in s3.listed() if it.endswith("a.jpg")]
    obstore.delete(s3.store, ["site/rss.xml", picture])
    obstore.put(s3.store, "site/world/atom.xml", b"damaged")
    obstore.put(s3.store, "site/strange.txt", b"strange")
    build(newsroom, place)
    assert objects(s3) == built_anew(newsroom, s3)


@pytest.mark.parametrize("name", ["notes.txt", MANIFEST])
def test_a_foreign_bucket_is_refused(newsroom: Newsroom, s3: S3Server, name: str) -> None:
    place = s3.place()
    obstore.put(s3.store, name, b"notes")
    with pytest.raises(FeedsvcError, match="is not empty, and no site built by feedsvc"):
        build(newsroom, place)
    assert s3.listed() == [name]


def test_two_builds_do_not_write_at_once(newsroom: Newsroom, s3: S3Server) -> None:
    place = s3.place()
    with (
        opened_bucket(place, newsroom.config),
        pytest.raises(
            FeedsvcError, match=f'another "feedsvc build" writes to s3://feeds/{s3.path.name};'
        ),
    ):
        build(newsroom, place)


def test_a_store_that_is_away_is_named(newsroom: Newsroom, s3: S3Server) -> None:
    result = CliRunner().invoke(
        main,
        ["build", "s3://none?endpoint=http://127.0.0.1:9"],
        env={"FEEDSVC_CONFIG": str(newsroom.root / "config.toml")},
    )
    assert result.exit_code == 1
    assert result.output.startswith("feedsvc: s3://none cannot be used: ")


def started(root: Path, place: str) -> subprocess.Popen[str]:
    environ = {**os.environ, **KEYS, "FEEDSVC_CONFIG": str(root / "config.toml")}
    return subprocess.Popen(
        [sys.executable, "-m", "feedsvc", "build", place],
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_build_that_was_killed_goes_on(newsroom: Newsroom, s3: S3Server) -> None:
    for number in range(40):
        newsroom.write(f"local/{number}.md", article(f"Note {number}"))
    newsroom.sync()
    place = s3.place()
    with started(newsroom.root, place) as process:
        until(lambda: len(s3.listed()) > 60)
        process.send_signal(signal.SIGKILL)
    before = moments(s3)
    assert json.loads((s3.path / MANIFEST).read_bytes())["documents"] == {}
    with started(newsroom.root, place) as process:
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    after = moments(s3)
    assert [it for it, moment in before.items() if after[it] != moment] == [MANIFEST]
    assert objects(s3) == built_anew(newsroom, s3)
