"""Answers as the bytes that are sent, without their date."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

from feedsvc.web.http.reply import Reply

END_OF_HEAD = b"\r\n\r\n"
"""The bytes between the date, which is the last header, and the body."""


class AnswerBytes(NamedTuple):
    """An answer without its date."""

    head: bytes
    """Up to the date."""
    body: bytes
    """Shared by all answers with it."""
    size: int
    status: int
    closes: bool
    """Whether the connection ends with it."""


def answer_bytes(reply: Reply, *, closes: bool) -> AnswerBytes:
    """Return a reply as it is sent."""
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    if closes:
        lines.append("Connection: close")
    head = "\r\n".join([*lines, "Date: "]).encode("latin-1")
    return AnswerBytes(head, reply.body, len(reply.body), reply.status, closes)
