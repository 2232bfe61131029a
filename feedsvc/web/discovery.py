"""Files at well-known addresses: the list of feeds, robots.txt, security.txt, the icon."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from flask import Blueprint, Response, abort, redirect, request
from werkzeug import Response as Reply

from feedsvc.config.settings import Config
from feedsvc.model import paths
from feedsvc.web.http.reply import METHODS
from feedsvc.web.responses import respond
from feedsvc.web.services import services

discovery = Blueprint("discovery", __name__)

_ICON = Path(__file__).parent / "static" / "favicon.ico"
_ICON_TYPE = "image/vnd.microsoft.icon"
_TEXT = "text/plain; charset=utf-8"
_DAY = 24 * 3600
"""Seconds for which these files may be cached; they seldom change."""
_SECURITY_MONTHS = 6
"""Months for which security.txt is valid; RFC 9116 §2.5.5 asks for less than a year."""


@discovery.route(paths.OUTLINES, methods=METHODS)
@discovery.route(paths.WELL_KNOWN_FEEDS, methods=METHODS)
def opml() -> Reply:
    """Answer with all feeds as OPML; with ``?download`` browsers save it rather than show it."""
    answer = respond(services.feed_list.document(services.clock()))
    if answer.status_code == 200 and "download" in request.args:
        answer.headers["Content-Disposition"] = 'attachment; filename="feeds.opml"'
    return answer


@discovery.get(paths.ROBOTS)
def robots() -> Reply:
    """Answer with the rules for crawlers (RFC 9309)."""
    config = services.config
    sitemaps = [config.feeds.url + paths.NEWS_SITEMAP]
    if config.pages:
        sitemaps.append(config.home + paths.SITEMAP)
    return _lasting(robots_txt(sitemaps).encode(), _TEXT)


@discovery.get(paths.FAVICON)
def favicon() -> Reply:
    """Redirect to the site's icon, or answer with feedsvc's own where the site has none."""
    config = services.config
    if not config.site.icon:
        return _lasting(_ICON.read_bytes(), _ICON_TYPE)
    moved = redirect(config.urls.join(config.site.icon), code=302)
    moved.cache_control.max_age = _DAY
    return moved


@discovery.get(paths.SECURITY)
def security() -> Reply:
    """Answer with the contact for security reports (RFC 9116), if the site has one."""
    if not services.config.site.security_contact:
        abort(404)
    return _lasting(security_txt(services.config, services.clock()).encode(), _TEXT)


def files() -> dict[str, bytes]:
    """Return these files by their paths, for a static site; a redirect cannot be a file."""
    config, now = services.config, services.clock()
    feeds = services.feed_list.document(now).body
    texts = {
        paths.OUTLINES: feeds,
        paths.WELL_KNOWN_FEEDS: feeds,
        paths.ROBOTS: robots_txt().encode(),
    }
    if not config.site.icon:
        texts[paths.FAVICON] = _ICON.read_bytes()
    if config.site.security_contact:
        texts[paths.SECURITY] = security_txt(config, now).encode()
    return {path.removeprefix("/"): body for path, body in texts.items()}


def robots_txt(sitemaps: Sequence[str] = ()) -> str:
    """Return the rules for crawlers: they may fetch everything but the metrics (RFC 9309).

    :param sitemaps: their absolute addresses.
    """
    rules = ["User-agent: *", "Disallow: /metrics", "Allow: /"]
    return "\n".join([*rules, *(f"Sitemap: {url}" for url in sitemaps)]) + "\n"


def security_txt(config: Config, now: datetime) -> str:
    """Return the contact for security reports, valid for about half a year (RFC 9116).

    It is the same all month, so that caches and static sites need not change with the clock.
    """
    site = config.site
    years, month = divmod(now.month - 1 + _SECURITY_MONTHS, 12)
    expires = datetime(now.year + years, month + 1, 1, tzinfo=UTC)
    return (
        f"Contact: {site.security_contact}\n"
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}\n"
        f"Preferred-Languages: {site.language}\n"
    )


def _lasting(body: bytes, content_type: str) -> Reply:
    """Return the answer with a file that seldom changes."""
    response = Response(body, content_type=content_type)
    response.cache_control.max_age = _DAY
    response.add_etag()
    return response.make_conditional(request)
