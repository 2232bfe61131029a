"""Versions of the store: the migration that one is at, and whether this feedsvc can use it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect

if TYPE_CHECKING:
    from alembic.config import Config as Alembic

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
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
