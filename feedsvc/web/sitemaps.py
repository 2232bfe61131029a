"""Sitemaps for crawlers."""

from flask import Blueprint
from werkzeug import Response

from feedsvc.model.paths import NEWS_SITEMAP, SITEMAP
from feedsvc.web.http.reply import METHODS
from feedsvc.web.responses import respond
from feedsvc.web.services import services

sitemaps = Blueprint("sitemaps", __name__)

_MONTH = "/sitemap-<int(fixed_digits=4):year>-<int(fixed_digits=2):month>"


@sitemaps.route(NEWS_SITEMAP, methods=METHODS)
@sitemaps.route("/sitemap-news-<int(min=1):part>.xml", methods=METHODS)
def news(part: int = 0) -> Response:
    """Answer with the articles of the last two days."""
    return respond(services.sitemaps.news(part, services.clock()))


@sitemaps.route(SITEMAP, methods=METHODS)
def index() -> Response:
    """Answer with the index of the months in which articles came out."""
    return respond(services.sitemaps.pages(services.clock()))


@sitemaps.route(f"{_MONTH}.xml", methods=METHODS)
@sitemaps.route(f"{_MONTH}-<int(min=2):part>.xml", methods=METHODS)
def month(year: int, month: int, part: int = 1) -> Response:
    """Answer with the pages of the articles of one month."""
    return respond(services.sitemaps.month(year, month, part, services.clock()))
