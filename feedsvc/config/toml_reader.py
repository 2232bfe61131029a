"""The tables of config.toml read: each value by its reader, every problem with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from feedsvc.errors import Problem, did_you_mean
from feedsvc.model import paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Keys = Mapping[str, Callable[[Any], Any]]
"""The keys of a table, with what reads their values."""

ARRAYS = frozenset(("redirects",))
"""Tables of which there may be several."""


class TomlReader:
    """Reads tables and collects what is wrong with them."""

    def __init__(self, name: str, text: str, keys: Mapping[str, Keys]) -> None:
        """Take the file's name and text, and the keys of each table with what reads them."""
        self.problems: list[Problem] = []
        self._name = name
        self._lines = text.splitlines()
        self._keys = keys

    def table(
        self,
        table: str,
        tables: Mapping[str, Any],
        environ: Mapping[str, str],
        required: Iterable[str],
    ) -> dict[str, Any]:
        """Read a table; what the environment says wins over it."""
        keys = self._keys[table]
        given = self._mapping(tables.get(table, {}), table, f"[{table}]")
        found = self._values(table, keys, given)
        for key, read in keys.items():
            variable = f"FEEDSVC_{table}_{key}".upper()
            if variable in environ:
                try:
                    found[key] = _from_environment(read, environ[variable])
                except ValueError as error:
                    self.problems.append(Problem(variable, 1, 1, key, str(error)))
        for key in required:
            if key not in found and key not in given:
                self.report(table, key, f'is missing; add {key} = "…" below [{table}]')
        return found

    def _values(self, table: str, keys: Keys, given: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in given.items():
            if key not in keys:
                known = ", ".join(keys)
                hint = did_you_mean(key, keys) or f" Known are {known}."
                if isinstance(value, dict) and table.startswith("sections."):
                    inner = f"{table.removeprefix('sections.')}/{key}"
                    hint = f' A section in a section is written [sections."{inner}"].'
                self.report(table, key, f"is not a key of {_header(table)}.{hint}")
                continue
            try:
                found[key] = keys[key](value)
            except ValueError as error:
                self.report(table, key, str(error))
        return found

    def sections(self, tables: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the path and the values of each table of a section."""
        given = tables.get("sections", {})
        for path, keys in self._mapping(given, "sections", '[sections."world/europe"]').items():
            table = f"sections.{path}"
            try:
                section = paths.section_path(path)
            except ValueError as error:
                self.report(table, "", str(error))
                continue
            read = self._mapping(keys, table, f'[sections."{path}"]')
            yield section, self._values(table, self._keys["section"], read)

    def array(
        self, table: str, tables: Mapping[str, Any], required: str
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield a label, which ``report`` takes for a table, and the values of each of some tables.

        Those with something wrong are reported instead.
        """
        given = tables.get(table, [])
        if not isinstance(given, list):
            self.report(table, "", f"must be a list of tables: each begins with [[{table}]]")
            return
        for number, entry in enumerate(cast("list[Any]", given), 1):
            label = f"{table}#{number}"
            known = len(self.problems)
            keys = self._mapping(entry, label, f"[[{table}]]")
            found = self._values(label, self._keys[table], keys)
            if required not in keys:
                self.report(label, required, f'is missing; add {required} = "…" below [[{table}]]')
            if len(self.problems) == known:
                yield label, found

    def _mapping(self, given: object, table: str, sample: str) -> dict[str, Any]:
        if isinstance(given, dict):
            return cast("dict[str, Any]", given)
        self.report(table, "", f"must be a table: {sample}")
        return {}

    def strangers(self, tables: Mapping[str, Any]) -> None:
        """Report tables that nobody knows."""
        known = [*(name for name in self._keys if name != "section"), "sections"]
        for table in tables:
            if table not in known:
                names = ", ".join(map(_header, known[:-1]))
                hint = did_you_mean(table, known) or f" Known are {names}, [sections.…]."
                self.report("", table, f"is not known here.{hint}")

    def report(self, table: str, key: str, message: str) -> None:
        """Collect a problem at a key, or at its table."""
        name = ".".join(part for part in (table, key) if part)
        line, column = self._place(table, key, name)
        shown = re.sub(r"^(\w+)#\d+", r"\1", name)  # a label of ``array``
        self.problems.append(Problem(self._name, line, column, shown, message))

    def _place(self, table: str, key: str, name: str) -> tuple[int, int]:
        """Find a key's line. tomllib gives no positions, so look for what a person would."""
        current, header, arrays = "", 1, 0
        for number, line in enumerate(self._lines, 1):
            text = line.strip()
            if text.startswith("["):
                current = text.split("]")[0].strip("[ ").replace('"', "").replace("'", "")
                if text.startswith("[["):
                    arrays += 1
                    current = f"{current}#{arrays}"
                if current in (table, name):
                    header = number
            elif current == table and re.match(rf"[\"']?{re.escape(key)}[\"']?\s*[=.]", text):
                return number, line.index(text) + 1
        return header, 1


def _header(table: str) -> str:
    """Return how a table begins: ``[site]``, or ``[[redirects]]`` of which there are several."""
    name = table.partition("#")[0]
    return f"[[{name}]]" if name in ARRAYS else f"[{table}]"


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
