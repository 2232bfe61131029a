"""An article as the newsroom knows it, in the words of ninjs and of the trade."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

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
    """Media type (RFC 6838): measured from a local file, told by the record for a remote one."""
    length: int | None = None
    """Size in bytes; None when nobody knows, and then there is no enclosure."""


class Image(File, frozen=True, omit_defaults=True, kw_only=True):
    """A picture with the words that belong to it."""

    width: int | None = None
    """In pixels."""
    height: int | None = None
    """In pixels."""
    caption: str = ""
    credit: str = ""
    alt: str = ""


class Media(File, frozen=True, omit_defaults=True, kw_only=True):
    """A sound or a film."""

    title: str = ""
    duration: int | None = None
    """In seconds."""


class Related(Struct, frozen=True, omit_defaults=True):
    """A pointer at another story. At least one of the three is set."""

    ref: str = ""
    """The id of an article, or its path below ``articles/``."""
    url: str = ""
    headline: str = ""


class Comments(Struct, frozen=True, omit_defaults=True):
    """Where an article is discussed, and how much."""

    url: str = ""
    count: int | None = None


class Article(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One article, checked and clean: once built, it is valid."""

    id: str
    """Never changes; the specific part of the tag URI (RFC 4151)."""
    path: str
    """The record's file below ``articles/``."""
    headline: str
    summary: str
    summary_in_body: bool = False
    """Whether the body begins with the summary, as where the summary was cut from it."""
    section: str
    """The breadcrumb as a path, such as ``world/europe``; empty at the top."""
    published: datetime
    updated: datetime
    """Of the last correction worth telling readers; ``published`` when there was none."""
    slug: str
    body: str
    """Clean HTML; every URL absolute but for pictures of the newsroom (``/media/…``)."""
    byline: tuple[Person, ...] = ()
    """Empty: the site is the author."""
    language: str = ""
    """BCP 47; empty: the section's language, else the site's."""
    keywords: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    """The lead image first."""
    media: tuple[Media, ...] = ()
    related: tuple[Related, ...] = ()
    status: Status = "usable"
    embargoed: datetime | None = None
    expires: datetime | None = None
    note: str = ""
    url: str = ""
    """Where the article is read; empty: ``[site] url`` + section + slug."""
    comments: Comments | None = None
    topics: tuple[str, ...] = ()
    """The feeds by author, keyword and language that it is in, such as ``tag/floods``."""
    killed: datetime | None = None
    """When the article was killed, if readers had it; then nothing of its text is left here."""

    @property
    def released(self) -> datetime:
        """Return the moment from which feeds may show the article, or the notice of its kill."""
        return self.killed or max(self.published, self.embargoed or self.published)

    def usable(self, now: datetime) -> bool:
        """Tell whether readers may have the article at this moment."""
        return self.status == "usable" and self._in_time(now)

    def shown(self, now: datetime) -> bool:
        """Tell whether feeds have an entry for it: the article, or the notice of its kill."""
        return (self.status == "usable" or self.killed is not None) and self._in_time(now)

    @property
    def has_page(self) -> bool:
        """Tell whether it is read at an address of this site's, from its release to its end."""
        return self.status == "usable" and not self.url

    def turns(self) -> list[datetime]:
        """Return the moments at which readers get to have the article, and no longer have it."""
        if self.status != "usable":
            return []
        return [self.released, self.expires] if self.expires else [self.released]

    def _in_time(self, now: datetime) -> bool:
        return self.released <= now and (self.expires is None or now < self.expires)


class Listing(Struct, frozen=True, order=True):
    """An article's place among the others of a section: newest first, then by id."""

    age: int
    """Seconds from the release to 1970; so what sorts first is newest."""
    id: str
    expires: datetime | None = None
    number: int = 0
    """Of the last change to its entry; told where entries are made."""

    @property
    def released(self) -> datetime:
        """Return the moment from which feeds may show the article."""
        return datetime.fromtimestamp(-self.age, UTC)

    def shown(self, now: datetime) -> bool:
        """Tell whether feeds have an entry for it at this moment."""
        return -self.age <= now.timestamp() and (self.expires is None or now < self.expires)


def headline_key(headline: str) -> str:
    """Return what two headlines have in common that mean the same story."""
    words = unicodedata.normalize("NFKC", headline).casefold().split()
    return " ".join(words).rstrip(".…")
