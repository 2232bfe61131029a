"""The secrets of ``[[sources]]``, which may stand in files and in the environment."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec.structs import replace

from feedsvc.config import value_types
from feedsvc.config.regular_file import secret_in
from feedsvc.config.source_settings import SourceSettings, secret_text
from feedsvc.config.toml_reader import TomlReader


def complete(
    sources: Iterable[tuple[str, SourceSettings]],
    root: Path,
    environ: Mapping[str, str],
    reader: TomlReader,
) -> tuple[SourceSettings, ...]:
    """Return sources with their secrets; report the ones that have none, or share their names.

    :param sources: each with its label for reports.
    """
    whole: dict[str, SourceSettings] = {}
    for label, source in sources:
        if source.name in whole:
            reader.report(label, "name", f'is "{source.name}" twice; give each source its own')
        whole[source.name] = source
        variable = f"FEEDSVC_SOURCES_{source.name.replace('-', '_').upper()}_SECRET"
        file = environ.get(f"{variable}_FILE") or source.secret_file
        try:
            typed = environ.get(variable) or source.secret or (file and secret_in(root / file))
            whole[source.name] = replace(source, secret=secret_text(value_types.text(typed)))
        except ValueError as error:
            reader.report(label, "secret_file", f'"{file}" gives no secret: {error}')
            continue
        if source.kind == "wordpress" and not source.url:
            reader.report(label, "url", 'is missing; add url = "https://quay.example"')
        if not typed:
            message = f'is missing; add secret = "…", secret_file = "…" or set {variable}'
            reader.report(label, "secret", message)
    return tuple(whole.values())
