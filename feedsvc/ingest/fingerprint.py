"""A digest of everything besides the file that decides how an article file is read."""

from functools import cache

from feedsvc.config.settings import Config
from feedsvc.model.digests import code_digest, digest_of, version_of

READING = ("errors", "model", "config", "ingest")
"""Rooms that decide which Article a file becomes, and which problems are reported."""


def read_with(config: Config) -> str:
    """Return a text that changes when any file would be read differently."""
    languages = {path: section.language for path, section in config.sections.items()}
    topics = digest_of(config.feeds.by, config.site.language, languages)
    site, media = config.site, config.remote_media
    sizes = " renditions" if media.renditions else ""
    store = f" {media.store} {media.url}" if media.store else ""
    return f"{reading_code()} {site.url} {site.timezone} {media.remote}{sizes}{store} {topics}"


@cache
def reading_code() -> str:
    """Return a digest of the code that decides how a file is read."""
    libraries = "markdown-it-py", "nh3", "pyromark", "pyyaml"
    return code_digest(READING, map(version_of, libraries))[:16]
