"""An article as the newsroom knows it, in the words of ninjs and of the trade."""

from __future__ import annotations

import unicodedata
from datetime import datetime
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

    @property
    def released(self) -> datetime:
        """Return the moment from which feeds may show the article."""
        return max(self.published, self.embargoed or self.published)

    def usable(self, now: datetime) -> bool:
        """Tell whether feeds may show the article at this moment."""
        return (
            self.status == "usable"
            and self.released <= now
            and (self.expires is None or now < self.expires)
        )


def headline_key(headline: str) -> str:
    """Return what two headlines have in common that mean the same story."""
    words = unicodedata.normalize("NFKC", headline).casefold().split()
    return " ".join(words).rstrip(".…")
