"""Checks of config.toml that concern several keys at once."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from feedsvc.config import value_types
from feedsvc.config.server_settings import MediaSettings, PushSettings
from feedsvc.config.settings import SectionSettings
from feedsvc.config.store_address import is_store_address
from feedsvc.config.toml_reader import TomlReader
from feedsvc.model import paths


def complete(site: dict[str, Any], feeds: str, reader: TomlReader) -> None:
    """Fill in the tag, and report keys that are needed because there is no address.

    :param feeds: ``[feeds] url``, where it is given.
    """
    wrong = {problem.key for problem in reader.problems} - {"site.title"}
    if any(key.startswith("site.") or key == "feeds.url" for key in wrong):
        return  # perhaps it is there, and only misspelled
    url = site.get("url") or feeds
    if not site.get("url") and site.get("pages") is False:
        message = "is false, but there is no url where articles are read instead; add url, or leave"
        reader.report("site", "pages", f"{message} this out")
    if "tag" not in site and not url:
        message = "is missing; ids begin with it and must never change, so name a host and a year"
        reader.report("site", "tag", f'{message} of yours: tag = "paper.example,2026"')
    host = urlsplit(url).hostname
    if "tag" not in site and url and not value_types.TAG.fullmatch(f"{host},2026"):
        reader.report("site", "tag", f'is missing; "{host}" cannot be part of an id, so name one')
    site.setdefault("tag", f"{host},2026")


def check_editions(sections: Mapping[str, SectionSettings], reader: TomlReader) -> None:
    """Report sections that cannot be the same section in another language."""
    for path, section in sections.items():
        first = section.edition_of
        if first and first not in sections:
            fault = "which is not in [sections]; add it, or correct this"
        elif first and sections[first].edition_of:
            fault = "which is an edition itself; name the first of them"
        else:
            continue
        reader.report(f"sections.{path}", "edition_of", f'is "{first}", {fault}')


def check_leases(push: PushSettings, reader: TomlReader) -> None:
    """Report bounds of leases between which there is none."""
    if push.least_lease > push.most_lease:
        fault = f"is {push.least_lease}, more than most_lease, {push.most_lease}"
        reader.report("push", "least_lease", f"{fault}; make it smaller, or most_lease bigger")


def check_media(media: MediaSettings, reader: TomlReader) -> None:
    """Report settings that need a library which is not installed, or each other."""
    if media.renditions and find_spec("PIL") is None:
        fault = 'needs Pillow; install "feedsvc[images]", or leave this out'
        reader.report("media", "renditions", fault)
    if is_store_address(media.store) and find_spec("obstore") is None:
        reader.report("media", "store", 'needs obstore; install "feedsvc[s3]", or name a folder')
    if bool(media.store) != bool(media.url):
        given, other = ("store", "url") if media.store else ("url", "store")
        fault = "is missing; pictures are put into store, and readers get them below url"
        reader.report("media", other, f"{fault}, so leave {given} out or add this")


def check_state(state: str, root: Path, reader: TomlReader) -> None:
    """Report a folder for the store that holds the newsroom: it is closed to all but its owner."""
    folder = (root / state).resolve()
    used = (root, root / paths.ARTICLES, root / paths.MEDIA_FOLDER)
    if state and (folder in used or folder in root.parents or used[1] in folder.parents):
        fault = f'is "{state}", a folder with other files; name one for feedsvc alone'
        reader.report("server", "state", f"{fault}, such as /var/lib/feedsvc")
