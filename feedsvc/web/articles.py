"""Articles: their pages, the notices of withdrawn ones, and redirects to where they are now."""

from flask import make_response, redirect, render_template, request
from markupsafe import Markup
from werkzeug import Response

from feedsvc.model.cache_tags import absent_tags
from feedsvc.model.players import PLAYERS
from feedsvc.syndication.article_addresses import ReadElsewhere
from feedsvc.syndication.article_pages import GonePage
from feedsvc.web.http.reply import cache_tags
from feedsvc.web.responses import MEDIA_ANYWHERE, page_response, safe_tags
from feedsvc.web.services import services

_POLICY = f"form-action 'none'; {MEDIA_ANYWHERE}; frame-src {' '.join(PLAYERS)}"
"""Clean HTML has frames of known players only."""
_MOVED_AGE = 600
"""Seconds for which a redirect may be cached: a kill or a mistake must not last longer."""


def article_page(path: str) -> Response:
    """Answer with an article's page, with the notice that it is gone, or with a redirect to it.

    :param path: its section and its slug.
    :raises NotFoundError: there is no such article, or readers may not know of it.
    """
    answer = services.article_addresses.find(path.rstrip("/"), services.clock())
    if isinstance(answer, ReadElsewhere):
        return _moved(answer.url)
    if isinstance(answer, GonePage):
        page = make_response(render_template("gone.html", gone=answer, context=answer.context), 410)
        page.headers["X-Robots-Tag"] = "noindex"
    elif request.path.endswith("/"):
        return _moved(answer.entry.links[0].href)
    else:
        page = make_response(
            render_template(
                "article.html",
                article=answer,
                context=answer.context,
                body=Markup(answer.body),  # noqa: S704  cleaned when its file was read
                feeds=safe_tags(services.sections.alternates(answer.context.section)),
                site=services.config.site,
            )
        )
    page.headers.extend(cache_tags(answer.context.tags, services.config.cdn.header))
    # Some players only play when the browser names the page that embeds them.
    return page_response(page, _POLICY, referrer="strict-origin-when-cross-origin")


def _moved(url: str) -> Response:
    """Redirect to where an article is now."""
    answer = redirect(url, code=308)
    answer.cache_control.max_age = _MOVED_AGE
    answer.headers.extend(cache_tags(absent_tags(), services.config.cdn.header))
    return answer
