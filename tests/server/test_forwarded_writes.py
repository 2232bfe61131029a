"""Requests that another process answers get the same answers, and none is lost where that ends."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Event, Thread, current_thread
from typing import Any, TypeVar

import pytest
from a2wsgi import WSGIMiddleware
from flask import Flask

from feedsvc.errors import StoreError
from feedsvc.publishing import tokens
from feedsvc.server import forwarded_writes
from feedsvc.server.forwarded_writes import ForwardedWrites, WriterLink, WriteService
from feedsvc.web.app import create_app
from tests.conftest import Newsroom, article
from tests.publishing.test_article_writer import STORY, WRITE

ARTICLES = "/api/v1/articles"
Result = TypeVar("Result")


class Reply:
    """An answer as ASGI has it."""

    def __init__(self) -> None:
        self.status, self.body = 0, b""
        self.headers: dict[str, str] = {}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        self.body += message.get("body", b"")


class Worker:
    """The application of a worker, and of the process at the other end, here in threads."""

    def __init__(self, newsroom: Newsroom) -> None:
        self.newsroom = newsroom
        self.link = WriterLink()
        self.threads: list[str] = []
        """The threads that asked for the time, as each request does that needs a token."""
        self.token = tokens.issue(newsroom.database, WRITE.by)
        self.alone = WSGIMiddleware(self._app())  # pyright: ignore[reportArgumentType]
        self.app = ForwardedWrites(self.alone, self.link)
        self.service = WriteService(self._app, self.link)

    def _app(self) -> Flask:
        def clock() -> datetime:
            self.threads.append(current_thread().name)
            return self.newsroom.now

        return create_app(self.newsroom.config, self.newsroom.database, clock)

    async def ask(self, method: str, path: str, body: Any = None, app: Any = None) -> Reply:
        """Ask the application, or another one."""
        data = b"" if body is None else json.dumps(body).encode()
        first, second = data[: len(data) // 2], data[len(data) // 2 :]
        messages = [
            {"type": "http.request", "body": first, "more_body": True},
            {"type": "http.request", "body": second},
        ]

        async def receive() -> Any:
            return messages.pop(0)

        reply = Reply()
        await (app or self.app)(self.scope(method, path, len(data)), receive, reply.send)
        return reply

    def scope(self, method: str, path: str, length: int, **headers: str) -> dict[str, Any]:
        fields = {
            "host": "feeds.quay.example",
            "authorization": f"Bearer {self.token}",
            "content-type": "application/json",
            "content-length": str(length),
            "if-match": "*",
            **headers,
        }
        if method in ("PUT", "POST"):
            del fields["if-match"]
        return {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in fields.items()],
            "client": ("127.0.0.1", 40000),
            "server": ("127.0.0.1", 8080),
        }

    def run(self, *requests: tuple[Any, ...]) -> list[Reply]:
        """Ask one after the other in one loop."""

        async def go() -> list[Reply]:
            return [await self.ask(*request) for request in requests]

        self.threads.clear()
        return self.complete(go())

    def complete(self, task: Coroutine[Any, Any, Result]) -> Result:
        """Run a task to its end, and close its connections."""

        async def go() -> Result:
            result = await task
            for _, writer in self.app._idle:
                writer.close()
            await asyncio.sleep(0)  # the loop closes them
            return result

        return asyncio.run(go())

    def elsewhere(self) -> bool:
        """Return whether all has been done at the other end."""
        return set(self.threads) == {"write"}


@pytest.fixture
def worker(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Worker:
    monkeypatch.setattr(forwarded_writes, "_PATIENCE", 5)
    newsroom.write("a.md", article("Alpha"))
    newsroom.sync()
    return Worker(newsroom)


PUT = "PUT", f"{ARTICLES}/b", STORY
CHANGES = (
    PUT,
    ("PATCH", f"{ARTICLES}/a", {"headline": "Beta"}),
    ("POST", ARTICLES, {**STORY, "headline": "Gamma"}),
    ("POST", "/api/v1/acts/correct/b", {"note": "It was another day."}),
    ("DELETE", f"{ARTICLES}/a"),
)


def test_every_write_is_answered_at_the_other_end(worker: Worker) -> None:
    worker.service.start()
    assert [it.status for it in worker.run(*CHANGES)] == [201, 200, 201, 200, 200]
    assert worker.elsewhere()
    text = worker.newsroom.text()
    assert [name in text for name in ("Alpha", "Beta", "Gamma")] == [False, False, True]


def test_all_else_is_answered_here(worker: Worker) -> None:
    worker.service.start()
    compared = {"files": {}}
    requests = [
        ("GET", f"{ARTICLES}/a"),
        ("POST", "/api/v1/files/compare", compared),
        ("POST", f"{ARTICLES}/bulk", {"id": "c", **STORY}),
        ("PUT", f"{ARTICLES}/c", {**STORY, "body": "word " * 40_001}),
    ]
    worker.run(*requests)
    assert "write" not in worker.threads
    assert worker.service.app is None


@pytest.mark.parametrize("header", ["transfer-encoding", "expect"])
def test_a_body_that_may_not_come_is_left_to_the_application(worker: Worker, header: str) -> None:
    scope = worker.scope("PUT", f"{ARTICLES}/b", 0)
    assert forwarded_writes._is_forwarded(scope)
    assert not forwarded_writes._is_forwarded(
        {**scope, "headers": [*scope["headers"], (header.encode(), b"x")]}
    )


def test_a_request_without_a_token_is_refused_before_its_body_has_come(worker: Worker) -> None:
    worker.service.start()
    scope = worker.scope("PUT", f"{ARTICLES}/b", 99)
    scope["headers"] = [it for it in scope["headers"] if it[0] != b"authorization"]
    assert worker.complete(unsent(worker, scope)).status == 401


def test_so_many_slow_bodies_hold_up_no_others(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarded_writes, "_MOST", 1)
    worker.service.start()
    scope = worker.scope("PUT", f"{ARTICLES}/b", 99, authorization="Bearer fsk_none")

    async def go() -> int:
        slow = asyncio.create_task(unsent(worker, scope))
        await asyncio.sleep(0)
        refused = await unsent(worker, scope)
        slow.cancel()
        return refused.status

    assert worker.complete(go()) == 401


async def unsent(worker: Worker, scope: dict[str, Any]) -> Reply:
    """Return the answer to a request whose body does not come."""
    reply = Reply()

    async def receive() -> Any:
        await asyncio.sleep(30)

    await worker.app(scope, receive, reply.send)
    return reply


def test_an_answer_is_the_same_as_here(worker: Worker) -> None:
    worker.service.start()

    async def go() -> None:
        for request in (
            ("PUT", f"{ARTICLES}/b", {"headline": "", "sumary": "x"}),
            ("PATCH", f"{ARTICLES}/none", {}),
            ("PATCH", f"{ARTICLES}/a", {"sumary": "x"}),
            ("POST", "/api/v1/hooks/none", {}),
        ):
            there, here = [await worker.ask(*request, app) for app in (None, worker.alone)]
            for reply in there, here:
                reply.headers.pop("ratelimit", None)  # each takes one of them
            assert (there.status, there.headers) == (here.status, here.headers)
            assert there.body == here.body

    worker.complete(go())


def test_a_process_writes_itself_while_there_is_no_other(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarded_writes, "_PATIENCE", 0.01)
    assert [it.status for it in worker.run(*CHANGES)] == [201, 200, 201, 200, 200]
    assert "write" not in worker.threads


def ends(link: WriterLink, *steps: Callable[[socket.socket], object]) -> Thread:
    """Take a connection, carry out steps with it, and close it."""

    def run() -> None:
        with link.accept() as connection:
            for step in steps:
                step(connection)

    thread = Thread(target=run, daemon=True)
    thread.start()
    return thread


def ready(connection: socket.socket) -> None:
    connection.sendall(b"+")


def test_a_program_is_asked_to_try_again_where_the_process_ended(worker: Worker) -> None:
    ends(worker.link, ready, lambda it: it.recv(1000))
    (reply,) = worker.run(PUT)
    assert (reply.status, reply.headers["retry-after"]) == (503, "2")
    assert json.loads(reply.body)["detail"].endswith("does not answer; look, and try again.")
    worker.service.start()
    (reply,) = worker.run(PUT)
    assert reply.status == 201
    assert worker.elsewhere()


def test_a_program_is_asked_to_try_again_where_the_process_stands_still(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarded_writes, "_LONGEST", 0.05)
    over = Event()
    ends(worker.link, ready, lambda _: over.wait(30))
    (reply,) = worker.run(PUT)
    over.set()
    assert reply.status == 503


def test_a_request_that_came_in_part_is_not_carried_out(worker: Worker) -> None:
    worker.service.start()
    request = forwarded_writes._Request(
        worker.scope("PUT", f"{ARTICLES}/b", 2), json.dumps(STORY).encode(), time.monotonic() + 60
    )

    async def go() -> bytes:
        stream = await worker.link.connect()
        assert stream
        stream[1].write(forwarded_writes._message(request)[:-1])
        stream[1].write_eof()
        answer = await stream[0].read()
        stream[1].close()
        return answer

    assert worker.complete(go()) == b""
    assert worker.threads == []


def test_a_request_of_long_ago_is_not_carried_out(worker: Worker) -> None:
    worker.service.start()
    request = forwarded_writes._Request(
        worker.scope("PUT", f"{ARTICLES}/b", 2), json.dumps(STORY).encode(), time.monotonic() - 1
    )

    async def go() -> bytes:
        stream = await worker.link.connect()
        assert stream
        stream[1].write(forwarded_writes._message(request))
        answer = await stream[0].read()
        stream[1].close()
        return answer

    assert worker.complete(go()) == b""
    assert worker.threads == []


@pytest.mark.parametrize("cause", ["no more files", "the store is away"])
def test_a_process_that_cannot_take_a_connection_takes_the_next(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, cause: str
) -> None:
    monkeypatch.setattr(forwarded_writes, "_PATIENCE", 0.1)
    monkeypatch.setattr(forwarded_writes, "_ALONE", 0)
    errors = [StoreError(cause) if "store" in cause else OSError(cause)]

    accept, make = worker.link.accept, worker.service._make

    def taken() -> socket.socket:
        connection = accept()
        if errors:
            connection.close()
            raise errors.pop()
        return connection

    def made() -> Flask:
        if errors:
            raise errors.pop()
        return make()

    if "store" in cause:
        worker.service._make = made
    else:
        monkeypatch.setattr(worker.link, "accept", taken)
    worker.service.start()
    assert worker.run(PUT)[0].status == 201
    assert "write" not in worker.threads
    assert cause in caplog.text
    monkeypatch.setattr(forwarded_writes, "_PATIENCE", 5)
    assert worker.run(PUT)[0].status == 200
    assert worker.elsewhere()


def test_a_connection_that_has_ended_is_not_used_again(worker: Worker) -> None:
    answer = forwarded_writes._message(forwarded_writes._Answer(201, [], b""))

    async def go() -> list[Reply]:
        steps = ready, lambda it: it.recv(9999), lambda it: it.sendall(answer)
        process = ends(worker.link, *steps)
        first = await worker.ask(*PUT)
        process.join(30)
        await asyncio.sleep(0.05)  # so that the loop sees the end
        worker.service.start()
        return [first, await worker.ask(*PUT)]

    assert [bool(it.body) for it in worker.complete(go())] == [False, True]
    assert worker.elsewhere()


def test_a_connection_that_is_refused_is_none(worker: Worker) -> None:
    ends(worker.link)

    assert worker.complete(worker.link.connect()) is None


def test_no_number_of_processes_that_wait_holds_up_another(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarded_writes, "_PATIENCE", 0)

    async def go() -> set[Any]:
        return {await worker.link.connect() for _ in range(500)}

    assert worker.complete(go()) == {None}


def test_a_client_that_leaves_writes_nothing(worker: Worker) -> None:
    worker.service.start()
    messages = [{"type": "http.request", "body": b"{", "more_body": True}]

    async def receive() -> Any:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    reply = Reply()
    scope = worker.scope("PUT", f"{ARTICLES}/b", 99)
    worker.complete(worker.app(scope, receive, reply.send))
    assert (reply.status, worker.threads) == (0, [])


def test_a_write_ends_before_its_process(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, end = Event(), Event()

    def wait(_app: object, _request: object) -> forwarded_writes._Answer:
        begun.set()
        assert end.wait(30)
        return forwarded_writes._Answer(201, [], b"")

    monkeypatch.setattr(forwarded_writes, "_answer", wait)
    worker.service.start()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(worker.run, PUT)
        assert begun.wait(30)
        drained = pool.submit(worker.service.drain)
        assert not drained.done()
        end.set()
        assert first.result(30)[0].status == 201
        drained.result(30)
