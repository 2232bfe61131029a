"""Recognize lines that say which field they hold: labelled dates, and breadcrumbs."""

from __future__ import annotations

import re

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.dates import read_date
from feedsvc.importers.page.vocabulary import date_labels

_WORD = r"[^\s<>»›→|/!?]{1,40}"
_CRUMB = rf"[^\W_](?:{_WORD})?(?:\s{_WORD}){{0,4}}?"
_CRUMBS = re.compile(
    rf"{_CRUMB}(?:(?:\s?[>»›→]\s?|\s/\s){_CRUMB})+(?<![a-z]{{3}}\.)(?:\s?[>»›→]|\s/)?|{_CRUMB}\s?[>»›→]"
)
_BETWEEN_CRUMBS = re.compile(r"\s*[>»›→]\s*|\s+/(?:\s+|$)")
_HERE = re.compile(
    r"(?:you are here|usted está aquí|estás en|vous êtes ici|sie sind hier)\s*:?\s*", re.IGNORECASE
)
_LABELS = {key: date_labels(key) for key in ("published", "updated")}
_NAMES = sorted({*_LABELS["published"], *_LABELS["updated"]}, key=len, reverse=True)
_LABEL = re.compile(
    rf"(?:^|(?<=[\s|·•(]))(?P<label>{'|'.join(map(re.escape, _NAMES))})(?:\s*[:：]\s*|\s+)",
    re.IGNORECASE,
)


def labelled_dates(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return key, date and languages of each date of a line that is labelled dates as a whole."""
    labels = list(_LABEL.finditer(text)) if len(text) <= 200 else []
    before = text[: labels[0].start()].strip(" |·•,-–—(") if labels else ""
    if not labels or (before and not line_patterns.byline(before)):
        return []
    ends = [*(label.start() for label in labels[1:]), len(text)]
    dates = [
        (key, text[label.end() : end].strip(" |·•,;-–—"), _LABELS[key][name])
        for label, end in zip(labels, ends, strict=True)
        for key in _LABELS
        if (name := label["label"].casefold()) in _LABELS[key]
    ]
    return dates if all(_is_date(date, languages) for _, date, languages in dates) else []


def _is_date(text: str, languages: tuple[str, ...]) -> bool:
    """Return whether a text is a date, or looks like one that cannot be read."""
    date = read_date(text, languages)
    looks = len(text) <= 40 and text[:1].isdecimal() and text[-1:] != "."
    return bool(date.value or date.problem or looks)


def crumbs(text: str) -> list[str]:
    """Return the parts of a breadcrumb such as ``News > Russia``; nothing for another text."""
    text = _HERE.sub("", text)
    if len(text) > 160 or not _CRUMBS.fullmatch(text):
        return []
    return [crumb for crumb in _BETWEEN_CRUMBS.split(text) if crumb]
