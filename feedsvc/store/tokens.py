"""The tokens of publishers: only their digests are kept, never a token itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select, update

from feedsvc.model.publisher import Publisher, Scope
from feedsvc.store.schema import TOKENS
from feedsvc.store.statements import delete_rows, insert_rows, select_rows

_SCOPES: msgspec.json.Decoder[frozenset[Scope]] = msgspec.json.Decoder(frozenset[Scope])
_SECTIONS: msgspec.json.Decoder[tuple[str, ...]] = msgspec.json.Decoder(tuple[str, ...])


def put(connection: Connection, publisher: Publisher, digest: str) -> None:
    """Add the token of a publisher, in the place of one with the same name."""
    delete_rows(connection, TOKENS, "name", [publisher.name])
    row = {
        "name": publisher.name,
        "digest": digest,
        "owner": publisher.owner,
        "scopes": msgspec.json.encode(sorted(publisher.scopes)),
        "sections": msgspec.json.encode(publisher.sections),
        "created": publisher.created,
        "expires": publisher.expires,
    }
    insert_rows(connection, TOKENS, [row])


def by_digest(connection: Connection, digest: str) -> Publisher | None:
    """Return the publisher whose token has a digest."""
    return next(map(_publisher, select_rows(connection, TOKENS, "digest", [digest])), None)


def named(connection: Connection, name: str) -> Publisher | None:
    """Return the publisher whose token has a name."""
    return next(map(_publisher, select_rows(connection, TOKENS, "name", [name])), None)


def everyone(connection: Connection) -> Sequence[Publisher]:
    """Return all publishers, by name."""
    return [*map(_publisher, connection.execute(select(TOKENS).order_by(TOKENS.c.name)))]


def revoke(connection: Connection, name: str, now: datetime) -> None:
    """End a token."""
    connection.execute(update(TOKENS).where(TOKENS.c.name == name).values(revoked=now))


def mark_used(connection: Connection, name: str, now: datetime) -> None:
    """Record when a token was used."""
    connection.execute(update(TOKENS).where(TOKENS.c.name == name).values(used=now))


def _publisher(row: Row[Any]) -> Publisher:
    return Publisher(
        name=row.name,
        owner=row.owner,
        scopes=_SCOPES.decode(row.scopes),
        sections=_SECTIONS.decode(row.sections),
        created=row.created,
        expires=row.expires,
        used=row.used,
        revoked=row.revoked,
    )
