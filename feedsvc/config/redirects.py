"""Old addresses of feeds: read ``[urls]``, ``[[redirects]]`` and the old names of sections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Struct, field

from feedsvc.config import url_patterns
from feedsvc.config.url_patterns import Part, Pattern, names, without_section
from feedsvc.config.value_types import listed, text
from feedsvc.errors import did_you_mean
from feedsvc.model.feed import FORMATS, FORMATS_BY_FILE, Format
from feedsvc.model.paths import (
    GUESSES,
    LATEST_PARTS,
    OWN_FOLDERS,
    SINGLE_PAGES,
    FeedPath,
    ancestors,
    section_path,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    Report = Callable[[str, str, str], None]
    """Takes a table, a key and the fault of its value."""


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


def styles(value: Any) -> tuple[str, ...]:
    """Return the names of systems whose addresses lead to the feeds."""
    systems = [text(system) for system in listed(value)]
    for system in systems:
        if system not in STYLES:
            known = ", ".join(f'"{name}"' for name in STYLES)
            hint = did_you_mean(system, STYLES) or f" Known are {known}."
            raise ValueError(f'"{system}" is no style that is known here.{hint}')
    return tuple(dict.fromkeys(systems))


def old_names(value: Any) -> tuple[str, ...]:
    """Return the old names of a section."""
    return tuple(map(section, listed(value)))


def section(value: Any) -> str:
    """Return the path of one section."""
    return section_path(text(value))


class UrlSettings(Struct, frozen=True, kw_only=True):
    """``[urls]``: where the feeds were before."""

    style: Annotated[tuple[str, ...], styles] = ()
    """Systems that had the feeds before, keys of ``STYLES``."""
    rss: Annotated[Pattern | None, url_patterns.served] = None
    """Other addresses at which the RSS feeds are served; so for the other formats."""
    atom: Annotated[Pattern | None, url_patterns.served] = None
    json: Annotated[Pattern | None, url_patterns.served] = None


class RedirectRule(Struct, frozen=True, kw_only=True):
    """``[[redirects]]``: an old address and where it leads."""

    pattern: Annotated[Pattern, url_patterns.pattern] = field(name="from")
    to: Annotated[str, url_patterns.target] = ""
    """Names in braces; empty where the feed is gone."""
    gone: bool = False


class RedirectRules(Struct, frozen=True, kw_only=True):
    """All old addresses of the feeds."""

    rules: tuple[RedirectRule, ...]
    former_sections: dict[str, str]
    """The sections of today by their old names."""
    styles: tuple[str, ...]
    served: dict[Format, Pattern]
    """Other addresses at which the feeds are served."""


def redirect_rules(
    entries: Iterable[tuple[str, RedirectRule]],
    urls: UrlSettings,
    sections: Mapping[str, tuple[str, ...]],
    report: Report,
) -> RedirectRules:
    """Return the rules for old addresses, and report two rules for one address.

    :param entries: label and values of each of ``[[redirects]]``.
    :param sections: the old names of each section that is configured.
    """
    former = _former_sections(sections, report)
    known = {above for name in sections for above in ancestors(name)}
    patterns: dict[Format, Pattern | None] = {it: getattr(urls, it) for it in FORMATS}
    served: dict[Format, Pattern] = {it: shape for it, shape in patterns.items() if shape}
    taken: dict[object, str] = {}
    for format, pattern in served.items():
        _occupy(pattern, format, taken, report)
    rules: list[RedirectRule] = []
    for label, rule in entries:
        if not _leads_somewhere(label, rule, report):
            continue
        pattern = rule.pattern
        fault = _hides(pattern, known, former) or taken.get(pattern.shape)
        if fault:
            report(label, "from", f'"{pattern.text}" {fault}')
        taken.setdefault(pattern.shape, "leads somewhere already; take one of the two out")
        rules.append(rule)
    return RedirectRules(
        rules=tuple(rules), former_sections=former, styles=urls.style, served=served
    )


def _former_sections(sections: Mapping[str, tuple[str, ...]], report: Report) -> dict[str, str]:
    """Return the sections of today by their old names."""
    live = {above for name in sections for above in ancestors(name)}
    former: dict[str, str] = {}
    for name, old_names in sections.items():
        for old in old_names:
            if old in live:
                report(f"sections.{name}", "was", f'"{old}" is a section of today; name it once')
            elif old in former:
                message = f'"{old}" became [sections."{former[old]}"] already; name it once'
                report(f"sections.{name}", "was", message)
            former[old] = name
    return former


def _occupy(pattern: Pattern, format: Format, taken: dict[object, str], report: Report) -> None:
    """Take the addresses at which ``[urls]`` has the feeds of a format."""
    both = (pattern, without_section(pattern))
    if any(_place(one, ()) == "own" for one in both):
        report("urls", format, f'"{pattern.text}" is one of feedsvc\'s own addresses; take another')
    elif any(one.shape in taken for one in both):
        report("urls", format, f'"{pattern.text}" is another feed already; give each its own')
    for one in both:
        taken[one.shape] = f"is where [urls] {format} has the feeds; take one of the two out"


def _leads_somewhere(label: str, rule: RedirectRule, report: Report) -> bool:
    """Return whether a redirect has one of ``to`` and ``gone``; else report it."""
    if bool(rule.to) is rule.gone:
        fault = "has both" if rule.gone else "says nothing of where it leads"
        message = f'{fault}; a redirect has either to = "…" or gone = true'
        report(label, "gone" if rule.gone else "to", message)
        return False
    for name in sorted(names(rule.to) - {*rule.pattern.names}):
        message = f'has the name {{{name}}}, which "{rule.pattern.text}" does not have'
        report(label, "to", f"{message}; use one that is there")
    return True


def _hides(pattern: Pattern, known: Collection[str], former: Mapping[str, str]) -> str:
    """Return why a redirect cannot begin here; empty where it can."""
    if _place(pattern, known):
        return "is one of feedsvc's own addresses, which no redirect can hide; take it out"
    section = "/".join(part.before for part in _section(pattern.parts))
    if section in former and _place(pattern, [section]):
        return f'leads to [sections."{former[section]}"] already, by its was; take one of them out'
    return ""


def _place(pattern: Pattern, known: Collection[str]) -> str:
    """Return whether an address is feedsvc's ``own``, or a ``guess`` at one; empty for others.

    :param known: sections that there are.
    """
    parts = pattern.parts
    first = parts[0].before if parts and not parts[0].name else ""
    single = len(parts) == 1 and first in SINGLE_PAGES
    if first in OWN_FOLDERS or single or [part.before for part in parts] == LATEST_PARTS:
        return "own"
    if not parts:
        return "" if pattern.query else "own"
    end = parts[-1].before if not parts[-1].name else ""
    section = _section(parts)
    whole = all(part.name and not (part.before or part.after) for part in section)
    if not (whole or "/".join(part.before for part in section) in known):
        return ""
    if end in FORMATS_BY_FILE:
        return "own"
    # A guess is sent on to the feed, but one with a query may have been something else.
    return (
        "guess" if end in GUESSES and len(section) == len(parts) - 1 and not pattern.query else ""
    )


def _section(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return the parts of an address of a feed that name the section."""
    # Whatever a name stands for, it may be the number of an archive.
    feed = FeedPath.parse("/".join("0" if part.name else part.before for part in parts[:-1]))
    return parts[: feed.place.count("/") + 1 if feed.place else 0]
