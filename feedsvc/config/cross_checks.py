"""What has to fit together in config.toml, beyond each key by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from feedsvc.config import value_types

if TYPE_CHECKING:
    from collections.abc import Mapping

    from feedsvc.config.toml_reader import TomlReader


def complete(site: dict[str, Any], feeds: str, reader: TomlReader) -> None:
    """Fill in the tag, and report what is missing for want of an address.

    :param feeds: ``[feeds] url``, where it is given.
    """
    wrong = {problem.key for problem in reader.problems} - {"site.title"}
    if any(key.startswith("site.") or key == "feeds.url" for key in wrong):
        return  # perhaps it is there, and only misspelled
    url = site.get("url") or feeds
    if not site.get("url") and site.get("pages") is False:
        said = "is false, but there is no url where articles are read instead; add url, or leave"
        reader.report("site", "pages", f"{said} this out")
    if "tag" not in site and not url:
        said = "is missing; ids begin with it and must never change, so name a host and a year"
        reader.report("site", "tag", f'{said} of yours: tag = "paper.example,2026"')
    host = urlsplit(url).hostname
    if "tag" not in site and url and not value_types.TAG.fullmatch(f"{host},2026"):
        reader.report("site", "tag", f'is missing; "{host}" cannot be part of an id, so name one')
    site.setdefault("tag", f"{host},2026")


def check_editions(editions: Mapping[str, str], reader: TomlReader) -> None:
    """Report what cannot be the same section in another language.

    :param editions: what each section that is configured is an edition of, or nothing.
    """
    for path, first in editions.items():
        if first and first not in editions:
            said = "which is not in [sections]; add it, or correct this"
        elif first and editions[first]:
            said = "which is an edition itself; name the first of them"
        else:
            continue
        reader.report(f"sections.{path}", "edition_of", f'is "{first}", {said}')
