"""Find where a page has its headline, its text, and the lines that belong to the headline."""

from collections import defaultdict
from collections.abc import Sequence

from lxml.html import HtmlElement
from msgspec import Struct

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import comparable, shared_words
from feedsvc.importers.page.html.tree import apart, find, has_name, own_texts, text_of

ASIDE = "ancestor-or-self::*[self::nav or self::footer or self::aside]"
_BLOCKS = "*[self::p or self::div or self::section or self::td]"
_FOREIGN = frozenset("nav footer form figure aside ul select button figcaption article".split())
_LIKE_STATED = 0.3
"""Share of words that a shown headline has in common with the one for machines."""
_VERY_LIKE_STATED = 0.6
"""The same, for a headline in ``<h2>``, of which other stories have some, too."""
_LEAST_PARAGRAPH = 40
"""Characters of a line that surely is a paragraph."""
_MAX_HEAD = 300
"""Elements between a headline and the text; where more seem to be, the text was not recognized."""
_NEAR = "parent::*[not(self::body or .//nav or .//form) and count(*) <= 12]"
"""The small parent of a headline, which may hold the names of the writers, too."""


class Layout(Struct, frozen=True):
    """The parts of a page."""

    part: HtmlElement
    """Holds the article, and as little else as the page allows."""
    heading: HtmlElement | None
    above: list[HtmlElement]
    """The elements between headline and text, in their order."""
    beside: list[HtmlElement]
    """The same, and the others in a small parent of the headline."""
    lead: frozenset[HtmlElement]
    """All elements from the headline to the text, images included."""
    around: frozenset[HtmlElement]
    """The elements that hold the article, its headline, or its text."""


def read_layout(root: HtmlElement, stated: Sequence[str]) -> Layout:
    """Return where the parts of a page are.

    :param stated: the headlines that the page gives for machines.
    """
    heading = _heading(root, stated)
    part = main_part(root, heading)
    if heading is None and not stated:
        titles = f"descendant::h1[not({ASIDE})]"
        heading = next(iter((*find(part, titles), *find(root, titles))), None)
    elements = list(root.iter())
    start = elements.index(part if heading is None else heading)
    paragraph = _first_paragraph(part, set(elements[start:]))
    last = part if paragraph is None else paragraph
    end = elements.index(last) + (sum(1 for _ in last.iter()) if paragraph is None else 0)
    of_text = {part, *part.iterancestors(), *last.iterancestors()}
    headline = [] if heading is None else [*heading.iter(), *heading.iterancestors()]
    around = of_text.union(headline)
    above = _of_head(elements[start + 1 : end][:_MAX_HEAD], around)
    before = set(elements[:start])
    near = [] if heading is None else find(heading, _NEAR)
    near = [each for each in near if each not in of_text or part in (each, *each.iterancestors())]
    others = [each for box in near for each in box.iter() if each in before]
    previous = [] if heading is None else find(heading, "preceding-sibling::*[1]")
    others += [each for box in previous for each in box.iter() if has_name(each, "date")]
    beside = [*above, *_of_head(others, around)]
    lead = frozenset(elements[start:end])
    return Layout(part, heading, above, beside, lead, frozenset(around))


def _of_head(elements: Sequence[HtmlElement], around: set[HtmlElement]) -> list[HtmlElement]:
    """Return the elements without the article itself, boxes, menus and images."""
    foreign: set[HtmlElement] = set()
    outside = [each for each in elements if each not in around]
    for each in outside:
        if each.tag in _FOREIGN or each.getparent() in foreign or has_name(each, "related"):
            foreign.add(each)
    return [each for each in outside if each not in foreign]


def _heading(root: HtmlElement, stated: Sequence[str]) -> HtmlElement | None:
    """Return the shown headline that has words in common with one for machines."""
    for tag, least in (("h1", _LIKE_STATED), ("h2", _VERY_LIKE_STATED)):
        headings = find(root, f"//{tag}[not({ASIDE}) and normalize-space()]")
        texts = [apart(each) for each in headings]
        shares = [max((shared_words(text, it) for it in stated), default=0) for text in texts]
        best = max(shares, default=0)
        if best >= least:
            return headings[shares.index(best)]
    return None


def headline_of(heading: HtmlElement, stated: Sequence[str]) -> str:
    """Return the text of a shown headline without the kicker above it."""
    kickers = [text_of(each) for each in heading.iterdescendants() if has_name(each, "kicker")]
    text = whole = apart(heading)
    for kicker in filter(None, kickers):
        text = text.replace(kicker, "", 1).strip(" :|–-")
    parts = {comparable(part) for part in (*heading.itertext(), *map(text_of, heading))}
    ends = (each for each in stated if comparable(text).endswith(f" {comparable(each)}"))
    return next((each for each in ends if comparable(each) in parts), text) or whole


def main_part(root: HtmlElement, heading: HtmlElement | None) -> HtmlElement:
    """Return the element of the article: the ``<article>`` with the headline, or ``<main>``."""
    articles = find(root, "//article[not(ancestor::aside) and not(ancestor::article)]")
    around = {root} if heading is None else set(heading.iterancestors())
    headed = [each for each in articles if each in around or find(each, ".//h1")]
    within = [each for each in headed if each in around]
    candidates = within or headed or articles or find(root, "//main | //*[@role='main']") or [root]
    return max(candidates, key=lambda element: len("".join(element.itertext())))


def _first_paragraph(part: HtmlElement, after: set[HtmlElement]) -> HtmlElement | None:
    """Return the first paragraph of the element that has most of the text."""
    weights: defaultdict[HtmlElement, float] = defaultdict(float)
    paragraphs: list[HtmlElement] = []
    for element in find(part, f".//{_BLOCKS}[not({ASIDE} or ancestor::figure or ancestor::form)]"):
        text = text_of(element) if element.tag == "p" else " ".join(own_texts(element))
        length = 0 if line_patterns.split_credit(text)[1] else len(text)
        if element not in after or length < _LEAST_PARAGRAPH or has_name(element, "caption"):
            continue
        paragraphs.append(element)
        parents = [element, element] if element.tag != "p" else list(element.iterancestors())[:2]
        for share, parent in zip((1, 0.5), parents, strict=False):
            weights[parent] += length * share
    if not weights:
        return None
    story = max(weights, key=lambda element: weights[element])
    return next(
        each
        for each in [*paragraphs, story]
        if ((each is story or story in each.iterancestors()) and not _is_of_head(each))
        or each is paragraphs[-1]
    )


def _is_of_head(paragraph: HtmlElement) -> bool:
    text = text_of(paragraph)
    return (
        has_name(paragraph, "deck")
        or has_name(paragraph, "byline")
        or bool(line_patterns.byline(text) or line_patterns.labelled_dates(text))
    )
