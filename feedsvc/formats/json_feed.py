"""JSON Feed 1.1 (https://jsonfeed.org/version/1.1).

The classes are the objects of the document: the order of the fields is the order of the keys, and
a field that has its default is left out. Facts for which JSON Feed has no key stand in the
extension ``_feedsvc``; it has no ``about``, which would have to be the address of a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct

from feedsvc.model.feed import Author, Entry, Feed, MediaObject

VERSION = "https://jsonfeed.org/version/1.1"

SEPARATOR: bytes = b",\n"
TAIL: bytes = b"\n  ]\n}\n"

_INDENT = 2
_LINE = b"\n    "
"""The beginning of each line of an item within a document."""
_EMPTY = b"]\n}"
"""The end of a document without items."""


class _Object(Struct, frozen=True, omit_defaults=True):
    """An object without the keys that have their default."""


class _Person(_Object, frozen=True, kw_only=True):
    name: str
    url: str = ""


class _Attachment(_Object, frozen=True, kw_only=True):
    url: str
    mime_type: str
    title: str = ""
    size_in_bytes: int | None = None
    duration_in_seconds: int | None = None


class _Related(_Object, frozen=True, kw_only=True):
    url: str
    title: str = ""


class _ImageText(_Object, frozen=True, kw_only=True):
    caption: str = ""
    credit: str = ""


class _Comments(_Object, frozen=True, kw_only=True):
    url: str
    count: int | None = None


class _Deleted(_Object, frozen=True, kw_only=True):
    id: str
    date_deleted: datetime
    note: str = ""


class _Edition(_Object, frozen=True, kw_only=True):
    url: str
    language: str


class _ItemExtension(_Object, frozen=True, kw_only=True):
    """``_feedsvc`` of an item."""

    killed: bool = False
    note: str = ""
    image: _ImageText | None = None
    related: tuple[_Related, ...] = ()
    comments: _Comments | None = None


class _FeedExtension(_Object, frozen=True, kw_only=True):
    """``_feedsvc`` of a feed."""

    rights: str = ""
    corrections: str = ""
    editions: tuple[_Edition, ...] = ()
    deleted: tuple[_Deleted, ...] = ()


class _Item(_Object, frozen=True, kw_only=True):
    id: str
    url: str
    title: str
    content_html: str = ""
    content_text: str = ""
    summary: str = ""
    image: str = ""
    date_published: datetime
    date_modified: datetime
    authors: tuple[_Person, ...]
    tags: tuple[str, ...] = ()
    language: str = ""
    attachments: tuple[_Attachment, ...] = ()
    extension: _ItemExtension | None = msgspec.field(default=None, name="_feedsvc")


class _Feed(_Object, frozen=True, kw_only=True):
    version: str
    title: str
    home_page_url: str
    feed_url: str
    description: str = ""
    next_url: str = ""
    icon: str = ""
    favicon: str = ""
    authors: tuple[_Person, ...]
    language: str
    extension: _FeedExtension | None = msgspec.field(default=None, name="_feedsvc")
    items: tuple[_Item, ...]
    """The last key, so that a feed can be cut where its items belong."""


_AnyObject = TypeVar("_AnyObject", bound=_Object)


def entry(entry: Entry) -> bytes:
    """Return an entry as an item."""
    images = [item for item in entry.media if item.medium == "image"]
    item = _Item(
        id=entry.id,
        url=entry.links_of("alternate")[0].href,
        title=entry.title,
        content_html=entry.content,
        # An item must have one of both (§ Items), and many readers take an empty one for none.
        content_text="" if entry.content else entry.summary or entry.title,
        summary=entry.summary,
        image=images[0].url if images else "",
        date_published=entry.published,
        date_modified=entry.updated,
        authors=_people(entry.authors),
        tags=tuple(dict.fromkeys(it.label or it.term for it in entry.categories)),
        language=entry.language,
        attachments=_attachments(entry.media),
        extension=_unless_empty(_item_extension(entry, images)),
    )
    return _LINE[1:] + _json(item).replace(b"\n", _LINE)


def head(feed: Feed) -> bytes:
    """Return the part of a feed before its items."""
    deleted = [_Deleted(id=it.ref, date_deleted=it.when, note=it.comment) for it in feed.tombstones]
    others = [it for it in feed.links if it.rel == "alternate" and it.hreflang]
    extension = _FeedExtension(
        rights=feed.rights,
        corrections=feed.corrections,
        editions=tuple(_Edition(url=it.href, language=it.hreflang) for it in others),
        deleted=tuple(deleted),
    )
    older = (link.href for link in feed.links if link.rel == "prev-archive")
    empty = _Feed(
        version=VERSION,
        title=feed.title,
        home_page_url=feed.href("alternate"),
        feed_url=feed.href("self"),
        description=feed.subtitle,
        next_url=next(older, ""),
        # Both should be square, which a logo need not be.
        icon=feed.icon,
        favicon=feed.icon,
        authors=_people((feed.author,)),
        language=feed.language,
        extension=_unless_empty(extension),
        items=(),
    )
    return _json(empty).removesuffix(_EMPTY) + b"\n"


def _json(value: _Object) -> bytes:
    # No string of JSON has an end of a line in it, so all lines may be indented.
    return msgspec.json.format(msgspec.json.encode(value), indent=_INDENT)


def _unless_empty(value: _AnyObject) -> _AnyObject | None:
    return None if value == type(value)() else value


def _people(authors: Iterable[Author]) -> tuple[_Person, ...]:
    return tuple(_Person(name=it.name, url=it.uri or _mailto(it.email)) for it in authors)


def _mailto(email: str) -> str:
    return f"mailto:{quote(email, safe='@+')}" if email else ""


def _attachments(media: Iterable[MediaObject]) -> tuple[_Attachment, ...]:
    """Return the media objects that have a type, sounds and films first, as Atom's enclosures.

    A caption is no title: attachments with the same title are one thing in several formats.
    """
    typed = sorted((it for it in media if it.type), key=lambda it: it.type.startswith("image/"))
    return tuple(
        _Attachment(
            url=item.url,
            mime_type=item.type,
            title=item.title,
            size_in_bytes=item.length or None,
            duration_in_seconds=item.duration or None,
        )
        for item in typed
    )


def _item_extension(entry: Entry, images: Sequence[MediaObject]) -> _ItemExtension:
    lead = [_ImageText(caption=it.text, credit=it.credit) for it in images[:1]]
    replies = [_Comments(url=it.href, count=it.count) for it in entry.links_of("replies")]
    return _ItemExtension(
        killed=entry.killed,
        note=entry.note,
        image=_unless_empty(lead[0]) if lead else None,
        related=tuple(_Related(url=it.href, title=it.title) for it in entry.links_of("related")),
        comments=replies[0] if replies else None,
    )
