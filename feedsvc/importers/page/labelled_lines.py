"""Lines of a page that say of themselves what they are: labelled dates, and breadcrumbs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.dates import read_date
from feedsvc.importers.page.found_fields import same
from feedsvc.importers.page.vocabulary import HOME, PUBLISHED, UPDATED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    LabelledDate = tuple[str, str, tuple[str, ...]]

_WORD = r"[^\s<>»›→|/!?]{1,40}"
_CRUMB = rf"[^\W_](?:{_WORD})?(?:\s{_WORD}){{0,4}}?"
_CRUMBS = re.compile(
    rf"{_CRUMB}(?:(?:\s?[>»›→]\s?|\s/\s){_CRUMB})+(?<![a-z]{{3}}\.)(?:\s?[>»›→]|\s/)?|{_CRUMB}\s?[>»›→]"
)
_BETWEEN_CRUMBS = re.compile(r"\s*[>»›→]\s*|\s+/(?:\s+|$)")
_HERE = re.compile(
    r"(?:you are here|usted está aquí|estás en|vous êtes ici|sie sind hier)\s*:?\s*", re.IGNORECASE
)
_LABELS = {"published": PUBLISHED, "updated": UPDATED}
_NAMES = sorted({*PUBLISHED, *UPDATED}, key=len, reverse=True)
_LABEL = re.compile(
    rf"(?:^|(?<=[\s|·•(]))(?P<label>{'|'.join(map(re.escape, _NAMES))})(?:\s*[:：]\s*|\s+)",
    re.IGNORECASE,
)


def labelled_dates(text: str) -> list[LabelledDate]:
    """Return key, date and languages of each date of a line that is labelled dates as a whole."""
    labels = list(_LABEL.finditer(text)) if len(text) <= 200 else []
    before = text[: labels[0].start()].strip(" |·•,-–—(") if labels else ""
    if not labels or (before and not line_patterns.byline(before)):
        return []
    ends = [*(label.start() for label in labels[1:]), len(text)]
    found = [
        (key, text[label.end() : end].strip(" |·•,;-–—"), _LABELS[key][name])
        for label, end in zip(labels, ends, strict=True)
        for key in _LABELS
        if (name := label["label"].casefold()) in _LABELS[key]
    ]
    return found if _are_dates(found) else []


def _are_dates(found: Iterable[LabelledDate]) -> bool:
    """Tell whether these are dates; one that is not understood must at least look like one."""
    for _, text, languages in found:
        reading = read_date(text, languages)
        looks = len(text) <= 40 and text[:1].isdecimal() and text[-1:] != "."
        if not (reading.value or reading.problem or looks):
            return False
    return bool(found)


def crumbs(text: str) -> list[str]:
    """Return the parts of a breadcrumb such as ``News > Russia``; nothing for another text."""
    text = _HERE.sub("", text)
    if len(text) > 160 or not _CRUMBS.fullmatch(text):
        return []
    return [crumb for crumb in _BETWEEN_CRUMBS.split(text) if crumb]


def sections(found: Sequence[tuple[str, str]], headline: str, site: str, url: str) -> list[str]:
    """Return the crumbs that are sections: neither the site's home nor the article itself.

    :param found: names and addresses, the latter may be empty.
    """
    left = list(found)
    if left and (left[0][0].casefold() in HOME or same(left[0][0]) == same(site) != ""):
        left = left[1:]
    if left and _is_article(*left[-1], headline, url):
        left = left[:-1]
    return [name for name, _ in left]


def _is_article(name: str, address: str, headline: str, url: str) -> bool:
    name = same(name)
    begins = len(name.split()) >= 4 and same(headline).startswith(name)
    return name == same(headline) or begins or len(name.split()) > 6 or address == url != ""
