"""Answers as the bytes that are sent."""

from http import HTTPStatus
from typing import NamedTuple

from feedsvc.web.http.reply import Reply


class AnswerBytes(NamedTuple):
    """An answer as the bytes that are sent, without its date."""

    head: bytes
    """Up to the date."""
    body: bytes
    """Shared by all answers with it."""
    size: int
    status: int
    closes: bool
    """Whether the connection ends with it."""


def answer_bytes(answer: Reply, *, closes: bool) -> AnswerBytes:
    """Return a reply as it is sent."""
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    if closes:
        lines.append("Connection: close")
    head = "\r\n".join([*lines, "Date: "]).encode("latin-1")
    return AnswerBytes(head, answer.body, len(answer.body), answer.status, closes)
