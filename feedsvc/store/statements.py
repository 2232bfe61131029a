"""SQL statements that are used often, built once: building one costs more than running it."""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import bindparam, delete, insert, select

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import BindParameter, Delete, Insert, Select, Table

THESE: BindParameter[Any] = bindparam("these", expanding=True)
"""The values that a statement is about: ``{"these": [...]}``."""

BATCH = 10_000
"""Values in one statement, or rows in memory at once. SQLite takes no more than 32,766 values (its
SQLITE_MAX_VARIABLE_NUMBER), and an address counts for two: a section and a slug."""

_Value = TypeVar("_Value")


def batches(values: Iterable[_Value]) -> Iterator[list[_Value]]:
    """Yield values in lists that are short enough for one statement."""
    rest = iter(values)
    while some := list(islice(rest, BATCH)):
        yield some


@cache
def rows(table: Table, column: str, *names: str) -> Select[Any]:
    """Return the query for the rows with one of THESE in a column; all their columns, or some."""
    wanted = select(*(table.c[name] for name in names)) if names else select(table)
    return wanted.where(table.c[column].in_(THESE))


@cache
def deletion(table: Table, column: str) -> Delete:
    """Return the statement that deletes the rows with one of THESE in a column."""
    return delete(table).where(table.c[column].in_(THESE))


@cache
def insertion(table: Table) -> Insert:
    """Return the statement that inserts rows, given as a list of mappings."""
    return insert(table)
