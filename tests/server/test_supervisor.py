"""Real processes: each trouble of the service heals by itself, and operators see it meanwhile."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from feedsvc.store.change_counter import ChangeCounter
from feedsvc.store.sqlite import FILE_NAME
from tests.conftest import CONFIG, article
from tests.tools.service import Service, free_port, until

KILLED = article("Libel", status="canceled", note="Wrong.")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "newsroom"
    (folder / "articles").mkdir(parents=True)
    (folder / "config.toml").write_text(CONFIG)
    (folder / "articles" / "a.md").write_text(article("Alpha"))
    (folder / "articles" / "libel.md").write_text(article("Libel"))
    return folder


@pytest.fixture
def service(root: Path) -> Iterator[Service]:
    service = Service(root, "--workers", "2").wait()
    yield service
    service.end()


def publisher(service: Service) -> int:
    return max(service.children())


def detail(service: Service, subject: str) -> str:
    text = service.get("/readyz?verbose")[2]
    return next(line for line in text.splitlines() if f" {subject} " in line)


def metric(service: Service, name: str) -> float:
    match = re.search(rf"^feedsvc_{name} (\S+)$", service.get("/metrics")[2], re.MULTILINE)
    assert match
    return float(match[1])


def doctor(service: Service) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "feedsvc", "doctor"],
        cwd=service.root,
        env={**os.environ, "FEEDSVC_CONFIG": str(service.root / "config.toml")},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout


def test_a_store_that_is_moved_away_is_made_anew_and_the_service_goes_on(service: Service) -> None:
    state = service.root / ".feedsvc"
    (service.root / "articles" / "libel.md").write_text(KILLED)
    until(lambda: not service.shows(">Libel<"))
    with (state / FILE_NAME).open("r+b") as store:
        store.write(os.urandom(100))
    (service.root / "articles" / "b.md").write_text(article("Beta"))
    before = service.children()
    for end in ("", "-wal", "-shm"):
        if (state / f"{FILE_NAME}{end}").exists():
            (state / f"{FILE_NAME}{end}").rename(service.root / f"old{end}")
    until(lambda: service.shows(">Beta<"))
    until(lambda: not set(before) & set(service.children()) and len(service.children()) == 3)
    for _ in range(20):
        assert service.shows(">Alpha<")
        assert not service.shows(">Libel<")
    os.kill(service.children()[0], signal.SIGKILL)
    until(lambda: len(service.children()) == 3)
    assert service.get("/livez")[0] == 200
    service.process.terminate()
    assert service.process.wait(15) == 0


def test_where_the_change_counter_is_lost_every_worker_hears_of_a_kill(service: Service) -> None:
    for _ in range(20):  # both workers have it ready
        assert service.shows(">Libel<")
    (service.root / ".feedsvc" / "pulse").unlink()
    ChangeCounter(service.root / ".feedsvc" / "pulse")  # as a command of the desk makes one
    (service.root / "articles" / "libel.md").write_text(KILLED)
    until(lambda: not service.shows(">Libel<"), 10)
    until(lambda: not any(service.shows(">Libel<") for _ in range(20)), 10)


def test_a_publisher_that_hangs_is_seen(service: Service) -> None:
    # Workers answer before the publisher, which imports more, has the lock of publishers.
    until(lambda: "ok       publisher " in doctor(service))
    assert detail(service, "publisher").startswith("ok")
    os.kill(publisher(service), signal.SIGSTOP)
    try:
        until(lambda: detail(service, "publisher").startswith("problem"))
        assert metric(service, "publisher_age_seconds") >= 15
        silent = "problem  publisher      a process should publish, but has"
        until(lambda: silent in doctor(service))
        assert service.get("/readyz")[::2] == (200, "ready\n")
    finally:
        os.kill(publisher(service), signal.SIGCONT)
    until(lambda: detail(service, "publisher").startswith("ok"))
    assert metric(service, "publisher_age_seconds") < 15


def test_a_refused_configuration_is_seen_until_it_is_right(service: Service) -> None:
    file = service.root / "config.toml"
    assert metric(service, "config_refused_seconds") == 0
    file.write_text(CONFIG + "[admin]\nlisten = '192.0.2.1:9464'\n")  # of another machine
    until(lambda: detail(service, "configuration").startswith("problem"))
    assert "cannot listen at 192.0.2.1" in detail(service, "configuration")
    until(lambda: metric(service, "config_refused_seconds") > 1)
    assert "problem  configuration  " in doctor(service)
    file.write_text(CONFIG)
    until(lambda: detail(service, "configuration").startswith("ok"))
    assert metric(service, "config_refused_seconds") == 0
    assert service.log.read_text().count("the change has errors") == 1


def test_a_newsroom_that_is_renamed_and_back_is_served_on(service: Service, root: Path) -> None:
    away = root.rename(root.with_name("elsewhere"))
    until(lambda: "the change has errors" in (away / "serve.log").read_text())
    assert service.get("/rss.xml")[0] == 200
    os.kill(service.children()[0], signal.SIGKILL)
    until(lambda: "newsroom is not there; bring it back" in (away / "serve.log").read_text())
    away.rename(root)
    until(lambda: detail(service, "configuration").startswith("ok"))
    (root / "articles" / "b.md").write_text(article("Beta"))
    until(lambda: all(service.shows(">Beta<") for _ in range(20)))
    assert "Traceback" not in service.log.read_text()


def ask(port: int, path: str, host: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": host, "X-Forwarded-For": "192.0.2.1"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_operators_have_an_address_of_their_own(service: Service) -> None:
    host, old, new = "feeds.quay.example", free_port(), free_port()
    assert ask(service.port, "/metrics", host)[0] == 404
    file, before = service.root / "config.toml", service.children()
    file.write_text(f'{CONFIG}[admin]\nlisten = "127.0.0.1:{old}"\n')
    until(lambda: ask(old, "/metrics", host)[0] == 200)
    until(lambda: not set(before) & set(service.children()) and len(service.children()) == 4)
    assert "ok       publisher " in ask(old, "/readyz?verbose", host)[1]
    assert "publisher" not in ask(service.port, "/readyz?verbose", host)[1]
    assert ask(old, "/feeds", host)[0] == 200
    assert ask(old, "/static/feedsvc.css", host)[0] == 200
    assert ask(old, "/rss.xml", host)[0] == 404
    file.write_text(f'{CONFIG}[admin]\nlisten = "127.0.0.1:{new}"\n')
    until(lambda: ask(new, "/metrics", host)[0] == 200)
    with pytest.raises(OSError):  # noqa: PT011  of any kind
        ask(old, "/metrics", host)
