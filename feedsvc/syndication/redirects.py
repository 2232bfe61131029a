"""Redirects: the old addresses of feeds, and where each leads now."""

from collections.abc import Iterator
from urllib.parse import urlencode

from feedsvc.config.settings import Config, RedirectRule
from feedsvc.config.url_patterns import (
    SECTION,
    STYLES,
    Pattern,
    fill,
    pairs,
    pattern,
    split,
    without_section,
)
from feedsvc.model.feed import FORMATS_BY_FILE, Format
from feedsvc.model.paths import GUESSES, FeedPath, FeedRequest, feed_path


class Redirects:
    """The redirects of one newsroom. Safe to share between threads.

    Each leads to an absolute URL, or to a path below ``[feeds] url``; one that leads to the empty
    string is that of a feed that has ended.
    """

    def __init__(self, config: Config) -> None:
        self._redirects = config.redirects
        self._was = config.former_sections
        self._deepest = max((name.count("/") + 1 for name in self._was), default=0)
        self._shapes: list[tuple[Pattern, Format]] = [
            (pattern(shape), format)
            for name in config.old_urls.style
            for shape, format in STYLES[name].items()
        ]
        self._served: list[tuple[Pattern, Format]] = [
            (one, format)
            for format, shape in config.old_urls.served.items()
            for one in (without_section(shape), shape)
        ]

    def served(self, path: str) -> FeedRequest | None:
        """Return the feed that is served at an old address as well.

        :param path: decoded, as for the other methods.
        """
        for one, format in self._served:
            values = one.match(path)
            if values is not None and one.text.endswith("/") == path.endswith("/"):
                return FeedRequest(FeedPath(values.get(SECTION, "")), format)
        return None

    def listed(self) -> list[tuple[Pattern, str]]:
        """Return every pattern and where it leads, for a static site.

        A feed that ``serve`` also serves at an old address is redirected to its present one.
        """
        listed = [(it.pattern, it.to) for it in self._redirects]
        for one, format in (*self._shapes, *self._served):
            section = f"/{{{SECTION}}}" if SECTION in one.names else ""
            listed.append((one, section + feed_path("", format)))
        return listed

    def find_by_query(self, path: str, query: str) -> str | None:
        """Return where an address leads whose path is feedsvc's own, but not with this query."""
        return next((target for one, target in self._all(path, query) if one.query), None)

    def find(self, path: str, query: str) -> str | None:
        """Return where an old address leads; None where none is known."""
        return next((target for _, target in self._all(path, query)), None)

    def _all(self, path: str, query: str) -> Iterator[tuple[Pattern, str]]:
        for redirect in self._redirects:
            values = redirect.pattern.match(path, query)
            if values is not None:
                yield redirect.pattern, _target(redirect, values, query)
        renamed = self._renamed(path)
        if renamed:
            yield _ROOT, joined(renamed, pairs(query))
        for one, format in self._shapes:
            values = one.match(path, query)
            if values is not None:
                yield one, joined(feed_path(values.get(SECTION, ""), format), one.left(query))

    def _renamed(self, path: str) -> str:
        """Return the present path of a feed below a section's old name; empty if it has none."""
        parts = split(path)
        if not parts or not ({parts[-1]} & (FORMATS_BY_FILE.keys() | GUESSES.keys())):
            return ""
        format = FORMATS_BY_FILE.get(parts[-1]) or GUESSES[parts[-1]]
        for depth in range(min(self._deepest, len(parts) - 1), 0, -1):
            today = self._was.get("/".join(parts[:depth]))
            if today:
                rest = parts[depth:-1]
                if {"", ".", ".."} & {*rest}:
                    break  # clients remove dot segments (RFC 3986 §5.2.4)
                return feed_path("/".join((today, *rest)), format)
        return ""


_ROOT = pattern("/")
"""A pattern without a query."""


def _target(redirect: RedirectRule, values: dict[str, str], query: str) -> str:
    """Return where a redirect leads; the query is kept unless the target has its own."""
    to = fill(redirect.to, values)
    left = redirect.pattern.left(query) if to and "?" not in to else []
    address, mark, fragment = to.partition("#")
    return joined(address, left) + mark + fragment


def joined(address: str, query: list[tuple[str, str]]) -> str:
    """Return an address with the parameters of a query."""
    return f"{address}?{urlencode(query)}" if query else address
