"""config.toml becomes a frozen Config, or a ConfigError that names every problem at once.

A value given on the command line wins over ``FEEDSVC_TABLE_KEY`` in the environment, that over
config.toml, that over the default.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import urlsplit

from msgspec import Struct

from feedsvc import values
from feedsvc.errors import ConfigError, Problem, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

DEFAULT_PORT = 8000


class Site(Struct, frozen=True, kw_only=True):
    """``[site]``: the publication."""

    title: str
    url: str
    """Where articles are read; without a slash at the end."""
    description: str = ""
    language: str = "en"
    timezone: str = "UTC"
    rights: str = ""
    icon: str = ""
    logo: str = ""
    tag: str = ""
    """Authority and date of every tag URI (RFC 4151), such as ``quay.example,2026``."""
    show_problems: bool = False


class Feeds(Struct, frozen=True, kw_only=True):
    """``[feeds]``: what the feeds hold and where they are."""

    url: str = f"http://localhost:{DEFAULT_PORT}"
    """Where this service is reached from outside; without a slash at the end."""
    items: int = 30
    hours: int = 48
    content: Literal["full", "summary"] = "full"
    kill_notice: int = 7
    """Days for which the notice of a kill stands in the place of the article."""
    tombstone: int = 90
    """Days for which Atom feeds say that a killed article is deleted (RFC 6721)."""


class Section(Struct, frozen=True, kw_only=True):
    """``[sections."world/europe"]``: what the path alone does not say."""

    title: str = ""
    description: str = ""
    image: str = ""
    language: str = ""


class Config(Struct, frozen=True, kw_only=True):
    """Everything config.toml says, checked."""

    root: Path
    """The newsroom's folder: that of config.toml."""
    state: Path
    """Where the store lives: ``$STATE_DIRECTORY``, else ``.feedsvc/`` in the root."""
    site: Site
    feeds: Feeds
    grace: int
    """``[articles] grace``: seconds after which an article whose file is gone is deleted."""
    sections: dict[str, Section]

    @property
    def articles(self) -> Path:
        """Return the folder of the records."""
        return self.root / "articles"

    def section(self, path: str) -> Section:
        """Return a section with its title filled in: from the last part of its path."""
        known = self.sections.get(path, Section())
        title = path.rpartition("/")[2].replace("-", " ").replace("_", " ")
        return Section(
            title=known.title or title[:1].upper() + title[1:],
            description=known.description,
            image=known.image,
            language=known.language,
        )

    def language(self, section: str) -> str:
        """Return the language of a section: its own, that of one above it, else the site's."""
        parts = section.split("/")
        for depth in range(len(parts), 0, -1):
            known = self.sections.get("/".join(parts[:depth]))
            if known and known.language:
                return known.language
        return self.site.language


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
    reader = _Reader(path.name, text)
    found: dict[str, dict[str, Any]] = {
        name: reader.table(name, tables, environ) for name in ("site", "feeds", "articles")
    }
    sections = dict(reader.sections(tables))
    reader.strangers(tables)
    if reader.problems:
        raise ConfigError(reader.problems)
    found["site"].setdefault("tag", f"{urlsplit(str(found['site']['url'])).hostname},2026")
    state = environ.get("STATE_DIRECTORY")
    return Config(
        root=path.parent,
        state=Path(state) if state else path.parent / ".feedsvc",
        site=Site(**found["site"]),
        feeds=Feeds(**found["feeds"]),
        grace=found["articles"].get("grace", 60),
        sections=sections,
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


class _Reader:
    """Reads tables and collects what is wrong with them."""

    def __init__(self, name: str, text: str) -> None:
        self.problems: list[Problem] = []
        self._name = name
        self._lines = text.splitlines()

    def table(
        self, table: str, tables: Mapping[str, Any], environ: Mapping[str, str]
    ) -> dict[str, Any]:
        keys = KEYS[table]
        given = self._mapping(tables.get(table, {}), table, f"[{table}]")
        values = self.values(table, keys, given)
        for key, read in keys.items():
            variable = f"FEEDSVC_{table}_{key}".upper()
            if variable in environ:
                try:
                    values[key] = _from_environment(read, environ[variable])
                except ValueError as error:
                    self.problems.append(Problem(variable, 1, 1, key, str(error)))
        for key in REQUIRED[table]:
            if key not in values and key not in given:
                self.report(table, key, f'is missing; add {key} = "…" below [{table}]')
        return values

    def values(
        self, table: str, keys: Mapping[str, Callable[[Any], Any]], given: Mapping[str, Any]
    ) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in given.items():
            if key not in keys:
                known = ", ".join(keys)
                hint = did_you_mean(key, keys) or f" Known are {known}."
                if isinstance(value, dict) and table.startswith("sections."):
                    inner = f"{table.removeprefix('sections.')}/{key}"
                    hint = f' A section in a section is written [sections."{inner}"].'
                self.report(table, key, f"is not a key of [{table}].{hint}")
                continue
            try:
                values[key] = keys[key](value)
            except ValueError as error:
                self.report(table, key, str(error))
        return values

    def sections(self, tables: Mapping[str, Any]) -> Iterator[tuple[str, Section]]:
        given = tables.get("sections", {})
        for path, keys in self._mapping(given, "sections", '[sections."world/europe"]').items():
            table = f"sections.{path}"
            try:
                section = values.section_path(path)
            except ValueError as error:
                self.report(table, "", str(error))
                continue
            read = self._mapping(keys, table, f'[sections."{path}"]')
            yield section, Section(**self.values(table, KEYS["section"], read))

    def _mapping(self, given: object, table: str, sample: str) -> dict[str, Any]:
        if isinstance(given, dict):
            return cast("dict[str, Any]", given)
        self.report(table, "", f"must be a table: {sample}")
        return {}

    def strangers(self, tables: Mapping[str, Any]) -> None:
        known = ("site", "feeds", "articles", "sections")
        for table in tables:
            if table not in known:
                hint = (
                    did_you_mean(table, known)
                    or " Known are [site], [feeds], [articles], [sections.…]."
                )
                self.report("", table, f"is not known here.{hint}")

    def report(self, table: str, key: str, message: str) -> None:
        name = ".".join(part for part in (table, key) if part)
        line, column = self._place(table, key, name)
        self.problems.append(Problem(self._name, line, column, name, message))

    def _place(self, table: str, key: str, name: str) -> tuple[int, int]:
        """Find a key's line. tomllib gives no positions, so look for what a person would."""
        current, header = "", 1
        for number, line in enumerate(self._lines, 1):
            text = line.strip()
            if text.startswith("["):
                current = text.split("]")[0].strip("[ ").replace('"', "").replace("'", "")
                if current in (table, name):
                    header = number
            elif current == table and re.match(rf"[\"']?{re.escape(key)}[\"']?\s*[=.]", text):
                return number, line.index(text) + 1
        return header, 1


def _from_environment(read: Callable[[Any], Any], text: str) -> object:
    """Read a value that the environment can only give as a text."""
    if text.lower() in ("true", "false"):
        typed: str | int = text.lower() == "true"
    else:
        typed = int(text) if re.fullmatch(r"-?\d+", text) else text
    try:
        return read(typed)
    except ValueError:
        return read(text)


KEYS: dict[str, dict[str, Callable[[Any], Any]]] = {
    "site": {
        "title": values.filled,
        "url": values.base_url,
        "description": values.text,
        "language": values.language_code,
        "timezone": values.timezone,
        "rights": values.text,
        "icon": values.text,
        "logo": values.text,
        "tag": values.tag_authority,
        "show_problems": values.switch,
    },
    "feeds": {
        "url": values.base_url,
        "items": values.count(1, 1000),
        "hours": values.count(0, 24 * 365),
        "content": values.content_kind,
        "kill_notice": values.count(0, 366),
        "tombstone": values.count(0, 3660),
    },
    "articles": {"grace": values.count(0, 86400)},
    "section": {
        "title": values.text,
        "description": values.text,
        "image": values.text,
        "language": values.language_code,
    },
}
"""Every key of config.toml by its table, with what reads it."""

REQUIRED = {"site": ("title", "url"), "feeds": (), "articles": ()}
