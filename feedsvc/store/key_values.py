"""Settings of the store: single values by their names, such as the digest it was made with."""

from sqlalchemy import Connection, bindparam, update

from feedsvc.store.schema import SETTINGS
from feedsvc.store.statements import insert_rows, select_rows

RESTORED = "restored"
"""The setting with the moment of the last restore, by which publishers notice one."""
READABLE = "readable_since"
"""The setting with the oldest migration whose servers can read the store."""

_REPLACE = update(SETTINGS).where(SETTINGS.c.name == bindparam("a_name"))


def setting(connection: Connection, name: str) -> str | None:
    """Return a setting; None if it was never set."""
    return settings(connection, name).get(name)


def settings(connection: Connection, *names: str) -> dict[str, str]:
    """Return settings by their names, without any that was never set."""
    stored = select_rows(connection, SETTINGS, "name", names)
    return {row.name: row.value for row in stored}


def is_filled(connection: Connection) -> bool:
    """Return whether a sync was ever finished."""
    return setting(connection, "made_with") is not None


def set_setting(connection: Connection, name: str, value: str) -> None:
    """Set a setting, in the place of its old value."""
    if not connection.execute(_REPLACE, {"a_name": name, "value": value}).rowcount:
        insert_rows(connection, SETTINGS, [{"name": name, "value": value}])
