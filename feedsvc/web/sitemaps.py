"""Sitemaps for crawlers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request

from feedsvc.model.paths import SITEMAP
from feedsvc.web.http.reply import METHODS
from feedsvc.web.responses import respond
from feedsvc.web.services import current_services

if TYPE_CHECKING:
    from werkzeug import Response

sitemaps = Blueprint("sitemaps", __name__)

_MONTH = "/sitemap-<int(fixed_digits=4):year>-<int(fixed_digits=2):month>"


@sitemaps.route("/sitemap-news.xml", methods=METHODS)
@sitemaps.route("/sitemap-news-<int(min=1):part>.xml", methods=METHODS)
def news(part: int = 0) -> Response:
    """Answer with the articles of the last two days."""
    services = current_services()
    return respond(services.sitemaps.news(part, services.clock()), request, services)


@sitemaps.route(SITEMAP, methods=METHODS)
def index() -> Response:
    """Answer with the months of which there are pages of articles here."""
    services = current_services()
    return respond(services.sitemaps.pages(services.clock()), request, services)


@sitemaps.route(f"{_MONTH}.xml", methods=METHODS)
@sitemaps.route(f"{_MONTH}-<int(min=2):part>.xml", methods=METHODS)
def month(year: int, month: int, part: int = 1) -> Response:
    """Answer with the pages of articles of a month."""
    services = current_services()
    return respond(services.sitemaps.month(year, month, part, services.clock()), request, services)
