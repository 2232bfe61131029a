"""Media RSS 1.5.1: pictures, sounds and films with their captions and credits.

Captions are ``media:text``, never ``media:description``, which feedparser takes for the summary.
"""

from collections.abc import Sequence

from lxml.etree import SubElement

from feedsvc.formats.namespaces import Element
from feedsvc.model.feed import MediaObject, PictureFile

URI = "http://search.yahoo.com/mrss/"


def add_media(element: Element, media: Sequence[MediaObject]) -> None:
    """Add ``media:content`` for each object, and ``media:thumbnail`` for the lead image.

    A picture in several sizes is a ``media:group``; the size that texts show is its first one.
    """
    for item in media:
        added = _add_group(element, item) if item.sizes else _add_content(element, item)
        _add_words(added, item)
    lead = next((item for item in media if item.medium == "image"), None)
    if lead:
        small = lead.thumbnail or lead
        attributes = _attributes(url=small.url, width=small.width, height=small.height)
        SubElement(element, f"{{{URI}}}thumbnail", attributes)


def _add_group(parent: Element, media: MediaObject) -> Element:
    group = SubElement(parent, f"{{{URI}}}group")
    for size in sorted(media.sizes, key=lambda it: it.url != media.url):
        element = _add_content(group, size, "image")
        if size.url == media.url:
            element.set("isDefault", "true")
    return group


def _add_content(parent: Element, file: MediaObject | PictureFile, medium: str = "") -> Element:
    given = file if isinstance(file, MediaObject) else None
    return SubElement(
        parent,
        f"{{{URI}}}content",
        _attributes(
            url=file.url,
            type=file.type,
            fileSize=file.length,
            medium=given.medium if given else medium,
            width=file.width,
            height=file.height,
            duration=given.duration if given else None,
        ),
    )


def _add_words(element: Element, media: MediaObject) -> None:
    for name, text in (("title", media.title), ("text", media.text), ("credit", media.credit)):
        if text:
            # §title, §text: plain is the default type, and given all the same.
            kind = {} if name == "credit" else {"type": "plain"}
            SubElement(element, f"{{{URI}}}{name}", kind).text = text


def _attributes(**values: str | int | None) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value}
