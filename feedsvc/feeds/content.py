"""The HTML of an entry: note, lead image, body, related stories."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import langcodes

from feedsvc.feeds.words import RELATED, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feedsvc.model.article import Image
    from feedsvc.model.feed import Link

_RIGHT_TO_LEFT = {"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"}
"""ISO 15924 scripts written from right to left."""


def compose(body: str, *, image: str, note: str, related: Sequence[Link], language: str) -> str:
    """Return an entry's whole HTML.

    :param body: clean HTML with absolute addresses.
    :param image: the lead image as HTML; empty without one.
    :param note: the correction note, as plain text.
    :param related: links, and stories without an address (``href`` empty).
    :param language: BCP 47, of the article.
    """
    parts = [
        f"<p><em>{escape(note, quote=False)}</em></p>" if note else "",
        image,
        body,
        _stories(related, language),
    ]
    content = "\n".join(part for part in parts if part)
    if langcodes.Language.get(language).maximize().script in _RIGHT_TO_LEFT:
        # Readers show an entry inside a page of their own direction.
        return f'<div dir="rtl" lang="{language}">\n{content}\n</div>'
    return content


def figure(image: Image, url: str) -> str:
    """Return a picture with its caption and credit."""
    size = "".join(
        f' {name}="{value}"'
        for name, value in (("width", image.width), ("height", image.height))
        if value
    )
    credit = f"<small>{escape(image.credit, quote=False)}</small>" if image.credit else ""
    words = " ".join(part for part in (escape(image.caption, quote=False), credit) if part)
    caption = f"<figcaption>{words}</figcaption>" if words else ""
    return f'<figure><img src="{escape(url)}" alt="{escape(image.alt)}"{size}>{caption}</figure>'


def paragraph(text: str) -> str:
    """Return plain text as HTML."""
    return f"<p>{escape(text, quote=False)}</p>" if text else ""


def _stories(related: Sequence[Link], language: str) -> str:
    if not related:
        return ""
    heading = word(RELATED, language)
    items = "\n".join(f"<li>{_story(link)}</li>" for link in related)
    return f"<h3>{heading}</h3>\n<ul>\n{items}\n</ul>"


def _story(link: Link) -> str:
    title = escape(link.title or link.href, quote=False)
    return f'<a href="{escape(link.href)}">{title}</a>' if link.href else title
