"""All feeds of a newsroom as one list that readers can subscribe from (OPML 2.0)."""

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime

from lxml import etree
from msgspec import Struct

from feedsvc.model.digests import etag
from feedsvc.model.feed import Document

MEDIA_TYPE = "text/x-opml"


class Outline(Struct, frozen=True, kw_only=True):
    """A feed as an ``<outline>`` of the type ``rss``."""

    title: str
    feed: str
    page: str
    """The address of its section's page."""
    language: str
    """BCP 47."""


def opml(
    title: str,
    outlines: Iterable[Outline],
    dates: tuple[datetime, datetime],
    url: str,
    ages: tuple[int, int],
) -> Document:
    """Return the list; its ETag is a digest of its bytes.

    All feeds are in one folder, none within another, because most readers take an outline either
    for a feed or for a folder, and lose the other.

    :param title: of the site.
    :param dates: of the newest change of any of the feeds, in UTC: for ``dateModified``, by the
        articles alone, and for Last-Modified.
    :param url: of the list itself.
    :param ages: seconds for which a client and a shared cache may use it without asking.
    """
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    etree.SubElement(head, "dateModified").text = format_datetime(dates[0], usegmt=True)
    folder = etree.SubElement(etree.SubElement(root, "body"), "outline", text=title, title=title)
    for outline in outlines:
        etree.SubElement(
            folder,
            "outline",
            type="rss",
            # Readers show it among the feeds of other sites.
            text=outline.title,
            title=outline.title,
            xmlUrl=outline.feed,
            htmlUrl=outline.page,
            language=outline.language,
        )
    body = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return Document(
        body=body,
        media_type=MEDIA_TYPE,
        etag=etag(body),
        last_modified=dates[1],
        url=url,
        max_age=ages[0],
        shared_age=ages[1],
    )
