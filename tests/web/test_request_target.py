"""Who asks: a program on this machine, or a client anywhere, perhaps through a proxy."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
"""The headers by which a proxy says that it asks for another."""


@pytest.fixture
def faulty(make_newsroom: MakeNewsroom) -> Newsroom:
    """Return a newsroom that has a problem, and lets a client fetch each feed once an hour."""
    newsroom = make_newsroom("faulty", CONFIG + "[limits]\nrepeats = 1\n")
    newsroom.write("world/a.md", article("Tunnel"))
    newsroom.write("world/wrong.md", article("[A] wrong"))
    newsroom.sync()
    return newsroom


def ask(newsroom: Newsroom, path: str, host: str, header: str, **environ: str) -> Any:
    headers = {header: "192.0.2.7"} if header else {}
    base = f"http://{host}"
    return newsroom.client().get(path, base_url=base, headers=headers, environ_overrides=environ)


def is_taken_as_local(newsroom: Newsroom, host: str, header: str, **environ: str) -> bool:
    """Return whether the counters and the problems of records are shown, or neither is."""
    metrics = ask(newsroom, "/metrics", host, header, **environ)
    page = ask(newsroom, "/feeds", host, header, **environ)
    shown = "put the headline in quotes" in page.text
    assert metrics.status_code == (200 if shown else 404)
    return shown


@pytest.mark.parametrize("protocol", ["HTTP/1.0", "HTTP/1.1"])
@pytest.mark.parametrize("header", ["", *FORWARDED])
@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "192.0.2.7", ""])
def test_counters_and_problems_are_shown_to_this_machine_alone(
    faulty: Newsroom, address: str, header: str, protocol: str
) -> None:
    environ = {"REMOTE_ADDR": address, "SERVER_PROTOCOL": protocol}
    local = address in ("127.0.0.1", "::1") and not header and protocol == "HTTP/1.1"
    assert is_taken_as_local(faulty, "localhost:8000", header, **environ) is local


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("127.0.0.1:8000", True),
        ("[::1]", True),
        ("[::1]:8000", True),
        ("feeds.quay.example", False),
        ("192.0.2.7", False),
    ],
)
def test_this_machine_asks_itself_by_a_name_of_its_own(
    faulty: Newsroom, host: str, local: bool
) -> None:
    assert is_taken_as_local(faulty, host, "", REMOTE_ADDR="127.0.0.1") is local


@pytest.mark.parametrize("protocol", ["HTTP/1.0", "HTTP/1.1"])
@pytest.mark.parametrize("header", ["", *FORWARDED])
@pytest.mark.parametrize("address", ["127.0.0.1", "192.0.2.7"])
@pytest.mark.parametrize("path", ["/world/rss.xml", "/archive/1/rss.xml"])
def test_a_proxy_of_this_machine_may_fetch_a_feed_again_and_again(
    faulty: Newsroom, path: str, address: str, header: str, protocol: str
) -> None:
    environ = {"REMOTE_ADDR": address, "SERVER_PROTOCOL": protocol}
    faulty.client().get(path, headers={"If-None-Match": "x"})  # made, so that both paths answer it
    asked = [ask(faulty, path, "feeds.quay.example", header, **environ) for _ in range(2)]
    direct = address != "127.0.0.1" or (not header and protocol == "HTTP/1.1")
    assert [answer.status_code for answer in asked] == [200, 429 if direct else 200]
