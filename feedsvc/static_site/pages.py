"""The pages of an edition that people read: of sections, authors and keywords, and of articles."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from feedsvc.errors import NotFoundError
from feedsvc.model.digests import etag
from feedsvc.model.feed import FORMATS_BY_FILE, Document
from feedsvc.model.paths import GUESSES
from feedsvc.syndication.article_pages import ArticlePage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from feedsvc.web.services import Services

    Made = tuple[Document, datetime | None]
    """A page, and when time alone changes it."""
    Printed = tuple[str, int, Callable[[], Made]]
    """The path of a page's file, the number of the last change to it, and what makes it."""

_INDEX = "index.html"
"""What servers of files give out at the address of a folder."""
_RESERVED_NAMES = {_INDEX, *FORMATS_BY_FILE, *GUESSES}


def page_documents(
    services: Services, numbers: Mapping[str, int], render: Callable[[str], bytes], now: datetime
) -> Iterator[Printed]:
    """Yield every page there is, where articles are read here; nothing where they are not.

    :param numbers: of the last changes to feeds, by their paths.
    :param render: returns the page at a path.
    """
    if not services.config.pages:
        return
    sections = services.sections.archives(now)
    for section in sections:
        made = partial(_section, services, section, render, now)
        yield f"{section}/{_INDEX}".lstrip("/"), numbers.get(section, 0), made
    for path, number in services.article_pages.listed(now).items():
        # What else is there comes first, as where the pages are served.
        if path not in sections and path.rpartition("/")[2] not in _RESERVED_NAMES:
            yield f"{path}/{_INDEX}", number, partial(_article, services, path, render, now)


def _section(
    services: Services, section: str, render: Callable[[str], bytes], now: datetime
) -> Made:
    feed = services.feeds.document(section, "rss", now)
    kept = services.feeds.at_hand(section, "rss", now)
    page = _page(render(f"/{section}/" if section else "/"), feed.url, feed.last_modified)
    # Where it has changed since, that is soon enough to make it again.
    return page, kept[1] if kept else now


def _article(services: Services, path: str, render: Callable[[str], bytes], now: datetime) -> Made:
    found = services.article_pages.find(path, now)
    if not isinstance(found, ArticlePage):
        raise NotFoundError("there is nothing at this address")
    entry = found.entry
    return _page(render(f"/{path}"), entry.links[0].href, entry.updated), found.until


def _page(body: bytes, url: str, modified: datetime) -> Document:
    return Document(
        body=body,
        media_type="text/html",
        etag=etag(body),
        last_modified=modified,
        url=url,
    )
