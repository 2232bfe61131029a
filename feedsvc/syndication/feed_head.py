"""Everything that a feed says besides its entries, and how long caches may use it."""

from datetime import datetime

from feedsvc.config.settings import CacheSettings, Place
from feedsvc.formats.translations import translate
from feedsvc.model.feed import HTML, MEDIA_TYPES, WITH_TOMBSTONES, Author, Feed, Link, Tombstone
from feedsvc.model.paths import STYLESHEET, FeedPath, FeedRequest
from feedsvc.syndication.feed_contents import FeedContents

_PACE_SHARE = 10
"""A feed may be used without asking for this part of the time between two of its entries."""


def feed_head(
    place: Place, wanted: FeedRequest, contents: FeedContents, updated: datetime | None
) -> Feed:
    """Return the head of a feed.

    It depends on the articles alone, so that it is the same in every process.
    """
    path, format, before = wanted
    site, urls, media_type = place.config.site, place.urls, MEDIA_TYPES[format]
    corrections = FeedPath(place.path, "corrections")
    entry_id = urls.entry_id if format == "atom" else urls.entry_guid
    editions = place.editions if path.document == "newest" else ()
    return Feed(
        # Archives are the same feed as the one they belong to, in other documents.
        id=urls.feed_id(str(path) if path == corrections else place.path),
        title=feed_title(place, path, contents.name),
        subtitle=place.description,
        updated=updated,
        language=place.language,
        author=Author(site.title, uri=place.config.home),
        links=(
            Link(urls.feed(path, format, before), "self", media_type),
            Link(place.url, "alternate", HTML),
            # An archive changes with a correction only: its subscribers have it from the feed.
            *([Link(urls.hub, "hub")] if urls.hub and path.document != "archive" else ()),
            *(
                Link(urls.feed(neighbour.path, format, neighbour.before), neighbour.rel, media_type)
                for neighbour in contents.neighbours
            ),
            *(
                Link(urls.feed(edition, format), "alternate", media_type, hreflang=language)
                for edition, language in editions
            ),
        ),
        rights=site.rights,
        icon=urls.join(site.icon),
        logo=place.image,
        tombstones=tuple(
            Tombstone(entry_id(article.id, article.guid), article.killed, article.comment)
            for article in contents.tombstones
            if format in WITH_TOMBSTONES
        ),
        archive=contents.archive,
        style=urls.feeds + STYLESHEET if place.config.feeds.browser_view == "css" else "",
        corrections="" if path == corrections else urls.feed(corrections, format),
    )


def feed_title(place: Place, path: FeedPath, name: str = "") -> str:
    """Return the title of a feed.

    :param name: of a topic, as its articles spell it.
    """
    title = place.config.feed_title(place.path, name)
    if path.document == "corrections":
        return f"{translate('corrections', place.language)} – {title}"
    return title


def ages(cache: CacheSettings, contents: FeedContents, before: str) -> tuple[int, int]:
    """Return the seconds for which a client and a shared cache may use a feed without asking.

    :param before: see ``FeedRequest.before``: there are too many such addresses to purge them.
    """
    if before:
        return cache.most, cache.shared
    if contents.archive:
        return cache.archives, cache.archives
    likely = 0 if contents.pace is None else contents.pace // _PACE_SHARE
    return max(cache.least, min(likely, cache.most)), cache.shared
