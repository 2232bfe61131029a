"""Checks of old addresses: ``[urls]``, ``[[redirects]]`` and the old names of sections."""

from collections.abc import Callable, Collection, Iterable, Mapping

from feedsvc.config.settings import RedirectRule, SectionSettings, UrlSettings
from feedsvc.config.url_patterns import Part, Pattern, names, without_section
from feedsvc.model.feed import FORMATS_BY_FILE, Format
from feedsvc.model.paths import (
    GUESSES,
    LATEST_PARTS,
    OWN_FOLDERS,
    SINGLE_PAGES,
    FeedPath,
    ancestors,
)

Report = Callable[[str, str, str], None]
"""Takes a table, a key and the fault of its value."""


def check_redirects(
    entries: Iterable[tuple[str, RedirectRule]],
    urls: UrlSettings,
    sections: Mapping[str, SectionSettings],
    report: Report,
) -> None:
    """Report old addresses that lead nowhere or to two places.

    :param entries: label and values of each of ``[[redirects]]``.
    """
    known = {above for path in sections for above in ancestors(path)}
    former = _former_sections(sections, known, report)
    taken: dict[object, str] = {}
    for format, pattern in urls.served.items():
        _occupy(pattern, format, taken, report)
    for label, rule in entries:
        if not _leads_somewhere(label, rule, report):
            continue
        pattern = rule.pattern
        fault = _hides(pattern, known, former) or taken.get(pattern.shape)
        if fault:
            report(label, "from", f'"{pattern.text}" {fault}')
        taken.setdefault(pattern.shape, "leads somewhere already; take one of the two out")


def _former_sections(
    sections: Mapping[str, SectionSettings], known: Collection[str], report: Report
) -> dict[str, str]:
    """Return the sections of today by their old names, and report names that are not old."""
    former: dict[str, str] = {}
    for path, section in sections.items():
        for old in section.was:
            if old in known:
                report(f"sections.{path}", "was", f'"{old}" is a section of today; name it once')
            elif old in former:
                message = f'"{old}" became [sections."{former[old]}"] already; name it once'
                report(f"sections.{path}", "was", message)
            former[old] = path
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
    # A name may stand for the number of an archive.
    feed = FeedPath.parse("/".join("0" if part.name else part.before for part in parts[:-1]))
    return parts[: feed.place.count("/") + 1 if feed.place else 0]
