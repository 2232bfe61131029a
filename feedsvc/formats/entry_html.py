"""The HTML of an entry: deck, note, pictures, body, sounds and films, related stories."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape, unescape

from feedsvc.formats import picture_sizes
from feedsvc.formats.translations import translate
from feedsvc.model.feed import Link, MediaObject
from feedsvc.model.languages import is_rtl
from feedsvc.model.text import TAG, plain_text

_ATTRIBUTES = r'((?:\s[a-z-]+="[^"]*")*)'
_IMAGE = re.compile(f"<img{_ATTRIBUTES}>")
_PLAYER = re.compile(rf"<(audio|video){_ATTRIBUTES}></\1>")
_LEADING = 3
"""Paragraphs of a body that may begin with its summary: a picture or a place may stand first."""
_MARKUP = 1000
"""Characters of tags at most among the words of a summary, so that no whole body is compared."""
_OPENING = 200
"""Characters of a paragraph that show its first letter, unless long tags come before."""
_ADDRESS = re.compile(r'\s(href|src)="([^"]*)"')


def compose(parts: Iterable[str], language: str) -> str:
    """Return an entry's whole HTML.

    :param parts: its parts as HTML, in order; an empty one is left out.
    :param language: BCP 47, of the article.
    """
    content = _IMAGE.sub(_unstretched, "\n".join(part for part in parts if part))
    # Readers show an entry inside a page of their own direction.
    return f'<div dir="rtl" lang="{language}">\n{content}\n</div>' if is_rtl(language) else content


def deck(summary: str, body: str) -> str:
    """Return the summary of a record, or nothing where the body begins with it."""
    beginning = summary.rstrip("…")
    first, *others = body.split("<p", _LEADING)
    parts = [first, *(f"<p{it}" for it in others)]
    rests = (parts[number:] for number, part in enumerate(parts) if _may_begin(part, beginning[0]))
    return "" if not beginning or any(_begin(rest, beginning) for rest in rests) else summary


def _begin(parts: Iterable[str], beginning: str) -> bool:
    """Return whether the words of parts of a body begin with others; no more are read than needed.

    :param parts: clean HTML.
    """
    words = ""
    for part in parts:
        text = plain_text(part[: _MARKUP + 2 * len(beginning)])
        words = f"{words} {text}".strip()
        if not beginning.startswith(words):
            break
    return words.startswith(beginning)


def _may_begin(part: str, letter: str) -> bool:
    """Return whether the words of clean HTML may begin with a letter; few are read to the end."""
    opening = part[:_OPENING]
    start = TAG.sub("", opening).lstrip()[:1]
    if not start:
        return len(part) > len(opening) or "<math" in opening
    return start in ("<", "&", letter) or "<math" in opening


def figure(item: MediaObject) -> str:
    """Return a picture with its caption and credit."""
    credit = f"<small>{escape(item.credit, quote=False)}</small>" if item.credit else ""
    words = " ".join(part for part in (escape(item.text, quote=False), credit) if part)
    caption = f"<figcaption>{words}</figcaption>" if words else ""
    return f"<figure>{picture_sizes.image(item)}{caption}</figure>"


def paragraph(text: str, element: str = "") -> str:
    """Return plain text as HTML.

    :param element: around the text, such as ``em``; empty for none.
    """
    words = escape(text, quote=False)
    words = f"<{element}>{words}</{element}>" if element else words
    return f"<p>{words}</p>" if text else ""


def summary(text: str, language: str) -> str:
    """Return a summary as HTML, for RSS: in an element only if it needs a direction."""
    html = escape(text, quote=False)
    return f'<p dir="rtl" lang="{language}">{html}</p>' if html and is_rtl(language) else html


def addresses(body: str, *names: str) -> set[str]:
    """Return the addresses in clean HTML.

    :param names: of the attributes, such as ``src``; without them of all attributes.
    """
    attributes = _ADDRESS.findall(body)
    return {unescape(address) for name, address in attributes if not names or name in names}


def _unstretched(image: re.Match[str]) -> str:
    """Return a picture that keeps its proportions in readers that limit only its width."""
    sized = ' height="' in image[1]
    return f'<img{image[1]} style="height:auto">' if sized else image[0]


def recording(item: MediaObject, page: str, language: str) -> str:
    """Return a link to a sound or film: to the article's page if it is an enclosure.

    Some readers have a player for each enclosure, others for each whose address is not in the text.
    """
    title = item.title or translate("watch" if item.medium == "video" else "listen", language)
    address = page if item.enclosed else item.url
    return f'<a href="{escape(address)}">{escape(title, quote=False)}</a>'


def without_players(body: str, links: Mapping[str, str]) -> str:
    """Return a body with links in the place of players.

    :param links: as HTML, by the addresses that the players play.
    """

    def link(player: re.Match[str]) -> str:
        address = unescape(player[0].partition(' src="')[2].partition('"')[0])
        return links.get(address, player[0])

    return _PLAYER.sub(link, body) if links else body


def stories(related: Sequence[Link], language: str) -> str:
    """Return related stories as HTML: each a link, or without an address its headline."""
    if not related:
        return ""
    heading = translate("related", language)
    items = "\n".join(f"<li>{_story(link)}</li>" for link in related)
    return f"<h3>{heading}</h3>\n<ul>\n{items}\n</ul>"


def _story(link: Link) -> str:
    title = escape(link.title or link.href, quote=False)
    return f'<a href="{escape(link.href)}">{title}</a>' if link.href else title
