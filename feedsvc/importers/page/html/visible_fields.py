"""Read the fields that a page shows: deck, dates, number of comments."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.dates import read_date
from feedsvc.importers.page.found_fields import FoundFields, comparable
from feedsvc.importers.page.html.layout import ASIDE, Layout
from feedsvc.importers.page.html.tree import find, has_name, line_of, own_texts, text_of
from feedsvc.importers.page.vocabulary import date_labels

_UPDATED_LABELS = tuple(date_labels("updated"))
_LONGEST_DATE, _LONGEST_LINE = 100, 200
_SHORT = "self::p or self::span or self::div or self::time or self::li or self::small or self::td"
_STOPS = (".", "!", "?", "…", "。")
_DECK_LENGTHS = range(20, 601)
_REPEATS = 0.8
"""Share of its words from which on a line says the same as the headline."""


def deck(layout: Layout, headline: str, others: Iterable[str]) -> tuple[str, str]:
    """Return the deck between headline and text, with its source; empty texts without one.

    :param others: lines that are no deck: the captions of images.
    """
    known = set(map(comparable, others))
    named = (
        each for each in layout.above if has_name(each, "deck") and not find(each, ".//h1 | .//li")
    )
    titles = (each for each in layout.above if each.tag == "h2")
    of_header = (each for each in layout.above if find(each, "self::p[ancestor::header]"))
    sentences = (each for each in of_header if text_of(each).endswith(_STOPS))
    for element in chain(named, titles, sentences):
        text = line_of(element, _DECK_LENGTHS.stop)
        words = set(comparable(text).split())
        repeated = len(words & set(comparable(headline).split())) >= len(words) * _REPEATS
        is_other = repeated or comparable(text) in known or _is_other_line(text)
        if len(text) in _DECK_LENGTHS and not is_other:
            return text, f"<{element.tag}> deck"
    return "", ""


def _is_other_line(text: str) -> bool:
    return (
        line_patterns.is_noise(text)
        or line_patterns.related_label(text) is not None
        or bool(line_patterns.byline(text) or line_patterns.labelled_dates(text))
        or bool(read_date(text).value)
        or line_patterns.split_credit(text)[1] != ""
        or (len(text.split()) < 3 and text.isascii())
    )


def put_dates(layout: Layout, fields: FoundFields) -> None:
    """Put the dates of the page: first the marked, labelled or bare ones beside the headline."""
    _marked_dates(layout.beside, fields)
    _labelled_dates(((each, line_of(each, _LONGEST_LINE)) for each in layout.beside), fields)
    _bare_date(layout.beside, fields)
    _marked_dates(find(layout.part, f".//time[not({ASIDE})]"), fields)
    _labelled_dates(_short_texts(layout.part), fields)
    if "updated" in fields.values:
        fields.refuse("published", "the page shows only when it was updated")


def _marked_dates(elements: Iterable[HtmlElement], fields: FoundFields) -> None:
    for element in elements:
        if element.tag == "time" and element.get("datetime"):
            label = _text_before(element).strip(" :|·•").casefold()
            updated = has_name(element, "updated") or label.endswith(_UPDATED_LABELS)
            key = "updated" if updated else "published"
            fields.put_date(key, element.get("datetime", ""), "<time>")


def _text_before(element: HtmlElement) -> str:
    before, parent = element.getprevious(), element.getparent()
    if before is not None:
        return (before.tail or "").strip() or line_of(before, _LONGEST_LINE)
    return "" if parent is None else parent.text or ""


def _labelled_dates(lines: Iterable[tuple[HtmlElement, str]], fields: FoundFields) -> None:
    for element, text in lines:
        for key, date, languages in line_patterns.labelled_dates(text):
            fields.put_date(key, date, f"<{element.tag}>", languages)


def _bare_date(elements: Sequence[HtmlElement], fields: FoundFields) -> None:
    """Put the earliest of the dates that stand alone beside the headline."""
    dates: dict[str, str] = {}
    for element in elements:
        for text in (line_of(element, _LONGEST_DATE), *own_texts(element)):
            date = read_date(text, fields.languages) if len(text) <= _LONGEST_DATE else None
            if date and date.problem and not date.value:
                fields.refuse("published", date.problem)
            elif date and date.value and not has_name(element, "updated"):
                dates.setdefault(date.value, f"<{element.tag}>")
    for date in sorted(dates, key=lambda it: (it[:10], len(it) == len("2026-05-02"), it)):
        fields.put_value("published", date, dates[date])


def put_comments(root: HtmlElement, fields: FoundFields) -> None:
    """Put the number of comments that the page shows."""
    for element, text in _short_texts(root):
        is_comments, count = line_patterns.comments(text)
        if is_comments and count is not None:
            fields.put_value("comments", {"count": count}, f"<{element.tag}>")


def _short_texts(part: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    """Go through the small elements that hold one line of text."""
    small = f"{_SHORT} or self::a or self::h2 or self::h3 or self::h4"
    for element in find(part, f"descendant-or-self::*[{small}][not(.//p or .//div)]"):
        text = line_of(element, _LONGEST_LINE)
        if 0 < len(text) <= _LONGEST_LINE:
            yield element, text
