"""Sitemaps for crawlers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request

from feedsvc.web.answer import respond
from feedsvc.web.exchange import METHODS
from feedsvc.web.services import services

if TYPE_CHECKING:
    from werkzeug import Response

sitemaps = Blueprint("sitemaps", __name__)


@sitemaps.route("/sitemap-news.xml", methods=METHODS)
@sitemaps.route("/sitemap-news-<int(min=1):part>.xml", methods=METHODS)
def news(part: int = 0) -> Response:
    """Answer with the articles of the last two days."""
    room = services()
    return respond(room.sitemaps.news(part, room.clock()), request, room)
