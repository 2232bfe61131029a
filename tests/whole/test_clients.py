"""Real feed readers subscribe to the sample newsroom, and show what its records say."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedsvc.cli.init import newsroom as sample
from feedsvc.config.load import load
from feedsvc.ingest.article_file import read
from feedsvc.ingest.files import walk
from feedsvc.ingest.media import Library
from feedsvc.model.paths import ancestors
from tests.tools.programs import needed
from tests.tools.service import Service

pytestmark = pytest.mark.client

SECTIONS = ["", "culture", "world/europe", "es", "ar", "news/russia"]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    root = tmp_path_factory.mktemp("quay")
    shutil.copyfile(sample() / "config.toml", root / "config.toml")
    shutil.copytree(sample() / "articles", root / "articles")
    started = Service(root).wait()
    yield started
    started.end()


def expected(service: Service, section: str) -> dict[str, tuple[str, str, int]]:
    """Return title, link and date of every article of a section, by id, from the records."""
    here = {"FEEDSVC_FEEDS_URL": f"http://localhost:{service.port}"}
    config = load(service.root / "config.toml", environ=here)
    library, urls, now = Library(config.root), config.urls, datetime.now(UTC)
    found: dict[str, tuple[str, str, int]] = {}
    for path in walk(config.articles):
        article = read(config, library, path).article
        if article and article.usable(now) and section in ancestors(article.section):
            date = int(article.published.timestamp())
            found[urls.entry_id(article)] = (article.headline, urls.article(article), date)
    assert found
    return found


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
    assert {guid: tuple(rest) for guid, *rest in rows} == expected(service, section)


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
    assert found == expected(service, section)
