"""Read the fields that a page shows: deck, byline, dates, number of comments, section."""

from collections.abc import Iterable, Sequence

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.dates import read_date
from feedsvc.importers.page.html.layout import Layout
from feedsvc.importers.page.page_fields import Crumb, PageFields, comparable
from feedsvc.importers.page.people import Person, Writers, byline, people, without_label
from feedsvc.importers.page.tree import absolute, find, has_name, own_texts, text_of
from feedsvc.importers.page.vocabulary import pattern, query
from feedsvc.ingest.html.addresses import path

_LONGEST_LINE = 200
"""Characters of a line of a date or a byline."""


def deck(layout: Layout, headline: str, captions: Iterable[str]) -> tuple[str, str]:
    """Return the deck between headline and text, with its source; empty texts without one."""
    above, captions = layout.above, set(map(comparable, captions))
    named = [it for it in above if has_name(it, "deck") and not find(it, ".//h1 | .//li")]
    of_header = [it for it in above if find(it, "self::p[ancestor::header]")]
    sentences = [it for it in of_header if text_of(it).endswith(line_patterns.STOPS)]
    for element in (*named, *(it for it in above if it.tag == "h2"), *sentences):
        text = text_of(element, 600)
        words = set(comparable(text).split())
        repeated = len(words & set(comparable(headline).split())) >= len(words) * 0.8
        is_line = line_patterns.is_noise(text) or line_patterns.is_head_line(text)
        is_story = line_patterns.related_label(text) is not None
        is_other = repeated or comparable(text) in captions or is_line or is_story
        if 20 <= len(text) <= 600 and not is_other:
            return text, f"<{element.tag}> deck"
    return "", ""


def put_dates(layout: Layout, page: PageFields) -> None:
    """Put the dates of the page: first the marked, labelled or bare ones beside the headline."""
    times = find(layout.part, query("times"))
    for elements in (layout.beside, [*times, *find(layout.part, query("lines"))]):
        for element in elements:
            if element.tag == "time" and element.get("datetime"):
                label = str(element.xpath(query("before_time"))).strip(" :|·•").casefold()
                is_updated = label.endswith(line_patterns.UPDATED_LABELS)
                key = "updated" if is_updated or has_name(element, "updated") else "published"
                page.put_date(key, element.get("datetime", ""), "<time>")
        for element in elements:
            line = text_of(element, _LONGEST_LINE)
            for key, date, languages in line_patterns.labelled_dates(line):
                page.put_date(key, date, f"<{element.tag}>", languages)
        if elements is layout.beside:
            _put_bare_date(elements, page)
    if "updated" in page.fields:
        page.refuse("published", "the page shows only when it was updated")


def _put_bare_date(elements: Sequence[HtmlElement], page: PageFields) -> None:
    """Put the earliest of the dates that stand alone beside the headline."""
    dates: dict[str, str] = {}
    for element in elements:
        for text in (text_of(element, 100), *own_texts(element)):
            for key, typed, _ in line_patterns.head_dates(text):
                date = read_date(typed, page.languages)
                if date.problem and not date.value:
                    page.refuse("published", date.problem)
                elif date.value and key == "published" and not has_name(element, "updated"):
                    dates.setdefault(date.value, f"<{element.tag}>")
    for date in sorted(dates, key=lambda it: (it[:10], len(it) == len("2026-05-02"), it)):
        page.put_value("published", date, dates[date])


def _shown_people(elements: Iterable[HtmlElement]) -> list[str]:
    """Return the names of the bylines among elements: links to writers, named elements, lines."""
    linked, named, labelled = list[str](), list[str](), list[str]()
    for element in elements:
        text = text_of(element, _LONGEST_LINE)
        to_writer = pattern("author_link").search(path(element.get("href", "")))
        if element.tag == "a" and (element.get("rel") == "author" or to_writer):
            linked += people(text)
        elif text and (has_name(element, "byline") or element.get("itemprop") == "author"):
            named += _names_in(element)
        elif byline(text):
            labelled += people(text)
    return list(dict.fromkeys(linked or named or labelled))


def _names_in(element: HtmlElement) -> list[str]:
    """Return the names in an element of a byline: of each of its texts, or of all as one line."""
    parts = list[HtmlElement]() if has_name(element, "role") else [*element.iter()]
    texts = [text for part in parts if not has_name(part, "role") for text in own_texts(part)]
    return [name for text in texts for name in people(text)] or people(" ".join(texts))


def put_byline(page: PageFields, layout: Layout, stated: Sequence[tuple[Writers, str]]) -> None:
    """Put the people that the page shows, else the ones it has for machines, else a house."""
    ranked: list[tuple[dict[str, Person], str]] = []
    for (persons, _), source in stated:
        names = [name for name in persons if comparable(name) not in page.house]
        ranked += [({name: persons[name] for name in names}, source)] if names else []
    stated_names = list(map(comparable, ranked[0][0] if ranked else ()))
    for elements in (layout.beside, layout.part.iter()):
        shown = {comparable(name): name for name in _shown_people(elements)}
        # A stated name may have more to it, such as an address, than the same name as it is shown.
        known = [each for each in shown if any(it in each or each in it for it in stated_names)]
        people = [shown[each] for each in shown if each not in page.house]
        page.put_value("byline", people if len(known) < len(people) else [], "byline")
        for persons, source in ranked:
            page.put_value("byline", list(persons.values()), source)
    for (_, listed), source in stated:
        named = filter(lambda it: pattern("house_name").fullmatch(without_label(it)), listed)
        page.put_value("byline", [listed[name] for name in named], source)


def put_section(layout: Layout, page: PageFields, base: str) -> None:
    """Put the section of a breadcrumb: named so, or links above the headline to the article."""
    nearest = [] if layout.heading is None else find(layout.heading, query("before_heading"))
    above = [*nearest, *(first for each in nearest for first in each[:1])]
    for element in find(layout.root, query("trails")):
        names = [element.get(name, "") for name in ("aria-label", "itemtype", "typeof")]
        named = has_name(element, "breadcrumbs", " ".join(names).replace("/", " "))
        text = text_of(element, 400) if named or element in above else ""
        if not text:
            continue
        links = [
            (text_of(link), absolute(href, base) or href)
            for link in find(element, ".//a[@href]")
            if not (href := link.get("href", "").strip()).startswith("#")
        ]
        parts = line_patterns.crumbs(text)
        crumbs = links if named or _leads_to(page.get("url"), links, text) else []
        if named and (len(parts) > len(links) or not links):
            # The last crumb is often no link; it is the article itself, or the section.
            crumbs = [(name, dict(links).get(name, "")) for name in parts or [text]]
        page.put_breadcrumbs(crumbs, f"<{element.tag}> breadcrumb")


def _leads_to(url: str, links: Sequence[Crumb], text: str) -> bool:
    """Return whether links fill a line, and each leads to a beginning of the page's address."""
    given = filter(None, (*(address for _, address in links), url))
    addresses = [pattern("before_host").sub("", f"{each.rstrip('/')}/".lower()) for each in given]
    nested = all(map(str.startswith, addresses[1:], addresses))
    only_links = comparable(text) == comparable(" ".join(name for name, _ in links))
    return only_links and nested and len(set(addresses)) > 1
