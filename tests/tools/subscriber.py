"""A subscriber that obeys the WebSub Recommendation to the letter, and reports each deviation."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from werkzeug.test import TestResponse

from tests.tools.other_server import OtherServer, status

_LINK = re.compile(r'<([^>]*)>;\s*rel="?([a-z]+)"?')
_TYPES = {"rss.xml": "rss+xml", "atom.xml": "atom+xml", "feed.json": "feed+json"}

Post = Callable[[dict[str, str]], TestResponse]
"""Sends a form to the hub."""


class Delivery(NamedTuple):
    """A feed that was delivered."""

    body: bytes
    headers: dict[str, str]
    status: int
    """Of the answer."""


class Subscriber:
    """A callback of one server, and the feeds that it got.

    :param path: of the callback; its query must come back with each request.
    """

    def __init__(
        self, server: OtherServer, post: Post, topic: str, hub: str, path: str, secret: str = ""
    ) -> None:
        self.callback = server.url(path)
        self.topic = topic
        self.secret = secret
        self.willing = True
        """Whether it confirms its requests."""
        self.method = "sha256"
        self.answers: list[tuple[int, dict[str, str]]] = []
        """Statuses and headers of the next answers to deliveries; then 200."""
        self.deliveries: list[Delivery] = []
        self.verified: list[dict[str, str]] = []
        """The parameters of each verification."""
        self.denied: list[dict[str, str]] = []
        self.deviations: list[str] = []
        self._server = server
        self._post = post
        self._hub = hub
        self._path = path
        self.mode = ""
        """The mode of its last request."""

    def ask(self, mode: str, **more: str) -> TestResponse:
        """Send a request to the hub."""
        self.mode = mode
        fields = {"hub.mode": mode, "hub.topic": self.topic, "hub.callback": self.callback}
        fields |= {"hub.secret": self.secret} if self.secret else {}
        return self._post({**fields, **{f"hub.{name}": value for name, value in more.items()}})

    def subscribe(self, **more: str) -> Subscriber:
        answer = self.ask("subscribe", **more)
        assert answer.status_code == 202, answer.text  # §5.1.2
        return self

    def takes(self, path: str) -> bool:
        return path == self._path or path.startswith(f"{self._path}{self._separator}hub.")

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        if handler.command == "GET":
            self._verify(handler)
        else:
            self._deliver(handler)

    @property
    def bodies(self) -> list[str]:
        """Return the feeds that were delivered and taken, in order."""
        return [it.body.decode() for it in self.deliveries if it.status < 300]

    @property
    def _separator(self) -> str:
        return "&" if "?" in self._path else "?"

    def _expect(self, condition: object, rule: str) -> None:
        if not condition:
            self.deviations.append(rule)

    def _verify(self, handler: BaseHTTPRequestHandler) -> None:
        first = parse_qsl(urlsplit(self._path).query)
        pairs = parse_qsl(urlsplit(handler.path).query, keep_blank_values=True)
        self._expect(pairs[: len(first)] == first, "§5.3: the callback's own parameters come back")
        names = [name for name, _ in pairs[len(first) :]]
        self._expect(len(set(names)) == len(names), "§5.3: each parameter is there once")
        given = dict(pairs)
        self._expect(given.get("hub.topic") == self.topic, "§5.3: hub.topic is the one asked for")
        if given.get("hub.mode") == "denied":
            self.denied.append(given)
            status(200)(handler)
            return
        self.verified.append(given)
        self._expect(given.get("hub.challenge"), "§5.3: there is a challenge")
        self._expect(given.get("hub.mode") == self.mode, "§5.3: hub.mode is the one asked for")
        lease = given.get("hub.lease_seconds", "")
        if self.mode == "subscribe":
            self._expect(lease.isdigit() and int(lease) > 0, "§5.3: hub.lease_seconds is a number")
        if self.willing:
            status(200, given["hub.challenge"].encode())(handler)
        else:
            status(404)(handler)

    def _deliver(self, handler: BaseHTTPRequestHandler) -> None:
        request = f"POST {self._path}"
        body = next(it[2] for it in reversed(self._server.requests) if it[0] == request)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        kind = _TYPES[self.topic.rpartition("/")[2]]
        self._expect(
            headers["content-type"] == f"application/{kind}; charset=utf-8",
            "§7: the type is that of the topic",
        )
        links = {rel: url for url, rel in _LINK.findall(headers.get("link", ""))}
        self._expect(links == {"self": self.topic, "hub": self._hub}, "§7: the links are right")
        if self.secret:
            digest = hmac.new(self.secret.encode(), body, self.method).hexdigest()
            signature = headers.get("x-hub-signature")
            self._expect(signature == f"{self.method}={digest}", "§7.1: the signature is right")
        else:
            self._expect("x-hub-signature" not in headers, "§7.1: nothing is signed")
        code, more = self.answers.pop(0) if self.answers else (200, {})
        self.deliveries.append(Delivery(body, headers, code))
        status(code, b"", **more)(handler)


class Subscribers:
    """All subscribers of a server."""

    def __init__(self, server: OtherServer, post: Post, hub: str) -> None:
        self.server = server
        self._post = post
        self._hub = hub
        self.all: list[Subscriber] = []
        server.other = self.respond

    def new(self, topic: str, path: str, secret: str = "") -> Subscriber:
        self.all.append(Subscriber(self.server, self._post, topic, self._hub, path, secret))
        return self.all[-1]

    @property
    def deviations(self) -> list[str]:
        return [rule for subscriber in self.all for rule in subscriber.deviations]

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        next((it.respond for it in self.all if it.takes(handler.path)), status(404))(handler)
