"""The keys of a record, each with its reader."""

from operator import attrgetter
from typing import Any

from feedsvc.ingest.record import value_types
from feedsvc.ingest.record.fields import LINE, URL, WORDS, Fields, Reader, text, typed
from feedsvc.ingest.record.parsed import Value
from feedsvc.model.article import Correction
from feedsvc.model.languages import language_tag
from feedsvc.model.paths import section_path

NOTE: dict[str, Reader] = {"date": Fields.date, "text": WORDS}


def notes(fields: Fields, value: Value, key: str) -> str | tuple[Correction, ...]:
    """Return the notice of a correction, or several with their dates, the oldest first."""
    if not isinstance(value.data, list):
        return WORDS(fields, value, key)
    corrections = (_note(fields, item, key) for item in value.data)
    return tuple(sorted(corrections, key=attrgetter("moment")))


def _note(fields: Fields, value: Value, key: str) -> Correction:
    given = value.data if isinstance(value.data, dict) else {}
    values = fields.mapping(given, NOTE, key)
    if values.keys() != NOTE.keys():
        raise ValueError("has an item without a date or a text; {date: 2026-11-21 08:30, text: …}")
    return Correction(values["date"], values["text"])


def note_fields(note: str | tuple[Correction, ...]) -> dict[str, Any]:
    """Return the fields of an Article for a note."""
    return {"note": note} if isinstance(note, str) else {"note": note[-1].note, "notes": note}


_PROSE = typed(str)
RECORD: dict[str, Reader] = {
    "id": text(value_types.identifier),
    "headline": LINE,
    "summary": WORDS,
    "byline": Fields.byline,
    "section": text(section_path),
    "published": Fields.date,
    "updated": Fields.date,
    "language": text(language_tag),
    "keywords": Fields.texts,
    "image": Fields.image,
    "images": Fields.images,
    "media": Fields.media,
    "related": Fields.related,
    "status": text(value_types.status),
    "embargoed": Fields.date,
    "expires": Fields.date,
    "note": notes,
    "slug": text(value_types.slug),
    "url": URL,
    "comments": Fields.comments,
    "body": _PROSE,
    "body_html": _PROSE,
}
"""Every key of a record with its reader; ``body`` and ``body_html`` are for JSON."""

KEYS = tuple(key for key in RECORD if key != "body_html")
"""The keys of a record in the order in which importers write them."""
