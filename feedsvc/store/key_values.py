"""Settings of the store: single values by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedsvc.store.schema import SETTINGS
from feedsvc.store.statements import deletion, insertion, rows

if TYPE_CHECKING:
    from sqlalchemy import Connection


def setting(connection: Connection, name: str) -> str | None:
    """Return something the index was made with."""
    return settings(connection, name).get(name)


def settings(connection: Connection, *names: str) -> dict[str, str]:
    """Return what the index was made with, as far as it is known."""
    found = connection.execute(rows(SETTINGS, "name"), {"these": names})
    return {row.name: row.value for row in found}


def is_filled(connection: Connection) -> bool:
    """Tell whether the index was ever made to agree with the files."""
    return setting(connection, "made_with") is not None


def set_setting(connection: Connection, name: str, value: str) -> None:
    """Remember something the index is made with."""
    connection.execute(deletion(SETTINGS, "name"), {"these": [name]})
    connection.execute(insertion(SETTINGS), [{"name": name, "value": value}])
