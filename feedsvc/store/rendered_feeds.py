"""Finished feeds in every coding, for processes that begin: one read instead of an assembly."""

import msgspec
import zstandard
from sqlalchemy import Connection, bindparam, delete, select

from feedsvc.model.feed import ENCODINGS, Document
from feedsvc.model.paths import FeedRequest
from feedsvc.model.validity import MadeFeed, Validity
from feedsvc.store import feeds
from feedsvc.store.schema import DOCUMENTS
from feedsvc.store.statements import insert_rows

_DECODER = msgspec.msgpack.Decoder(Document)
_ENCODER = msgspec.msgpack.Encoder()
_OF_FEED = DOCUMENTS.c.path == bindparam("a_path"), DOCUMENTS.c.format == bindparam("a_format")
_FEED = select(DOCUMENTS).where(*_OF_FEED)
_DELETION = delete(DOCUMENTS).where(*_OF_FEED)


def keep(connection: Connection, wanted: FeedRequest, made: MadeFeed, made_with: str) -> None:
    """Keep a feed unless it has changed meanwhile: a killed text must not stay.

    :param made: with its bytes in all ENCODINGS.
    :param made_with: a digest of the code and the configuration.
    """
    document, (revision, since, until) = made
    path, format = str(wanted.path), wanted.format
    if feeds.revision(connection, path) != revision:
        return
    row: dict[str, object] = {
        "path": path,
        "format": format,
        "number": revision,
        "since": since,
        "until": until,
        "made_with": made_with,
        "facts": _ENCODER.encode(msgspec.structs.replace(document, body=b"", encodings={})),
        **{coding: document.encodings[coding] for coding in ENCODINGS},
    }
    connection.execute(_DELETION, {"a_path": path, "a_format": format})
    insert_rows(connection, DOCUMENTS, [row])


def get(connection: Connection, wanted: FeedRequest, made_with: str) -> MadeFeed | None:
    """Return a kept feed that was made with the same code and configuration; else None."""
    keys = {"a_path": str(wanted.path), "a_format": wanted.format}
    row = connection.execute(_FEED, keys).first()
    if row is None or row.made_with != made_with:
        return None
    encodings: dict[str, bytes] = {coding: getattr(row, coding) for coding in ENCODINGS}
    body = zstandard.ZstdDecompressor().decompress(encodings["zstd"])
    document = msgspec.structs.replace(_DECODER.decode(row.facts), body=body, encodings=encodings)
    return MadeFeed(document, Validity(row.number, row.since, row.until))
