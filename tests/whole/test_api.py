"""Publish over HTTP in a real ``feedsvc serve``: the documented calls, and many at once."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from feedsvc.cli import main
from tests.conftest import png
from tests.tools.service import Service, serve_sample

WRITERS = int(os.environ.get("FEEDSVC_API_WRITERS", "30"))
DOCUMENTATION = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = serve_sample(tmp_path)
    yield service
    service.end()


def token(root: Path) -> str:
    words = ["token", "create", "cms", "--scope", "admin"]
    environ = {"FEEDSVC_CONFIG": str(root / "config.toml")}
    result = CliRunner().invoke(main, words, env=environ)
    assert result.exit_code == 0
    return result.stdout.strip()


def call(
    service: Service, secret: str, method: str, path: str, value: Any = None, **headers: str
) -> tuple[int, Any, dict[str, str]]:
    connection = HTTPConnection("127.0.0.1", service.port, timeout=60)
    try:
        connection.request(
            method,
            f"/api/v1{path}",
            None if value is None else json.dumps(value),
            {
                "Authorization": f"Bearer {secret}",
                "Content-Type": "application/json",
                **{name.replace("_", "-"): text for name, text in headers.items()},
            },
        )
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read()), dict(answer.getheaders())
    finally:
        connection.close()


def test_the_calls_of_the_documentation_work(service: Service, tmp_path: Path) -> None:
    (tmp_path / "ferry.png").write_bytes(png())
    calls = re.findall(r"```bash\n(.*?)```", DOCUMENTATION.read_text(), re.DOTALL)
    assert len(calls) == 10
    environ = {
        **os.environ,
        "URL": f"http://127.0.0.1:{service.port}/api/v1",
        "AUTH": f"Authorization: Bearer {token(tmp_path)}",
    }
    for command in calls:
        script = command.replace("curl ", "curl -sS --fail-with-body ")
        run = subprocess.run(
            ["bash", "-c", script],
            env=environ,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, (command, run.stdout, run.stderr)
    feed = service.get("/local/rss.xml")[2]
    assert "There was no ferry." in feed
    assert "Pier Closed" in feed
    log = service.end()
    assert "fsk_" not in log


def test_a_reader_who_asks_next_has_the_change(service: Service, tmp_path: Path) -> None:
    secret = token(tmp_path)
    for number in range(40):
        value = {"headline": f"Version {number}", "published": "2026-11-21 08:30"}
        status, result, _ = call(service, secret, "PUT", "/articles/local/fast", value)
        assert (status, len(result["changes"])) == (200 if number else 201, 1)
        assert f"Version {number}<" in service.get("/local/rss.xml")[2]


def test_of_writers_that_meet_one_wins_and_the_others_hear_of_it(
    service: Service, tmp_path: Path
) -> None:
    secret = token(tmp_path)
    story = {"headline": "Meeting", "published": "2026-11-21 08:30", "body": "0"}
    _, _, headers = call(service, secret, "PUT", "/articles/local/meeting", story)
    statuses: list[int] = []
    kept: list[int] = []

    def write(number: int) -> None:
        other = {**story, "headline": f"Own {number}"}
        kept.append(call(service, secret, "PUT", f"/articles/local/own-{number}", other)[0])
        value = {**story, "body": f"By {number}"}
        path, tag = "/articles/local/meeting", headers["etag"]
        statuses.append(call(service, secret, "PUT", path, value, If_Match=tag)[0])

    writers = [threading.Thread(target=write, args=[number]) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(statuses) == [200, *[412] * (WRITERS - 1)]
    assert kept == [201] * WRITERS
    feed = service.get("/local/rss.xml")[2]
    shown = [f"Own {number}<" in feed for number in range(WRITERS)]
    assert sum(shown) >= min(WRITERS, 30)
    for number in range(WRITERS):
        value = call(service, secret, "GET", f"/articles/local/own-{number}")[1]
        assert value["headline"] == f"Own {number}"
