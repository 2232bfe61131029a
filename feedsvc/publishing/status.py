"""The state of the store: whether it is filled, ready, and which problems it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedsvc.store import key_values

if TYPE_CHECKING:
    from feedsvc.store.database import Database


def is_filled(database: Database) -> bool:
    """Tell whether the store was ever made to agree with the files."""
    with database.reading() as connection:
        return key_values.is_filled(connection)
