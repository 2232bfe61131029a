"""Rows selected, deleted and inserted by statements that are built once.

To build a statement costs more than to run it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Delete,
    Insert,
    Result,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
)

THESE: BindParameter[Any] = bindparam("these", expanding=True)
"""The values that a statement is about: ``{"these": [...]}``."""

BATCH = 10_000
"""Values in one statement, or rows in memory at once. SQLite takes no more than 32,766 values (its
SQLITE_MAX_VARIABLE_NUMBER), and an address counts for two: a section and a slug."""

SOME_ROWS = {"stream_results": True}
"""Options of a statement of whose many rows only the first ones may be needed: PostgreSQL would
send all of them at once."""

_Value = TypeVar("_Value")


def at_place(column: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a path is that of a place or below it, as ``edges`` says."""
    below = and_(column > bindparam("above"), column < bindparam("below"))
    return or_(column == bindparam("at"), below)


def edges(place: str) -> dict[str, str]:
    """Return the parameters of ``at_place``."""
    # "0" is the character after "/", so that an index can answer.
    return {"at": place, "above": f"{place}/", "below": f"{place}0"}


def batches(values: Iterable[_Value], size: int = BATCH) -> Iterator[list[_Value]]:
    """Yield values in lists that are short enough for one statement."""
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some


def select_rows(
    connection: Connection, table: Table, column: str, values: Iterable[Any], *names: str
) -> Iterator[Row[Any]]:
    """Yield the rows that have one of some values in a column; all their columns, or some."""
    for some in batches(values):
        wanted = _selection(table, column, *names, one=len(some) == 1)
        yield from fetch(connection.execute(wanted, _given(some)))


def fetch(result: Result[*tuple[Any, ...]], size: int = BATCH) -> Iterator[Any]:
    """Yield the rows of a result, some read at once: one by one they would cost twice as much.

    :param size: how many; few where only the first rows may be needed.
    """
    try:
        while len(rows := result.fetchmany(size)) == size:
            yield from rows
        yield from rows
    finally:
        result.close()


def delete_rows(connection: Connection, table: Table, column: str, values: Iterable[Any]) -> int:
    """Delete the rows that have one of some values in a column; return how many they were."""
    return sum(
        connection.execute(_deletion(table, column, one=len(some) == 1), _given(some)).rowcount
        for some in batches(values)
    )


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, if there are any."""
    if rows:
        connection.execute(_insertion(table), rows)


@cache
def _selection(table: Table, column: str, *names: str, one: bool) -> Select[Any]:
    wanted = select(*(table.c[name] for name in names)) if names else select(table)
    return wanted.where(_is_given(table.c[column], one=one))


@cache
def _deletion(table: Table, column: str, *, one: bool) -> Delete:
    return delete(table).where(_is_given(table.c[column], one=one))


def _is_given(column: ColumnElement[Any], *, one: bool) -> ColumnElement[bool]:
    """Return the condition that a column has one of the values of ``_given``.

    :param one: there is one alone, for which SQLAlchemy need not write a statement anew.
    """
    return column == bindparam("this") if one else column.in_(THESE)


def _given(values: Sequence[Any]) -> dict[str, Any]:
    return {"this": values[0]} if len(values) == 1 else {"these": values}


@cache
def _insertion(table: Table) -> Insert:
    return insert(table)
