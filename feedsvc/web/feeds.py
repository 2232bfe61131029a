"""The feeds, their archives and their corrections."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
from flask import Blueprint, redirect, request, url_for

from feedsvc.model.feed import FORMATS_BY_FILE
from feedsvc.model.paths import LATEST, corrections_path
from feedsvc.web.http.reply import METHODS, navigates
from feedsvc.web.responses import respond
from feedsvc.web.services import current_services

if TYPE_CHECKING:
    from werkzeug import Response

    from feedsvc.model.feed import Document

feeds = Blueprint("feeds", __name__)

_FILE = f"<any({', '.join(map(repr, FORMATS_BY_FILE))}):file>"
_ARCHIVE = f"archive/<int:number>/{_FILE}"
_CORRECTIONS = f"corrections/{_FILE}"


@feeds.route(f"/{_FILE}", methods=METHODS)
@feeds.route(f"/<path:section>/{_FILE}", methods=METHODS)
def feed(file: str, section: str = "") -> Response:
    """Answer with a section's feed, or the site's."""
    services = current_services()
    format = FORMATS_BY_FILE[file]
    document = services.feeds.document(section, format, services.clock())
    if request.args.get("view") == "source":
        return respond(_source(document), request, services)
    if navigates(request.headers.get):
        return _shown(section)
    return respond(document, request, services, partial(services.feeds.since, section, format))


@feeds.route(f"/{_ARCHIVE}", methods=METHODS)
@feeds.route(f"/<path:section>/{_ARCHIVE}", methods=METHODS)
def archive(file: str, number: int, section: str = "") -> Response:
    """Answer with an archive of a section's feed, or of the site's (RFC 5005)."""
    services = current_services()
    before = request.args.get("before", "")
    document = services.feeds.archive(
        section, number, FORMATS_BY_FILE[file], services.clock(), before
    )
    return respond(document, request, services)


@feeds.route(f"/{_CORRECTIONS}", methods=METHODS)
@feeds.route(f"/<path:section>/{_CORRECTIONS}", methods=METHODS)
def corrections(file: str, section: str = "") -> Response:
    """Answer with what was corrected and withdrawn in a section, or in the whole site."""
    services = current_services()
    format, path = FORMATS_BY_FILE[file], corrections_path(section)
    document = services.feeds.corrections(section, format, services.clock())
    return respond(document, request, services, partial(services.feeds.since, path, format))


def _source(document: Document) -> Document:
    """Return a feed as a text, for people who want to see what it is."""
    url = f"{document.url}?view=source"
    return msgspec.structs.replace(document, media_type="text/plain", url=url)


def _shown(section: str) -> Response:
    """Send a person to the page of a feed, and nobody else: no cache may keep that."""
    address = url_for("section", section=section) if section else LATEST
    answer = redirect(address, code=303)
    answer.headers["Cache-Control"] = "no-store"
    return answer
