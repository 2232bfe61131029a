"""Real feed readers subscribe to the sample newsroom, and show what its records say."""

from __future__ import annotations

import html
import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feedsvc.config.load import load
from feedsvc.config.settings import Config
from feedsvc.ingest.article_file import read
from feedsvc.ingest.media import Library
from feedsvc.ingest.records import RecordFolder
from feedsvc.model.article import Article
from feedsvc.model.paths import FeedPath, listed_in
from feedsvc.syndication.feed_head import feed_title
from tests.tools.programs import needed, needed_file
from tests.tools.service import Service, serve_sample

pytestmark = pytest.mark.client

SIMPLEPIE = Path(__file__).parents[1] / "tools" / "simplepie.php"
SECTIONS = ["", "culture", "world/europe", "es", "ar", "news/russia"]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    started = serve_sample(tmp_path_factory.mktemp("quay"))
    yield started
    started.end()


def newsroom(service: Service) -> Config:
    here = {"FEEDSVC_FEEDS_URL": f"http://localhost:{service.port}"}
    return load(service.root / "config.toml", environ=here)


def articles(service: Service, section: str, format: str = "rss") -> dict[str, Article]:
    """Return every article of a section, by the id of its entry, from the records."""
    config, now = newsroom(service), datetime.now(UTC)
    library, files = Library(config.root), RecordFolder.of(config)
    id_of = config.urls.entry_id if format == "atom" else config.urls.entry_guid
    records = (read(config, library, it, files.read(it)).article for it in files.paths())
    articles = {
        id_of(article.id, article.guid): article
        for article in records
        if article and article.usable(now) and section in listed_in(article)
    }
    assert articles
    return articles


def expected(service: Service, section: str, format: str) -> dict[str, tuple[str, str, int]]:
    """Return title, link and date of every article of a section, by the id of its entry."""
    urls = newsroom(service).urls
    return {
        entry_id: (article.headline, urls.article(article), int(article.published.timestamp()))
        for entry_id, article in articles(service, section, format).items()
    }


@pytest.mark.parametrize("format", ["rss", "atom"])
@pytest.mark.parametrize("section", SECTIONS)
def test_newsboat_shows_titles_links_and_dates(
    service: Service, tmp_path: Path, section: str, format: str
) -> None:
    needed("newsboat")
    path = f"{section}/{format}.xml" if section else f"{format}.xml"
    (tmp_path / "urls").write_text(f"http://localhost:{service.port}/{path}\n")
    (tmp_path / "config").write_text("")
    command = ["newsboat", "-u", "urls", "-c", "cache.db", "-C", "config", "-x", "reload"]
    environ = {**os.environ, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "TERM": "xterm"}
    subprocess.run(command, cwd=tmp_path, env=environ, check=True, timeout=60)
    with closing(sqlite3.connect(tmp_path / "cache.db")) as cache:
        rows = cache.execute("SELECT guid, title, url, pubDate FROM rss_item").fetchall()
    assert {guid: tuple(rest) for guid, *rest in rows} == expected(service, section, format)


@pytest.mark.parametrize("format", ["rss", "atom"])
@pytest.mark.parametrize("section", SECTIONS)
def test_sfeed_shows_titles_links_and_dates(
    service: Service, tmp_path: Path, section: str, format: str
) -> None:
    needed("sfeed_update", "sfeed")
    path = f"{section}/{format}.xml" if section else f"{format}.xml"
    url = f"http://localhost:{service.port}/{path}"
    (tmp_path / "sfeedrc").write_text(
        f'sfeedpath="{tmp_path}/feeds"\nfeeds() {{ feed quay "{url}"; }}\n'
    )
    (tmp_path / "feeds").mkdir()
    environ = {**os.environ, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    subprocess.run(["sfeed_update", tmp_path / "sfeedrc"], env=environ, check=True, timeout=60)
    lines = (tmp_path / "feeds" / "quay").read_text().splitlines()
    found: dict[str, tuple[str, str, int]] = {}
    for line in lines:
        date, title, link, _content, _kind, guid, *_ = line.split("\t")
        found[guid] = (title, link, int(date))
    assert found == expected(service, section, format)


def simplepie(service: Service, path: str) -> dict[str, Any]:
    """Return a feed as SimplePie reads it, the parser of FreshRSS and WordPress."""
    php = needed("php", "php-cli")
    needed_file("/usr/share/php/simplepie/autoloader.php", "libphp-simplepie")
    command = [php, SIMPLEPIE, f"http://localhost:{service.port}/{path}"]
    output = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True).stdout
    assert output.startswith("{"), output
    return json.loads(output)


@pytest.mark.parametrize("format", ["rss", "atom"])
@pytest.mark.parametrize("section", SECTIONS)
def test_simplepie_shows_titles_links_and_dates(
    service: Service, section: str, format: str
) -> None:
    feed = simplepie(service, f"{section}/{format}.xml".lstrip("/"))
    place = newsroom(service).place(section)
    title = feed_title(place, FeedPath(section))
    assert (feed["title"], feed["page"]) == (title, place.url)
    changed = {
        entry_id: int(article.updated.timestamp())
        for entry_id, article in articles(service, section).items()
        if article.updated > article.published and format == "rss"
    }
    shown = {
        entry_id: (html.unescape(entry["title"]), entry["link"], entry["date"])
        for entry_id, entry in feed["entries"].items()
    }
    assert shown == {
        # Up to 1.3.1 it takes <atom:updated> for the date of RSS.
        entry_id: (title, link, changed.get(entry_id, date))
        for entry_id, (title, link, date) in expected(service, section, format).items()
    }


@pytest.mark.parametrize("format", ["rss", "atom"])
def test_simplepie_shows_all_authors_and_the_lead_picture(service: Service, format: str) -> None:
    entries = simplepie(service, f"{format}.xml")["entries"]
    for entry_id, article in articles(service, "", format).items():
        names = [person.name for person in article.byline] or [newsroom(service).site.title]
        assert ", ".join(entries[entry_id]["authors"]) == ", ".join(names)
        if not article.images or not article.images[0].path:
            continue
        lead = article.images[0]
        link, *others = entries[entry_id]["enclosures"][0]
        assert link.endswith(lead.path)
        size = (service.root / lead.path).stat().st_size
        assert others == [lead.type, size, lead.caption, lead.credit]
        assert lead.caption in html.unescape(entries[entry_id]["text"])


@pytest.mark.parametrize("section", SECTIONS)
def test_simplepie_takes_the_feed_of_a_page(service: Service, section: str) -> None:
    feed = simplepie(service, f"{section}/".lstrip("/"))
    path = f"{section}/rss.xml".lstrip("/")
    assert feed["url"] == f"http://localhost:{service.port}/{path}"
    assert set(feed["entries"]) == set(articles(service, section))
