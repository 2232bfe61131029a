"""Readers of single values of a record, each on one line without spaces around it.

Each raises ValueError with a message for people.
"""

import re
from pathlib import PurePosixPath
from typing import get_args

from feedsvc.errors import did_you_mean
from feedsvc.ingest.files import SUFFIXES
from feedsvc.ingest.record.markup import MARKUP, character_reference, markdown_marks
from feedsvc.model.article import Status
from feedsvc.model.paths import below_articles, check_name
from feedsvc.model.text import clean_text

STATUSES = ("draft", *get_args(Status))
_STATUSES_ELSEWHERE = {
    **dict.fromkeys(("live", "public", "publish", "published"), "usable"),
    **dict.fromkeys(("deleted", "killed", "trash", "withdrawn"), "canceled"),
    **dict.fromkeys(("hidden", "private", "unpublished"), "withheld"),
    **dict.fromkeys(("in progress", "pending", "review"), "draft"),
}
"""Words of other systems for a status."""

MAX_LINE = 1000
"""Characters of a headline, a name, a keyword or an id."""

MAX_KEY = 2000
"""Bytes of an id, or of an id and a section together: an index of PostgreSQL takes 2,700."""

_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):([0-5]\d)")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
_AND = re.compile(
    r",?\s+(?:and|&|und|et|og|och|ja|oraz|и)\s+"
    # A surname may have these: Ortega y Gasset, Costa e Silva.
    r"|\s+[ye]\s+(?=\w[\w.’'-]*\s+\w)"
)
_EMAIL = re.compile(r"[^@\s<>,;]++@[^@\s<>,;][^@\s<>,;.]*+\.[^@\s<>,;]++")


def line(typed: str) -> tuple[str, str]:
    """Return a text, as it was typed, that is one line without markup, and a note if any."""
    typed = typed.strip()
    if "\n" in typed:
        raise ValueError("must be one line")
    if len(typed) > MAX_LINE:
        raise ValueError(f"has {len(typed):,} characters; {MAX_LINE:,} are the most")
    if tag := MARKUP.search(typed):
        raise ValueError(f"has markup ({tag[0]}); write plain text")
    note = ""
    if written := character_reference(typed):
        note = f"has {written[0]}, which readers see as it stands; write {written[1]}"
    elif marked := markdown_marks(typed):
        note = f"has {marked}, whose marks readers see as they stand; write the words alone"
    return clean_text(typed), note


def reference(text: str) -> str:
    """Return a pointer at an article, an id, a guid or a path, in its one form."""
    if "://" in text:
        return text
    path = PurePosixPath(below_articles(text).strip("/"))
    return str(path.with_suffix("")) if path.suffix in SUFFIXES else str(path)


def names(typed: str) -> list[str]:
    """Return the names in a byline of one line, such as ``A, B and C``, ``A und B``.

    A comma alone parts no names: behind it is often an office or a place.
    """
    first, *last = _AND.split(re.sub(r"^[Bb]y ", "", typed))
    parts = [*re.split(r",\s+", first), *last] if last else [first]
    return list(dict.fromkeys(filter(None, parts)))


def identifier(typed: str) -> str:
    """Return the id of an article."""
    if re.search(r"\s", typed) or typed.startswith("/"):
        raise ValueError(f'"{typed}" must have no spaces and not begin with a slash')
    return guid(typed)


def guid(typed: str) -> str:
    """Return an id of another system, as it stands there."""
    typed = typed.strip()
    if "\n" in typed:
        raise ValueError("must be one line")
    if len(typed) > MAX_LINE:
        raise ValueError(f"has {len(typed):,} characters; {MAX_LINE:,} are the most")
    if (size := len(typed.encode())) > MAX_KEY:
        raise ValueError(f"has {size:,} bytes (a letter has one to four); {MAX_KEY:,} are the most")
    return typed


def email(typed: str) -> str:
    """Return an e-mail address."""
    if not _EMAIL.fullmatch(typed):
        raise ValueError(f'"{typed}" is not an e-mail address')
    return typed


def slug(typed: str) -> str:
    """Return the last part of a permalink."""
    if not re.fullmatch(r"[\w.~-]+", typed) or typed in (".", ".."):
        raise ValueError(f'"{typed}" must be letters, digits and hyphens, such as harbour-bridge')
    check_name(typed)
    return typed


def status(typed: str) -> str:
    """Return a status; ``draft`` is one of them here."""
    if typed not in STATUSES:
        known = ", ".join(STATUSES)
        here = _STATUSES_ELSEWHERE.get(typed.casefold(), "")
        meant = f' Here that is "{here}".' if here else did_you_mean(typed, STATUSES)
        raise ValueError(f'"{typed}" is none of {known}.{meant}')
    return typed


def switch(typed: str) -> bool:
    """Return whether a key is on."""
    if typed.casefold() not in ("true", "false"):
        raise ValueError(f'"{typed}" must be true or false')
    return typed.casefold() == "true"


def access(typed: str) -> str:
    """Return the readers that get the text, where these are not all."""
    if typed != "members":
        raise ValueError(f'"{typed}" must be members, or be left out where all may read it')
    return typed


def number(typed: str) -> int:
    """Return a whole number that is not negative."""
    if not re.fullmatch(r"[0-9]{1,15}", typed):
        raise ValueError(f'"{typed}" must be a whole number')
    return int(typed)


def size(typed: str) -> int:
    """Return a whole number from 1."""
    count = number(typed)
    if count == 0:
        raise ValueError("must be more than 0; leave it out if it is not known")
    return count


def duration(typed: str) -> int:
    """Return seconds, from seconds or from ``h:mm:ss``."""
    clock = _CLOCK.fullmatch(typed)
    if clock:
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return hours * 3600 + minutes * 60 + seconds
    try:
        return size(typed)
    except ValueError:
        message = f'"{typed}" must be seconds or h:mm:ss, such as 95 or 1:35'
        raise ValueError(message) from None


def media_type(typed: str) -> str:
    """Return a media type."""
    typed = typed.lower()
    if not _MEDIA_TYPE.fullmatch(typed):
        raise ValueError(f'"{typed}" is not a media type; write one such as image/jpeg')
    return typed
