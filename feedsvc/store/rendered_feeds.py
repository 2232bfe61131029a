"""Finished feeds in every coding, for processes that begin: one read instead of an assembly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import zstandard
from sqlalchemy import bindparam, delete, select

from feedsvc.model.feed import ENCODINGS, Document
from feedsvc.model.validity import MadeFeed, Validity
from feedsvc.store import feeds
from feedsvc.store.schema import DOCUMENTS
from feedsvc.store.statements import insertion, moment, seconds

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from feedsvc.model.paths import FeedRequest

_DECODER = msgspec.msgpack.Decoder(Document)
_ENCODER = msgspec.msgpack.Encoder()
_THIS = DOCUMENTS.c.path == bindparam("a_path"), DOCUMENTS.c.format == bindparam("a_format")
_SELECTED = select(DOCUMENTS).where(*_THIS)
_OLD = delete(DOCUMENTS).where(*_THIS)


def keep(connection: Connection, wanted: FeedRequest, made: MadeFeed, made_with: str) -> None:
    """Keep a feed unless it has changed meanwhile: a killed text must not stay.

    :param made: with its bytes in all ENCODINGS.
    :param made_with: a digest of everything else that it depends on.
    """
    document, (revision, since, until) = made
    path, format = str(wanted.path), wanted.format
    if feeds.number(connection, path) != revision:
        return
    facts = msgspec.structs.replace(document, body=b"", encodings={})
    row: dict[str, object] = {
        "path": path,
        "format": format,
        "number": revision,
        "since": seconds(since),
        "until": seconds(until) if until else None,
        "made_with": made_with,
        "facts": _ENCODER.encode(facts),
        **{coding: document.encodings[coding] for coding in ENCODINGS},
    }
    connection.execute(_OLD, {"a_path": path, "a_format": format})
    connection.execute(insertion(DOCUMENTS), [row])


def get(connection: Connection, wanted: FeedRequest, made_with: str) -> MadeFeed | None:
    """Return a feed as it was kept, if it was made with the same; else None."""
    keys = {"a_path": str(wanted.path), "a_format": wanted.format}
    row = connection.execute(_SELECTED, keys).first()
    if row is None or row.made_with != made_with:
        return None
    encodings: dict[str, bytes] = {coding: getattr(row, coding) for coding in ENCODINGS}
    body = zstandard.ZstdDecompressor().decompress(encodings["zstd"])
    document = msgspec.structs.replace(_DECODER.decode(row.facts), body=body, encodings=encodings)
    until = None if row.until is None else moment(row.until)
    return MadeFeed(document, Validity(row.number, moment(row.since), until))
