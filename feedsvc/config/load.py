"""Read config.toml and the environment into a checked Config."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from feedsvc.config import cross_checks
from feedsvc.config.redirects import RedirectRule, UrlSettings, redirect_rules
from feedsvc.config.settings import (
    CacheSettings,
    CdnSettings,
    Config,
    FeedSettings,
    LimitSettings,
    LogSettings,
    RecordSettings,
    SectionSettings,
    SiteSettings,
)
from feedsvc.config.toml_reader import TomlReader
from feedsvc.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msgspec import Struct

TABLES: dict[str, type[Struct]] = {
    "site": SiteSettings,
    "feeds": FeedSettings,
    "articles": RecordSettings,
    "cache": CacheSettings,
    "limits": LimitSettings,
    "log": LogSettings,
    "cdn": CdnSettings,
    "urls": UrlSettings,
}
"""Tables of config.toml; ``[[redirects]]`` and ``[sections.…]`` may be there several times."""


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Read a newsroom's configuration.

    :param path: config.toml; ``$FEEDSVC_CONFIG`` or the one in this folder when not given.
    :param environ: instead of the process's environment.
    :raises ConfigError: with every problem found.
    """
    environ = os.environ if environ is None else environ
    path = path or Path(environ.get("FEEDSVC_CONFIG", "config.toml"))
    path = (path / "config.toml" if path.is_dir() else path).resolve()
    text = _read(path)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax(path.name, str(error))]) from None
    reader = TomlReader(path.name, text)
    values = {name: reader.table(name, table, tables, environ) for name, table in TABLES.items()}
    sections = dict(reader.sections(SectionSettings, tables))
    cross_checks.check_editions(
        {it: section.edition_of for it, section in sections.items()}, reader
    )
    entries = [*reader.array("redirects", RedirectRule, tables)]
    old_names = {path: section.was for path, section in sections.items()}
    rules = redirect_rules(entries, UrlSettings(**values["urls"]), old_names, reader.report)
    reader.unknown_tables(tables, TABLES, ("redirects",))
    cross_checks.complete(values["site"], values["feeds"].get("url", ""), reader)
    if reader.problems:
        raise ConfigError(reader.problems)
    state = environ.get("STATE_DIRECTORY")
    return Config(
        file=path,
        root=path.parent,
        state=Path(state) if state else path.parent / ".feedsvc",
        site=SiteSettings(**values["site"]),
        feeds=FeedSettings(**values["feeds"]),
        records=RecordSettings(**values["articles"]),
        cache=CacheSettings(**values["cache"]),
        limits=LimitSettings(**values["limits"]),
        log=LogSettings(**values["log"]),
        cdn=CdnSettings(**values["cdn"]),
        sections=sections,
        redirects=rules,
    )


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        message = f'there is no config.toml in {path.parent}; "feedsvc init DIR" makes a newsroom'
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        message = "is not UTF-8; save it as UTF-8"
    raise ConfigError([Problem(path.name, 1, 1, "", message)])


def _syntax(name: str, message: str) -> Problem:
    place = re.search(r"\(at line (\d+), column (\d+)\)", message)
    line, column = map(int, place.groups()) if place else (1, 1)
    sentence = re.sub(r" \(at .*\)$", "", message)
    return Problem(name, line, column, "", f"is not TOML: {sentence}; texts stand in quotes")
