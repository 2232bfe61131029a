"""Media RSS 1.5.1: pictures, sounds and films with their captions and credits.

Captions are ``media:text``, never ``media:description``, which feedparser takes for the summary.
"""

from collections.abc import Sequence

from lxml.etree import SubElement

from feedsvc.formats.namespaces import Element
from feedsvc.model.feed import MediaObject

URI = "http://search.yahoo.com/mrss/"


def add_media(element: Element, media: Sequence[MediaObject]) -> None:
    """Add ``media:content`` for each object, and ``media:thumbnail`` for the lead image."""
    for item in media:
        _add_content(element, item)
    lead = next((item for item in media if item.medium == "image"), None)
    if lead:
        attributes = _attributes(url=lead.url, width=lead.width, height=lead.height)
        SubElement(element, f"{{{URI}}}thumbnail", attributes)


def _add_content(parent: Element, media: MediaObject) -> None:
    element = SubElement(
        parent,
        f"{{{URI}}}content",
        _attributes(
            url=media.url,
            type=media.type,
            fileSize=media.length,
            medium=media.medium,
            width=media.width,
            height=media.height,
            duration=media.duration,
        ),
    )
    for name, text in (("title", media.title), ("text", media.text), ("credit", media.credit)):
        if text:
            # §title, §text: plain is the default type, and given all the same.
            kind = {} if name == "credit" else {"type": "plain"}
            SubElement(element, f"{{{URI}}}{name}", kind).text = text


def _attributes(**values: str | int | None) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value}
