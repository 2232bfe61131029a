"""Read config.toml and the environment into a checked Config."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedsvc.config import cross_checks, redirects
from feedsvc.config.keys import KEYS, REQUIRED
from feedsvc.config.settings import (
    CacheSettings,
    CdnSettings,
    Config,
    FeedSettings,
    LimitSettings,
    LogSettings,
    SectionSettings,
    SiteSettings,
)
from feedsvc.config.toml_reader import ARRAYS, TomlReader
from feedsvc.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping


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
    reader = TomlReader(path.name, text, KEYS)
    found: dict[str, dict[str, Any]] = {
        name: reader.table(name, tables, environ, REQUIRED.get(name, ()))
        for name in KEYS
        if name != "section" and name not in ARRAYS
    }
    sections = {path: SectionSettings(**keys) for path, keys in reader.sections(tables)}
    cross_checks.check_editions({it: about.edition_of for it, about in sections.items()}, reader)
    entries = [*reader.array("redirects", tables, "from")]
    olds = {path: section.was for path, section in sections.items()}
    old = redirects.redirect_rules(entries, found["urls"], olds, reader.report)
    reader.strangers(tables)
    cross_checks.complete(found["site"], found["feeds"].get("url", ""), reader)
    if reader.problems:
        raise ConfigError(reader.problems)
    state = environ.get("STATE_DIRECTORY")
    return Config(
        file=path,
        root=path.parent,
        state=Path(state) if state else path.parent / ".feedsvc",
        site=SiteSettings(**found["site"]),
        feeds=FeedSettings(**found["feeds"]),
        cache=CacheSettings(**found["cache"]),
        limits=LimitSettings(**found["limits"]),
        log=LogSettings(**found["log"]),
        cdn=CdnSettings(**found["cdn"]),
        grace=found["articles"].get("grace", 60),
        max_bytes=found["articles"].get("max_bytes", 10_000_000),
        sections=sections,
        old=old,
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
