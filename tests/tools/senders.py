"""Systems that send their articles, as far as the doors for them see: signed requests."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from io import BytesIO
from typing import Any

import pytest

from tests.conftest import CONFIG, NOW, MakeNewsroom, Newsroom

SECRET = "a-secret-of-the-desk"
SOURCES = f"""
[[sources]]
name = "desk"
kind = "superdesk"
secret = "{SECRET}"
default_section = "local"
[sources.sections]
s = "sport"
"medtop:15*" = "sport"
"town-*" = "local/*"
Politics = "world"

[[sources]]
name = "blog"
kind = "ghost"
secret = "{SECRET}"
credit = "Photo: (.+)$"
default_section = "local"
[sources.sections]
"*" = "*"

[[sources]]
name = "studio"
kind = "sanity"
secret = "{SECRET}"

[[sources]]
name = "flows"
kind = "directus"
secret = "{SECRET}"

[[sources]]
name = "space"
kind = "contentful"
secret = "{SECRET}"

[[sources]]
name = "strapi"
kind = "strapi"
secret = "{SECRET}"
default_section = "local"
[sources.fields]
headline = "title"
body = "content"
image = "cover"

[[sources]]
name = "hooks"
kind = "webhook"
secret = "whsec_{base64.b64encode(SECRET.encode()).decode()}"
"""
CONFIGURED = CONFIG + SOURCES


@pytest.fixture
def newsroom(make_newsroom: MakeNewsroom) -> Newsroom:
    """Return a newsroom with these sources. Modules that want it name it as their own."""
    newsroom = make_newsroom("quay", CONFIGURED)
    newsroom.sync()
    return newsroom


def entries(newsroom: Newsroom, section: str = "") -> list[dict[str, Any]]:
    """Return the entries of a JSON Feed."""
    return json.loads(newsroom.text(section, "json"))["items"]


def results(answer: Any) -> list[str]:
    """Return the result of each article in an answer that is no refusal."""
    assert answer.status_code in (200, 201), answer.json
    return [it["result"] for it in answer.json["items"]]


class Sender:
    """A system that sends to one source."""

    def __init__(self, newsroom: Newsroom, name: str) -> None:
        self.client = newsroom.client()
        self.newsroom = newsroom
        self.address = f"/api/v1/hooks/{name}"

    def post(self, body: bytes, path: str = "", **headers: str) -> Any:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.client.post(
            self.address + path, data=body, headers={"Content-Type": "application/json", **named}
        )


def encoded(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


class Superdesk(Sender):
    """The ``http_push`` of Superdesk."""

    def __init__(self, newsroom: Newsroom, name: str = "desk") -> None:
        super().__init__(newsroom, name)

    def send(self, item: Any) -> Any:
        body = encoded(item)
        return self.post(body, X_Superdesk_Signature=self.signature(body))

    def signature(self, body: bytes) -> str:
        return "sha1=" + hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()

    def has(self, media_id: str) -> int:
        return self.client.get(f"{self.address}/assets/{media_id}").status_code

    def upload(self, media_id: str, data: bytes, name: str = "media") -> Any:
        from werkzeug.test import EnvironBuilder

        builder = EnvironBuilder(
            method="POST", data={"media_id": media_id, name: (BytesIO(data), "picture.jpg")}
        )
        environ = builder.get_environ()
        body = environ["wsgi.input"].read()
        return self.client.post(
            f"{self.address}/assets",
            data=body,
            headers={
                "Content-Type": environ["CONTENT_TYPE"],
                "X-Superdesk-Signature": self.signature(body),
            },
        )


class Ghost(Sender):
    """The webhooks of Ghost, which sign the body and the time, or the body alone."""

    def __init__(self, newsroom: Newsroom, name: str = "blog") -> None:
        super().__init__(newsroom, name)

    def send(self, post: Any, *, signs_time: bool = True, seconds: float = 0) -> Any:
        body, time = encoded(post), str(round((NOW.timestamp() + seconds) * 1000))
        text = body + time.encode() if signs_time else body
        digest = hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest()
        return self.post(body, X_Ghost_Signature=f"sha256={digest}, t={time}")
