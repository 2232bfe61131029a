from __future__ import annotations

import errno
import io
import logging
import socket
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from click.testing import CliRunner

from feedsvc.cli import COMMANDS, logging_setup, main, serve
from feedsvc.config.load import load
from feedsvc.errors import FeedsvcError
from feedsvc.publishing.watcher import Watcher
from feedsvc.server import supervisor
from tests.conftest import Newsroom, article


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, arguments)


def test_help_lists_every_command_and_imports_none() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for name, line in COMMANDS.items():
        assert name in result.output
        assert line in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_an_unknown_command_is_an_error() -> None:
    result = run("publsh")
    assert result.exit_code == 2
    assert "No such command 'publsh'" in result.output


def test_the_version_is_printed() -> None:
    assert run("--version").output.startswith("feedsvc 0.")


def test_without_a_newsroom_serve_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDSVC_CONFIG", str(tmp_path / "config.toml"))
    result = run("serve", "--port", "0")
    assert result.exit_code == 1
    assert '"feedsvc init DIR" makes a newsroom' in result.output


def test_without_articles_serve_says_where_they_belong(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDSVC_CONFIG", str(newsroom.root / "config.toml"))
    newsroom.config.articles.rmdir()
    result = run("serve", "--port", "0")
    assert result.exit_code == 1
    assert "articles belong in it" in result.output


def test_serve_prints_its_addresses_and_opens_a_browser(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.write("world/a.md", article())
    monkeypatch.setenv("FEEDSVC_CONFIG", str(newsroom.root / "config.toml"))
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    served: list[Any] = []
    monkeypatch.setattr(supervisor.Supervisor, "run", lambda *given: served.append(given[1]))
    first = run("serve", "--port", "0", "--open")
    assert first.exit_code == 0, first.output
    assert "The Daily Quay, 1 sections" in first.output
    assert "Read 1 files." in first.output
    assert "https://feeds.quay.example/rss.xml" in first.output
    assert opened == ["https://feeds.quay.example/feeds"]
    assert served[0].feeds.url == "https://feeds.quay.example"
    assert "Read" not in run("serve", "--port", "0").output


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://localhost:8123"),
        ("localhost", "http://localhost:8123"),
        ("192.0.2.7", "http://192.0.2.7:8123"),
        ("::1", "http://[::1]:8123"),
    ],
)
def test_the_feeds_are_where_serve_listens_without_an_address(
    tmp_path: Path, host: str, url: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[site]\ntitle = "A"\nurl = "https://a.example"\n')
    assert serve.public(load(file, environ={}), host, 8123).feeds.url == url
    file.write_text(file.read_text() + '[feeds]\nurl = "https://b.example"\n')
    assert serve.public(load(file, environ={}), host, 8123).feeds.url == "https://b.example"


def test_listening_works_on_both_families() -> None:
    for host in ("127.0.0.1", "::1"):
        with serve.listen(host, 0) as listener:
            assert listener.getsockname()[1] > 0


@pytest.mark.parametrize(
    ("number", "port", "sentence"),
    [
        (errno.EADDRINUSE, 8000, "port 8000 is already in use; .* --port 8001"),
        (errno.EADDRINUSE, 65535, "--port 0$"),
        (errno.EACCES, 80, "port 80 is not yours to use; .* --port 8000"),
        (errno.EADDRNOTAVAIL, 8000, "cannot listen at 192.0.2.7, port 8000: Cannot assign"),
    ],
)
def test_a_port_it_cannot_listen_at_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, number: int, port: int, sentence: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        import os

        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(FeedsvcError, match=sentence):
        serve.listen("192.0.2.7", port)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_long_read_shows_its_progress_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = Terminal()
    monkeypatch.setattr(sys, "stderr", stderr)
    bar = serve.Progress()
    for done in (500, 1000, 1200):
        bar(done, 1200)
    text = stderr.getvalue()
    assert "Reading articles" in text
    assert "1200/1200" in text


def test_a_short_read_or_no_terminal_shows_none(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = Terminal()
    monkeypatch.setattr(sys, "stderr", stderr)
    serve.Progress()(5, 5)
    assert stderr.getvalue() == ""
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    serve.Progress()(1200, 1200)
    assert stderr.getvalue() == ""


@pytest.fixture
def loggers():
    before = logging.getLogger().handlers[:], logging.getLogger().level
    yield
    logging.getLogger().handlers[:], level = before
    logging.getLogger().setLevel(level)


def test_logs_are_text_on_a_terminal(monkeypatch: pytest.MonkeyPatch, loggers: None) -> None:
    stderr = Terminal()
    monkeypatch.setattr(sys, "stderr", stderr)
    logging_setup.set_up()
    logging.getLogger("feedsvc").info("published: %d", 3)
    assert stderr.getvalue().endswith("  published: 3\n")
    logging.getLogger("feedsvc").info("two\nlines of %s", "a\x1b[2J")
    assert stderr.getvalue().endswith("  two\nlines of a\\x1b[2J\n")


def test_logs_are_json_lines_elsewhere(monkeypatch: pytest.MonkeyPatch, loggers: None) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    logging_setup.set_up()
    try:
        {}["x"]
    except KeyError:
        logging.getLogger("feedsvc").exception("two\nlines")
    (line,) = stderr.getvalue().splitlines()
    entry = msgspec.json.decode(line)
    assert (entry["level"], entry["message"]) == ("error", "two\nlines")
    assert entry["time"].endswith("+00:00")
    assert "KeyError: 'x'" in entry["exception"]


def test_an_error_that_lasts_is_logged_once_a_minute(
    monkeypatch: pytest.MonkeyPatch, loggers: None
) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    logging_setup.set_up()
    for _ in range(2):
        logging.getLogger("feedsvc").error("the store is away")
        logging.getLogger("feedsvc").info("published")
    assert stderr.getvalue().count("is away") == 1
    assert stderr.getvalue().count("published") == 2


def test_an_error_is_logged_again_after_a_minute_and_after_many_others() -> None:
    once = logging_setup.NoRepetition()

    def logged(message: str, moment: float) -> bool:
        values = {"msg": message, "created": moment, "levelno": logging.ERROR}
        return once.filter(logging.makeLogRecord(values))

    assert [logged("a", it) for it in (0, 1, logging_setup.AGAIN)] == [True, False, True]
    assert all(logged(f"b{number}", 61) for number in range(200))
    assert logged("a", 61)


class Stubborn:
    """A process that does not end when asked to."""

    def __init__(self) -> None:
        self.process = self
        self.asked: list[str] = []

    def terminate(self) -> None:
        self.asked.append("terminate")

    def join(self, timeout: float | None = None) -> None:
        self.asked.append("join")

    def is_alive(self) -> bool:
        return "kill" not in self.asked

    def kill(self) -> None:
        self.asked.append("kill")


def test_a_process_that_does_not_end_is_ended() -> None:
    child: Any = Stubborn()
    supervisor._end([child])
    assert child.asked == ["terminate", "join", "kill", "join"]


def test_a_configuration_that_is_gone_for_a_moment_is_seen_as_a_change(newsroom: Newsroom) -> None:
    before = supervisor.file_state(newsroom.config)
    (newsroom.root / "config.toml").unlink()
    assert supervisor.file_state(newsroom.config) != before


def test_a_store_that_is_away_is_not_filled(newsroom: Newsroom) -> None:
    assert not supervisor._is_filled(newsroom.config)
    newsroom.sync()
    assert supervisor._is_filled(newsroom.config)
    newsroom.config.state.rename(newsroom.root / "elsewhere")
    assert not supervisor._is_filled(newsroom.config)


@pytest.mark.parametrize(("age", "pauses"), [(0.0, 1), (60.0, 0)])
def test_only_a_process_that_ended_at_once_is_replaced_after_a_pause(
    age: float, pauses: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_Child", lambda task, config: (task, config))
    made: Any = supervisor.Supervisor(cast("Any", None), cast("Any", None))
    waited: list[float] = []
    made._stop = SimpleNamespace(wait=waited.append)
    process = SimpleNamespace(pid=1, exitcode=-9, is_alive=lambda: False)
    dead = SimpleNamespace(process=process, task="answer", started=time.monotonic() - age)
    assert made._running(dead, "config") == ("answer", "config")
    assert len(waited) == pauses


def test_serve_leaves_the_problems_to_the_process_that_publishes(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    newsroom.write("a.md", article("", colour="red"))
    caplog.set_level(logging.INFO)
    serve.begin(newsroom.config)
    assert "colour" not in caplog.text
    Watcher(newsroom.config, newsroom.database, lambda: newsroom.now).sync()
    assert caplog.text.count("is not a key of a record") == 1
