"""Answers to requests with an Idempotency-Key, kept so that a repeated one is answered alike."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, select, update

from feedsvc.store.schema import REPLAYS
from feedsvc.store.statements import insert_rows


class Replay(NamedTuple):
    """A request with its answer."""

    digest: str
    """Of the request."""
    moment: datetime
    """When it came."""
    article: str
    """The id that was made for it; empty where none was yet."""
    answer: bytes | None
    """None while it is in work, or where its process ended."""


def get(connection: Connection, token: str, key: str) -> Replay | None:
    """Return the request of a token that had a key."""
    row = connection.execute(select(REPLAYS).where(*_at(token, key))).first()
    return Replay(row.digest, row.moment, row.article, row.answer) if row else None


def put(connection: Connection, token: str, key: str, replay: Replay) -> None:
    """Keep a request, in the place of an earlier one."""
    remove(connection, token, key)
    insert_rows(connection, REPLAYS, [{"token": token, "key": key, **replay._asdict()}])


def remove(connection: Connection, token: str, key: str) -> None:
    """Forget a request."""
    connection.execute(delete(REPLAYS).where(*_at(token, key)))


def remove_all(connection: Connection, token: str) -> None:
    """Forget the requests of a token."""
    connection.execute(delete(REPLAYS).where(REPLAYS.c.token == token))


def remove_before(connection: Connection, moment: datetime) -> None:
    """Forget the requests before a moment."""
    connection.execute(delete(REPLAYS).where(REPLAYS.c.moment < moment))


def set_article(connection: Connection, token: str, key: str, article_id: str) -> None:
    """Record the id that was made for a request."""
    connection.execute(update(REPLAYS).where(*_at(token, key)).values(article=article_id))


def _at(token: str, key: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return REPLAYS.c.token == token, REPLAYS.c.key == key
