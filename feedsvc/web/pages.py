"""Pages for people: the list of all feeds, and a page of each feed."""

from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response
from werkzeug.routing import PathConverter

from feedsvc.model.cache_tags import feed_tags
from feedsvc.model.feed import MEDIA_TYPES
from feedsvc.model.paths import API, LATEST, FeedPath
from feedsvc.web.http.reply import cache_tags
from feedsvc.web.request_target import is_local
from feedsvc.web.responses import MEDIA_ANYWHERE, page_response, safe_tags
from feedsvc.web.services import services

pages = Blueprint("pages", __name__, template_folder="templates", static_folder="static")

_READERS = {
    "Feedly": "https://feedly.com/i/subscription/feed/",
    "Inoreader": "https://www.inoreader.com/?add_feed=",
    "NewsBlur": "https://www.newsblur.com/?url=",
    "The Old Reader": "https://theoldreader.com/feeds/subscribe?url=",
}
"""Readers on the web. The address of a feed, added to theirs, subscribes to it."""


class PublicPath(PathConverter):
    """A path in an address, but none of the API's: so these have their own methods alone."""

    regex = rf"(?!{API[1:]}(?:/|$))[^/].*?"


@pages.get("/")
def home() -> Response:
    """Show the newest articles where people read them here, else redirect to the list of feeds."""
    return section_page("") if services.config.pages else redirect(url_for("pages.feeds"))


@pages.get("/feeds", strict_slashes=False)
def feeds() -> Response:
    """Show every section with its feeds, or the feeds that a search finds.

    The newsroom also sees the problems of its files.
    """
    newsroom = services.config.site.show_problems or is_local(request)
    query = " ".join(request.args.get("q", "").split())
    response = make_response(_feeds_page(newsroom=newsroom, query=query))
    return page_response(response, "form-action 'self'; img-src 'self'", private=newsroom)


@pages.get(LATEST, strict_slashes=False)
def latest() -> Response:
    """Show the page of the site's own feed."""
    return section_page("")


def section_page(section: str) -> Response:
    """Show a section's feed: its entries as readers would show them, and how to subscribe.

    :raises NotFoundError: there is no such section.
    """
    feed = services.section_pages.page(section, services.clock())
    if section and not request.path.endswith("/"):
        return redirect(url_for("section", section=section), code=308)
    html = render_template(
        "feed.html",
        feed=feed,
        below=services.sections.below(section, services.clock()),
        links=safe_tags(services.sections.alternates(section)),
        site=services.config.site,
        types=MEDIA_TYPES,
        reads_here=services.config.pages,
        readers=[(name, to + quote(feed.urls["rss"], safe="")) for name, to in _READERS.items()],
    )
    page = make_response(html)
    page.headers.extend(cache_tags(feed_tags(FeedPath(section)), services.config.cdn.header))
    return page_response(page, f"form-action 'none'; {MEDIA_ANYWHERE}")


def files() -> dict[str, bytes]:
    """Return the public pages and the files that they need, by their paths."""
    config = services.config
    page = _feeds_page(
        newsroom=config.site.show_problems, linked=config.pages, searchable=False
    ).encode()
    static = Path(str(pages.static_folder))
    needed = {f"static/{file.name}": file.read_bytes() for file in sorted(static.iterdir())}
    # Where articles are read here, the site begins with the newest.
    return {**needed, "feeds/index.html": page} | ({} if config.pages else {"index.html": page})


def _feeds_page(
    *, newsroom: bool, query: str = "", linked: bool = True, searchable: bool = True
) -> str:
    """Return the page of all feeds.

    :param newsroom: whether it shows the problems of files.
    :param linked: whether sections have pages.
    :param searchable: whether a server answers searches.
    """
    sections, now = services.sections, services.clock()
    return render_template(
        "feeds.html",
        site=services.config.site,
        sections=sections.search(query, now) if query else sections.overview(now),
        query=query,
        types=MEDIA_TYPES,
        links=safe_tags([*sections.alternates(""), services.feed_list.link()]),
        opml_url=services.feed_list.url,
        problems=services.status.problems() if newsroom else [],
        linked=linked,
        searchable=searchable,
    )
