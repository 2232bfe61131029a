"""JSON Feed 1.1 (https://jsonfeed.org/version/1.1), and what of a feed it has no word for.

The shapes are the document: the order of the fields is the order of the keys, and what has a
default is left out where there is nothing to say. ``_feedsvc`` is the one extension; it has no
``about``, which would have to be the address of a page.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from feedsvc.model.feed import Author, Entry, Feed, MediaObject

VERSION = "https://jsonfeed.org/version/1.1"

JOINT = b",\n"
"""What stands between two items."""

_INDENT = 2
_DEPTH = b"\n    "
"""How deep an item stands in its document."""
_EMPTY, _TAIL = b"]\n}", b"\n  ]\n}\n"


class _Shape(Struct, frozen=True, omit_defaults=True):
    """An object without the keys that have nothing to say."""


class _Person(_Shape, frozen=True, kw_only=True):
    name: str
    url: str = ""


class _Attachment(_Shape, frozen=True, kw_only=True):
    url: str
    mime_type: str
    title: str = ""
    size_in_bytes: int | None = None
    duration_in_seconds: int | None = None


class _Story(_Shape, frozen=True, kw_only=True):
    url: str
    title: str = ""


class _Picture(_Shape, frozen=True, kw_only=True):
    caption: str = ""
    credit: str = ""


class _Comments(_Shape, frozen=True, kw_only=True):
    url: str
    count: int | None = None


class _Deleted(_Shape, frozen=True, kw_only=True):
    id: str
    date_deleted: datetime
    note: str = ""


class _Edition(_Shape, frozen=True, kw_only=True):
    url: str
    language: str


class _OfItem(_Shape, frozen=True, kw_only=True):
    """``_feedsvc`` of an item."""

    killed: bool = False
    note: str = ""
    image: _Picture | None = None
    related: tuple[_Story, ...] = ()
    comments: _Comments | None = None


class _OfFeed(_Shape, frozen=True, kw_only=True):
    """``_feedsvc`` of a feed."""

    rights: str = ""
    corrections: str = ""
    editions: tuple[_Edition, ...] = ()
    deleted: tuple[_Deleted, ...] = ()


class _Item(_Shape, frozen=True, kw_only=True):
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
    extension: _OfItem | None = msgspec.field(default=None, name="_feedsvc")


class _Feed(_Shape, frozen=True, kw_only=True):
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
    extension: _OfFeed | None = msgspec.field(default=None, name="_feedsvc")
    items: tuple[_Item, ...]
    """The last, so that a feed can be cut where they belong."""


_Some = TypeVar("_Some", bound=_Shape)


def render(entry: Entry) -> bytes:
    """Return an entry as an item, ready to stand in any document."""
    pictures = [item for item in entry.media if item.medium == "image"]
    item = _Item(
        id=entry.id,
        url=entry.links_of("alternate")[0].href,
        title=entry.title,
        content_html=entry.content,
        # An item must have one of both, and an empty one would be none to many readers.
        content_text="" if entry.content else entry.summary or entry.title,
        summary=entry.summary,
        image=pictures[0].url if pictures else "",
        date_published=entry.published,
        date_modified=entry.updated,
        authors=_people(entry.authors),
        tags=tuple(dict.fromkeys(it.label or it.term for it in entry.categories)),
        language=entry.language,
        attachments=_attachments(entry.media),
        extension=_said(_of_item(entry, pictures), _OfItem()),
    )
    return _DEPTH[1:] + _written(item).replace(b"\n", _DEPTH)


def head(feed: Feed) -> tuple[bytes, bytes]:
    """Return what stands before and after the items of a feed."""
    deleted = tuple(
        _Deleted(id=it.ref, date_deleted=it.when, note=it.comment) for it in feed.tombstones
    )
    others = [it for it in feed.links if it.rel == "alternate" and it.hreflang]
    extension = _OfFeed(
        rights=feed.rights,
        corrections=feed.corrections,
        editions=tuple(_Edition(url=it.href, language=it.hreflang) for it in others),
        deleted=deleted,
    )
    older = (link.href for link in feed.links if link.rel == "prev-archive")
    whole = _Feed(
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
        extension=_said(extension, _OfFeed()),
        items=(),
    )
    return _written(whole).removesuffix(_EMPTY) + b"\n", _TAIL


def _written(shape: _Shape) -> bytes:
    # No line ends within a string of JSON, so lines may be indented as they are.
    return msgspec.json.format(msgspec.json.encode(shape), indent=_INDENT)


def _said(shape: _Some, nothing: _Some) -> _Some | None:
    return None if shape == nothing else shape


def _people(authors: Iterable[Author]) -> tuple[_Person, ...]:
    return tuple(_Person(name=it.name, url=it.uri or _mailto(it.email)) for it in authors)


def _mailto(email: str) -> str:
    return f"mailto:{quote(email, safe='@+')}" if email else ""


def _attachments(media: Iterable[MediaObject]) -> tuple[_Attachment, ...]:
    """Return what has a type, sounds and films first, as Atom's enclosures.

    A caption is no title: attachments with the same title are one thing in several formats.
    """
    found = sorted((it for it in media if it.type), key=lambda it: it.type.startswith("image/"))
    return tuple(
        _Attachment(
            url=it.url,
            mime_type=it.type,
            title=it.title,
            size_in_bytes=it.length or None,
            duration_in_seconds=it.duration or None,
        )
        for it in found
    )


def _of_item(entry: Entry, pictures: Sequence[MediaObject]) -> _OfItem:
    lead = [_Picture(caption=it.text, credit=it.credit) for it in pictures[:1]]
    replies = [_Comments(url=it.href, count=it.count) for it in entry.links_of("replies")]
    return _OfItem(
        killed=entry.killed,
        note=entry.note,
        image=_said(lead[0], _Picture()) if lead else None,
        related=tuple(_Story(url=it.href, title=it.title) for it in entry.links_of("related")),
        comments=replies[0] if replies else None,
    )
