"""Read the text of an article: trafilatura extracts it, with the frames among its paragraphs."""

import logging
import re
from typing import Any
from urllib.parse import urlsplit

from lxml import html
from lxml.html import HtmlElement
from msgspec import Struct, field

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields, comparable
from feedsvc.importers.page.html.captions import split_caption
from feedsvc.importers.page.html.layout import ASIDE, Layout
from feedsvc.importers.page.html.to_markdown import to_markdown
from feedsvc.importers.page.html.tree import absolute, find, line_of, parse_html, text_of
from feedsvc.importers.page.markdown import join
from feedsvc.importers.page.people import byline
from feedsvc.importers.page.vocabulary import alternatives, words
from feedsvc.ingest.html.visibility import is_point

_PLAYERS = words("players")
_ADVERTISING = re.compile(
    r"doubleclick|googlesyndication|googletag|/ads?[./]|captcha|consent|/ns\.html|plugins/like"
)
_DIALOGUE = re.compile(rf"{alternatives('dialogues')}", re.IGNORECASE)
"""A line that asks readers to do something on the site."""
_LONGEST_LINE = 160
"""Characters of a line that is no paragraph."""


class Players(Struct):
    """The frames of an article, each with the words before it, its sounds, and the rest."""

    frames: list[tuple[HtmlElement, str]] = field(default_factory=list)
    media: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read_players(layout: Layout, base: str) -> Players:
    """Return the frames, sounds and films of an article."""
    players = Players()
    before = ""
    for element in find(layout.part, f".//*[not({ASIDE})]"):
        sources = [element, *element.iter("source")]
        names = ("data-src", "data-lazy-src", "src", "data")
        given = [each.get(name, "") for each in sources for name in names]
        url = next(filter(None, (absolute(each, base) for each in given)), "")
        title = element.get("title") or element.get("aria-label", "")
        titled = {"title": title} if title else {}
        host = urlsplit(url).hostname or ""
        if element.tag == "p":
            before = comparable(text_of(element)) or before
        elif element.tag in ("audio", "video"):
            players.media += [{"url": url, **titled}] if url else []
            if not url and (text_of(element) or any(given)):
                players.left_out.append(f"<{element.tag}> without a web address")
        elif element.tag not in ("iframe", "embed", "object") or not url:
            continue
        elif not _PLAYERS.isdisjoint(host.split(".")):
            players.frames.append((html.Element("iframe", {"src": url, **titled}), before))
        elif not (is_point(dict(element.attrib)) or _ADVERTISING.search(url)):
            players.left_out.append(f"<{element.tag}> of {host}")
    return players


def read_body(layout: Layout, fields: FoundFields, players: Players, base: str) -> None:
    """Put the text of the article; its images and boxes of related stories are removed before."""
    shown = [*layout.root.iter("h1"), layout.heading]
    known = {comparable(text) for text in (*map(text_of, shown), fields.get("headline"))}
    # A summary that the page does not show as its deck may be a copy of the first paragraph.
    if "deck" in fields.sources.get("summary", ""):
        known.add(comparable(fields.get("summary")))
    above = " ".join(comparable(line_of(each, _LONGEST_LINE)) for each in layout.beside)
    extracted = _extract(layout)
    if extracted is not None:
        _drop_other_fields(extracted, known - {""}, set(above.split()))
        _place_frames(extracted, players)
        fields.put_value("body", join(to_markdown(extracted, base)), "trafilatura")
        fields.drop_cut_summary(text_of(extracted))
        for each in players.left_out:
            fields.add_note("body", f"{each} is left out")


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
        include_tables=True,
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
        is_other = comparable(line) in known or line_patterns.is_noise(line) or is_call
        is_head = is_above_text and _is_of_head(line, above)
        if is_other or is_head or line_patterns.labelled_dates(line):
            element.drop_tree()
        else:
            is_above_text = False


def _is_of_head(line: str, above: set[str]) -> bool:
    is_short = len(line.split()) <= 8 and not line.endswith(line_patterns.STOPS)
    named = byline(line) or line_patterns.crumbs(line)
    return bool(named) or (is_short and above.issuperset(comparable(line).split()))


def _place_frames(extracted: HtmlElement, players: Players) -> None:
    """Put each frame behind the paragraph of the extracted text that it stood behind."""
    places = {comparable(text_of(each)): each for each in extracted.iter("p")}
    for frame, before in reversed(players.frames):
        if before in places:
            places[before].addnext(frame)
        else:
            players.left_out.append(f"<iframe> of {frame.get('src')}")
