"""Every answer is counted, and logged where a log is configured."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedsvc.store.shared_memory import open_shared_memory
from feedsvc.web.access_log import AccessLog, quoted
from feedsvc.web.counters import SIZE, AnswerCounters
from feedsvc.web.fast_path.request import PlainRequest
from tests.conftest import CONFIG, NOW, MakeNewsroom, article, wanted
from tests.web.fast_path.test_protocol import LONG, Server, parts, request


@pytest.fixture
def server(make_newsroom: MakeNewsroom) -> Iterator[Server]:
    newsroom = make_newsroom("logged", CONFIG + '[log]\nrequests = "access.log"\n')
    newsroom.write("world/a.md", article("Tunnel", LONG))
    newsroom.sync()
    made = Server(newsroom)
    yield made
    made.end()
    made.app.extensions["feedsvc"].access_log.close()


def counted(server: Server) -> dict[str, float]:
    asked = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
    body = parts(server.ask(asked))[2].decode()
    lines = (line for line in body.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_answers_of_the_fast_path_and_of_flask_are_counted(server: Server) -> None:
    tag = parts(server.ask(request()))[1]["etag"]
    for _ in range(3):
        server.ask(request("/world/rss.xml", f"If-None-Match: {tag}"))
    server.ask(request("/nowhere/rss.xml"))
    whole = parts(server.ask(request("/world/rss.xml", "TE: trailers")))[2]
    server.ask(request("/world/rss.xml", method="HEAD"))
    metrics = counted(server)
    assert metrics['feedsvc_responses_total{door="fast",status="200"}'] == 2
    assert metrics['feedsvc_responses_total{door="fast",status="304"}'] == 3
    assert metrics['feedsvc_responses_total{door="app",status="200"}'] == 1
    assert metrics['feedsvc_responses_total{door="app",status="404"}'] == 1
    assert metrics['feedsvc_response_body_bytes_total{door="fast"}'] == len(whole)
    assert metrics['feedsvc_response_body_bytes_total{door="app"}'] > len(whole)
    assert metrics["feedsvc_problems"] == 0
    assert metrics["feedsvc_ready"] == 1
    server.newsroom.write("bad.md", "---\n---\n")
    server.newsroom.sync()
    assert counted(server)["feedsvc_problems"] > 0
    assert counted(server)['feedsvc_responses_total{door="app",status="200"}'] >= 3


def counters_of(path: Path) -> AnswerCounters:
    return AnswerCounters(path, open_shared_memory(path, SIZE))


def test_a_process_takes_over_the_row_of_one_that_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = counters_of(tmp_path / "counters")
    first.count("fast", 200, 10)
    first.count("app", 418, 1)
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: 2**22 + 1)  # larger than any there can be
        counters_of(tmp_path / "counters").count("fast", 200, 10)
        other = counters_of(tmp_path / "counters")
        other.count("fast", 200, 10)
    sums = {(door, status): number for door, status, number in other.sums() if number}
    assert sums == {("fast", 200): 3, ("fast", -1): 30, ("app", 0): 1, ("app", -1): 1}


def test_answers_are_counted_while_the_file_is_away(tmp_path: Path) -> None:
    counters = counters_of(tmp_path / "counters")
    (tmp_path / "counters").unlink()
    counters.count("app", 200, 7)
    sums = {(door, status): number for door, status, number in counters.sums() if number}
    assert sums == {("app", 200): 1, ("app", -1): 7}


def test_every_answer_is_a_line_of_the_log(server: Server) -> None:
    agent = ['User-Agent: Reader/1 (\u00e9 \\")', "Referer: https://quay.example/"]
    server.ask(
        request("/world/rss.xml?a=b", agent[0].encode("ascii", "replace").decode(), agent[1])
    )
    server.ask(request("/nowhere/rss.xml?c=d", "User-Agent: Other"))
    log = server.app.extensions["feedsvc"].access_log
    log.flush()
    lines = (server.newsroom.root / "access.log").read_text().splitlines()
    assert len(lines) == 2
    assert re.fullmatch(
        r'127\.0\.0\.1 - - \[23/Nov/2026:12:00:00 \+0000\] "GET /world/rss.xml\?a=b HTTP/1\.1" '
        r'200 \d{4} "https://quay.example/" "Reader/1 \(\? \\\\\\"\)"',
        lines[0],
    )
    assert lines[1].endswith('"GET /nowhere/rss.xml?c=d HTTP/1.1" 404 51 "-" "Other"')


def test_a_refusal_is_a_line_of_the_log(server: Server) -> None:
    asked = PlainRequest("GET", wanted("nowhere"), {"host": "a"})
    answer, closes = server.ready_answers.stand_in(asked, request("/nowhere/rss.xml"), "192.0.2.7")
    assert answer.startswith(b"HTTP/1.1 429 ")
    assert not closes
    log = server.app.extensions["feedsvc"].access_log
    log.flush()
    (line,) = (server.newsroom.root / "access.log").read_text().splitlines()
    assert line.startswith("192.0.2.7 - - [")
    assert '"GET /nowhere/rss.xml HTTP/1.1" 429 ' in line


def appears(path: Path, text: str) -> None:
    """Wait until a text stands in a file."""
    deadline = time.monotonic() + 10
    while not path.exists() or text not in path.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_log_can_be_rotated_and_is_written_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = AccessLog(path, delay=0.05)
    for name in ("one", "two"):
        log.write("-", NOW, name, (200, 1), '"-" "-"')
        appears(path, name)
        path.rename(tmp_path / name)
    log.write("-", NOW, "x" * 70_000, (200, 1), '"-" "-"')
    assert path.stat().st_size > 70_000
    log.flush()
    log.close()
    log.close()
    assert path.read_text().count("x" * 70_000) == 1


def test_the_last_lines_are_written_when_the_process_ends(tmp_path: Path) -> None:
    code = f"""
from datetime import datetime
from pathlib import Path
from feedsvc.web.access_log import AccessLog
log = AccessLog(Path({str(tmp_path / "log")!r}))
for number in range(9):
    log.write("-", datetime.min, f"caf\xe9 {{number}}", (200, 1), "")
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert (tmp_path / "log").read_text(encoding="utf-8").count("café") == 9


def test_a_log_that_cannot_be_written_delays_no_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = AccessLog(tmp_path / "missing" / "log")
    log.write("-", NOW, "x" * 70_000, (200, 1), '"-" "-"')
    assert "lines of the access log are lost: [Errno 2] No such file or directory" in caplog.text
    (tmp_path / "missing").mkdir()
    log.write("-", NOW, "GET / HTTP/1.1", (200, 1), '"-" "-"')
    log.close()
    assert (tmp_path / "missing" / "log").read_text().count("\n") == 1


def test_a_full_disk_is_reported_each_time(caplog: pytest.LogCaptureFixture) -> None:
    log = AccessLog(Path("/dev/full"))
    log.write("-", NOW, "GET / HTTP/1.1", (200, 1), '"-" "-"')
    for end in (log.flush, log.close):
        end()
        assert "lines of the access log are lost: [Errno 28]" in caplog.text
        caplog.clear()


def test_the_log_may_go_to_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    log = AccessLog(None)
    log.write("-", NOW, "GET / HTTP/1.1", (200, 1), '"-" "-"')
    log.close()
    assert b'"GET / HTTP/1.1" 200 1' in capfdbinary.readouterr().out


@pytest.mark.parametrize(
    ("header", "logged"),
    [("a", '"a"'), ("", '"-"'), ('"\\', '"\\"\\\\"'), ("a\n\x1bb", '"a??b"')],
)
def test_a_client_cannot_write_lines_of_its_own(header: str, logged: str) -> None:
    assert quoted(header) == logged
