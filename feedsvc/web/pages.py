"""Pages for people."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from flask import Blueprint, make_response, redirect, render_template, request, url_for

from feedsvc import topics
from feedsvc.errors import NotFoundError
from feedsvc.model.feed import MEDIA_TYPES
from feedsvc.urls import LATEST
from feedsvc.web.moved import by_query
from feedsvc.web.sending import ANYWHERE, escaped, sent
from feedsvc.web.services import services
from feedsvc.web.stories import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from werkzeug import Response

    from feedsvc.preview import Archive
    from feedsvc.web.services import Services

pages = Blueprint("pages", __name__, template_folder="templates", static_folder="static")

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


_READERS = {
    "Feedly": "https://feedly.com/i/subscription/feed/",
    "Inoreader": "https://www.inoreader.com/?add_feed=",
    "NewsBlur": "https://www.newsblur.com/?url=",
    "The Old Reader": "https://theoldreader.com/feeds/subscribe?url=",
}
"""Readers on the web, with the address that subscribes there to the feed whose address follows."""


@pages.app_template_filter()
def day(moment: datetime, code: str = "en") -> str:
    """Return a moment where the newsroom is, as a language writes it; of midnight only the day.

    :param code: BCP 47.
    """
    local = moment.astimezone(ZoneInfo(services().directory.config.site.timezone))
    try:
        locale = Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    wanted = "d MMMM y" if locale.language == "en" else "long"
    # A date that was typed without a time is midnight.
    time = "" if f"{local:%H%M%S}" == "000000" else f", {local:%H:%M}"
    return format_date(local, wanted, locale=locale) + time


@pages.app_template_filter()
def topic(text: str, sort: str) -> str:
    """Return the path of the feed of an author or a keyword; empty where there is none."""
    wanted = sort in services().directory.config.feeds.by
    return topics.topic(sort, text) if wanted else ""


@pages.app_template_filter()
def language(code: str) -> str:
    """Return what a language calls itself; its code where that is not known."""
    try:
        return Locale.parse(code, sep="-").get_display_name() or code
    except (UnknownLocaleError, ValueError):
        return code


@pages.app_template_filter()
def direction(code: str) -> str:
    """Return the direction of a language's script, ``ltr`` or ``rtl``; ``auto`` if not known."""
    try:
        return Locale.parse(code, sep="-").text_direction
    except (UnknownLocaleError, ValueError):
        return "auto"


@pages.app_template_filter()
def months(archives: Sequence[Archive]) -> list[tuple[str, list[Archive]]]:
    """Return archives by the months in which they end."""
    zone = ZoneInfo(services().directory.config.site.timezone)

    def month(archive: Archive) -> str:
        return format_datetime(archive.newest, "MMMM y", tzinfo=zone, locale="en")

    return [(name, list(some)) for name, some in groupby(archives, month)]


@pages.app_template_filter()
def often(pace: timedelta) -> str:
    """Return in a sentence how often something new comes."""
    for unit, seconds in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = round(pace.total_seconds() / seconds)
        if count:
            every = unit if count == 1 else f"{count} {unit}s"
            return f"Something new comes about every {every}."
    return "Something new comes all the time."


@pages.get("/")
def home() -> Response:
    """Show the newest stories where people read them here, or lead on to the list of feeds."""
    if answer := by_query():
        return answer
    here = services().directory.config.pages
    return _shown("") if here else redirect(url_for("pages.feeds"))


@pages.get("/feeds", strict_slashes=False)
def feeds() -> Response:
    """Show every section with its feeds and, to the newsroom, the files that have problems.

    Who looks for something is shown what is called so, authors and keywords among it.
    """
    room = services()
    newsroom = _is_newsroom(room)
    wanted = " ".join(request.args.get("q", "").split())
    response = make_response(_page(room, newsroom=newsroom, wanted=wanted))
    return sent(response, "form-action 'self'; img-src 'self'", private=newsroom)


@pages.get(LATEST, strict_slashes=False)
def latest() -> Response:
    """Show the site's feed as one of a section."""
    return _shown("")


@pages.get("/<path:section>/", strict_slashes=False)
def section(section: str) -> Response:
    """Show a section's feed: its entries as readers would show them, and how to subscribe."""
    return _shown(section)


def _shown(section: str) -> Response:
    room = services()
    try:
        found = room.previews.preview(section, room.clock())
    except NotFoundError:
        return shown(section)
    if section and not request.path.endswith("/"):
        return redirect(url_for("pages.section", section=section), code=308)
    page = render_template(
        "feed.html",
        feed=found,
        below=room.directory.below(section, room.clock()),
        links=escaped(room.directory.alternates(section)),
        site=room.directory.config.site,
        types=MEDIA_TYPES,
        reads_here=room.directory.config.pages,
        readers=[(name, to + quote(found.urls["rss"], safe="")) for name, to in _READERS.items()],
    )
    return sent(make_response(page), f"form-action 'none'; {ANYWHERE}")


def files() -> dict[str, bytes]:
    """Return the pages as everybody gets them, and what they need, by the paths of files."""
    room = services()
    config = room.directory.config
    page = _page(
        room, newsroom=config.site.show_problems, linked=config.pages, asked=False
    ).encode()
    static = Path(str(pages.static_folder))
    needed = {f"static/{file.name}": file.read_bytes() for file in sorted(static.iterdir())}
    # Where articles are read here, the site begins with the newest.
    return {**needed, "feeds/index.html": page} | ({} if config.pages else {"index.html": page})


def _page(
    room: Services, *, newsroom: bool, wanted: str = "", linked: bool = True, asked: bool = True
) -> str:
    """Return the page of all feeds.

    :param linked: there are pages of sections.
    :param asked: somebody answers searches.
    """
    directory, now = room.directory, room.clock()
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


def _is_newsroom(room: Services) -> bool:
    """Tell whether whoever asks may see what is wrong in the files.

    A proxy on the same machine asks from loopback too, on behalf of anybody.
    """
    if room.directory.config.site.show_problems:
        return True
    host = request.host.rsplit(":", 1)[0].strip("[]")
    # nginx asks in HTTP/1.0 and says nothing of whom it asks for, unless it is told to.
    old = request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0"
    proxied = old or any(name in request.headers for name in _FORWARDED)
    return request.remote_addr in _LOOPBACK and host in _LOOPBACK and not proxied
