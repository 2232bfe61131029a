"""The pages for operators, as any client at their address gets them."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

from feedsvc.web.admin import admin_pages
from feedsvc.web.app import create_app
from tests.conftest import Newsroom, article

HOST = "http://10.0.0.7:9464"


@pytest.fixture
def client(newsroom: Newsroom) -> Client:
    newsroom.write("world/a.md", article(slug="a b"))
    newsroom.sync()
    app = create_app(newsroom.config, newsroom.database, lambda: newsroom.now)
    return Client(admin_pages(app))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/livez", "ok"),
        ("/readyz", "ready"),
        ("/readyz?verbose", "ok       records        1 problems and notes"),
        ("/metrics", "feedsvc_problems 1.0"),
        ("/feeds", "articles/world/a.md"),
        ("/static/feedsvc.css", "{"),
    ],
)
def test_operators_see_all_of_their_pages(client: Client, path: str, text: str) -> None:
    answer = client.get(
        path, base_url=HOST, headers={"X-Forwarded-For": "192.0.2.1"}, buffered=True
    )
    assert answer.status_code == 200
    assert text in answer.text


@pytest.mark.parametrize("path", ["/", "/rss.xml", "/world/", "//metrics", "/metrics/", "/feeds/x"])
def test_all_else_is_elsewhere(client: Client, path: str) -> None:
    answer = client.get(path, base_url=HOST)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")
    assert answer.text == "404 Not Found: here are only /livez, /readyz, /metrics, /feeds.\n"


def test_no_header_makes_a_client_an_operator(newsroom: Newsroom) -> None:
    newsroom.sync()
    answer = newsroom.client().get(
        "/metrics", base_url=HOST, headers={"feedsvc.admin": "1", "X-Feedsvc-Admin": "1"}
    )
    assert answer.status_code == 404
