"""Old addresses as config.toml tells of them, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct

from feedsvc.config.url_patterns import Part, Pattern, names, without_section
from feedsvc.config.value_types import text
from feedsvc.errors import did_you_mean
from feedsvc.model.feed import FORMATS, FORMATS_BY_FILE, Format
from feedsvc.model.paths import GUESSES, LATEST_PARTS, OWN_FOLDERS, SINGLE_PAGES, section_path

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    Report = Callable[[str, str, str], None]
    """Takes table, key and what is wrong."""


STYLES: dict[str, dict[str, Format]] = {
    "wordpress": {
        "/?feed=atom": "atom",
        "/?feed=rss": "rss",
        "/?feed=rss2": "rss",
        "/category/{section}/feed": "rss",
        "/category/{section}/feed/atom": "atom",
        "/category/{section}/feed/rss2": "rss",
        "/feed": "rss",
        "/feed/atom": "atom",
        "/feed/rss2": "rss",
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


class RedirectRule(Struct, frozen=True):
    """One of ``[[redirects]]``."""

    pattern: Pattern
    to: str = ""
    """Where it leads, names in braces; empty where the feed is gone."""


class RedirectRules(Struct, frozen=True, kw_only=True):
    """All that config.toml says of old addresses."""

    redirects: tuple[RedirectRule, ...] = ()
    was: dict[str, str]
    """The sections of today by their old names."""
    style: tuple[str, ...] = ()
    served: dict[Format, Pattern]
    """Other addresses at which the feeds are."""


def style(value: Any) -> tuple[str, ...]:
    """Return the names of systems whose addresses lead to the feeds."""
    given = [text(one) for one in _texts(value)]
    for one in given:
        if one not in STYLES:
            known = ", ".join(f'"{name}"' for name in STYLES)
            hint = did_you_mean(one, STYLES) or f" Known are {known}."
            raise ValueError(f'"{one}" is no style that is known here.{hint}')
    return tuple(dict.fromkeys(given))


def was(value: Any) -> tuple[str, ...]:
    """Return the old names of a section."""
    return tuple(map(section, _texts(value)))


def section(value: Any) -> str:
    """Return the path of one section."""
    return section_path(text(value))


def _texts(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def redirect_rules(
    entries: Iterable[tuple[str, dict[str, Any]]],
    urls: Mapping[str, Any],
    sections: Mapping[str, tuple[str, ...]],
    report: Report,
) -> RedirectRules:
    """Return what is said of old addresses, and report where two things are at one.

    :param entries: label and values of each of ``[[redirects]]``.
    :param urls: the values of ``[urls]``.
    :param sections: the old names of each section that is configured.
    """
    former = _former(sections, report)
    known = {above for name in sections for above in _upwards(name)}
    served: dict[Format, Pattern] = {format: urls[format] for format in FORMATS if format in urls}
    taken: dict[object, str] = {}
    for format, found in served.items():
        _occupy(found, format, taken, report)
    redirects: list[RedirectRule] = []
    for label, entry in entries:
        redirect = _redirect(label, entry, report)
        if redirect is None:
            continue
        wrong = _hides(redirect.pattern, known, former) or taken.get(redirect.pattern.shape)
        if wrong:
            report(label, "from", f'"{redirect.pattern.text}" {wrong}')
        taken.setdefault(redirect.pattern.shape, "leads somewhere already; take one of the two out")
        redirects.append(redirect)
    return RedirectRules(
        redirects=tuple(redirects), was=former, style=urls.get("style", ()), served=served
    )


def _upwards(section: str) -> list[str]:
    parts = section.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]


def _former(sections: Mapping[str, tuple[str, ...]], report: Report) -> dict[str, str]:
    """Return the sections of today by their old names."""
    live = {above for name in sections for above in _upwards(name)}
    former: dict[str, str] = {}
    for name, olds in sections.items():
        for one in olds:
            if one in live:
                report(f"sections.{name}", "was", f'"{one}" is a section of today; name it once')
            elif one in former:
                said = f'"{one}" became [sections."{former[one]}"] already; name it once'
                report(f"sections.{name}", "was", said)
            former[one] = name
    return former


def _occupy(found: Pattern, format: Format, taken: dict[object, str], report: Report) -> None:
    """Take the addresses at which ``[urls]`` has the feeds of a format."""
    both = (found, without_section(found))
    if any(_place(one, ()) == "own" for one in both):
        report("urls", format, f'"{found.text}" is one of feedsvc\'s own addresses; take another')
    elif any(one.shape in taken for one in both):
        report("urls", format, f'"{found.text}" is another feed already; give each its own')
    for one in both:
        taken[one.shape] = f"is where [urls] {format} has the feeds; take one of the two out"


def _redirect(label: str, entry: dict[str, Any], report: Report) -> RedirectRule | None:
    """Return a redirect, or None after it was reported what is wrong."""
    found: Pattern = entry["from"]
    to, gone = entry.get("to", ""), entry.get("gone", False)
    if bool(to) is gone:
        said = "has both" if gone else "says nothing of where it leads"
        said = f'{said}; a redirect has either to = "…" or gone = true'
        report(label, "gone" if gone else "to", said)
        return None
    for name in sorted(names(to) - {*found.names}):
        said = f'has the name {{{name}}}, which "{found.text}" does not have; use one that is there'
        report(label, "to", said)
    return RedirectRule(found, to)


def _hides(found: Pattern, known: Collection[str], former: Mapping[str, str]) -> str:
    """Say why a redirect cannot begin here; nothing where it can."""
    if _place(found, known):
        return "is one of feedsvc's own addresses, which no redirect can hide; take it out"
    section = "/".join(part.before for part in _section(found.parts))
    if section in former and _place(found, [section]):
        return f'leads to [sections."{former[section]}"] already, by its was; take one of them out'
    return ""


def _place(found: Pattern, known: Collection[str]) -> str:
    """Say whether an address is feedsvc's own, or a guess at one; nothing where it is neither.

    :param known: sections that there are.
    """
    parts = found.parts
    first = parts[0].before if parts and not parts[0].name else ""
    single = len(parts) == 1 and first in SINGLE_PAGES
    if first in OWN_FOLDERS or single or [part.before for part in parts] == LATEST_PARTS:
        return "own"
    if not parts:
        return "" if found.query else "own"
    end = parts[-1].before if not parts[-1].name else ""
    section = _section(parts)
    whole = all(part.name and not (part.before or part.after) for part in section)
    if not (whole or "/".join(part.before for part in section) in known):
        return ""
    if end in FORMATS_BY_FILE:
        return "own"
    # A guess is sent on to the feed, but one with a query may have been something else.
    return "guess" if end in GUESSES and len(section) == len(parts) - 1 and not found.query else ""


def _section(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return the parts of an address of a feed that name the section."""
    rest = parts[:-1]
    if rest and rest[-1] == Part("corrections", "", ""):
        return rest[:-1]
    if len(rest) > 1 and rest[-2] == Part("archive", "", ""):
        number = rest[-1]
        return rest[:-2] if number.name or number.before.isdecimal() else rest
    return rest
