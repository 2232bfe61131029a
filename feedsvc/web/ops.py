"""For the machines that look after this one."""

from __future__ import annotations

from flask import Blueprint, Response

from feedsvc.web.services import services

ops = Blueprint("ops", __name__)


@ops.get("/livez")
def livez() -> Response:
    """Answer 200 while the process can answer at all."""
    return _plain("ok\n", 200)


@ops.get("/readyz")
def readyz() -> Response:
    """Answer 200 once the articles have been read, else 503."""
    if services().directory.ready():
        return _plain("ready\n", 200)
    return _plain("not ready: the articles have not been read yet\n", 503)


def _plain(text: str, status: int) -> Response:
    response = Response(text, status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
