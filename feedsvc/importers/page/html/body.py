"""Read the text of an article: trafilatura extracts it, with the frames among its paragraphs."""

import logging
import re
from typing import Any
from urllib.parse import urlsplit

from lxml import html
from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields, comparable
from feedsvc.importers.page.html.captions import split_caption
from feedsvc.importers.page.html.layout import ASIDE, Layout
from feedsvc.importers.page.markdown import join, to_markdown
from feedsvc.importers.page.people import byline
from feedsvc.importers.page.tree import absolute, find, line_of, parse_html, text_of
from feedsvc.importers.page.vocabulary import alternatives, words
from feedsvc.ingest.html.addresses import frame_address
from feedsvc.ingest.html.visibility import is_point

_PLAYERS = words("players")
_ADVERTISING = re.compile(
    r"doubleclick|googlesyndication|googletag|/ads?[./]|captcha|consent|/ns\.html|plugins/like"
)
_DIALOGUE = re.compile(rf"{alternatives('dialogues')}", re.IGNORECASE)
"""A line that asks readers to do something on the site."""
_LONGEST_LINE = 160
"""Characters of a line that is no paragraph."""

Frame = tuple[HtmlElement, str]
"""A frame of an article, with the words before it."""


def read_body(layout: Layout, fields: FoundFields, base: str) -> None:
    """Put the text of the article; its images and boxes of related stories are removed before."""
    frames, left_out = _read_players(layout, fields, base)
    shown = [*layout.root.iter("h1"), layout.heading]
    known = {*map(text_of, shown), fields.get("headline")}
    # A summary that the page does not show as its deck may be a copy of the first paragraph.
    if "deck" in fields.sources.get("summary", ""):
        known.add(fields.get("summary"))
    above = " ".join(comparable(line_of(each, _LONGEST_LINE)) for each in layout.beside)
    extracted = _extract(layout)
    if extracted is None:
        return
    _drop_other_fields(extracted, set(map(_letters, known)) - {""}, set(above.split()))
    places = {comparable(text_of(each)): each for each in extracted.iter("p")}
    for frame, before in reversed(frames):
        if before in places:
            places[before].addnext(frame)
        else:
            left_out.append(f"<iframe> of {frame.get('src')}")
    fields.put_value("body", join(to_markdown(extracted, base)), "trafilatura")
    fields.drop_cut_summary(text_of(extracted))
    for each in left_out:
        fields.add_note("body", f"{each} is left out")


def _read_players(layout: Layout, fields: FoundFields, base: str) -> tuple[list[Frame], list[str]]:
    """Put the sounds and films of an article; return its frames, and the ones left out."""
    frames: list[Frame] = []
    media: list[dict[str, Any]] = []
    left_out: list[str] = []
    before = ""
    for element in find(layout.part, f".//*[not({ASIDE})]"):
        sources = [dict(each.attrib) for each in (element, *element.iter("source"))]
        given = [frame_address(each) or each.get("data", "") for each in sources]
        url = next(filter(None, (absolute(each, base) for each in given)), "")
        title = element.get("title") or element.get("aria-label", "")
        titled = {"title": title} if title else {}
        host = urlsplit(url).hostname or ""
        if element.tag == "p":
            before = comparable(text_of(element)) or before
        elif element.tag in ("audio", "video"):
            media += [{"url": url, **titled}] if url else []
            if not url and (text_of(element) or any(given)):
                left_out.append(f"<{element.tag}> without a web address")
        elif element.tag not in ("iframe", "embed", "object") or not url:
            continue
        elif not _PLAYERS.isdisjoint(host.split(".")):
            frames.append((html.Element("iframe", {"src": url, **titled}), before))
        elif not (is_point(dict(element.attrib)) or _ADVERTISING.search(url)):
            left_out.append(f"<{element.tag}> of {host}")
    fields.put_value("media", media, "<audio>, <video>")
    return frames, left_out


def _extract(layout: Layout) -> HtmlElement | None:
    """Return the text that trafilatura extracts."""
    from trafilatura import extract
    from trafilatura.settings import use_config

    # Its messages add nothing to the sources of a record.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    # Where it finds less text than this, trafilatura takes the whole page as one paragraph.
    config = use_config()
    least_text = min(250, len(text_of(layout.part)) // 2)
    config["DEFAULT"]["MIN_EXTRACTED_SIZE"] = str(least_text)
    markup = extract(
        layout.root,
        output_format="html",
        include_comments=False,
        include_formatting=True,
        include_links=True,
        config=config,
    )
    return parse_html(markup) if markup else None


def _drop_other_fields(extracted: HtmlElement, known: set[str], above: set[str]) -> None:
    """Remove the lines that are in another field of the record, or in none.

    Known are headlines and deck, and above are the words beside the headline.
    """
    is_above_text = True
    for element in list(extracted.iter("body", "p", "h1", "h2", "h3", "h4", "li")):
        if element.tag in ("body", "li") and find(element, ".//p | .//li | self::body[*]"):
            continue
        line = text_of(element)
        is_call = len(line) <= _LONGEST_LINE and (
            _DIALOGUE.match(line) or split_caption(line)[0] == ""
        )
        is_other = _letters(line) in known or line_patterns.is_noise(line) or is_call
        is_head = is_above_text and _is_of_head(line, above)
        if is_other or is_head or line_patterns.labelled_dates(line):
            element.drop_tree()
        else:
            is_above_text = False


def _letters(text: str) -> str:
    """Return a text without its spaces, which may stand between the elements of a line or not."""
    return comparable(text).replace(" ", "")


def _is_of_head(line: str, above: set[str]) -> bool:
    is_short = len(line.split()) <= 8 and not line.endswith(line_patterns.STOPS)
    named = byline(line) or line_patterns.crumbs(line)
    return bool(named) or (is_short and above.issuperset(comparable(line).split()))
