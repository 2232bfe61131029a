"""The headers of pages for people: how long caches keep them, and which files browsers load."""

from collections.abc import Iterable

from flask import request
from markupsafe import Markup
from werkzeug import Response

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Only feedsvc's own scripts and style sheets work in a page (Content Security Policy 3)."""
MEDIA_ANYWHERE = "img-src 'self' https: http:; media-src 'self' https: http:"
"""Pictures and sounds may be on any host that publishers use."""


def safe_tags(tags: Iterable[str]) -> list[Markup]:
    """Return tags for a template, which must not escape them: they were made escaped."""
    return [Markup(it) for it in tags]  # noqa: S704  they come from formats.autodiscovery


def page_response(
    page: Response, policy: str, *, private: bool = False, referrer: str = "no-referrer"
) -> Response:
    """Return the answer with a page.

    :param policy: more directives of the Content-Security-Policy.
    :param private: whether it differs from reader to reader.
    :param referrer: Referrer-Policy: how much of the page's address other hosts see.
    """
    page.cache_control.public = not private
    page.cache_control.private = private or None
    page.cache_control.max_age = 0 if private else 60
    page.headers["Content-Security-Policy"] = f"{_POLICY}; {policy}"
    page.headers["Referrer-Policy"] = referrer
    if page.status_code != 200:  # conditions apply to nothing else (RFC 9110 §13.2.1)
        return page
    page.add_etag()
    return page.make_conditional(request)
