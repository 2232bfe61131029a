"""``feedsvc build``, once and for as long as it watches."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from feedsvc.cli import main
from tests.conftest import CONFIG, Newsroom, article
from tests.tools.service import Service, until


@pytest.fixture
def newsroom(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    """Return a newsroom that was not read yet, in the working folder."""
    monkeypatch.chdir(newsroom.root)
    newsroom.write("world/a.md", article("The Tunnel Opens"))
    return newsroom


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["build", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_it_publishes_the_files_first_and_prints_its_result(newsroom: Newsroom) -> None:
    first = run("out")
    assert (first.exit_code, first.output) == (0, "out: 28 written, 0 unchanged, 0 deleted\n")
    assert "The Tunnel Opens" in Path("out/site/world/rss.xml").read_text()
    newsroom.write("world/a.md", article("The Tunnel Floods"))
    assert run("out").output == "out: 8 written, 20 unchanged, 0 deleted\n"
    assert "The Tunnel Floods" in Path("out/site/world/rss.xml").read_text()


def test_problems_in_the_files_are_printed_but_are_no_failure(newsroom: Newsroom) -> None:
    newsroom.write("world/wrong.md", article("[A] wrong"))
    result = run("out")
    assert result.exit_code == 0
    assert "put the headline in quotes" in result.stderr


def test_feeds_out_of_reach_are_noted(newsroom: Newsroom) -> None:
    newsroom.configure(CONFIG.replace('url = "https://feeds.quay.example"\n', ""))
    assert run("out").stderr.startswith(
        "note: [feeds] url is http://localhost:8000, which only this machine"
    )


def test_without_articles_it_says_where_they_belong(newsroom: Newsroom) -> None:
    shutil.rmtree(newsroom.config.articles)
    result = run("out")
    assert (result.exit_code, Path("out").exists()) == (1, False)
    assert "articles belong in it" in result.stderr


def test_a_folder_of_something_else_is_refused(newsroom: Newsroom) -> None:
    result = run("articles")
    assert result.exit_code == 1
    assert result.stderr.startswith("feedsvc: articles is not empty, and no site built by feedsvc;")


class Build:
    """``feedsvc build out --watch`` in a process of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = root / "build.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "feedsvc", "build", "out", "--watch"],
                cwd=root,
                stdout=log,
                stderr=log,
                env={**os.environ, "FEEDSVC_CONFIG": str(root / "config.toml")},
            )
        until(lambda: "the site is in out" in self.log.read_text())

    def shows(self, text: str, path: str = "world/rss.xml") -> bool:
        return text in (self.root / "out/site" / path).read_text()

    def end(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(30)


@pytest.fixture
def building(newsroom: Newsroom) -> Iterator[Build]:
    started = Build(newsroom.root)
    yield started
    started.end()


def test_changes_are_written_as_they_happen(newsroom: Newsroom, building: Build) -> None:
    assert building.shows("The Tunnel Opens")
    other = (newsroom.root / "out/site/static/copy.js").stat()
    newsroom.write("world/europe/b.md", article("The Ferry Sails"))
    until(lambda: building.shows("The Ferry Sails", "world/europe/rss.xml"))
    until(lambda: building.shows("The Ferry Sails", "atom.xml"))
    killed = article("The Tunnel Opens", status="canceled", note="It did not.")
    newsroom.write("world/a.md", killed)
    until(lambda: building.shows("It did not."))
    assert not building.shows("The Tunnel Opens")
    assert (newsroom.root / "out/site/static/copy.js").stat() == other
    assert building.end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly(building: Build, number: int) -> None:
    assert building.end(number) == 0
    assert "Traceback" not in building.log.read_text()


def test_an_embargo_ends_on_time(newsroom: Newsroom, building: Build) -> None:
    moment = (datetime.now(UTC) + timedelta(seconds=4)).replace(microsecond=0)
    local = moment.astimezone(ZoneInfo("Europe/Lisbon"))
    yesterday = f"{local - timedelta(days=1):%F %T}"
    text = article("The Light Goes On", published=yesterday, embargoed=f"{local:%F %T}")
    newsroom.write("world/c.md", text)
    until(lambda: building.shows("The Light Goes On"), 10)
    late = time.time() - moment.timestamp()
    assert 0 <= late < 3
    assert building.end() == 0


def test_beside_serve_it_follows_and_takes_over_when_that_ends(newsroom: Newsroom) -> None:
    service = Service(newsroom.root).wait()
    building = Build(newsroom.root)
    try:
        newsroom.write("world/b.md", article("The Ferry Sails"))
        until(lambda: building.shows("The Ferry Sails"))
        assert service.shows("The Ferry Sails")
        assert "published" not in building.log.read_text()
        service.end()
        newsroom.write("world/c.md", article("The Ferry Is Late"))
        until(lambda: building.shows("The Ferry Is Late"))
    finally:
        service.end()
        building.end()


def test_another_configuration_and_another_store_are_gone_on_with(
    newsroom: Newsroom, building: Build
) -> None:
    (newsroom.root / "config.toml").write_text("[site\n")
    until(lambda: "the old one stays in use" in building.log.read_text())
    newsroom.configure(CONFIG.replace("The Daily Quay", "The Quay"))
    until(lambda: building.shows("<title>World – The Quay</title>"))
    shutil.rmtree(newsroom.config.state)
    until(lambda: building.log.read_text().count("the site is in out") >= 3)
    newsroom.write("world/b.md", article("The Ferry Sails"))
    until(lambda: building.shows("The Ferry Sails"))
    assert building.end() == 0
