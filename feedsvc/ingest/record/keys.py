"""The keys of a record, each with its reader."""

from operator import attrgetter
from typing import Any

from feedsvc.ingest.record import value_types
from feedsvc.ingest.record.fields import LINE, URL, WORDS, Fields, Reader, text, typed
from feedsvc.ingest.record.parsed import Value
from feedsvc.model.article import Correction, Origin
from feedsvc.model.languages import language_tag
from feedsvc.model.paths import ancestors, section_path
from feedsvc.model.text import clean_text

MAX_ALSO = 500
"""Ids of an article in the system that it comes from: each is looked for when a record is read."""
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


def section(_fields: Fields, value: Value, _key: str) -> str:
    """Return the article's own section."""
    if isinstance(value.data, list):
        raise ValueError("is one section; for several write sections: [sport, business]")
    return section_path(clean_text(value.text))


def sections(fields: Fields, value: Value, key: str) -> tuple[str, ...]:
    """Return the sections of a list, without the ones that another includes; the first stays."""
    if isinstance(value.data, str):
        raise ValueError(f"must be a list: {key}: [{value.data}]")
    given = fields.each(value, key, section)
    kept = given[:1]
    for name in given[1:]:
        if name in kept:
            fields.report(value, key, f'names "{name}" twice', note=True)
        elif below := next((it for it in given if it != name and name in ancestors(it)), None):
            message = f'names "{name}", which has all articles of "{below}" anyway'
            fields.report(value, key, message, note=True)
        else:
            kept.append(name)
    return tuple(kept)


_PROSE, _GUID = typed(str), typed(value_types.guid)
ORIGIN: dict[str, Reader] = {
    "system": LINE,
    "id": _GUID,
    "revised": Fields.date,
    "also": lambda fields, value, key: tuple(fields.each(value, key, _GUID)),
}


_MAX_SYSTEM = 200
"""Bytes of the name of a system: with an id in it, it must fit an index of PostgreSQL."""


def origin(fields: Fields, value: Value, key: str) -> Origin:
    """Return the place of an article in the system that it comes from."""
    given = value.data if isinstance(value.data, dict) else {}
    values = fields.mapping(given, ORIGIN, key)
    if not {"system", "id"} <= values.keys():
        raise ValueError("needs the name of the system and an id: {system: ghost, id: 63f4}")
    if (size := len(values["system"].encode())) > _MAX_SYSTEM:
        raise ValueError(f"has a system whose name has {size:,} bytes; {_MAX_SYSTEM} are the most")
    also = dict.fromkeys(it for it in values.pop("also", ()) if it != values["id"])
    if len(also) > MAX_ALSO:
        raise ValueError(f"has {len(also):,} ids in also; {MAX_ALSO} are the most")
    return Origin(**values, also=tuple(also))


RECORD: dict[str, Reader] = {
    "id": text(value_types.identifier),
    "guid": _GUID,
    "headline": LINE,
    "summary": WORDS,
    "byline": Fields.byline,
    "section": section,
    "sections": sections,
    "published": Fields.date,
    "updated": Fields.date,
    "language": text(language_tag),
    "keywords": Fields.texts,
    "image": Fields.image,
    "images": Fields.images,
    "media": Fields.media,
    "related": Fields.related,
    "status": text(value_types.status),
    "feeds": text(value_types.switch),
    "access": text(value_types.access),
    "teaser": _PROSE,
    "embargoed": Fields.date,
    "expires": Fields.date,
    "note": notes,
    "slug": text(value_types.slug),
    "url": URL,
    "comments": Fields.comments,
    "origin": origin,
    "body": _PROSE,
    "body_html": _PROSE,
}
"""Every key of a record with its reader; ``body`` and ``body_html`` are for JSON."""

KEYS = tuple(key for key in RECORD if key != "body_html")
"""The keys of a record in the order in which importers write them."""
