"""Types of columns that every database system keeps alike."""

from functools import lru_cache
from typing import Any

import sqlalchemy
from sqlalchemy import BigInteger, Dialect, TypeDecorator
from sqlalchemy.types import TypeEngine

_POSTGRESQL = "postgresql"


class Text(TypeDecorator[str]):
    """A text of any length, ordered by its bytes in UTF-8 in every database."""

    impl = sqlalchemy.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type of a database system."""
        return _text(dialect)


class Integer(TypeDecorator[int]):
    """An integer of 64 bits that may count rows by itself."""

    impl = sqlalchemy.Integer
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type of a database system; SQLite counts in no other type than INTEGER."""
        return _integer(dialect)


# SQLAlchemy prepares each object once for a database; new ones would cost each statement more.
@lru_cache
def _text(dialect: Dialect) -> TypeEngine[Any]:
    collation = "C" if dialect.name == _POSTGRESQL else None
    return dialect.type_descriptor(sqlalchemy.Text(collation=collation))


@lru_cache
def _integer(dialect: Dialect) -> TypeEngine[Any]:
    integer = BigInteger() if dialect.name == _POSTGRESQL else sqlalchemy.Integer()
    return dialect.type_descriptor(integer)
