"""Pages for people as they are sent: what browsers may do with them, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug import Response

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing in a page runs, and nothing in it has a style, but what is a file of feedsvc's own."""
ANYWHERE = "img-src 'self' https: http:; media-src 'self' https: http:"
"""Pictures and sounds may be wherever publishers have them."""


def escaped(tags: Iterable[str]) -> list[Markup]:
    """Return tags that were made with everything in them escaped, for a template."""
    return [Markup(it) for it in tags]  # noqa: S704  that is what it says


def page_response(
    page: Response, policy: str, *, private: bool = False, referrer: str = "no-referrer"
) -> Response:
    """Return the answer with a page.

    :param policy: what else browsers may do (Content-Security-Policy).
    :param private: it is not the same for everybody.
    :param referrer: what other hosts get to know of the page (Referrer-Policy).
    """
    page.cache_control.public = not private
    page.cache_control.private = private or None
    page.cache_control.max_age = 0 if private else 60
    page.headers["Content-Security-Policy"] = f"{_POLICY}; {policy}"
    page.headers["X-Content-Type-Options"] = "nosniff"
    page.headers["Referrer-Policy"] = referrer
    if page.status_code != 200:  # there are no conditions for anything else (RFC 9110 §13.2.1)
        return page
    page.add_etag()
    return page.make_conditional(request)
