"""Read feed documents of every format as a reader does."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple
from xml.etree import ElementTree

from tests.tools import json_feed

HOST = "https://feeds.quay.example"
TAG = "tag:quay.example,2026:"
ATOM, RSS_CONTENT = "{http://www.w3.org/2005/Atom}", "{http://purl.org/rss/1.0/modules/content/}"
DELETED = "{http://purl.org/atompub/tombstones/1.0}"
OWN_DATE = re.compile(rb"<(lastBuildDate|updated)>.*?</\1>")


class Entry(NamedTuple):
    """An item or an entry as a reader shows it."""

    article_id: str
    title: str
    summary: str
    content: str
    updated: str
    related: list[str]


class Fetched(NamedTuple):
    """A document as a reader fetched it."""

    url: str
    body: bytes
    modified: datetime

    def words(self) -> bytes:
        """Return the document without the date of the feed, which may move back with an expiry."""
        return OWN_DATE.sub(b"", self.body, count=1)


def entries(body: bytes) -> list[Entry]:
    """Return the entries of a document of any format."""
    if body.startswith(b"{"):
        return [
            Entry(
                each.id.removeprefix(TAG),
                each.title,
                each.summary,
                each.content[0].value,
                each.updated,
                [link.title for link in each.links if link.rel == "related"],
            )
            for each in json_feed.parse(body).entries
        ]
    root, items = ElementTree.fromstring(body), list[Entry]()
    for each in [*root.iter("item"), *root.iter(f"{ATOM}entry")]:
        rss = each.tag == "item"

        def text(name: str, other: str, each: ElementTree.Element = each, rss: bool = rss) -> str:
            return each.findtext(name if rss else ATOM + other) or ""

        links = [link for link in each.iter(f"{ATOM}link") if link.get("rel") == "related"]
        related = [link.get("title", "") for link in links]
        items.append(
            Entry(
                text("guid", "id").removeprefix(TAG),
                text("title", "title"),
                text("description", "summary"),
                text(f"{RSS_CONTENT}encoded", "content"),
                text("-", "updated"),
                related,
            )
        )
    return items


def tombstones(body: bytes) -> list[tuple[str, str]]:
    """Return id and comment of each tombstone of a document."""
    if body.startswith(b"{"):
        deleted = json_feed.load(body).get("_feedsvc", {}).get("deleted", [])
        return [(it["id"].removeprefix(TAG), it.get("note", "")) for it in deleted]
    root = ElementTree.fromstring(body)
    return [
        (deleted.get("ref", "").removeprefix(TAG), deleted.findtext(f"{DELETED}comment") or "")
        for deleted in root.iter(f"{DELETED}deleted-entry")
    ]


def previous(body: bytes) -> str:
    """Return the address of the next older document, without its host; empty if there is none."""
    if body.startswith(b"{"):
        return json_feed.load(body).get("next_url", "").removeprefix(HOST)
    root = ElementTree.fromstring(body)
    elements = [*root.findall(f"{ATOM}link"), *root.findall(f"channel/{ATOM}link")]
    links = {link.get("rel"): link.get("href", "") for link in elements}
    return links.get("prev-archive", "").removeprefix(HOST)
