"""Servers that are busy, broken or no feedsvc, while a folder is sent to them."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from feedsvc.errors import FeedsvcError
from feedsvc.push.api_client import ATTEMPTS, ApiClient
from feedsvc.push.folder_push import FolderPush, Result
from feedsvc.push.local_folder import LocalFolder
from tests.conftest import article, png
from tests.tools.other_server import (
    OtherServer,
    Respond,
    one_after_the_other,
    silent_port,
    status,
)

COMPARE, BULK = "/api/v1/files/compare", "/api/v1/articles/bulk"
NAME = "articles/local/a.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "articles/local").mkdir(parents=True)
    (tmp_path / NAME).write_text(article("A"))
    return tmp_path


class Client:
    """A client of a server, which notes its waits instead of waiting."""

    def __init__(self, address: str) -> None:
        self.waits: list[tuple[str, float]] = []
        self.api = ApiClient(address, "fsk_x", lambda *it: self.waits.append(it))

    def call(self) -> tuple[int, bytes]:
        return self.api.call("POST", "/files/compare", b"{}", "application/json")


def problem(code: int, sentence: str, **headers: str) -> Respond:
    return status(code, json.dumps({"detail": f"{sentence}."}).encode(), **headers)


def lines(*values: Any) -> Respond:
    body = b"".join(json.dumps(it).encode() + b"\n" for it in values)
    return status(200, body)


def break_off(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"{")
    handler.close_connection = True


def test_a_busy_server_is_asked_again_when_it_wants(server: OtherServer) -> None:
    server.answers[COMPARE] = one_after_the_other(
        problem(503, "others are writing", Retry_After="7"),
        problem(429, "too many requests", Retry_After="60"),
        status(502),
        break_off,
        status(200, b"done"),
    )
    client = Client(server.url("/"))
    assert client.call() == (200, b"done")
    assert client.waits[:3] == [
        ("others are writing", 7.0),
        ("too many requests", 60.0),
        ("is answered 502", 4.0),
    ]
    assert len(client.waits) == 4
    assert {it[1]["authorization"] for it in server.requests} == {"Bearer fsk_x"}


def test_a_server_that_stays_busy_is_given_up(server: OtherServer) -> None:
    server.answers[COMPARE] = problem(503, "the disk is full")
    client = Client(server.url("/api/v1"))
    with pytest.raises(FeedsvcError, match=r"takes nothing now: the disk is full; run this again"):
        client.call()
    assert len(server.requests) == ATTEMPTS
    assert [seconds for _, seconds in client.waits] == [1, 2, 4, 8, 16, 32, 60]


def test_a_server_that_is_not_there_is_asked_again() -> None:
    with silent_port() as unused:
        port = unused.getsockname()[1]
    client = Client(f"http://127.0.0.1:{port}")
    with pytest.raises(FeedsvcError, match="does not answer as it should"):
        client.call()
    assert len(client.waits) == ATTEMPTS - 1


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (problem(401, "this token has expired"), "this token has expired"),
        (status(401, b"<html>"), "the token is not valid"),
        (status(308, Location="https://quay.example/"), "redirects to https://quay.example/; name"),
        (status(302), "redirects to another address"),
        (status(404), "is answered 404; is this the address of a feedsvc"),
        (status(500, b"[]"), "is answered 500"),
    ],
)
def test_other_answers_end_it_with_a_sentence(
    server: OtherServer, answer: Respond, sentence: str
) -> None:
    server.answers[COMPARE] = answer
    with pytest.raises(FeedsvcError, match=sentence):
        Client(server.url("/")).call()
    assert len(server.requests) == 1


def test_records_for_which_there_was_no_time_are_sent_again(
    server: OtherServer, folder: Path
) -> None:
    (folder / "articles/local/b.md").write_text(article("B"))
    server.answers[BULK] = one_after_the_other(
        lines({"status": 201}, {"status": 503, "detail": "others are writing"}),
        lines({"status": 201}),
    )
    client = Client(server.url("/"))
    push = FolderPush(LocalFolder(folder), client.api)
    names = [NAME, "articles/local/b.md"]
    assert [*push.send(names)] == [Result(name, "added") for name in names]
    assert client.waits == [("others are writing", 1.0)]
    assert [body.count(b'"file"') for _, _, body in server.requests] == [2, 1]


def send(server: OtherServer, folder: Path, *names: str) -> list[Result]:
    return [*FolderPush(LocalFolder(folder), Client(server.url("/")).api).send(names)]


def test_a_refusal_of_all_ends_it(server: OtherServer, folder: Path) -> None:
    server.answers[BULK] = problem(403, "this needs a token with the scope write")
    with pytest.raises(FeedsvcError, match=r"^this needs a token with the scope write$"):
        send(server, folder, NAME)
    server.answers[BULK] = status(413)
    with pytest.raises(FeedsvcError, match=r"^/articles/bulk is answered 413$"):
        send(server, folder, NAME)


def test_a_refused_picture_stops_no_other(server: OtherServer, folder: Path) -> None:
    (folder / "media").mkdir()
    for name, answer in {
        "a": problem(422, "is no picture"),
        "b": status(400),
        "c": status(201, b"{}"),
        "d": status(200, b"{}"),
    }.items():
        (folder / f"media/{name} é.png").write_bytes(png())
        server.answers[f"/api/v1/files/media/{name}%20%C3%A9.png"] = answer
    names = [it for it in LocalFolder(folder).names() if it.endswith("png")]
    results = send(server, folder, *names, "media/gone.png")
    assert [(it.effect, it.reason) for it in results] == [
        ("", "is no picture"),
        ("", "is answered 400"),
        ("added", ""),
        ("changed", ""),
        ("", "cannot be read: No such file or directory"),
    ]


def test_a_record_that_is_gone_meanwhile_is_named(server: OtherServer, folder: Path) -> None:
    [result] = send(server, folder, "articles/local/gone.md")
    assert result.reason == "cannot be read: No such file or directory"


def test_many_records_are_sent_in_parts_the_oldest_first(server: OtherServer, folder: Path) -> None:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        lines(*[{"status": 201}] * server.requests[-1][2].count(b'"file"'))(handler)

    names = [f"articles/local/{number}.md" for number in range(260)]
    for number, name in enumerate(names):
        day = f"{2260 - number}-01-01"
        keys = {"embargoed": day} if number % 2 else {"published": day}
        (folder / name).write_text(article("A", **keys))
    server.answers[BULK] = respond
    assert [it.name for it in send(server, folder, *names)] == names[::-1]
    assert len(server.requests) == 2


def test_files_are_compared_in_parts(server: OtherServer, folder: Path) -> None:
    for number in range(501):
        (folder / f"articles/local/{number}.md").write_text(article("A"))
    server.answers[COMPARE] = status(200, b'{"different": ["articles/local/7.md"]}')
    push = FolderPush(LocalFolder(folder), Client(server.url("/")).api)
    parts = [*push.different([*LocalFolder(folder).names()])]
    assert [(count, names) for count, names, _ in parts] == [
        (500, ["articles/local/7.md"]),
        (2, ["articles/local/7.md"]),
    ]
