"""Read config.toml and the environment into a checked Config."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from feedsvc.config import (
    cdn_checks,
    cdn_settings,
    cross_checks,
    settings,
    source_secrets,
    store_settings,
)
from feedsvc.config.redirects import check_redirects
from feedsvc.config.regular_file import open_regular
from feedsvc.config.server_settings import (
    AdminSettings,
    ApiSettings,
    LimitSettings,
    LogSettings,
    MediaSettings,
    PushSettings,
    ServerSettings,
)
from feedsvc.config.settings import Config, RedirectRule, SectionSettings, UrlSettings
from feedsvc.config.source_settings import SourceSettings
from feedsvc.config.toml_reader import TomlReader
from feedsvc.errors import ConfigError, FeedsvcError, Problem
from feedsvc.model.paths import ARTICLES

TABLES: dict[str, type[Struct]] = {
    "site": settings.SiteSettings,
    "feeds": settings.FeedSettings,
    "articles": settings.RecordSettings,
    "cache": settings.CacheSettings,
    "limits": LimitSettings,
    "media": MediaSettings,
    "log": LogSettings,
    "cdn": cdn_settings.CdnSettings,
    "urls": settings.UrlSettings,
    "server": ServerSettings,
    "admin": AdminSettings,
    "api": ApiSettings,
    "push": PushSettings,
    "store": store_settings.StoreSettings,
}
"""Tables of config.toml; ``[[redirects]]``, ``[[sources]]`` and ``[sections.…]`` may be there
several times."""

_FILE = "config.toml"


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Read a newsroom's configuration.

    :param path: config.toml; when not given, ``$FEEDSVC_CONFIG``, or the one of the newsroom that
        this folder is in.
    :param environ: instead of the process's environment.
    :raises ConfigError: with every problem found.
    """
    environ = os.environ if environ is None else environ
    path = path or (Path(given) if (given := environ.get("FEEDSVC_CONFIG")) else _nearest())
    path = (path / _FILE if path.is_dir() else path).resolve()
    text = _read(path)
    try:
        reader = TomlReader(path.name, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax(path.name, str(error))]) from None
    values = {name: reader.table(name, table, environ) for name, table in TABLES.items()}
    sections = dict(reader.sections(SectionSettings))
    redirects = list(reader.array("redirects", RedirectRule))
    sources = source_secrets.complete(
        reader.array("sources", SourceSettings), path.parent, environ, reader
    )
    reader.unknown_tables(TABLES, ("redirects", "sources"))
    cross_checks.check_editions(sections, reader)
    check_redirects(redirects, UrlSettings(**values["urls"]), sections, reader.report)
    cross_checks.complete(values["site"], values["feeds"].get("url", ""), reader)
    cdn_checks.complete(values["cdn"], path.parent, reader)
    store_settings.complete(values["store"], path.parent, environ, reader)
    cross_checks.check_leases(PushSettings(**values["push"]), reader)
    cross_checks.check_media(MediaSettings(**values["media"]), reader)
    state = values.pop("server").get("state", "")
    cross_checks.check_state(state, path.parent, reader)
    if reader.problems:
        raise ConfigError(reader.problems)
    tables: dict[str, Any] = {name: TABLES[name](**given) for name, given in values.items()}
    return Config(
        file=path,
        root=path.parent,
        state=path.parent / state if state else default_states(path.parent, environ)[0],
        sections=sections,
        redirects=tuple(rule for _, rule in redirects),
        sources=sources,
        records=tables.pop("articles"),
        old_urls=tables.pop("urls"),
        remote_media=tables.pop("media"),
        **tables,
    )


def default_states(root: Path, environ: Mapping[str, str] | None = None) -> list[Path]:
    """Return the folders of the store where config.toml names none; the first is used."""
    given = (os.environ if environ is None else environ).get("STATE_DIRECTORY")
    return [*([Path(given)] if given else []), root / ".feedsvc"]


def _nearest() -> Path:
    """Return the config.toml in this folder, or that of the newsroom which this folder is in."""
    here = Path.cwd()
    above = (it for it in here.parents if (it / _FILE).is_file() and (it / ARTICLES).is_dir())
    return here / _FILE if (here / _FILE).exists() else next(above, here) / _FILE


def load_newsroom() -> Config:
    """Return the configuration of the newsroom in this folder, which has a place for articles.

    :raises FeedsvcError: the configuration has mistakes, or there is no folder for articles.
    """
    config = load()
    if config.records.kept_in == "folder" and not config.articles.is_dir():
        raise FeedsvcError(f"there is no folder {config.articles}; articles belong in it")
    return config


def _read(path: Path) -> str:
    try:
        with open_regular(path) as file:
            return file.read().decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        message = f'there is no config.toml in {path.parent}; "feedsvc init DIR" makes a newsroom'
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        message = "is not UTF-8; save it as UTF-8"
    except ValueError as error:
        message = (
            "cannot be read: Is a directory" if path.is_dir() else f"{error}; put a file there"
        )
    raise ConfigError([Problem(path.name, 1, 1, "", message)])


def _syntax(name: str, message: str) -> Problem:
    place = re.search(r"\(at line (\d+), column (\d+)\)", message)
    line, column = map(int, place.groups()) if place else (1, 1)
    sentence = re.sub(r" \(at .*\)$", "", message)
    return Problem(name, line, column, "", f"is not TOML: {sentence}; texts stand in quotes")
