"""The HTML of an entry: note, lead image, body, sounds and films, related stories."""

import re
from collections.abc import Sequence
from html import escape, unescape

from feedsvc.formats.translations import translate
from feedsvc.model.article import Image
from feedsvc.model.feed import Link, MediaObject
from feedsvc.model.languages import is_rtl

_ADDRESS = re.compile(r'\s(href|src)="([^"]*)"')


def compose(
    body: str,
    *,
    image: str = "",
    note: str = "",
    media: Sequence[MediaObject] = (),
    related: Sequence[Link] = (),
    language: str,
) -> str:
    """Return an entry's whole HTML.

    :param body: clean HTML with absolute addresses.
    :param image: the lead image as HTML; empty without one.
    :param note: the correction note, as plain text.
    :param media: sounds and films, for readers that show no enclosures.
    :param related: links, and stories without an address (``href`` empty).
    :param language: BCP 47, of the article.
    """
    parts = [
        f"<p><em>{escape(note, quote=False)}</em></p>" if note else "",
        image,
        body,
        *_recordings(body, media, language),
        _stories(related, language),
    ]
    content = "\n".join(part for part in parts if part)
    # Readers show an entry inside a page of their own direction.
    return f'<div dir="rtl" lang="{language}">\n{content}\n</div>' if is_rtl(language) else content


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


def _recordings(body: str, media: Sequence[MediaObject], language: str) -> list[str]:
    """Return links to the sounds and films that the body neither links to nor plays."""
    present = addresses(body)
    links = list[str]()
    for item in media:
        if item.url not in present:
            present.add(item.url)
            title = item.title or translate(
                "watch" if item.medium == "video" else "listen", language
            )
            links.append(f'<p><a href="{escape(item.url)}">{escape(title, quote=False)}</a></p>')
    return links


def _stories(related: Sequence[Link], language: str) -> str:
    if not related:
        return ""
    heading = translate("related", language)
    items = "\n".join(f"<li>{_story(link)}</li>" for link in related)
    return f"<h3>{heading}</h3>\n<ul>\n{items}\n</ul>"


def _story(link: Link) -> str:
    title = escape(link.title or link.href, quote=False)
    return f'<a href="{escape(link.href)}">{title}</a>' if link.href else title
