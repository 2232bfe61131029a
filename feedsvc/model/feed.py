"""A feed and its entries in the words of RFC 4287; RSS's words appear only where RSS is written."""

from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

Format = Literal["rss", "atom", "json"]
"""RSS 2.0, Atom 1.0 (RFC 4287) or JSON Feed 1.1."""

FORMATS: tuple[Format, ...] = ("rss", "atom", "json")

MEDIA_TYPES: dict[Format, str] = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}

FILES: dict[Format, str] = {"rss": "rss.xml", "atom": "atom.xml", "json": "feed.json"}
"""The last part of the address of a feed."""

FORMATS_BY_FILE: dict[str, Format] = {file: format for format, file in FILES.items()}
"""Formats by the last part of the address."""

WITH_TOMBSTONES: tuple[Format, ...] = ("atom", "json")
"""Formats that can list deleted entries."""

ENCODINGS = ("zstd", "br", "gzip")
"""Content codings (RFC 9110 §8.4.1) that feeds are given out in, the preferred ones first."""

HTML = "text/html"
"""The media type of pages."""

Medium = Literal["image", "audio", "video"]
"""The ``medium`` attribute of Media RSS."""


class Author(Struct, frozen=True):
    """RFC 4287 §3.2, a Person construct."""

    name: str
    email: str = ""
    uri: str = ""


class Link(Struct, frozen=True):
    """RFC 4287 §4.2.7."""

    href: str
    rel: str
    type: str = ""
    title: str = ""
    hreflang: str = ""
    length: int | None = None
    """Size in bytes."""
    count: int | None = None
    """RFC 4685 §4, ``thr:count``: the number of replies."""


class Category(Struct, frozen=True):
    """RFC 4287 §4.2.2."""

    term: str
    scheme: str
    label: str = ""


class PictureFile(Struct, frozen=True):
    """A picture in one of several sizes."""

    url: str
    type: str
    length: int | None
    width: int
    """In pixels."""
    height: int


class MediaObject(Struct, frozen=True):
    """One ``media:content`` of Media RSS 1.5.1."""

    url: str
    medium: Medium
    type: str = ""
    length: int | None = None
    width: int | None = None
    height: int | None = None
    duration: int | None = None
    title: str = ""
    text: str = ""
    """The caption."""
    credit: str = ""
    alt: str = ""
    """The words for people who do not see a picture."""
    focus: tuple[float, float] | None = None
    """See ``feedsvc.model.article.Image``."""
    sizes: tuple[PictureFile, ...] = ()
    """The picture in several sizes, the narrowest first; empty where there is one alone."""
    thumbnail: PictureFile | None = None
    """The one of the sizes for lists; None where there is one size alone."""

    @property
    def enclosed(self) -> bool:
        """Return whether it is an enclosure: these have a type and a true length."""
        return bool(self.type and self.length)


class Note(Struct, frozen=True):
    """The notice of a correction, as it stands above the text."""

    heading: str
    """The word for a correction, where the notice does not begin with it, and, if there are
    several, the date."""
    text: str
    moment: datetime

    def __str__(self) -> str:
        """Return the notice as one line."""
        return f"{self.heading}: {self.text}" if self.heading else self.text


class Entry(Struct, frozen=True, kw_only=True):
    """RFC 4287 §4.1.2; an RSS item."""

    id: str
    guid: str = ""
    """The id in RSS and JSON Feed, where it is another; it may be any text there."""
    title: str
    published: datetime
    updated: datetime
    summary: str
    """Plain text."""
    content: str
    """HTML; empty in a feed of summaries."""
    authors: tuple[Author, ...]
    links: tuple[Link, ...]
    """One alternate, first; then enclosures, related, replies."""
    categories: tuple[Category, ...] = ()
    media: tuple[MediaObject, ...] = ()
    """Pictures, sounds and films; the lead image first."""
    rights: str = ""
    language: str = ""
    """BCP 47, only where it differs from the feed's."""
    note: str = ""
    """The notices of its corrections, each on a line, or of a kill, as plain text."""
    notes: tuple[Note, ...] = ()
    """The corrections of an article, the oldest first."""
    killed: bool = False
    """Whether it replaces a killed article, or is the notice of its kill."""
    members_only: bool = False
    """Whether its text is for members, and not in it."""

    @property
    def any_id(self) -> str:
        """Return its id in formats that take any text for one."""
        return self.guid or self.id

    @property
    def language_of_text(self) -> str:
        """Return its language, also where it is the feed's."""
        return self.links_of("alternate")[0].hreflang

    def links_of(self, rel: str) -> tuple[Link, ...]:
        """Return the links of one relation, in order."""
        return tuple(link for link in self.links if link.rel == rel)


class Tombstone(Struct, frozen=True):
    """RFC 6721 §3: an entry that is deleted."""

    ref: str
    """The id of the entry, in the format of the feed."""
    when: datetime
    comment: str = ""


class Feed(Struct, frozen=True, kw_only=True):
    """The head of a feed: RFC 4287 §4.1.1; an RSS channel."""

    id: str
    title: str
    subtitle: str
    updated: datetime | None
    """Of its newest entry, correction or expiry; None where it never had any."""
    language: str
    author: Author
    links: tuple[Link, ...]
    """self, alternate and hub (WebSub §4); in an archived feed (RFC 5005 §4) current, prev-archive
    and next-archive; and as further alternates the same feed in other languages."""
    rights: str = ""
    icon: str = ""
    logo: str = ""
    archive: bool = False
    """Whether it is an archive document, which only corrections and kills change."""
    tombstones: tuple[Tombstone, ...] = ()
    """The newest first."""
    style: str = ""
    """The address of a style sheet in CSS for browsers; empty where there is none."""
    corrections: str = ""
    """The address of the feed of its corrections, in the same format."""

    @property
    def dated(self) -> datetime:
        """Return a date for formats that need one: an empty feed has that of its newest tombstone.

        Without any it is the first day of the feed's id, which is the same on every machine.
        """
        newest = max((tombstone.when for tombstone in self.tombstones), default=None)
        return self.updated or newest or first_day(self.id)

    @property
    def page(self) -> Link:
        """Return the link to the page with the same articles."""
        return next(link for link in self.links if link.rel == "alternate")

    def href(self, rel: str) -> str:
        """Return the address of the first link of one relation."""
        return next(link.href for link in self.links if link.rel == rel)


def first_day(tag: str) -> datetime:
    """Return the first moment of the date in a tag URI (RFC 4151 §2.1): a year, month or day.

    :raises ValueError: there is no such day.
    """
    date = tag.partition(",")[2].partition(":")[0]
    year, month, day = [*map(int, date.split("-")), 1, 1][:3]
    return datetime(year, month, day, tzinfo=UTC)


class Document(Struct, frozen=True, kw_only=True):
    """A finished feed: its bytes, its media type and its validators (RFC 9110 §8.8)."""

    body: bytes
    media_type: str
    etag: str
    """Opaque tag without its quotes; a strong validator."""
    last_modified: datetime
    """The first whole second after the last change to this feed."""
    url: str
    """The feed's own address (rel=self)."""
    hub: str = ""
    """The address of its hub (rel=hub, WebSub §4); empty where it has none."""
    max_age: int = 60
    """Seconds for which a client may use it without asking again (RFC 9111 §5.2.2.1)."""
    shared_age: int = 60
    """The same for a shared cache (RFC 9111 §5.2.2.10)."""
    marks: bytes = b""
    """A digest of each entry, ``MARK`` bytes each, by which entries that changed are found."""
    cuts: tuple[int, ...] = ()
    """Offsets in the body at which the entries begin, and at which the last one ends."""
    separator: bytes = b""
    """The bytes in the body between two entries."""
    tags: tuple[str, ...] = ()
    """Tags by which a CDN may purge it: its section, and the ids of its articles."""
    encodings: dict[str, bytes] = {}
    """Its bytes in content codings, as far as they were made ahead (RFC 9110 §8.4)."""
    ends: datetime | None = None
    """When the first of its articles expires; None where none does."""
    base: str = ""
    """The ETag of the state since which this document has only the changes (RFC 3229)."""

    @property
    def size(self) -> int:
        """Return its size in memory, in bytes and all codings."""
        return len(self.body) + sum(map(len, self.encodings.values()))

    @property
    def links(self) -> str:
        """Return the value of its ``Link`` header (RFC 8288 §3): itself, and its hub."""
        itself = f'<{self.url}>; rel="self"'
        return f'<{self.hub}>; rel="hub", {itself}' if self.hub else itself


MARK = 8
"""Bytes of an entry's digest in ``Document.marks``."""
