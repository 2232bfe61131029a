"""The pages of a static site: of sections, authors and keywords, and of articles."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial

from feedsvc.errors import NotFoundError
from feedsvc.model.digests import etag
from feedsvc.model.paths import (
    GUESSES,
    INDEX,
    SINGLE_PAGES,
    FeedPath,
    FeedRequest,
    is_file_name,
)
from feedsvc.static_site.folder import Rendered, SiteFile
from feedsvc.syndication.article_pages import ArticlePage
from feedsvc.web.services import Services


def page_files(
    services: Services,
    revisions: Mapping[FeedPath, int],
    render: Callable[[str], bytes],
    now: datetime,
) -> Iterator[SiteFile]:
    """Yield every page there is, where articles are read here; nothing where they are not.

    :param revisions: of the feeds, by their paths.
    :param render: returns the page at a path.
    """
    if not services.config.pages:
        return
    sections = services.sections.archives(now)
    for section in sections:
        make = partial(_section, services, section, render, now)
        yield SiteFile(f"{section}/{INDEX}".lstrip("/"), revisions.get(FeedPath(section), 0), make)
    for path, revision in services.article_addresses.pages(now).items():
        # Sections and feeds win over articles, as where the pages are served.
        if path not in sections and not _is_taken(path):
            make = partial(_article, services, path, render, now)
            yield SiteFile(f"{path}/{INDEX}", revision, make)


def _is_taken(path: str) -> bool:
    """Return whether an article's address is that of something else."""
    section, _, slug = path.rpartition("/")
    return slug in GUESSES or is_file_name(slug) or (not section and slug in SINGLE_PAGES)


def _section(
    services: Services, section: str, render: Callable[[str], bytes], now: datetime
) -> Rendered:
    feed, validity = services.feeds.made(FeedRequest(FeedPath(section), "rss"), now)
    body = render(f"/{section}/" if section else "/")
    return Rendered(body, etag(body), feed.last_modified, validity.until)


def _article(
    services: Services, path: str, render: Callable[[str], bytes], now: datetime
) -> Rendered:
    page = services.article_addresses.find(path, now)
    if not isinstance(page, ArticlePage):
        raise NotFoundError("there is nothing at this address")
    body = render(f"/{path}")
    return Rendered(body, etag(body), page.entry.updated, page.until)
