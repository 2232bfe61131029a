"""Read the fields that a page shows: headline, deck, byline, time, breadcrumbs, comments."""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import takewhile

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields, comparable
from feedsvc.importers.page.html.tree import absolute, find, has_name, text_of
from feedsvc.importers.page.vocabulary import date_labels

_UPDATED_LABELS = tuple(date_labels("updated"))
_ASIDE = "ancestor-or-self::*[self::nav or self::footer or self::aside]"
_FOREIGN = f"{_ASIDE} | descendant-or-self::article | descendant-or-self::form"
_IN = "descendant-or-self::"
_TRAILS = "//*[self::nav or self::ol or self::ul or self::div or self::p or self::span]"
_LONGEST_LABEL = 200
"""Characters that are read of the text before a ``<time>``."""
_SHORT = "self::p or self::span or self::div or self::time or self::li or self::small or self::td"


def main_part(root: HtmlElement) -> HtmlElement:
    """Return the element of the article: the ``<article>`` with the headline, or ``<main>``."""
    articles = find(root, "//article[not(ancestor::aside) and not(ancestor::article)]")
    headed = [article for article in articles if find(article, ".//h1")]
    candidates = headed or articles or find(root, "//main | //*[@role='main']") or [root]
    return max(candidates, key=lambda element: len("".join(element.itertext())))


def read_visible_fields(
    root: HtmlElement, part: HtmlElement, fields: FoundFields, base: str
) -> None:
    """Put the fields that the page itself shows, first of all in the part with the article."""
    for heading in (*find(part, f".//h1[not({_ASIDE})]"), *find(root, f"//h1[not({_ASIDE})]")):
        fields.put("headline", text_of(heading), "<h1>")
    _breadcrumbs(root, fields, base)
    for scope in (*_beside_headline(part, fields.get("headline")), part):
        for deck, source in decks(scope):
            fields.put("summary", deck, source)
        _byline(scope, fields, named=scope is part)
        _dates(scope, fields)
    for element, text in _short_texts(root):
        is_comments, count = line_patterns.comments(text)
        if is_comments and count is not None:
            fields.put_value("comments", {"count": count}, f"<{element.tag}>")


def _beside_headline(part: HtmlElement, headline: str) -> list[HtmlElement]:
    """Return the elements between the headline and an article that does not hold it.

    Elements that share a small parent with the headline belong to them, even above it.
    """
    above = find(part, f"preceding::h1[not({_ASIDE})]")
    same = (each for each in reversed(above) if comparable(text_of(each)) == comparable(headline))
    heading = next(same, None)
    if heading is None:
        return []
    around = {part, *part.iterancestors()}
    beside: dict[HtmlElement, None] = {}
    near = find(heading, "parent::*[not(.//nav or .//form)] | following::*")
    for element in takewhile(lambda element: element is not part, near):
        if element not in around and beside.keys().isdisjoint(element.iterancestors()):
            beside[element] = None
    return [element for element in beside if not find(element, _FOREIGN)]


def _breadcrumbs(root: HtmlElement, fields: FoundFields, base: str) -> None:
    for element in find(root, _TRAILS):
        named = has_name(element, "breadcrumbs", element.get("aria-label", ""))
        text = text_of(element) if named or element.tag in ("p", "div", "nav") else ""
        parts = [(crumb, "") for crumb in line_patterns.crumbs(text)]
        if not (named or parts) or len(text) > 400:
            continue
        links = find(element, ".//a[@href]")
        linked = [(text_of(link), absolute(link.get("href", ""), base)) for link in links]
        # The last crumb is often no link; it is the article itself, or the section.
        trail = parts if len(parts) > len(linked) else linked or [(text, "")]
        fields.put_breadcrumbs(trail, f"<{element.tag}> breadcrumb")


def decks(part: HtmlElement) -> Iterator[tuple[str, str]]:
    """Go through the decks that a page marks as such; each with its source."""
    for element in find(part, f"{_IN}*[self::p or self::h2 or self::h3 or self::div]"):
        text = text_of(element) if has_name(element, "deck") else ""
        if 20 <= len(text) <= 600:
            yield text, f"<{element.tag}> deck"
    for element in find(part, f"{_IN}header//p"):
        text = text_of(element)
        if 20 <= len(text) <= 600 and text.endswith((".", "!", "?", "…")):
            yield text, "<header> deck"


def _byline(part: HtmlElement, fields: FoundFields, *, named: bool) -> None:
    """Put the names of a byline.

    :param named: its class or id must say so; else ``By`` and a name are enough.
    """
    linked = [text_of(link) for link in find(part, f"{_IN}a[@rel='author']")]
    fields.put_texts("byline", linked, "<a rel=author>")
    for element in find(part, f"{_IN}*[{_SHORT} or self::address or self::a]"):
        is_named = has_name(element, "byline")
        text = text_of(element) if is_named or not named else ""
        if 0 < len(text) <= 120:
            names = line_patterns.byline(text)
            if not names and is_named:
                names = line_patterns.byline(f"By {text}")
            fields.put_texts("byline", names, f"<{element.tag}> byline")


def _dates(part: HtmlElement, fields: FoundFields) -> None:
    read_once = cache(text_of)
    for element in find(part, f"{_IN}time[@datetime and not({_ASIDE})]"):
        updated = has_name(element, "updated") or _is_labelled_updated(element, read_once)
        key = "updated" if updated else "published"
        fields.put_date(key, element.get("datetime", ""), "<time>")
    for element, text in _short_texts(part):
        for key, date, languages in line_patterns.labelled_dates(text):
            fields.put_date(key, date, f"<{element.tag}>", languages)


def _is_labelled_updated(element: HtmlElement, read: Callable[[HtmlElement | None], str]) -> bool:
    """Return whether the text before a ``<time>`` says that it is the last change.

    :param read: remembers the texts of parents, so that each is read once.
    """
    text = text_of(element)
    around = read(element.getparent()) if text else ""
    before = around[: max(around.find(text), 0)][-_LONGEST_LABEL:]
    return before.strip(" :|·•").casefold().endswith(_UPDATED_LABELS)


def _short_texts(part: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    """Go through the small elements that hold one line of text."""
    small = f"{_SHORT} or self::a or self::h2 or self::h3 or self::h4"
    for element in find(part, f"{_IN}*[{small}][not(.//p or .//div)]"):
        text = text_of(element)
        if 0 < len(text) <= 200:
            yield element, text
