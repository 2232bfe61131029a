"""What a page shows people: headline, deck, byline, time, breadcrumb, comments."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import same
from feedsvc.importers.page.html.tree import (
    Element,
    absolute,
    find,
    first,
    has_word,
    inner,
    names_of,
)
from feedsvc.importers.page.labelled_lines import crumbs, labelled_dates, sections
from feedsvc.importers.page.vocabulary import UPDATED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedsvc.importers.page.found_fields import FoundFields

_DECK = re.compile(
    r"deck|dek|standfirst|subtitle|subheadline|subhead|lede?|sumario|bajada|entradilla|copete|bajadilla|"
    r"chapo|chapeau|vorspann|sommario|occhiello|subtitulo|ingress"
)
_TRAIL = re.compile(r"breadcrumbs?|crumbs?|migas|ariane|brotkrumen")
_BYLINE = re.compile(r"byline|author|authors|autor|autores|auteur|firma|verfasser")
_UPDATED = re.compile(r"updated|modified|actualizado|atualizado|aktualisiert")
_ASIDE = "ancestor-or-self::*[self::nav or self::footer or self::aside]"
_FOREIGN = f"{_ASIDE} | descendant-or-self::article | descendant-or-self::form"
_IN = "descendant-or-self::"
_LONGEST_LABEL = 200
_SHORT = "self::p or self::span or self::div or self::time or self::li or self::small or self::td"


def main_part(root: Element) -> Element:
    """Return what holds the article: the ``<article>`` with the headline, or ``<main>``."""
    articles = find(root, "//article[not(ancestor::aside) and not(ancestor::article)]")
    headed = [article for article in articles if find(article, ".//h1")]
    for found in (headed, articles, find(root, "//main | //*[@role='main']")):
        if found:
            return max(found, key=lambda element: len("".join(element.itertext())))
    return root


def read_structure(root: Element, part: Element, findings: FoundFields, base: str) -> None:
    """Put what the page itself shows."""
    _headline(root, part, findings)
    _trail(root, findings, base)
    apart = _beside_headline(part, findings.fields.get("headline", ""))
    for scope in (*apart, part):
        _deck(scope, findings)
        _byline(scope, findings, marked=scope is part)
        _times(scope, findings)
    for element, text in short_texts(root):
        told, count = line_patterns.comments(text)
        if told and count is not None:
            findings.put_any("comments", {"count": count}, f"<{element.tag}>")


def _headline(root: Element, part: Element, findings: FoundFields) -> None:
    for heading in (*find(part, f".//h1[not({_ASIDE})]"), *find(root, f"//h1[not({_ASIDE})]")):
        findings.put("headline", inner(heading), "<h1>")


def _beside_headline(part: Element, headline: str) -> list[Element]:
    """Return what stands between the headline and an article that does not hold it.

    What shares a small element with the headline stands there, too, even above it.
    """
    above = find(part, f"preceding::h1[not({_ASIDE})]")
    heading = next((each for each in reversed(above) if same(inner(each)) == same(headline)), None)
    if heading is None:
        return []
    around = {part, *part.iterancestors()}
    found: dict[Element, None] = {}
    near = find(heading, "parent::*[not(.//nav or .//form)] | following::*")
    for element in takewhile(lambda element: element is not part, near):
        if element not in around and not found.keys() & set(element.iterancestors()):
            found[element] = None
    return [element for element in found if not find(element, _FOREIGN)]


def _trail(root: Element, findings: FoundFields, base: str) -> None:
    headline, url = findings.fields.get("headline", ""), findings.fields.get("url", "")
    for element in find(root, "//nav | //ol | //ul | //div | //p | //span"):
        marked = has_word(
            f"{names_of(element)} {(element.get('aria-label') or '').lower()}", _TRAIL
        )
        text = inner(element) if marked or element.tag in ("p", "div", "nav") else ""
        if not (marked or crumbs(text)) or len(text) > 400:
            continue
        links = find(element, ".//a[@href]")
        found = [(inner(link), absolute(link.get("href") or "", base)) for link in links]
        parted = [(crumb, "") for crumb in crumbs(text)]
        # The last crumb is often no link; it is the article itself, or the section.
        found = parted if len(parted) > len(found) else found or [(text, "")]
        findings.put_section(sections(found, headline, "", url), f"<{element.tag}> breadcrumb")


def _deck(part: Element, findings: FoundFields) -> None:
    for element in find(part, f"{_IN}*[self::p or self::h2 or self::h3 or self::div]"):
        text = inner(element) if has_word(names_of(element), _DECK) else ""
        if 20 <= len(text) <= 600:
            findings.put("summary", text, f"<{element.tag}> deck")
    for element in find(part, f"{_IN}header//p"):
        text = inner(element)
        if 20 <= len(text) <= 600 and text.endswith((".", "!", "?", "…")):
            findings.put("summary", text, "<header> deck")


def _byline(part: Element, findings: FoundFields, *, marked: bool) -> None:
    """Put the names of a byline.

    :param marked: the page must call it so; else ``By`` and a name are enough.
    """
    linked = [inner(link) for link in find(part, f"{_IN}a[@rel='author']")]
    findings.put_texts("byline", linked, "<a rel=author>")
    for element in find(part, f"{_IN}*[{_SHORT} or self::address or self::a]"):
        called = has_word(names_of(element), _BYLINE)
        text = inner(element) if called or not marked else ""
        if text and len(text) <= 120:
            found = line_patterns.byline(text) or (
                line_patterns.byline(f"By {text}") if called else []
            )
            findings.put_texts("byline", found, f"<{element.tag}> byline")


def _times(part: Element, findings: FoundFields) -> None:
    texts: dict[Element, str] = {}
    for element in find(part, f"{_IN}time[@datetime and not({_ASIDE})]"):
        called = has_word(names_of(element), _UPDATED)
        updated = called or _label_before(element, texts) == "updated"
        key = "updated" if updated else "published"
        findings.put_date(key, element.get("datetime") or "", "<time>")
    for element, text in short_texts(part):
        for key, date, languages in labelled_dates(text):
            findings.put_date(key, date, f"<{element.tag}>", languages)


def _label_before(element: Element, texts: dict[Element, str]) -> str:
    """Return which date the text before a ``<time>`` says it is.

    :param texts: of the elements around those that were looked at before; each is read once.
    """
    around, own = first(element, "parent::*"), inner(element)
    if around is None or not own:
        return ""
    if around not in texts:
        texts[around] = inner(around)
    end = texts[around].find(own)
    label = texts[around][: max(end, 0)][-_LONGEST_LABEL:]
    said = label.strip(" :|·•").casefold()
    return "updated" if any(said.endswith(word) for word in UPDATED) else ""


def short_texts(part: Element) -> Iterator[tuple[Element, str]]:
    """Go through the small elements that hold one line of text."""
    for element in find(
        part,
        f"{_IN}*[{_SHORT} or self::a or self::h2 or self::h3 or self::h4][not(.//p or .//div)]",
    ):
        text = inner(element)
        if 0 < len(text) <= 200:
            yield element, text
