"""Finished feeds in every coding, for processes that begin: one read instead of an assembly."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec
import zstandard
from sqlalchemy import Connection, bindparam, delete, select

from feedsvc.model.feed import Document
from feedsvc.store import feeds
from feedsvc.store.schema import DOCUMENTS
from feedsvc.store.statements import insert_rows

CODINGS = ("zstd", "br", "gzip")
_FACTS = msgspec.msgpack.Decoder(Document)
_ENCODER = msgspec.msgpack.Encoder()
_OF_FEED = DOCUMENTS.c.path == bindparam("a_path"), DOCUMENTS.c.format == bindparam("a_format")
_FEED = select(DOCUMENTS).where(*_OF_FEED)
_DELETION = delete(DOCUMENTS).where(*_OF_FEED)


class KeptFeed(NamedTuple):
    """A finished feed, and until when it is valid if nothing is published."""

    document: Document
    """With its bytes in all CODINGS."""
    number: int
    """Of the last change to the feed."""
    since: datetime
    until: datetime | None


def keep(connection: Connection, key: tuple[str, str], one: KeptFeed, made_with: str) -> None:
    """Keep a feed unless it has changed meanwhile: a killed text must not stay.

    :param key: path and format.
    :param made_with: a digest of the code and the configuration.
    """
    path, format = key
    asked = {"a_path": path, "a_format": format}
    if feeds.revision(connection, path) != one.number:
        return
    facts = msgspec.structs.replace(one.document, body=b"", encodings={})
    row: dict[str, object] = {
        "path": path,
        "format": format,
        "number": one.number,
        "since": one.since,
        "until": one.until,
        "made_with": made_with,
        "facts": _ENCODER.encode(facts),
        **{coding: one.document.encodings[coding] for coding in CODINGS},
    }
    connection.execute(_DELETION, asked)
    insert_rows(connection, DOCUMENTS, [row])


def get(connection: Connection, key: tuple[str, str], made_with: str) -> KeptFeed | None:
    """Return a kept feed that was made with the same code and configuration; else None."""
    row = connection.execute(_FEED, {"a_path": key[0], "a_format": key[1]}).first()
    if row is None or row.made_with != made_with:
        return None
    encodings: dict[str, bytes] = {"zstd": row.zstd, "br": row.br, "gzip": row.gzip}
    facts, body = _FACTS.decode(row.facts), zstandard.ZstdDecompressor().decompress(row.zstd)
    document = msgspec.structs.replace(facts, body=body, encodings=encodings)
    return KeptFeed(document, row.number, row.since, row.until)
