"""Read the tables of config.toml: each value by its reader, every problem with its line."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar, cast

from msgspec import Struct, structs

from feedsvc.config.value_types import Reader, reader_of
from feedsvc.errors import Problem, did_you_mean
from feedsvc.model import paths

Settings = TypeVar("Settings", bound=Struct)


class TomlReader:
    """Reads tables and collects their problems.

    :param name: of the file.
    :param text: of the file.
    :param tables: read from the text; none where problems are only reported.
    """

    def __init__(self, name: str, text: str, tables: Mapping[str, Any] | None = None) -> None:
        self.problems: list[Problem] = []
        self._name = name
        self._tables = tables or {}
        self._lines = text.splitlines()

    def table(
        self, table: str, settings: type[Struct], environ: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return the values of a table by the names of their fields; the environment wins over it.

        :param settings: has a field for each key.
        """
        if table not in self._tables and _may_be_left_out(table, settings, environ):
            return {}  # to look up the types of all fields would take most of the time
        return self._values(table, settings, self._tables.get(table, {}), environ)

    def _values(
        self, table: str, settings: type[Struct], given: object, environ: Mapping[str, str]
    ) -> dict[str, Any]:
        keys = self._mapping(given, table, _header(table))
        fields = {field.encode_name: field for field in structs.fields(settings)}
        values: dict[str, Any] = {}
        for key, value in keys.items():
            if key not in fields:
                self.report(table, key, _unknown_key(table, key, value, fields))
                continue
            try:
                values[fields[key].name] = reader_of(fields[key].type)(value)
            except ValueError as error:
                self.report(table, key, str(error))
        for key, field in fields.items():
            variable = _variable(table, key)
            if variable in environ:
                try:
                    read = reader_of(field.type)
                    values[field.name] = _from_environment(read, environ[variable])
                except ValueError as error:
                    self.problems.append(Problem(variable, 1, 1, key, str(error)))
            elif field.required and key not in keys:
                self.report(table, key, f'is missing; add {key} = "…" below {_header(table)}')
        return values

    def sections(self, settings: type[Settings]) -> Iterator[tuple[str, Settings]]:
        """Yield the path and the settings of each section that has a table."""
        given = self._tables.get("sections", {})
        for path, keys in self._mapping(given, "sections", '[sections."world/europe"]').items():
            table = f"sections.{path}"
            try:
                section = paths.section_path(path)
            except ValueError as error:
                self.report(table, "", str(error))
                continue
            yield section, settings(**self._values(table, settings, keys, {}))

    def array(self, table: str, settings: type[Settings]) -> Iterator[tuple[str, Settings]]:
        """Yield a label, which ``report`` takes for a table, and the settings of each table.

        A table that has a problem is reported instead.
        """
        given = self._tables.get(table, [])
        if not isinstance(given, list):
            self.report(table, "", f"must be a list of tables: each begins with [[{table}]]")
            return
        for number, entry in enumerate(cast("list[Any]", given), 1):
            label = f"{table}#{number}"
            known = len(self.problems)
            values = self._values(label, settings, entry, {})
            if len(self.problems) == known:
                yield label, settings(**values)

    def _mapping(self, given: object, table: str, sample: str) -> dict[str, Any]:
        if isinstance(given, dict):
            return cast("dict[str, Any]", given)
        self.report(table, "", f"must be a table: {sample}")
        return {}

    def unknown_tables(self, known: Iterable[str], arrays: Iterable[str]) -> None:
        """Report tables that are neither known nor sections.

        :param arrays: tables of which there may be several.
        """
        headers = {name: f"[{name}]" for name in known} | {name: f"[[{name}]]" for name in arrays}
        headers["sections"] = "[sections.…]"
        for table in self._tables:
            if table not in headers:
                hint = did_you_mean(table, headers) or f" Known are {', '.join(headers.values())}."
                self.report("", table, f"is not known here.{hint}")

    def report(self, table: str, key: str, message: str) -> None:
        """Collect a problem at a key, or at its table."""
        name = ".".join(part for part in (table, key) if part)
        line, column = self._place(table, key, name)
        shown = re.sub(r"^(\w+)#\d+", r"\1", name)  # a label of ``array``
        self.problems.append(Problem(self._name, line, column, shown, message))

    def _place(self, table: str, key: str, name: str) -> tuple[int, int]:
        """Return line and column of a key. tomllib gives none, so look as a person would."""
        current, header, arrays = "", 1, Counter[str]()
        for line_number, line in enumerate(self._lines, 1):
            text = line.strip()
            if text.startswith("["):
                current = text.split("]")[0].strip("[ ").replace('"', "").replace("'", "")
                if text.startswith("[["):
                    arrays[current] += 1
                    current = f"{current}#{arrays[current]}"
                if current in (table, name):
                    header = line_number
            elif current == table and re.match(rf"[\"']?{re.escape(key)}[\"']?\s*[=.]", text):
                return line_number, line.index(text) + 1
        return header, 1


def _unknown_key(table: str, key: str, value: object, fields: Iterable[str]) -> str:
    if isinstance(value, dict) and table.startswith("sections."):
        hint = f" A section in a section is written {_header(f'{table}/{key}')}."
    else:
        hint = did_you_mean(key, fields) or f" Known are {', '.join(fields)}."
    return f"is not a key of {_header(table)}.{hint}"


def _may_be_left_out(table: str, settings: type[Struct], environ: Mapping[str, str]) -> bool:
    """Return whether each field of a table has a default, and the environment has none of them."""
    keys = settings.__struct_encode_fields__
    optional = len(settings.__struct_defaults__) == len(keys)
    return optional and not any(_variable(table, key) in environ for key in keys)


def _variable(table: str, key: str) -> str:
    """Return the environment variable of a key."""
    return f"FEEDSVC_{table}_{key}".upper()


def _header(table: str) -> str:
    """Return the header of a table: ``[site]``, or ``[[redirects]]`` for a label of ``array``."""
    name, label, _ = table.partition("#")
    _, section, path = table.partition("sections.")
    return f'[sections."{path}"]' if section else f"[[{name}]]" if label else f"[{table}]"


def _from_environment(read: Reader, text: str) -> object:
    """Return a value that the environment can only give as a text."""
    if text.lower() in ("true", "false"):
        typed: str | int = text.lower() == "true"
    else:
        typed = int(text) if re.fullmatch(r"-?\d+", text) else text
    try:
        return read(typed)
    except ValueError:
        return read(text)
