"""The systems that send their articles: the state of each article, counts and refusals."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, select, update

from feedsvc.store.source_tables import SOURCE_ARTICLES, SOURCE_COUNTS, SOURCE_REFUSALS
from feedsvc.store.statements import insert_rows

KEPT = 20
"""Refusals of each source that are kept."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class SentState(NamedTuple):
    """The newest version of an article that a source sent."""

    revised: datetime
    withdrawn: str
    """The event that withdrew it; empty where it was published."""
    note: str


class Count(NamedTuple):
    """How often a source sent an article with one result, and when it last did."""

    source: str
    result: str
    number: int
    last: datetime


class Refusal(NamedTuple):
    """An article that was refused."""

    moment: datetime
    article: str
    """The id in the source; empty where it is unknown."""
    reason: str


def states(connection: Connection, source: str, names: Collection[str]) -> dict[str, SentState]:
    """Return the states of articles by their ids in a source."""
    theirs = SOURCE_ARTICLES.c.source == source, SOURCE_ARTICLES.c.name.in_(names)
    rows = connection.execute(select(SOURCE_ARTICLES).where(*theirs))
    return {
        row.name: SentState(_EPOCH + row.revised * _MICROSECOND, row.withdrawn, row.note)
        for row in rows
    }


def put_state(connection: Connection, source: str, name: str, state: SentState) -> None:
    """Record the state of an article, in the place of an earlier one."""
    place = SOURCE_ARTICLES.c.source == source, SOURCE_ARTICLES.c.name == name
    connection.execute(delete(SOURCE_ARTICLES).where(*place))
    revised = (state.revised - _EPOCH) // _MICROSECOND
    row = {"source": source, "name": name, **state._asdict(), "revised": revised}
    insert_rows(connection, SOURCE_ARTICLES, [row])


def count(connection: Connection, source: str, result: str, now: datetime) -> None:
    """Count an article that a source sent."""
    columns = SOURCE_COUNTS.c
    place = columns.source == source, columns.result == result
    values = {"number": columns.number + 1, "last": now}
    if not connection.execute(update(SOURCE_COUNTS).where(*place).values(values)).rowcount:
        row = {"source": source, "result": result, "number": 1, "last": now}
        insert_rows(connection, SOURCE_COUNTS, [row])


def counts(connection: Connection) -> Sequence[Count]:
    """Return all counts, by source and result."""
    ordered = select(SOURCE_COUNTS).order_by(SOURCE_COUNTS.c.source, SOURCE_COUNTS.c.result)
    return [Count(*row) for row in connection.execute(ordered)]


def refuse(connection: Connection, source: str, refusal: Refusal) -> None:
    """Record that an article was refused; the oldest refusals are forgotten."""
    insert_rows(connection, SOURCE_REFUSALS, [{"source": source, **refusal._asdict()}])
    columns = SOURCE_REFUSALS.c
    theirs = select(columns.id).where(columns.source == source).order_by(columns.id.desc())
    old = theirs.offset(KEPT)
    connection.execute(delete(SOURCE_REFUSALS).where(columns.id.in_(old)))


def refusals(connection: Connection, source: str) -> Sequence[Refusal]:
    """Return the last refusals of a source, the newest first."""
    columns = SOURCE_REFUSALS.c
    wanted = select(columns.moment, columns.article, columns.reason)
    rows = connection.execute(wanted.where(columns.source == source).order_by(columns.id.desc()))
    return [Refusal(*row) for row in rows]
