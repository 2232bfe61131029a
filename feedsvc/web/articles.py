"""What is answered at the address of an article."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import make_response, redirect, render_template, request
from markupsafe import Markup

from feedsvc.syndication.article_addresses import ReadElsewhere
from feedsvc.syndication.article_pages import FRAMES, Gone
from feedsvc.web.http.reply import purging
from feedsvc.web.page_headers import ANYWHERE, escaped, page_response
from feedsvc.web.services import current_services

if TYPE_CHECKING:
    from werkzeug import Response

_PLAYERS = f"frame-src {FRAMES}"
"""Frames in clean HTML are players of hosts that are known."""


def shown(path: str) -> Response:
    """Answer with an article's page, with the notice that it is gone, or with where it is now.

    :param path: its section and its slug.
    :raises NotFoundError: there is no such article, or none that readers may know of.
    """
    services = current_services()
    found = services.article_pages.find(path.rstrip("/"), services.clock())
    if isinstance(found, ReadElsewhere):
        return _moved(found.url)
    if isinstance(found, Gone):
        page = make_response(render_template("gone.html", gone=found, around=found.around), 410)
        page.headers["X-Robots-Tag"] = "noindex"
    elif request.path.endswith("/"):
        return _moved(found.entry.links[0].href)
    else:
        page = make_response(
            render_template(
                "article.html",
                story=found,
                around=found.around,
                body=Markup(found.body),  # noqa: S704  cleaned when it was read
                feeds=escaped(services.sections.alternates(found.around.section)),
                site=services.config.site,
            )
        )
    page.headers.extend(purging(found.around.tags, services.config.cdn.tags))
    policy = f"form-action 'none'; {ANYWHERE}; {_PLAYERS}"
    # Some players play only for who says where.
    return page_response(page, policy, referrer="strict-origin-when-cross-origin")


def _moved(url: str) -> Response:
    """Send whoever asks on for good, though no longer than a mistake may last."""
    answer = redirect(url, code=308)
    answer.cache_control.public = True
    answer.cache_control.max_age = 3600
    return answer
