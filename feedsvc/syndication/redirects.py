"""Where the feeds were before: old addresses, and what is there instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from feedsvc.config.redirects import STYLES, RedirectRule
from feedsvc.config.url_patterns import SECTION, fill, pattern, split, without_section
from feedsvc.model.feed import FORMATS_BY_FILE
from feedsvc.model.paths import GUESSES, FeedPath, FeedRequest, feed_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedsvc.config.settings import Config
    from feedsvc.config.url_patterns import Pattern
    from feedsvc.model.feed import Format


class Redirect(NamedTuple):
    """What became of an old address."""

    to: str
    """An absolute URL, or a path below ``[feeds] url``; empty where the feed is gone for good."""
    section: str | None = None
    """The section that has to exist, or else there is nothing; None where that is not asked."""


class Redirects:
    """The old addresses of one newsroom. Safe to share between threads."""

    def __init__(self, config: Config) -> None:
        """Take ``[[redirects]]``, ``[urls]``, and the old names of the sections."""
        rules = config.redirects
        self._redirects = rules.rules
        self._was = rules.former_sections
        self._deepest = max((name.count("/") + 1 for name in rules.former_sections), default=0)
        self._shapes: list[tuple[Pattern, Format]] = [
            (pattern(shape), format)
            for name in rules.styles
            for shape, format in STYLES[name].items()
        ]
        self._served: list[tuple[Pattern, Format]] = [
            (one, format)
            for format, found in rules.served.items()
            for one in (without_section(found), found)
        ]

    def served(self, path: str) -> FeedRequest | None:
        """Return the feed that is served at an old address as well.

        :param path: decoded, as everywhere here.
        """
        for one, format in self._served:
            found = one.match(path)
            if found is not None and one.text.endswith("/") == path.endswith("/"):
                return FeedRequest(FeedPath(found.get(SECTION, "")), format)
        return None

    def listed(self) -> list[tuple[Pattern, str]]:
        """Return every pattern and where it leads, for servers that have no feeds but as files.

        What ``serve`` serves at an old address leads to its own.
        """
        told = [(it.pattern, it.to) for it in self._redirects]
        for one, format in (*self._shapes, *self._served):
            section = f"/{{{SECTION}}}" if SECTION in one.names else ""
            told.append((one, section + feed_path("", format)))
        return told

    def asked(self, path: str, query: str) -> Redirect | None:
        """Return what became of an address by its query alone: its path is one of feedsvc's own."""
        return next((moved for one, moved in self._all(path, query) if one.query), None)

    def find(self, path: str, query: str) -> Redirect | None:
        """Return what became of an old address; None where there never was one that is known."""
        return next((moved for _, moved in self._all(path, query)), None)

    def _all(self, path: str, query: str) -> Iterator[tuple[Pattern, Redirect]]:
        for redirect in self._redirects:
            found = redirect.pattern.match(path, query)
            if found is not None:
                yield redirect.pattern, Redirect(_with(redirect, found, query))
        renamed = self._renamed(path)
        if renamed:
            left = ROOT.left(query)
            yield ROOT, Redirect(_joined(renamed, left))
        for one, format in self._shapes:
            found = one.match(path, query)
            if found is not None:
                section = found.get(SECTION, "")
                yield one, Redirect(_joined(feed_path(section, format), one.left(query)), section)

    def _renamed(self, path: str) -> str:
        """Return the address today of a feed below a section's old name; empty where it is none."""
        parts = split(path)
        if not parts or not ({parts[-1]} & (FORMATS_BY_FILE.keys() | GUESSES.keys())):
            return ""
        format = FORMATS_BY_FILE.get(parts[-1]) or GUESSES[parts[-1]]
        for depth in range(min(self._deepest, len(parts) - 1), 0, -1):
            today = self._was.get("/".join(parts[:depth]))
            if today:
                rest = parts[depth:-1]
                if {"", ".", ".."} & {*rest}:
                    break  # whoever follows would take dot segments out (RFC 3986 §5.2.4)
                return feed_path("/".join((today, *rest)), format)
        return ""


ROOT = pattern("/")
"""Names no parameter of a query, so that all are kept."""


def _with(redirect: RedirectRule, found: dict[str, str], query: str) -> str:
    """Return where a redirect leads; parameters are kept where it does not say others."""
    to = fill(redirect.to, found)
    left = redirect.pattern.left(query) if to and "?" not in to else []
    address, mark, fragment = to.partition("#")
    return _joined(address, left) + mark + fragment


def _joined(address: str, query: list[tuple[str, str]]) -> str:
    return f"{address}?{urlencode(query)}" if query else address
