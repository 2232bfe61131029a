"""Read the fields that a page shows: deck, byline, dates, number of comments, section."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.dates import read_date
from feedsvc.importers.page.found_fields import Crumb, FoundFields, comparable, path_of
from feedsvc.importers.page.html.layout import ASIDE, Layout
from feedsvc.importers.page.html.tree import (
    absolute,
    find,
    first,
    has_name,
    line_of,
    own_texts,
    text_of,
)
from feedsvc.importers.page.people import Person, byline, people, single_name, without_label
from feedsvc.importers.page.vocabulary import alternatives, date_labels

_AUTHOR_LINK = re.compile(rf"/{alternatives('author_paths')}(?:[/._-]|$)", re.IGNORECASE)
_UPDATED_LABELS = tuple(date_labels("updated"))
_LONGEST_LINE = 200
"""Characters of a line of a date or a byline."""
_SMALL = "p", "span", "div", "time", "li", "small", "td", "a", "h2", "h3", "h4"
_TRAILS = "nav", "ol", "ul", "div", "p", "span", "section"
_BEFORE = " | ".join(f"{up}preceding-sibling::*[1]" for up in ("", "../", "../../"))
"""The element before a headline, or before one that begins with the headline."""


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
    sentences = (each for each in of_header if text_of(each).endswith(line_patterns.STOPS))
    for element in chain(named, titles, sentences):
        text = line_of(element, 600)
        words = set(comparable(text).split())
        repeated = len(words & set(comparable(headline).split())) >= len(words) * 0.8
        is_other = repeated or comparable(text) in known or _is_other_line(text)
        if 20 <= len(text) <= 600 and not is_other:
            return text, f"<{element.tag}> deck"
    return "", ""


def _is_other_line(text: str) -> bool:
    return (
        line_patterns.is_noise(text)
        or line_patterns.related_label(text) is not None
        or bool(byline(text) or line_patterns.labelled_dates(text) or read_date(text).value)
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
            before = element.xpath("(.. | preceding-sibling::*[1])[last()]")[0]
            behind = before.text if before is element.getparent() else before.tail
            label = (behind or "").strip() or line_of(before, _LONGEST_LINE)
            is_updated = label.strip(" :|·•").casefold().endswith(_UPDATED_LABELS)
            key = "updated" if is_updated or has_name(element, "updated") else "published"
            fields.put_date(key, element.get("datetime", ""), "<time>")


def _labelled_dates(lines: Iterable[tuple[HtmlElement, str]], fields: FoundFields) -> None:
    for element, text in lines:
        for key, date, languages in line_patterns.labelled_dates(text):
            fields.put_date(key, date, f"<{element.tag}>", languages)


def _bare_date(elements: Sequence[HtmlElement], fields: FoundFields) -> None:
    """Put the earliest of the dates that stand alone beside the headline."""
    dates: dict[str, str] = {}
    for element in elements:
        for text in (line_of(element, 100), *own_texts(element)):
            date = read_date(text if len(text) <= 100 else "", fields.languages)
            if date.problem and not date.value:
                fields.refuse("published", date.problem)
            elif date.value and not has_name(element, "updated"):
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
    for element in part.iter(*_SMALL):
        text = "" if find(element, ".//p | .//div") else line_of(element, _LONGEST_LINE)
        if 0 < len(text) <= _LONGEST_LINE:
            yield element, text


def shown_people(elements: Iterable[HtmlElement]) -> list[str]:
    """Return the names of the bylines among elements: links to writers, named elements, lines."""
    linked: list[str] = []
    named: list[str] = []
    labelled: list[str] = []
    for element in elements:
        text = line_of(element, _LONGEST_LINE)
        to_writer = _AUTHOR_LINK.search(path_of(element.get("href", "")))
        if not 0 < len(text) <= _LONGEST_LINE:
            continue
        if element.tag == "a" and (element.get("rel") == "author" or to_writer):
            linked += people(text)
        elif has_name(element, "byline") or element.get("itemprop") == "author":
            named += _names_in(element)
        elif byline(text):
            labelled += people(text)
    return list(dict.fromkeys(linked or named or labelled))


def _names_in(element: HtmlElement) -> list[str]:
    """Return the names in an element of a byline: of each of its texts, or of all as one line."""
    parts = [] if has_name(element, "role") else element.iter()
    texts = [
        text
        for part in parts
        for text in (part.text, part.tail if part is not element else "")
        if text and not has_name(part, "role")
    ]
    names = [name for text in texts for name in people(text)]
    return names or people(" ".join(texts))


def put_byline(
    fields: FoundFields,
    shown: Sequence[str],
    stated: Sequence[tuple[Sequence[Person], str]],
    house: Sequence[str],
) -> None:
    """Put the people that the page shows, else the ones it has for machines.

    :param stated: the people for machines, the most exact first, with their sources.
    :param house: names of the publisher and of the site.
    """
    houses = set(map(comparable, house))
    shown = [name for name in shown if comparable(name) not in houses]
    ranked = [(_persons(writers, houses), source) for writers, source in stated]
    ranked = [each for each in ranked if each[0]]
    names = [comparable(_name(person)) for writers, _ in ranked[:1] for person in writers]
    # A stated name may have more to it, such as an address, than the same name as it is shown.
    if not all(
        any(name in comparable(each) or comparable(each) in name for name in names)
        for each in shown
    ):
        fields.put_value("byline", shown, "byline")
    for writers, source in ranked:
        fields.put_value("byline", writers, source)


def _persons(writers: Sequence[Person], houses: set[str]) -> list[Person]:
    """Return writers under the names that are people's; one word may be an artist's name."""
    persons: dict[str, Person] = {}
    for writer in writers:
        for name in people(_name(writer)) or single_name(_name(writer)):
            if comparable(name) not in houses:
                persons[name] = {**writer, "name": name} if isinstance(writer, dict) else name
    return list(persons.values())


def put_house(fields: FoundFields, stated: Sequence[tuple[Sequence[Person], str]]) -> None:
    """Put the agency, the desk or the paper that is given for the writer where no person is."""
    for writers, source in stated:
        others = [each for each in writers if not re.search(r"[@/(]", _name(each))]
        others = [each for each in others if re.search(r"[^\W\d_]", without_label(_name(each)))]
        fields.put_value("byline", others, source)


def _name(person: Person | Mapping[str, Any]) -> str:
    return person if isinstance(person, str) else str(person["name"])


def read_breadcrumbs(
    root: HtmlElement,
    heading: HtmlElement | None,
    fields: FoundFields,
    base: str,
    site: Sequence[str],
) -> None:
    """Put the section of the breadcrumb that a page shows.

    It is called so, or stands directly above the headline and its links lead to the article.
    """
    nearest = heading if heading is None else first(heading, f"({_BEFORE})[last()]")
    above = [] if nearest is None else [nearest, *nearest[:1]]
    for element in root.iter(*_TRAILS):
        kinds = f"{element.get('itemtype', '')}{element.get('typeof', '')}"
        named = has_name(element, "breadcrumbs", element.get("aria-label", ""))
        named = named or "BreadcrumbList" in kinds
        text = line_of(element, 400) if named or element in above else ""
        if not text:
            continue
        links = [
            (text_of(link), absolute(href, base) or href)
            for link in find(element, ".//a[@href]")
            if not (href := link.get("href", "").strip()).startswith("#")
        ]
        names = line_patterns.crumbs(text)
        crumbs = links if named or _leads_to(fields.get("url"), links, text) else []
        if named and (len(names) > len(links) or not links):
            # The last crumb is often no link; it is the article itself, or the section.
            crumbs = [(name, dict(links).get(name, "")) for name in names or [text]]
        fields.put_breadcrumbs(crumbs, f"<{element.tag}> breadcrumb", site)


def _leads_to(url: str, links: Sequence[Crumb], text: str) -> bool:
    """Return whether links fill a line, and the path of each is a beginning of the page's path."""
    hosts = {_host(address) for _, address in (*links, ("", url))} - {""}
    paths = [f"{path_of(address).rstrip('/')}/" for _, address in links]
    # Without the page's address, each path is the beginning of the next.
    pages = [f"{path_of(url)}/"] * len(paths) if url else paths[1:]
    only_links = comparable(text) == comparable(" ".join(name for name, _ in links))
    nested = all(page.startswith(path) for page, path in zip(pages, paths, strict=False))
    return only_links and len(hosts) < 2 and bool(pages) and nested and paths[-1] != "/"


def _host(address: str) -> str:
    match = re.match(r"(?:[a-z]+:)?//(?:www\.)?([^/?#]*)", address, re.IGNORECASE)
    return match[1].lower() if match else ""
