"""Pages for people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Blueprint, make_response, redirect, render_template, request, url_for

from feedsvc.errors import NotFoundError
from feedsvc.model.feed import MEDIA_TYPES
from feedsvc.model.paths import LATEST
from feedsvc.web.articles import shown
from feedsvc.web.page_headers import ANYWHERE, escaped, page_response
from feedsvc.web.redirects import by_query
from feedsvc.web.request_target import is_local
from feedsvc.web.services import current_services

if TYPE_CHECKING:
    from werkzeug import Response

    from feedsvc.web.services import Services

pages = Blueprint("pages", __name__, template_folder="templates", static_folder="static")

_READERS = {
    "Feedly": "https://feedly.com/i/subscription/feed/",
    "Inoreader": "https://www.inoreader.com/?add_feed=",
    "NewsBlur": "https://www.newsblur.com/?url=",
    "The Old Reader": "https://theoldreader.com/feeds/subscribe?url=",
}
"""Readers on the web, with the address that subscribes there to the feed whose address follows."""


@pages.get("/")
def home() -> Response:
    """Show the newest stories where people read them here, or lead on to the list of feeds."""
    if answer := by_query():
        return answer
    here = current_services().config.pages
    return _shown("") if here else redirect(url_for("pages.feeds"))


@pages.get("/feeds", strict_slashes=False)
def feeds() -> Response:
    """Show every section with its feeds and, to the newsroom, the files that have problems.

    Who looks for something is shown what is called so, authors and keywords among it.
    """
    services = current_services()
    newsroom = services.config.site.show_problems or is_local(request)
    wanted = " ".join(request.args.get("q", "").split())
    response = make_response(_page(services, newsroom=newsroom, wanted=wanted))
    return page_response(response, "form-action 'self'; img-src 'self'", private=newsroom)


@pages.get(LATEST, strict_slashes=False)
def latest() -> Response:
    """Show the site's feed as one of a section."""
    return _shown("")


@pages.get("/<path:section>/", strict_slashes=False)
def section(section: str) -> Response:
    """Show a section's feed: its entries as readers would show them, and how to subscribe."""
    return _shown(section)


def _shown(section: str) -> Response:
    services = current_services()
    try:
        found = services.section_pages.preview(section, services.clock())
    except NotFoundError:
        return shown(section)
    if section and not request.path.endswith("/"):
        return redirect(url_for("pages.section", section=section), code=308)
    page = render_template(
        "feed.html",
        feed=found,
        below=services.sections.below(section, services.clock()),
        links=escaped(services.sections.alternates(section)),
        site=services.config.site,
        types=MEDIA_TYPES,
        reads_here=services.config.pages,
        readers=[(name, to + quote(found.urls["rss"], safe="")) for name, to in _READERS.items()],
    )
    return page_response(make_response(page), f"form-action 'none'; {ANYWHERE}")


def files() -> dict[str, bytes]:
    """Return the pages as everybody gets them, and what they need, by the paths of files."""
    services = current_services()
    config = services.config
    page = _page(
        services, newsroom=config.site.show_problems, linked=config.pages, asked=False
    ).encode()
    static = Path(str(pages.static_folder))
    needed = {f"static/{file.name}": file.read_bytes() for file in sorted(static.iterdir())}
    # Where articles are read here, the site begins with the newest.
    return {**needed, "feeds/index.html": page} | ({} if config.pages else {"index.html": page})


def _page(
    services: Services, *, newsroom: bool, wanted: str = "", linked: bool = True, asked: bool = True
) -> str:
    """Return the page of all feeds.

    :param linked: there are pages of sections.
    :param asked: somebody answers searches.
    """
    directory, now = services.sections, services.clock()
    return render_template(
        "feeds.html",
        site=directory.config.site,
        sections=directory.search(wanted, now) if wanted else directory.overview(now),
        wanted=wanted,
        media_types=MEDIA_TYPES,
        links=escaped([*directory.alternates(""), directory.outline_link()]),
        outlines=directory.outline_url,
        problems=directory.problems() if newsroom else [],
        linked=linked,
        searched=asked,
    )
