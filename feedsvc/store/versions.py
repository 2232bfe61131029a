"""Versions of the store: the migration that one is at, and whether this feedsvc can use it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect

from feedsvc.errors import StoreVersionError
from feedsvc.store import key_values
from feedsvc.store.change_counter import ChangeCounter

if TYPE_CHECKING:
    from alembic.config import Config as Alembic

READABLE_SINCE = "0019"
"""The oldest migration whose feedsvc can read a store as this one makes it: a server of it, or of a
newer one, goes on reading after an upgrade."""
_MIGRATIONS = Path(__file__).parent / "migrations"


def refusal(revision: str) -> str:
    """Return why this feedsvc cannot use a store at a migration; empty if it can."""
    if revision in ("0001", "0002", "0003"):
        return "was written before feedsvc 0.1.0 and cannot be upgraded"
    known = {file.name.partition("_")[0] for file in _MIGRATIONS.glob("versions/0*.py")}
    return "" if revision in known else "was written by a newer feedsvc, so install that one"


def lack(current: str | None) -> str:
    """Return why a store has to be upgraded: it is older, or has no tables."""
    return "has no tables yet" if current is None else f"is of an older feedsvc ({current})"


def alembic(connection: Connection) -> Alembic:
    """Return the configuration of the migrations for one connection."""
    from alembic.config import Config as Alembic

    config = Alembic()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def migration(connection: Connection) -> str | None:
    """Return the migration that an open store is at; None if it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return present(connection)


def present(connection: Connection) -> str:
    """Return the migration that a store with tables is at."""
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()


class VersionGuard:
    """Notices when a newer feedsvc upgrades the store, which is then only read, if it can be.

    :param store: its name for messages.
    :param newest: the newest migration that this feedsvc knows.
    :param advice: for a store that cannot be used.
    """

    def __init__(self, store: str, newest: str, advice: str, counter: ChangeCounter) -> None:
        self.newer = ""
        """Why nothing can be written."""
        self._store, self._newest, self._advice = store, newest, advice
        self._counter = counter
        self._seen = b""
        """The change counter when the version was last looked at."""

    def accept(self, connection: Connection, current: str) -> None:
        """Accept a store at a migration.

        :raises StoreVersionError: it cannot be read.
        """
        self.newer = ""
        if current == self._newest:
            return
        reason = f"{self._store} {refusal(current) or lack(current)}"
        if not is_readable(connection, current, self._newest):
            raise StoreVersionError(f"{reason}; {self._advice}")
        self.newer = f"{reason}; until then it is only read"

    def notice(self, connection: Connection) -> None:
        """Look at the version again where another process has changed the store."""
        seen = self._counter.shared[:]
        if seen != self._seen:
            self.accept(connection, present(connection))
            self._seen = seen

    def require_writable(self) -> None:
        """Refuse to write a store that a newer feedsvc has upgraded.

        :raises StoreVersionError: one has.
        """
        if self.newer:
            raise StoreVersionError(self.newer)


def mark(connection: Connection) -> None:
    """Record which older servers can read a store as it is now."""
    key_values.set_setting(connection, key_values.READABLE, READABLE_SINCE)


def is_readable(connection: Connection, current: str, newest: str) -> bool:
    """Return whether a server that knows migrations up to one can read a store of a newer one."""
    if current <= newest:
        return False
    since = key_values.setting(connection, key_values.READABLE)
    return since is not None and since <= newest
