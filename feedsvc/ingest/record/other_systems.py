"""The keys of other systems, for people who bring their articles or their habits from there."""

from collections.abc import Collection

from feedsvc.errors import did_you_mean

_OTHER_SYSTEMS = {
    "title": "headline",
    "tags": "keywords",
    "categories": "keywords",
    "date": "published",
    "author": "byline",
    "authors": "byline",
    "description": "summary",
    "excerpt": "summary",
    "lastmod": "updated",
    "modified": "updated",
    "cover": "image",
    "thumbnail": "image",
    "featured_image": "image",
    "lang": "language",
    "permalink": "slug",
    "draft": "status",
}
"""Keys of Jekyll, Hugo, Ghost and others, with the keys of a record."""


def hint(key: str, known: Collection[str]) -> str:
    """Return a sentence about a key that is not known, which names the right one."""
    here = _OTHER_SYSTEMS.get(key.lower())
    if here in known:
        return f' Here that is "{here}".'
    return did_you_mean(key, known) or f" Known are {', '.join(known)}."
