"""An article as the newsroom knows it, in the words of ninjs and of the trade."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

_LONGEST_KEY = 200
"""Characters of a headline by which its story is found."""
_KEY_BYTES = 600
"""Bytes of such a key: with the id of an article they must fit an index of PostgreSQL."""

Status = Literal["usable", "withheld", "canceled"]
"""ninjs ``pubstatus``: published, held back, or killed. A draft never becomes an Article."""


class Person(Struct, frozen=True, omit_defaults=True):
    """One name of a byline."""

    name: str
    email: str = ""
    url: str = ""


class File(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A picture, a sound or a film: a file of the newsroom, or a URL elsewhere.

    Exactly one of ``path`` and ``url`` is set.
    """

    path: str = ""
    """Below the newsroom's folder, such as ``articles/local/bridge.jpg``."""
    digest: str = ""
    """The first 16 hexadecimal digits of the SHA-256 of a local file."""
    url: str = ""
    """The absolute URL of a remote file."""
    type: str = ""
    """Media type (RFC 6838): measured from a local file, given by the record for a remote one."""
    length: int | None = None
    """Size in bytes; None if it is not known, and then there is no enclosure."""


class Image(File, frozen=True, omit_defaults=True, kw_only=True):
    """A picture with its caption, credit and alternative text."""

    width: int | None = None
    """In pixels."""
    height: int | None = None
    """In pixels."""
    caption: str = ""
    credit: str = ""
    alt: str = ""
    focus: tuple[float, float] | None = None
    """The part that a narrower picture has to show: from 0 to 1, from the left and from the top."""


class Rendition(File, frozen=True, omit_defaults=True, kw_only=True):
    """A picture in one of the sizes in which readers get it; perhaps the newsroom's own file."""

    of: str
    """The root-relative address of the picture that it shows."""
    width: int
    """In pixels, as it is shown."""
    height: int


MAX_SHOWN = 1200
"""Pixels: mail programs show a picture as wide as its ``width`` says, and letters are narrower."""


def shown_size(width: int | None, height: int | None) -> tuple[int | None, int | None]:
    """Return the width and height in which a text shows a picture of some size."""
    if width and width > MAX_SHOWN:
        return MAX_SHOWN, height and max(1, round(height * MAX_SHOWN / width))
    return width, height


class Media(File, frozen=True, omit_defaults=True, kw_only=True):
    """A sound or a film."""

    title: str = ""
    duration: int | None = None
    """In seconds."""


class Related(Struct, frozen=True, omit_defaults=True):
    """A reference to another story. At least one of the three is set."""

    ref: str = ""
    """The id of an article, or its path below ``articles/``."""
    url: str = ""
    headline: str = ""


class Correction(Struct, frozen=True, omit_defaults=True):
    """The notice of one correction, and its moment."""

    moment: datetime
    note: str


class Comments(Struct, frozen=True, omit_defaults=True):
    """The address and the number of the comments on an article."""

    url: str = ""
    count: int | None = None


class Origin(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An article's place in the system that it comes from; readers never see it."""

    system: str
    id: str
    revised: datetime | None = None
    """Moment of this version there."""
    also: tuple[str, ...] = ()
    """Ids of its later versions there."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Return all ids that it has there."""
        return (self.id, *self.also)


class Article(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One article, checked and clean: once built, it is valid."""

    id: str
    """Never changes; the specific part of the tag URI (RFC 4151)."""
    path: str
    """The record's file below ``articles/``."""
    guid: str = ""
    """The id that readers know from a former system, in the place of the tag URI."""
    origin: Origin | None = None
    headline: str
    summary: str
    summarized: bool = False
    """Its summary was made from the body, although the body does not begin with it."""
    section: str
    """The breadcrumb as a path, such as ``world/europe``; empty at the top."""
    other_sections: tuple[str, ...] = ()
    """Further sections whose feeds have it; its page and its language are of the first."""
    page_only: bool = False
    """It is in no feed (``feeds: false``), and has a page all the same."""
    members_only: bool = False
    """Its text is for members; here are its picture, its summary and its teaser alone."""
    published: datetime
    updated: datetime
    """Moment of the last update or correction; ``published`` if there was none."""
    slug: str
    body: str
    """Clean HTML; every URL is absolute except ``/media/…`` for files of the newsroom."""
    byline: tuple[Person, ...] = ()
    """If empty, the site is the author."""
    language: str = ""
    """BCP 47; if empty, the language is that of the section, else of the site."""
    keywords: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    """The lead image first."""
    renditions: tuple[Rendition, ...] = ()
    """Its pictures, also of the body, in smaller sizes: all sizes of one together, the narrowest
    first."""
    media_at: str = ""
    """Where another server gives out its pictures and sounds; empty where feedsvc does."""
    media: tuple[Media, ...] = ()
    related: tuple[Related, ...] = ()
    links: tuple[Related, ...] = ()
    """The articles that the body links to by their files."""
    status: Status = "usable"
    embargoed: datetime | None = None
    expires: datetime | None = None
    note: str = ""
    """The newest notice of a correction, or the notice of its kill."""
    notes: tuple[Correction, ...] = ()
    """The notices that have dates, the oldest first; else that of ``note`` is ``updated``."""
    url: str = ""
    """Its address at another site; if empty, it is ``[site] url`` + section + slug."""
    comments: Comments | None = None
    topics: tuple[str, ...] = ()
    """The feeds by author, keyword and language that it is in, such as ``tag/floods``."""
    keeps_id: bool = False
    """Its record names no id, and its file was moved: the id is that of the file it was in."""
    killed: datetime | None = None
    """Moment of the kill, if readers had the article; nothing of its text is left then."""
    former_feeds: tuple[str, ...] = ()
    """Of a killed article: the sections and topics that it had left, whose readers have it, too."""

    @property
    def sections(self) -> tuple[str, ...]:
        """Return its own section, then the others; none where it is in no feed."""
        return () if self.page_only else self.named_sections

    @property
    def named_sections(self) -> tuple[str, ...]:
        """Return the sections that its record names, its own first."""
        return self.section, *self.other_sections

    @property
    def deck(self) -> str:
        """Return its summary; empty where it was made from the body."""
        return "" if self.summarized else self.summary

    @property
    def appeared(self) -> datetime:
        """Return its date for readers: no reader had it before the end of its embargo."""
        return max(self.published, self.embargoed or self.published)

    @property
    def corrections(self) -> tuple[Correction, ...]:
        """Return the corrections since readers may have it, the oldest first."""
        return tuple(it for it in self.dated_notes if it.moment > self.appeared)

    @property
    def dated_notes(self) -> tuple[Correction, ...]:
        """Return the notices of its record with their dates, the oldest first."""
        return self.notes or ((Correction(self.updated, self.note),) if self.note else ())

    def as_of(self, now: datetime) -> Article:
        """Return it without the update and the corrections that are dated later than a moment."""
        if self.updated <= now or self.status == "canceled":
            return self
        notes = tuple(correction for correction in self.notes if correction.moment <= now)
        last = notes[-1] if notes else Correction(self.published, "")
        updated = max(last.moment, self.published)
        return replace(self, updated=updated, note=last.note, notes=notes)

    @property
    def released(self) -> datetime:
        """Return the moment from which feeds may show the article, or the notice of its kill."""
        return self.killed or self.appeared

    def reached_readers(self, now: datetime) -> bool:
        """Return whether readers had the article, or the notice of its kill, by this moment."""
        published = self.status == "usable" and self.released <= now
        return published or self.killed is not None

    def usable(self, now: datetime) -> bool:
        """Return whether readers may have the article at this moment."""
        return self.status == "usable" and self._in_time(now)

    def shown(self, now: datetime) -> bool:
        """Return whether feeds have an entry for it: the article, or the notice of its kill."""
        return (self.status == "usable" or self.killed is not None) and self._in_time(now)

    @property
    def has_page(self) -> bool:
        """Return whether it has a page at this site, from its release until it expires."""
        return self.status == "usable" and not self.url

    @property
    def references(self) -> tuple[Related, ...]:
        """Return all other articles whose state decides how this one looks."""
        return (*self.related, *self.links)

    def turns(self) -> list[datetime]:
        """Return the moments of its release and of its expiry, as far as it has them."""
        if self.status != "usable":
            return []
        return [self.released, self.expires] if self.expires else [self.released]

    def _in_time(self, now: datetime) -> bool:
        return self.released <= now and (self.expires is None or now < self.expires)


class Listing(Struct, frozen=True, order=True):
    """An article's place among the others of a section: newest first, then by id."""

    age: int
    """Seconds from the release to 1970, so that the newest sorts first."""
    id: str
    expires: datetime | None = None
    number: int = 0
    """Revision of its entry; 0 where it is not needed."""

    @property
    def released(self) -> datetime:
        """Return the moment from which feeds may show the article."""
        return datetime.fromtimestamp(-self.age, UTC)

    def shown(self, now: datetime) -> bool:
        """Return whether feeds have an entry for it at this moment."""
        return -self.age <= now.timestamp() and (self.expires is None or now < self.expires)


def headline_key(headline: str) -> str:
    """Return a key that is equal for two headlines of the same story."""
    words = unicodedata.normalize("NFKC", headline).casefold().split()
    return bounded_key(" ".join(words).rstrip(".…"))


def bounded_key(key: str) -> str:
    """Return a key, or the beginning and a digest of a very long one: no index has room for it."""
    beginning = key[:_LONGEST_KEY].encode()[:_KEY_BYTES].decode(errors="ignore")
    return key if beginning == key else f"{beginning}#{sha256(key.encode()).hexdigest()}"
