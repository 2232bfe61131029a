"""Tags: the names by which a shared cache, such as a CDN, can purge answers."""

from hashlib import sha256
from string import punctuation
from urllib.parse import quote

from feedsvc.model.paths import FeedPath

EVERYTHING = "feedsvc"
"""The tag of all answers that have tags."""
ABSENT = "absent"
"""The tag of the answer at an address where nothing is, or no more: any change can end that."""
_LONGEST = 400
"""Bytes of a tag. Bunny cuts the header off after 1024; others take tags of so many at most."""
_CHARACTERS = punctuation.replace("%", "").replace(",", "")
"""Characters that stand in a tag as they are, besides letters and digits. All others are escaped as
in an address: a header is ASCII (RFC 9110 §5.5), and a comma would begin another tag."""


def feed_tag(path: str) -> str:
    """Return the tag of one feed in all its formats, and of its page.

    :param path: as ``FeedPath`` writes it, such as ``world/archive/3``.
    """
    return _tag("feed", f"/{path}")


def page_tag(article_id: str) -> str:
    """Return the tag of the page of an article."""
    return _tag("page", article_id)


def media_tag(digest: str, path: str) -> str:
    """Return the tag of a picture or a sound in one state."""
    return _tag("media", f"{digest}/{path}")


def feed_tags(path: FeedPath, *article_ids: str) -> tuple[str, ...]:
    """Return the tags of a feed: itself, its section with all archives, and its articles."""
    return (feed_tag(str(path)), *_place_tags(path.place), *_article_tags(*article_ids))


def absent_tags() -> tuple[str, ...]:
    """Return the tags of the answer at an address where nothing is."""
    return EVERYTHING, ABSENT


def page_tags(section: str, article_id: str) -> tuple[str, ...]:
    """Return the tags of the page of an article."""
    return (page_tag(article_id), *_place_tags(section), *_article_tags(article_id))


def _place_tags(place: str) -> tuple[str, str]:
    """Return the tags of everything, and of a section or topic; that of the site if it is empty."""
    if FeedPath(place).topic:
        return EVERYTHING, _tag(*place.split("/", 1))
    return EVERYTHING, _tag("section", place) if place else "site"


def _article_tags(*article_ids: str) -> tuple[str, ...]:
    return tuple(_tag("article", it) for it in article_ids)


def _tag(kind: str, name: str) -> str:
    tag = quote(f"{kind}:{name}", safe=_CHARACTERS)
    return tag if len(tag) <= _LONGEST else f"{kind}:{sha256(name.encode()).hexdigest()}"
