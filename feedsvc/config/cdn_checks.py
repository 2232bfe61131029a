"""The token of ``[cdn]``, which may stand in a file, and checks of its keys beside each other."""

from pathlib import Path
from typing import Any

from feedsvc.config import value_types
from feedsvc.config.cdn_settings import (
    APIS,
    HEADERS,
    SERVICES,
    CdnSettings,
    header_token,
)
from feedsvc.config.regular_file import secret_in
from feedsvc.config.toml_reader import TomlReader


def complete(values: dict[str, Any], root: Path, reader: TomlReader) -> None:
    """Fill in the token from its file, and report keys that are missing or contradict each other.

    :param values: of the table.
    """
    names = {problem.key for problem in reader.problems if problem.file.startswith("FEEDSVC_CDN_")}
    if names or any(problem.key.startswith("cdn.") for problem in reader.problems):
        return  # perhaps it is there, and only misspelled
    file = values.get("token_file")
    if file and not values.get("token"):
        try:
            values["token"] = header_token(value_types.text(secret_in(root / file)))
        except ValueError as error:
            reader.report("cdn", "token_file", f'"{file}" gives no token: {error}')
            return
    cdn = CdnSettings(**values)
    for key, message in _faults(cdn):
        reader.report("cdn", key, message)


def _faults(cdn: CdnSettings) -> list[tuple[str, str]]:
    """Return the keys that are wrong beside the others, each with the reason."""
    if not cdn.purge:
        return []
    wanted, api = HEADERS[cdn.purge], cdn.purge in APIS
    faults: list[tuple[str, str]] = []
    if api and cdn.tags not in ("", wanted):
        message = f'is "{cdn.tags}", but {cdn.purge} reads "{wanted}"; leave this out'
        faults.append(("tags", message))
    if api and not cdn.service:
        message = f'is missing; add service = "…", {SERVICES[cdn.purge]}'
        faults.append(("service", message))
    if api and not cdn.token:
        message = 'is missing; add token_file = "…", or set FEEDSVC_CDN_TOKEN or '
        faults.append(("token", f"{message}FEEDSVC_CDN_TOKEN_FILE"))
    if not api and not cdn.servers:
        message = 'is missing; add the address to which requests go: servers = ["http://…"]'
        faults.append(("servers", message))
    return faults
