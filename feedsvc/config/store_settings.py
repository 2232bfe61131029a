"""The settings of ``[store]``: the database that the store is in, which may stand in a file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from msgspec import Struct

from feedsvc.config import value_types
from feedsvc.config.regular_file import secret_in
from feedsvc.config.toml_reader import TomlReader
from feedsvc.errors import Problem

_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
_SAMPLE = "postgresql+psycopg://user:password@host/database"
_COMMON = "DATABASE_URL"
"""The variable in which platforms give the address of a database to any program."""


def database_url(typed: str) -> str:
    """Return the address of a database of PostgreSQL; messages do not repeat it: it is a secret."""
    if not typed:
        return ""
    try:
        parts = urlsplit(typed)
        is_right = parts.scheme in _SCHEMES and parts.path.strip("/") and parts.port != 0
    except ValueError:  # of the host or the port
        is_right = False
    if not is_right:
        raise ValueError(f"is not the address of a database of PostgreSQL, such as {_SAMPLE}")
    return urlsplit(typed)._replace(scheme="postgresql+psycopg").geturl()


class StoreSettings(Struct, frozen=True, kw_only=True):
    """``[store]``: the database of the store."""

    url: Annotated[str, database_url] = ""
    """Of a database of PostgreSQL; empty for a file in the state folder."""
    url_file: str = ""
    """A file with ``url``, from the newsroom's folder."""
    listen_url: Annotated[str, database_url] = ""
    """Where sessions last, if ``url`` is that of a pool; empty for the same."""


def complete(
    values: dict[str, Any], root: Path, environ: Mapping[str, str], reader: TomlReader
) -> None:
    """Fill in the address from its file, or from the variable that all programs share.

    :param values: of the table.
    """
    given = "FEEDSVC_STORE_URL" in environ
    file = values.get("url_file")
    if file and not given and ("FEEDSVC_STORE_URL_FILE" in environ or not values.get("url")):
        values["url"] = _in_file(root / file, "store.url_file", reader)
    if values.get("url") or given or any(it.key.startswith("store.") for it in reader.problems):
        return
    common = environ.get(_COMMON, "")
    if not common and (file := environ.get(f"{_COMMON}_FILE")):
        values["url"] = _in_file(root / file, f"{_COMMON}_FILE", reader)
    elif common.partition("://")[0] in _SCHEMES:  # any other is of another program
        try:
            values["url"] = database_url(common)
        except ValueError as error:
            reader.problems.append(Problem(_COMMON, 1, 1, "", str(error)))


def _in_file(file: Path, key: str, reader: TomlReader) -> str:
    try:
        return database_url(value_types.text(secret_in(file)))
    except ValueError as error:
        table, _, name = key.rpartition(".")
        reader.report(table, name, f'"{file}" gives no address: {error}')
        return ""
