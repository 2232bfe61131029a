"""The errors of PostgreSQL as sentences, with advice."""

from collections.abc import Generator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DatabaseError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from feedsvc.errors import StoreAwayError, StoreError

_BUSY = "55P03"
"""The error of a lock that others have had for too long (PostgreSQL, appendix A)."""
_AWAY = ("08", "53", "57P")
"""The beginnings of errors that pass by themselves: connections, resources, shutdowns."""
_ADVICE = {
    _BUSY: "another process is at it and does not end, so try again later",
    "25006": "let feedsvc write: this server takes no changes",
    "25P03": "the transaction was ended, because this process had stopped; try again",
    "42501": "give the rights to its tables to the user of [store] url",
    "53100": "make room on the disk of the server",
    "55000": "see the log of the server",
}
"""Advice for errors of PostgreSQL."""


@contextmanager
def explaining_errors(name: str) -> Generator[None]:
    """Turn the errors of PostgreSQL into sentences about a store.

    :raises StoreError: there was one.
    """
    try:
        yield
    except PoolTimeout:
        message = f"the store {name} cannot be asked: all connections to it are in use"
        raise StoreAwayError(f"{message}; try again in a moment") from None
    except (DatabaseError, psycopg.Error) as error:
        raise _explained(name, error.orig if isinstance(error, DBAPIError) else error) from error


def _explained(name: str, error: BaseException | None) -> StoreError:
    reason = " ".join(str(error).split())
    code = getattr(error, "sqlstate", None) or ""
    if isinstance(error, psycopg.OperationalError) and (not code or code.startswith(_AWAY)):
        advice = _ADVICE.get(code, "feedsvc goes on as soon as it is there again")
        return StoreAwayError(f"the store {name} cannot be reached ({reason}); {advice}")
    advice = _ADVICE.get(code, 'see whether "feedsvc db upgrade" helps')
    return StoreError(f"the store {name} cannot be used ({reason}); {advice}")
