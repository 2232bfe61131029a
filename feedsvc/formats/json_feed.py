"""JSON Feed 1.1 (https://jsonfeed.org/version/1.1).

Facts for which JSON Feed has no key stand in the extension ``_feedsvc``; it has no ``about``, which
would have to be the address of a page.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from feedsvc.model.feed import Entry, Feed, MediaObject

VERSION = "https://jsonfeed.org/version/1.1"

SEPARATOR: bytes = b",\n"
TAIL: bytes = b"\n  ]\n}\n"

_INDENT = 2
_LINE = b"\n    "
"""The beginning of each line of an item within a document."""
_EMPTY = b"]\n}"
"""The end of a document without items."""


def entry(entry: Entry) -> bytes:
    """Return an entry as an item."""
    images = [item for item in entry.media if item.medium == "image"]
    authors = [_object(name=it.name, url=it.uri) for it in entry.authors]
    item = _object(
        id=entry.any_id,
        url=entry.links_of("alternate")[0].href,
        title=entry.title,
        content_html=entry.content,
        # An item must have one of both (§ Items), and many readers take an empty one for none.
        content_text="" if entry.content else entry.summary or entry.title,
        summary=entry.summary,
        image=images[0].url if images else "",
        date_published=entry.published,
        date_modified=entry.updated,
        # The key of JSON Feed 1.0, for older readers. The feed has no authors: some readers would
        # add them to the authors of each item.
        author=authors[0],
        authors=authors,
        tags=list(dict.fromkeys(it.label or it.term for it in entry.categories)),
        language=entry.language,
        attachments=_attachments(entry.media),
        _feedsvc=_item_extension(entry, images),
    )
    return _LINE[1:] + _json(item).replace(b"\n", _LINE)


def head(feed: Feed) -> bytes:
    """Return the part of a feed before its items."""
    older = (link.href for link in feed.links if link.rel == "prev-archive")
    others = [it for it in feed.links if it.rel == "alternate" and it.hreflang]
    extension = _object(
        rights=feed.rights,
        corrections=feed.corrections,
        editions=[_object(url=it.href, language=it.hreflang) for it in others],
        deleted=[
            _object(id=one.ref, date_deleted=one.when, note=one.comment) for one in feed.tombstones
        ],
    )
    members = _object(
        version=VERSION,
        title=feed.title,
        home_page_url=feed.href("alternate"),
        feed_url=feed.href("self"),
        description=feed.subtitle,
        next_url=next(older, ""),
        # Both should be square, which a logo need not be.
        icon=feed.icon,
        favicon=feed.icon,
        language=feed.language,
        hubs=[_object(type="WebSub", url=it.href) for it in feed.links if it.rel == "hub"],
        _feedsvc=extension,
    )
    # The items are the last key, so that the document can be cut where they belong.
    return _json({**members, "items": []}).removesuffix(_EMPTY) + b"\n"


def _object(**members: Any) -> dict[str, Any]:
    """Return an object, its keys in the order given, without the empty ones."""
    return {key: value for key, value in members.items() if value not in ("", None, [], {})}


def _json(value: dict[str, Any]) -> bytes:
    # No string of JSON has an end of a line in it, so all lines may be indented.
    return msgspec.json.format(msgspec.json.encode(value), indent=_INDENT)


def _attachments(media: Iterable[MediaObject]) -> list[dict[str, Any]]:
    """Return the media objects that have a type, sounds and films first, as Atom's enclosures.

    A caption is no title: attachments with the same title are one thing in several formats.
    """
    typed = sorted((it for it in media if it.type), key=lambda it: it.type.startswith("image/"))
    return [
        _object(
            url=item.url,
            mime_type=item.type,
            title=item.title,
            size_in_bytes=item.length or None,
            duration_in_seconds=item.duration or None,
        )
        for item in typed
    ]


def _item_extension(entry: Entry, images: Sequence[MediaObject]) -> dict[str, Any]:
    lead = [_object(caption=it.text, credit=it.credit, focus=it.focus) for it in images[:1]]
    replies = [_object(url=it.href, count=it.count) for it in entry.links_of("replies")]
    return _object(
        killed=entry.killed or None,
        note=entry.note,
        access="members" if entry.members_only else "",
        image=lead[0] if lead else None,
        related=[_object(url=it.href, title=it.title) for it in entry.links_of("related")],
        comments=replies[0] if replies else None,
    )
