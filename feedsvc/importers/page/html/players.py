"""Take the frames, sounds and films among the paragraphs of a page in HTML."""

import re
from typing import Any
from urllib.parse import urlsplit

from lxml import html
from lxml.html import HtmlElement
from msgspec import Struct, field

from feedsvc.importers.page.found_fields import comparable
from feedsvc.importers.page.html.layout import ASIDE, Layout
from feedsvc.importers.page.html.tree import absolute, find, text_of
from feedsvc.importers.page.vocabulary import words
from feedsvc.ingest.html.visibility import is_point

_PLAYERS = words("players")
_ADVERTISING = re.compile(
    r"doubleclick|googlesyndication|googletag|/ads?[./]|captcha|consent|/ns\.html|plugins/like"
)


class Players(Struct):
    """The frames and sounds of an article."""

    frames: list[tuple[HtmlElement, str]] = field(default_factory=list)
    """Each with the words of the paragraph before it."""
    media: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """Frames and files that are not kept, in words."""


def read_players(layout: Layout, base: str) -> Players:
    """Return the frames, sounds and films of an article."""
    players = Players()
    before = ""
    for element in find(layout.part, f".//*[not({ASIDE})]"):
        tag = str(element.tag)
        if tag == "p":
            before = comparable(text_of(element)) or before
        elif tag in ("audio", "video"):
            _file(element, base, players)
        elif tag in ("iframe", "embed", "object"):
            _frame(element, before, base, players)
    return players


def _file(element: HtmlElement, base: str, players: Players) -> None:
    sources = [element, *find(element, ".//source")]
    addresses = [absolute(each.get("src") or each.get("data-src", ""), base) for each in sources]
    url = next(filter(None, addresses), "")
    title = element.get("title") or element.get("aria-label", "")
    if url:
        players.media.append({"url": url, **({"title": title} if title else {})})
    elif text_of(element) or any(each.get("src") for each in sources):
        players.left_out.append(f"<{element.tag}> without a web address")


def _frame(element: HtmlElement, before: str, base: str, players: Players) -> None:
    given = (element.get(name, "") for name in ("data-src", "data-lazy-src", "src", "data"))
    url = next(filter(None, (absolute(each, base) for each in given)), "")
    if not url or is_point(dict(element.attrib)) or _ADVERTISING.search(url):
        return
    host = urlsplit(url).hostname or ""
    if not _PLAYERS.isdisjoint(host.split(".")):
        frame = html.Element("iframe", src=url)
        if title := element.get("title"):
            frame.set("title", title)
        players.frames.append((frame, before))
    else:
        players.left_out.append(f"<{element.tag}> of {host}")


def place_frames(extracted: HtmlElement, players: Players) -> None:
    """Put each frame behind the paragraph of the extracted text that it stood behind."""
    places = {comparable(text_of(each)): each for each in find(extracted, "//p")}
    for frame, before in reversed(players.frames):
        if before in places:
            places[before].addnext(frame)
        else:
            players.left_out.append(f"<iframe> of {frame.get('src')}")
