"""The whole service as its users meet it: real processes, real files, a real socket."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import article
from tests.tools.service import Service, free_port, until

CONFIG = """\
[site]
title = "The Daily Quay"
url = "https://quay.example"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "articles/world/europe").mkdir(parents=True)
    (tmp_path / "articles/world/europe/a.md").write_text(article("The Tunnel Opens"))
    return tmp_path


@pytest.fixture
def serve(folder: Path) -> Iterator[Callable[..., Service]]:
    started: list[Service] = []

    def start(*options: str, port: int = 0) -> Service:
        started.append(Service(folder, *options, port=port))
        return started[-1]

    yield start
    for service in started:
        service.end()


def test_a_file_is_published_edited_and_withdrawn(
    serve: Callable[..., Service], folder: Path
) -> None:
    service = serve("--workers", "2").wait()
    status, headers, body = service.get("/world/europe/rss.xml")
    assert status == 200
    assert ">The Tunnel Opens<" in body
    assert f'href="http://localhost:{service.port}/world/europe/rss.xml" rel="self"' in body
    assert headers["content-type"] == "application/rss+xml; charset=utf-8"
    assert "server" not in headers
    tag = headers["etag"]
    for path in ("/world/europe/rss.xml",) * 4:  # whichever worker answers
        assert service.get(path, If_None_Match=tag)[0] == 304

    file = folder / "articles/world/europe/a.md"
    file.write_text(article("The Tunnel Closes"))
    until(lambda: service.shows("The Tunnel Closes", "/world/rss.xml"))
    status, headers, _ = service.get("/world/europe/rss.xml", If_None_Match=tag)
    assert status == 200
    assert headers["etag"] != tag

    file.write_text(article("[Wrong] again"))
    until(lambda: service.shows("put the headline in quotes", "/feeds"))
    assert service.shows("The Tunnel Closes")

    file.unlink()
    until(lambda: not service.shows("The Tunnel"))
    assert service.get("/world/europe/rss.xml")[0] == 200
    log = service.end()
    assert service.process.returncode == 0
    assert "The Daily Quay, 2 sections" in log
    assert f"http://localhost:{service.port}/feeds" in log
    assert "Traceback" not in log


def test_a_restart_serves_the_same_bytes(serve: Callable[..., Service]) -> None:
    first = serve().wait()
    _, headers, body = first.get("/atom.xml")
    first.end()
    second = serve(port=first.port).wait()
    _, again, same = second.get("/atom.xml")
    assert body == same
    assert (headers["etag"], headers["last-modified"]) == (again["etag"], again["last-modified"])
    assert "Looking for" not in second.end().splitlines()[0]


def test_what_changed_while_nothing_ran_is_found(
    serve: Callable[..., Service], folder: Path
) -> None:
    serve().wait().end()
    (folder / "articles/b.md").write_text(article("Overnight"))
    service = serve()
    until(lambda: service.shows("Overnight"))


def test_a_dead_worker_and_a_dead_publisher_are_replaced(
    serve: Callable[..., Service], folder: Path
) -> None:
    service = serve("--workers", "1").wait()
    until(lambda: len(service.children()) == 2)
    time.sleep(2.5)  # a process that lived for a while is replaced without a pause
    before = service.children()
    os.kill(before[0], signal.SIGKILL)
    until(lambda: len(service.children()) == 2 and before[0] not in service.children())
    before = service.children()
    for process in before:
        os.kill(process, signal.SIGKILL)
    until(lambda: len(service.children()) == 2 and not {*before} & {*service.children()})
    (folder / "articles/b.md").write_text(article("Still Here"))
    until(lambda: service.shows("Still Here"))
    assert "starting another" in service.end()


@pytest.mark.parametrize("end", [b"Referer: https://x/\xe9\r\n\r\n", b""])
def test_one_hostile_request_stops_no_worker(serve: Callable[..., Service], end: bytes) -> None:
    service = serve("--workers", "1").wait()
    service.get("/rss.xml")
    head = b"GET /rss.xml HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 28 + end
    with socket.create_connection(("127.0.0.1", service.port)) as connection:
        connection.sendall(head)
        time.sleep(0.3)
        assert service.get("/livez")[0] == 200


def test_a_worker_that_is_stuck_is_replaced(serve: Callable[..., Service]) -> None:
    service = serve("--workers", "1").wait()
    until(lambda: len(service.children()) == 2)
    worker = service.children()[0]
    os.kill(worker, signal.SIGSTOP)
    until(lambda: worker not in service.children() and len(service.children()) == 2)
    service.wait()
    assert "has been stuck for 10 s" in service.end()


def test_publishing_goes_before_answering(serve: Callable[..., Service]) -> None:
    service = serve("--workers", "2").wait()
    until(lambda: len(service.children()) == 3)
    *workers, publisher = service.children()

    def nice(process: int) -> int:
        return os.getpriority(os.PRIO_PROCESS, process)

    until(lambda: min(map(nice, workers)) > nice(publisher))


def test_nothing_outlives_a_supervisor_that_was_killed(serve: Callable[..., Service]) -> None:
    service = serve().wait()
    until(lambda: len(service.children()) == 2)
    children = service.children()
    service.process.kill()
    service.process.wait()
    # A process that has ended stays in the list, without its program, until init asks for its end.
    until(lambda: not any(Path(f"/proc/{child}/exe").exists() for child in children))
    serve(port=service.port).wait()


def test_a_second_serve_on_the_same_folder_is_safe(
    serve: Callable[..., Service], folder: Path
) -> None:
    one, two = serve().wait(), serve().wait()
    (folder / "articles/b.md").write_text(article("For Both"))
    until(lambda: one.shows("For Both") and two.shows("For Both"))
    one.end()
    (folder / "articles/c.md").write_text(article("For The Other"))
    until(lambda: two.shows("For The Other"))


def test_a_changed_configuration_is_gone_on_with(
    serve: Callable[..., Service], folder: Path
) -> None:
    service = serve().wait()
    config = folder / "config.toml"
    config.write_text(CONFIG + 'nonsense = "x"\n')
    until(lambda: "is not a key of [site]" in service.log.read_text())
    assert service.shows("<title>The Daily Quay</title>")
    config.unlink()
    config.write_text(CONFIG.replace("Daily", "Nightly"))
    until(lambda: service.shows("<title>The Nightly Quay</title>"))
    (folder / "articles/b.md").write_text(article("By The New One"))
    until(lambda: service.shows("By The New One"))


def test_a_store_that_is_taken_away_is_made_anew(
    serve: Callable[..., Service], folder: Path
) -> None:
    service = serve().wait()
    shutil.rmtree(folder / ".feedsvc")
    until((folder / ".feedsvc/store.sqlite").exists)
    (folder / "articles/b.md").write_text(article("After The Loss"))
    until(lambda: service.shows("After The Loss") and service.shows("The Tunnel Opens"))


def test_a_port_in_use_is_a_sentence(serve: Callable[..., Service]) -> None:
    one = serve().wait()
    two = serve(port=one.port)
    assert two.process.wait(30) == 1
    text = two.log.read_text()
    assert f"feedsvc: port {one.port} is already in use; choose another: " in text
    assert "Traceback" not in text


@pytest.mark.parametrize("server", ["gunicorn", "flask"])
def test_any_wsgi_server_will_do(folder: Path, server: str) -> None:
    port = free_port()
    commands = {
        "gunicorn": [
            "gunicorn",
            "--bind",
            f"127.0.0.1:{port}",
            "--workers",
            "2",
            "feedsvc.wsgi:app",
        ],
        "flask": ["flask", "--app", "feedsvc", "run", "--port", str(port)],
    }
    service = Service.__new__(Service)
    service.port = port
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *commands[server]],
            cwd=folder,
            stdout=log,
            stderr=log,
            env={**os.environ, "FEEDSVC_CONFIG": str(folder / "config.toml")},
        )
    try:
        until(lambda: service.shows("The Tunnel Opens"))
        (folder / "articles/b.md").write_text(article("Seen By Itself"))
        until(lambda: service.shows("Seen By Itself"))
    finally:
        process.send_signal(signal.SIGINT if server == "flask" else signal.SIGTERM)
        process.wait(30)


def test_the_end_loses_no_line_of_the_log_and_no_state_of_a_feed(
    serve: Callable[..., Service], folder: Path
) -> None:
    with (folder / "config.toml").open("a") as config:
        config.write('[log]\nrequests = "access.log"\n')
    (folder / "articles/world/b.md").write_text(article("Ferry"))
    service = serve().wait()
    (tag,) = {service.get("/world/rss.xml")[1]["etag"] for _ in range(3)}
    service.end()
    lines = (folder / "access.log").read_text().splitlines()
    assert sum('"GET /world/rss.xml HTTP/1.1" 200' in line for line in lines) == 3
    (folder / "articles/world/c.md").write_text(article("Tram"))
    again = serve().wait()
    until(lambda: again.shows("Tram", "/world/rss.xml"))
    answer = again.get("/world/rss.xml", If_None_Match=tag, A_IM="feed", User_Agent="newsboat/2")
    assert answer[0] == 226
    assert "Tram" in answer[2]
    assert "Ferry" not in answer[2]
