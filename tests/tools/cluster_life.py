"""The writers and readers of a cluster, and the rules that always hold."""

from __future__ import annotations

import json
import random
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any, NamedTuple, Self

from tests.tools.cluster import Cluster, Machine

SECTIONS = ("local", "local/port", "world")
FEEDS = ("/rss.xml", "/atom.xml", "/local/feed.json", "/world/rss.xml")
_MARK = re.compile(rb"\b([a-z]\d+) v(\d+)\b")
"""A story and its version, as headlines, texts and notes have it."""
_TIMEOUT = 12.0
"""Seconds after which a client gives an answer up, as an impatient one does."""
_PAUSE = 0.05
"""Seconds between two requests of a reader."""


class Answer(NamedTuple):
    """An answer, or none: its status is 0 then."""

    status: int
    etag: str
    body: bytes


NOTHING = Answer(0, "", b"")


def ask(
    port: int,
    method: str,
    path: str,
    body: object = None,
    headers: Mapping[str, str] = {},
    seconds: float = _TIMEOUT,
) -> Answer:
    """Return the answer of a server; NOTHING where there is none in time."""
    connection = HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.getheader("ETag") or "", answer.read())
    except (OSError, HTTPException):
        return NOTHING
    finally:
        connection.close()


def program(
    port: int,
    token: str,
    method: str,
    path: str,
    body: object = None,
    headers: Mapping[str, str] = {},
) -> Answer:
    """Return the answer of a server to a program that publishes."""
    sent = {"Authorization": f"Bearer {token}", **headers}
    if body is not None:
        merge = "merge-patch+" if method == "PATCH" else ""
        sent["Content-Type"] = f"application/{merge}json"
    return ask(port, method, f"/api/v1/{path}", body, sent)


def versions(body: bytes) -> dict[str, int]:
    """Return the newest version of each story in a document."""
    newest: dict[str, int] = {}
    for name, number in _MARK.findall(body):
        newest[name.decode()] = max(newest.get(name.decode(), 0), int(number))
    return newest


class Story(NamedTuple):
    """A story as its writer knows it."""

    name: str
    path: str
    acknowledged: int = 0
    """The last version that was answered."""
    tried: int = 0
    """The last version that was sent."""
    killed: bool = False


class Life:
    """Writers that publish, correct and kill by way of the balancer; a reader at each machine.

    :param writers: at the same time; each has stories of its own.
    """

    def __init__(self, cluster: Cluster, writers: int, seed: int = 1) -> None:
        self._cluster = cluster
        self._stop = threading.Event()
        self.faults: list[str] = []
        """Sentences about rules that did not hold."""
        self.writes, self.reads = Counter[int](), Counter[int]()
        """Answers by their status."""
        self.stories: dict[str, Story] = {}
        self._bodies: dict[tuple[str, str], bytes] = {}
        """Each feed by its ETag, which is the same on every machine."""
        self._threads = [
            threading.Thread(target=self._write, args=(chr(ord("a") + number), seed))
            for number in range(writers)
        ]
        for machine in cluster.machines:
            self._threads.append(threading.Thread(target=self._read, args=(machine,)))

    def __enter__(self) -> Self:
        """Start all writers and readers."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End all writers and readers."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _write(self, writer: str, seed: int) -> None:
        """Write a dozen stories, one after another; a new one takes the place of a killed one.

        All are in the feeds, which have 500 entries: no archive is closed.
        """
        chance = random.Random(f"{writer}{seed}")
        numbers = [*range(1, 13)]
        while not self._stop.wait(chance.uniform(0, 0.1)):
            place = chance.randrange(len(numbers))
            name = f"{writer}{numbers[place]}"
            path = f"{SECTIONS[numbers[place] % len(SECTIONS)]}/{name}"
            story = self._written(self.stories.get(name) or Story(name, path), chance)
            self.stories[name] = story
            if story.killed:
                numbers[place] = max(numbers) + 1

    def _written(self, story: Story, chance: random.Random) -> Story:
        """Return a story after one more write, if there is an answer before it."""
        there = self.api("GET", f"articles/{story.path}")
        if there.status not in (200, 404):
            return story
        record = json.loads(there.body) if there.status == 200 else {}
        version = versions(there.body).get(story.name, 0)
        story = story._replace(killed=record.get("status") == "canceled")
        if not story.acknowledged <= version <= story.tried:
            self.faults.append(f"{story} was acknowledged, and version {version} is there")
        if story.killed:
            return story._replace(acknowledged=version)
        number = story.tried + 1
        story = story._replace(tried=number)
        method, path, body = _change(story, chance.random(), new=there.status == 404)
        match = {"If-Match": there.etag} if there.status == 200 else {"If-None-Match": "*"}
        status = self.api(method, path, body, match).status
        self.writes[status] += 1
        if status in (200, 201):
            return story._replace(acknowledged=number, killed=path.startswith("acts/kill"))
        if status and status not in (409, 412, 429, 500, 502, 503, 504):
            self.faults.append(f"{method} {path} was answered {status}")
        return story

    def api(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] = {}
    ) -> Answer:
        """Return the answer of the balancer to a program."""
        port = self._cluster.balancer.port
        return program(port, self._cluster.token, method, path, body, headers)

    def _read(self, machine: Machine) -> None:
        """Ask one machine for feeds; a story never has an older version than before."""
        newest = defaultdict[str, dict[str, int]](dict)
        while not self._stop.wait(_PAUSE):
            for path in FEEDS:
                answer = ask(machine.port, "GET", path, seconds=3.0)
                self.reads[answer.status] += 1
                if answer.status == 200:
                    self._compare(machine.name, path, answer, newest[path])

    def _compare(self, name: str, path: str, answer: Answer, newest: dict[str, int]) -> None:
        seen = versions(answer.body)
        older = {
            story: (number, seen.get(story))
            for story, number in newest.items()
            if seen.get(story, 0) < number
        }
        if older:
            self.faults.append(f"{name}, {path}: older versions after newer ones: {older}")
        newest |= seen
        if self._bodies.setdefault((path, answer.etag), answer.body) != answer.body:
            self.faults.append(f"{name}, {path}: other bytes with the same ETag")

    def check_stories(self) -> None:
        """Note each story whose acknowledged version is not published in the end."""
        feed = versions(ask(self._cluster.machines[0].port, "GET", "/feed.json").body)
        for story in self.stories.values():
            record = self.api("GET", f"articles/{story.path}")
            version = versions(record.body).get(story.name, 0)
            if not story.acknowledged <= version <= story.tried:
                self.faults.append(f"{story} was acknowledged, and version {version} is there")
            if feed.get(story.name, 0) != version:
                self.faults.append(
                    f"{story}: {version} is there, {feed.get(story.name)} in the feed"
                )


def _change(story: Story, chance: float, *, new: bool) -> tuple[str, str, dict[str, Any]]:
    """Return a write of the next version of a story: method, path and content."""
    mark = f"{story.name} v{story.tried}"
    content = {"headline": f"Story {mark}", "body": f"Text of {mark}."}
    if new:
        return "PUT", f"articles/{story.path}", {**content, "published": "2026-11-20 08:30"}
    if chance < 0.6:
        return "PATCH", f"articles/{story.path}", content
    if chance < 0.95:
        return "POST", f"acts/correct/{story.path}", {"note": f"Corrected: {mark}."}
    return "POST", f"acts/kill/{story.path}", {"note": f"Withdrawn: {mark}."}
