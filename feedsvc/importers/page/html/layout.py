"""Find where a page has its headline, its text, and the lines that belong to the headline."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from lxml.html import HtmlElement
from msgspec import Struct

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.page_fields import comparable, shared_words
from feedsvc.importers.page.tree import find, has_name, own_texts, text_of
from feedsvc.importers.page.vocabulary import query

_FOREIGN = frozenset("nav footer form figure aside ul select button figcaption article".split())


class Layout(Struct, frozen=True):
    """The parts of a page."""

    root: HtmlElement
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


def read_layout(root: HtmlElement, headlines: Sequence[str], title: str) -> Layout:
    """Return where the parts of a page are, with the headlines that it gives for machines."""
    heading = _heading(root, [*headlines, title])
    part = _main_part(root, heading)
    if heading is None and not headlines:
        headings = find(part, query("first_headings")) or find(root, query("first_headings"))
        # Where they have no words in common, the title is often the name of the site.
        heading = headings[0] if len(headings) == 1 or (headings and not title) else None
    elements = list(root.iter())
    start = elements.index(part if heading is None else heading)
    paragraph = _first_paragraph(part, set(elements[start:]))
    last = part if paragraph is None else paragraph
    end = elements.index(last) + (len(list(part.iter())) if paragraph is None else 0)
    of_text = {part, *part.iterancestors(), *last.iterancestors()}
    headline = [] if heading is None else [*heading.iter(), *heading.iterancestors()]
    around = of_text.union(headline)
    # Where very many elements stand above the text, it was not recognized.
    above = _of_head(elements[start + 1 : end][:300], around)
    # The small parent of a headline may hold the names of the writers, too.
    near = [] if heading is None else find(heading, query("small_parent"))
    near = [each for each in near if each not in of_text or part in (each, *each.iterancestors())]
    before = set(elements[:start])
    others = [each for box in near for each in box.iter() if each in before]
    beside = [*above, *_of_head(others, around)]
    lead = frozenset(elements[start:end])
    return Layout(root, part, heading, above, beside, lead, frozenset(around))


def _of_head(elements: Iterable[HtmlElement], around: set[HtmlElement]) -> list[HtmlElement]:
    foreign: set[HtmlElement] = set()
    outside = [each for each in elements if each not in around]
    for each in outside:
        if each.tag in _FOREIGN or each.getparent() in foreign or has_name(each, "related"):
            foreign.add(each)
    return [each for each in outside if each not in foreign]


def _heading(root: HtmlElement, stated: Sequence[str]) -> HtmlElement | None:
    """Return the shown headline that has words in common with one for machines."""
    # Other stories on the page have some words in common, too, but their titles are no <h1>.
    for key, least in (("headings", 0.3), ("second_headings", 0.6)):
        headings = find(root, query(key))
        texts = [text_of(each) for each in headings]
        shares = [max((shared_words(text, it) for it in stated), default=0) for text in texts]
        best = max(shares, default=0)
        if best >= least:
            return headings[shares.index(best)]
    return None


def headline_of(heading: HtmlElement, stated: Sequence[str]) -> str:
    """Return the text of a shown headline without the kicker above it."""
    text = whole = text_of(heading)
    kickers = [text_of(each) for each in heading.iterdescendants() if has_name(each, "kicker")]
    for kicker in filter(None, kickers):
        text = text.replace(kicker, "", 1).strip(" :|–-")
    parts = {comparable(part) for part in (*heading.itertext(), *map(text_of, heading))}
    ends = (each for each in stated if comparable(text).endswith(f" {comparable(each)}"))
    return next((each for each in ends if comparable(each) in parts), text) or whole


def _main_part(root: HtmlElement, heading: HtmlElement | None) -> HtmlElement:
    articles = find(root, "//article[not(ancestor::aside) and not(ancestor::article)]")
    around = {root} if heading is None else set(heading.iterancestors())
    within = [each for each in articles if each in around]
    headed = within or [each for each in articles if find(each, ".//h1")]
    candidates = headed or articles or find(root, "//main | //*[@role='main']") or [root]
    return max(candidates, key=lambda element: len("".join(element.itertext())))


def _first_paragraph(part: HtmlElement, after: set[HtmlElement]) -> HtmlElement | None:
    """Return the first paragraph of the element that has most of the text."""
    weights: defaultdict[HtmlElement, float] = defaultdict(float)
    paragraphs: dict[HtmlElement, str] = {}
    for element in find(part, query("paragraphs")):
        is_paragraph = element.tag == "p"
        text = text_of(element) if is_paragraph else " ".join(own_texts(element))
        is_caption = has_name(element, "caption") or line_patterns.split_credit(text)[1]
        if element in after and len(text) >= 40 and not is_caption:
            paragraphs[element] = text
            parents = list(element.iterancestors())[:2] if is_paragraph else [element, element]
            for share, parent in zip((1, 0.5), parents, strict=False):
                weights[parent] += len(text) * share
    story = max(weights, key=lambda element: weights[element], default=None)
    inside = [each for each in paragraphs if story in (each, *each.iterancestors())]
    # The deck is often a <div> above paragraphs in <p>.
    usual = dict(Counter(each.tag for each in inside).most_common(1))
    for element in inside:
        named = has_name(element, "deck") or has_name(element, "byline")
        if element.tag in usual and not (named or line_patterns.is_signature(paragraphs[element])):
            return element
    return next(reversed(paragraphs), None)
