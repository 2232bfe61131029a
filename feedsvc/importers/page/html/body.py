"""Read the text of an article without its boxes of related stories: trafilatura extracts it."""

import logging
from collections.abc import Iterator
from typing import Any

from lxml import html
from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.html.images import split_caption
from feedsvc.importers.page.html.layout import Layout
from feedsvc.importers.page.line_patterns import is_headline, is_noise, related_label
from feedsvc.importers.page.markdown import join, to_markdown
from feedsvc.importers.page.page_fields import PageFields, comparable
from feedsvc.importers.page.people import byline
from feedsvc.importers.page.tree import absolute, find, first, has_name, parse_html, text_of
from feedsvc.importers.page.vocabulary import pattern, query, words
from feedsvc.ingest.html.addresses import frame_address, host, path, site
from feedsvc.ingest.html.visibility import is_point

_OTHER_PAGE = pattern("other_page")
_SLUG = pattern("story_slug")


def take_related(layout: Layout, base: str, page: PageFields) -> None:
    """Put the related stories of a page, and remove their boxes from it."""
    part, url = layout.part, page.get("url")
    inside = {part, *find(part, "following-sibling::*[position() < 4]/descendant-or-self::*")}
    related: list[dict[str, str]] = []
    for box in list(_boxes(layout)):
        if box in inside or part in box.iterancestors():
            related += _stories(box, base, url)
        if layout.root in box.iterancestors():  # else it was removed with another one
            box.drop_tree()
    sentence_case = not is_headline(page.get("headline"))
    for paragraph in find(part, query("single_lines")):
        if text := _headline_alone(paragraph, sentence_case=sentence_case):
            linked = find(paragraph, query("links"))
            related += _stories(paragraph, base, url) if linked else [{"headline": text}]
            paragraph.drop_tree()
    page.put_related((each for each in related if _is_story(each["headline"])), "related box")


def _is_story(text: str) -> bool:
    long = len(text.split()) >= 4
    unspaced = text.upper() == text.lower() and sum(map(str.isalpha, text)) >= 8
    line = text.strip(" .…:|»›>→+-–—")
    is_other = is_noise(line) or related_label(line) == ""
    return (long or unspaced) and len(text) <= 300 and not is_other


def _headline_alone(paragraph: HtmlElement, *, sentence_case: bool) -> str:
    """Return the headline of a line that is a link, or such as ``READ NEXT Some Headline``."""
    text = text_of(paragraph, 300)
    links = [text_of(link) for link in find(paragraph, ".//a[@href]")] if text else []
    linked = links[0] if len(links) == 1 and text.endswith(links[0]) else ""
    is_labelled = related_label(text.removesuffix(linked).strip(" :|–-")) == ""
    label = related_label(text) or (linked if is_labelled else "")
    is_link = text == linked and len(text.split()) >= 4
    is_title = is_headline(label or text, sentence_case=sentence_case or bool(label))
    return label or text if is_title and (label or is_link) else ""


def _boxes(layout: Layout) -> Iterator[HtmlElement]:
    """Go through the boxes that are named or labelled as related; none holds the article."""
    # A box beside the story has less of the text than this.
    most = sum(len(text_of(each)) for each in layout.root.iter("p")) * 0.3
    for element in find(layout.root, query("boxes")):
        named = has_name(element, "related", element.get("data-component", ""))
        labelled = related_label(text_of(first(element, query("beginning_label")))) == ""
        if (named or labelled) and element not in layout.around:
            unlinked = find(element, ".//p[not(.//a)]")
            if sum(len(text_of(each)) for each in unlinked) <= most:
                yield element
    for label in find(layout.part, query("labels")):
        box = first(label, query("labelled_box"))
        if box is not None and box not in layout.around and related_label(text_of(label)) == "":
            label.drop_tree()
            yield box


def _stories(box: HtmlElement, base: str, url: str) -> list[dict[str, str]]:
    """Return the stories a box links to; without links, the headlines of its items."""
    by_address: dict[str, str] = {}
    for link in find(box, query("links")):
        # Of several links to a story, one has the form of a headline.
        title, href = first(link, query("titles")), link.get("href", "")
        texts = [text_of(link if title is None else title)]
        if title is None and find(link, query("parts_of_link")):
            texts = [" ".join(each.split()) for each in link.itertext()]
        text = max(texts, key=len, default="")
        given = by_address.get(href, ""), related_label(text) or text
        by_address[href] = max(given, key=lambda it: (is_headline(it, sentence_case=True), len(it)))
    if by_address:
        stories = ((text, href) for href, text in by_address.items() if _is_of(href, base, url))
        return [{"headline": text, "url": absolute(href, base)} for text, href in stories]
    items = find(box, ".//li") or find(box, query("titles"))
    return [{"headline": text_of(item)} for item in items]


def _is_of(href: str, base: str, url: str) -> bool:
    """Return whether an address can be one of a story of the same paper."""
    link, page = absolute(href, base) or href, url or base
    parts, depth = path(link).strip("/").split("/"), len(path(page).strip("/").split("/"))
    deep = len(parts) >= max(depth - 1, min(depth, 2)) or _SLUG.search(parts[-1])
    is_of_site = "//" not in link or not page or site(link) == site(page)
    return is_of_site and bool(deep) and parts != [""] and not _OTHER_PAGE.search(path(link))


def read_body(layout: Layout, page: PageFields, base: str) -> None:
    """Put the text of the article; its images and boxes of related stories are removed before."""
    frames = _read_players(layout, page, base)
    shown = [*layout.root.iter("h1"), layout.heading]
    known = [*map(text_of, shown), page.get("headline")]
    # A summary that the page does not show as its deck may be a copy of the first paragraph.
    if "deck" in page.sources.get("summary", ""):
        known.append(page.get("summary"))
    above = " ".join(comparable(text_of(each, 160)) for each in layout.beside)
    extracted = _extract(layout)
    if extracted is None:
        return
    _drop_other_fields(extracted, known, set(above.split()))
    extracted.insert(0, html.Element("p"))  # the place of players above the first paragraph
    places = {comparable(text_of(each)): each for each in extracted.iter("p")}
    for frame, before in reversed(frames):
        if before in places:
            places[before].addnext(frame)
        else:
            page.add_note("body", f"<iframe> of {frame.get('src')} is left out")
    page.put_value("body", join(to_markdown(extracted, base)), "trafilatura")


def _read_players(layout: Layout, page: PageFields, base: str) -> list[tuple[HtmlElement, str]]:
    """Put sounds and films, and notes on players left out; return frames, and words before them."""
    frames, media = list[tuple[HtmlElement, str]](), list[dict[str, Any]]()
    before = ""
    for element in find(layout.part, query("all_elements")):
        sources = [dict(each.attrib) for each in (element, *element.iter("source"))]
        given = [frame_address(each) or each.get("data", "") for each in sources]
        url = next(filter(None, (absolute(each, base) for each in given)), "")
        title = element.get("title") or element.get("aria-label", "")
        titled = {"title": title} if title else {}
        if element.tag == "p":
            before = comparable(text_of(element)) or before
        elif element.tag in ("audio", "video"):
            media += [{"url": url, **titled}] if url else []
            if not url and (text_of(element) or any(given)):
                page.add_note("body", f"<{element.tag}> without a web address is left out")
        elif element.tag not in ("iframe", "embed", "object") or not url:
            continue
        elif not words("players").isdisjoint(host(url).split(".")):
            frames.append((html.Element("iframe", {"src": url, **titled}), before))
        elif not (is_point(dict(element.attrib)) or pattern("advertising").search(url)):
            page.add_note("body", f"<{element.tag}> of {host(url)} is left out")
    page.put_value("media", media, "<audio>, <video>")
    return frames


def _extract(layout: Layout) -> HtmlElement | None:
    from trafilatura import extract
    from trafilatura.settings import Extractor

    # Its messages add nothing to the sources of a record.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    options = Extractor(output_format="html", comments=False, formatting=True, links=True)
    # Where it finds less text than this, trafilatura takes the whole page as one paragraph.
    options.min_extracted_size = min(250, len(text_of(layout.part)) // 2)
    markup = extract(layout.root, options=options)
    return parse_html(markup) if markup else None


def _drop_other_fields(extracted: HtmlElement, known: list[str], above: set[str]) -> None:
    """Remove the lines that are in another field of the record, or in none."""
    # A page may have no space between the elements of a line.
    letters = {comparable(text).replace(" ", "") for text in known if text}
    is_above_text = True
    for element in list(extracted.iter("body", "p", "h1", "h2", "h3", "h4", "li")):
        if element.tag in ("body", "li") and find(element, ".//p | .//li | self::body[*]"):
            continue
        line = text_of(element)
        is_call = pattern("dialogue").match(line) or split_caption(line)[0] == ""
        is_short = len(line.split()) <= 8 and not line.endswith(line_patterns.STOPS)
        is_beside = is_short and above.issuperset(comparable(line).split())
        is_head = is_above_text and (is_beside or byline(line) or line_patterns.crumbs(line))
        is_known = comparable(line).replace(" ", "") in letters
        is_other = is_known or is_noise(line) or line_patterns.labelled_dates(line)
        if is_other or is_head or (is_call and len(line) <= 160):  # longer ones are paragraphs
            element.drop_tree()
        else:
            is_above_text = False
