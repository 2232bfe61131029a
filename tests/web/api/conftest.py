"""A newsroom with a client of its API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from feedsvc.model.publisher import Publisher, Scope
from feedsvc.publishing import tokens
from tests.conftest import NOW, Newsroom, article
from tests.tools.senders import CONFIGURED


class Api:
    """A client with a token."""

    def __init__(self, newsroom: Newsroom, *scopes: Scope, sections: tuple[str, ...] = ()) -> None:
        self.newsroom = newsroom
        name = f"cms {'-'.join(scopes)} {' '.join(sections)}".strip()
        publisher = Publisher(name=name, scopes=frozenset(scopes), sections=sections, created=NOW)
        self.token = tokens.issue(newsroom.database, publisher)
        self.client = newsroom.client()

    def call(self, method: str, path: str, value: Any = None, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        if value is not None:
            options["json"] = value
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **options)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, headers=named(headers))

    def put(self, article_id: str, value: Any, query: str = "", **headers: str) -> Any:
        return self.call("PUT", f"/articles/{article_id}{query}", value, headers=named(headers))

    def patch(self, article_id: str, value: Any, tag: str = "*", query: str = "") -> Any:
        headers = {"If-Match": tag}
        return self.call("PATCH", f"/articles/{article_id}{query}", value, headers=headers)

    def act(self, act: str, article_id: str, value: Any = None, query: str = "") -> Any:
        return self.call("POST", f"/acts/{act}/{article_id}{query}", value or {})


def named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


STORY = {"headline": "Harbour Opens", "published": "2026-11-21 08:30", "body": "Ships came in."}


@pytest.fixture
def newsroom(newsroom: Newsroom) -> Newsroom:
    newsroom.write("world/flood.md", article("Flood", "Water rose."))
    newsroom.sync()
    return newsroom


@pytest.fixture
def api(newsroom: Newsroom) -> Api:
    return Api(newsroom, "read", "write", "kill", "media")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A newsroom with sources, which all tests of a module share."""
    newsroom = Newsroom(tmp_path_factory.mktemp("shared"), CONFIGURED)
    newsroom.sync()
    yield newsroom
    newsroom.database.close()
