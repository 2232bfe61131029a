"""Patterns of old addresses, such as ``/rss/{section}.xml``, and their targets.

A name in braces stands for one part of a path, ``{section}`` for one or more. Nothing here is a
regular expression: a path is compared part by part, once.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote

from feedsvc.model.feed import Format
from feedsvc.model.text import absolute_url

SECTION = "section"
"""The name that may stand for several parts of a path."""

_NAME = re.compile(r"\{([a-z_]+)\}")
_ORIGIN = re.compile(r"(https?://[^/?#]*)(.*)", re.IGNORECASE)
_LITERAL = "/:@!$&'()*+,;=~%?#{}"
"""Characters of an address that are not escaped where a publisher typed it (RFC 3986 §2.2)."""

_WORDPRESS: dict[str, Format] = {"atom": "atom", "rdf": "rss", "rss": "rss", "rss2": "rss"}
"""The names of formats in the addresses of WordPress."""
STYLES: dict[str, dict[str, Format]] = {
    "wordpress": {
        **{f"/?feed={name}": format for name, format in _WORDPRESS.items()},
        "/category/{section}/feed": "rss",
        **{f"/category/{{section}}/feed/{name}": format for name, format in _WORDPRESS.items()},
        "/feed": "rss",
        **{f"/feed/{name}": format for name, format in _WORDPRESS.items()},
        **{f"/wp-{name}.php": format for name, format in _WORDPRESS.items()},
    },
    "ghost": {"/rss": "rss", "/tag/{section}/rss": "rss", "/{section}/rss": "rss"},
    "arc": {
        "/arc/outboundfeeds/rss?outputType=xml": "rss",
        "/arc/outboundfeeds/rss": "rss",
        "/arc/outboundfeeds/rss/category/{section}?outputType=xml": "rss",
        "/arc/outboundfeeds/rss/category/{section}": "rss",
    },
    "drupal": {"/{section}/feed": "rss"},
}
"""Where other systems have their feeds; a slash may follow each path."""


class Part(NamedTuple):
    """One part of a path, between two slashes: a fixed text, or a name with text around it."""

    before: str
    name: str
    """Empty where there is none; then ``before`` is the whole part."""
    after: str

    def value(self, text: str) -> str | None:
        """Return the value of the name in a part that matches, else None.

        It is empty where the part has no name.
        """
        if not self.name:
            return "" if text == self.before else None
        if not (text.startswith(self.before) and text.endswith(self.after)):
            return None
        inner = text[len(self.before) : len(text) - len(self.after)]
        # Clients remove dot segments from an address before they follow it (RFC 3986 §5.2.4).
        return None if {"", ".", ".."} & {*inner.split("/")} else inner


class Pattern(NamedTuple):
    """Addresses of one shape."""

    text: str
    parts: tuple[Part, ...]
    query: tuple[tuple[str, str], ...] = ()
    """Parameters that have to be there."""

    @property
    def names(self) -> list[str]:
        """Return the names in the order of the path."""
        return [part.name for part in self.parts if part.name]

    @property
    def shape(self) -> tuple[object, ...]:
        """Return a value that is equal for two patterns of the same addresses."""
        kinds = {"": "", SECTION: SECTION}
        parts = (part._replace(name=kinds.get(part.name, "one")) for part in self.parts)
        return (*parts, *sorted(self.query))

    def match(self, path: str, query: str = "") -> dict[str, str] | None:
        """Return the values of the names, or None where the address does not match.

        :param path: decoded; one slash at its end makes no difference.
        """
        texts = split(path)
        extra = len(texts) - len(self.parts)
        if extra < 0 or (extra and SECTION not in self.names):
            return None
        if not {*self.query} <= {*pairs(query)}:
            return None
        values: dict[str, str] = {}
        for part, text in zip(self.parts, self._grouped(texts, extra), strict=True):
            value = part.value(text)
            if value is None:
                return None
            values[part.name] = value
        values.pop("", None)
        return values

    def _grouped(self, texts: list[str], extra: int) -> Iterator[str]:
        """Yield one text for each part; that of ``{section}`` takes the extra ones."""
        rest = iter(texts)
        for part in self.parts:
            more = extra if part.name == SECTION else 0
            yield "/".join(next(rest) for _ in range(more + 1))

    def left(self, query: str) -> list[tuple[str, str]]:
        """Return the parameters that the pattern does not name."""
        return [pair for pair in pairs(query) if pair not in self.query]


def split(path: str) -> list[str]:
    """Return the parts of a path; none for the root."""
    inner = path.removeprefix("/").removesuffix("/")
    return inner.split("/") if inner else []


def pairs(query: str) -> list[tuple[str, str]]:
    """Return the parameters of a query."""
    return parse_qsl(query, keep_blank_values=True)


def pattern(text: str) -> Pattern:
    """Return a pattern from its text.

    :raises ValueError: it is none; the message names the remedy.
    """
    path, _, query = text.partition("?")
    if not path.startswith("/") or path.startswith("//") or "#" in text:
        raise ValueError(
            f'"{text}" is not the path of an address; begin it with one slash, '
            "such as /rss/{section}.xml"
        )
    if "{" in query:
        raise ValueError(f'"{text}" has a name in its query; only a path can have one')
    parsed = Pattern(text, tuple(map(_part, split(path))), tuple(pairs(query)))
    if len({*parsed.names}) < len(parsed.names):
        raise ValueError(f'"{text}" has a name twice; give each another')
    return parsed


def _part(text: str) -> Part:
    before, *rest = _NAME.split(text)
    if len(rest) > 2 or re.search(r"[{}]", before + "".join(rest[1:])):
        raise ValueError(
            f'"{text}" can have one name between two slashes, such as {{section}} or {{year}}, '
            "in small letters"
        )
    name, after = rest or ("", "")
    return Part(unquote(before), name, unquote(after))


def target(text: str) -> str:
    """Return the target of a redirect: a path of feedsvc's own, or an address elsewhere.

    :returns: in ASCII, names still in braces.
    :raises ValueError: it is none; the message names the remedy.
    """
    match = _ORIGIN.fullmatch(text)
    origin, rest = match.groups() if match else ("", text)
    if re.search(r"[{}]", _NAME.sub("", text)) or "{" in origin:
        raise ValueError(
            f'"{text}" can have names such as {{section}} in small letters, but not in its host'
        )
    if not origin and not re.match(r"/(?!/)", rest):
        raise ValueError(f'"{text}" must begin with one slash, or be a whole address, https://…')
    return (absolute_url(origin) if origin else "") + quote(rest, safe=_LITERAL)


def names(target: str) -> set[str]:
    """Return the names that a target has."""
    return set(_NAME.findall(target))


def fill(target: str, values: Mapping[str, str]) -> str:
    """Return a target with the values of its names, percent-encoded (RFC 3986 §2.1).

    No value can begin with a slash or bring one that was not in the path, so that the host stays.
    """
    path, mark, query = target.partition("?")
    return (
        _NAME.sub(lambda it: quote(values[it[1]], safe="/"), path)
        + mark
        + _NAME.sub(lambda it: quote(values[it[1]], safe=""), query)
    )


def served(text: str) -> Pattern:
    """Return the pattern of the feeds of all sections.

    :raises ValueError: it is none; the message names the remedy.
    """
    feeds = pattern(text)
    site = _site(feeds.text)
    if feeds.query or feeds.names != [SECTION] or site[:1] != "/" or site in ("/", feeds.text):
        raise ValueError(
            f'"{feeds.text}" must have {{section}} after a slash, something besides, and no '
            'other name or "?", such as /{section}/rss'
        )
    return feeds


def without_section(feeds: Pattern) -> Pattern:
    """Return the pattern of the site's own feed: without ``{section}`` and its slash."""
    return pattern(_site(feeds.text))


def _site(text: str) -> str:
    return text.replace("/{section}", "", 1)
