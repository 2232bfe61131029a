"""Read JSON Feed 1.1 strictly, and return it in the shape of feedparser's results."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import feedparser

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")

Check = Callable[[Any], bool]
Keys = dict[str, tuple[Check, bool]]
"""The keys of an object: the check of each value, and whether the key is required."""


def text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def url(value: Any) -> bool:
    if not text(value):
        return False
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def moment(value: Any) -> bool:
    return text(value) and RFC_3339.fullmatch(value) is not None


def number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def shares(value: Any) -> bool:
    return len(value) == 2 and all(0 <= share <= 1 for share in value)


def like(pattern: re.Pattern[str]) -> Check:
    return lambda value: text(value) and pattern.fullmatch(value) is not None


def exactly(expected: object) -> Check:
    return lambda value: value is expected or (isinstance(expected, str) and value == expected)


def each(check: Check, *, least: int = 1) -> Check:
    return lambda value: isinstance(value, list) and len(value) >= least and all(map(check, value))


def shaped(keys: Keys, least: tuple[str, ...] = ()) -> Check:
    """Return the check of an object: required keys are there, unknown ones are not.

    :param least: at least one of these keys must be there.
    """

    def check(value: Any) -> bool:
        assert isinstance(value, dict), value
        wrong = [key for key, held in value.items() if key not in keys or not keys[key][0](held)]
        assert not wrong, {key: value[key] for key in wrong}
        missing = {key for key, (_, required) in keys.items() if required} - value.keys()
        assert not missing, missing
        assert not least or value.keys() & set(least), value
        return True

    return check


PERSON: Keys = {"name": (text, False), "url": (url, False), "avatar": (url, False)}
ATTACHMENT: Keys = {
    "url": (url, True),
    "mime_type": (like(MEDIA_TYPE), True),
    "title": (text, False),
    "size_in_bytes": (number, False),
    "duration_in_seconds": (number, False),
}
OF_ITEM: Keys = {
    "killed": (exactly(True), False),
    "note": (text, False),
    "access": (exactly("members"), False),
    "image": (
        shaped({"caption": (text, False), "credit": (text, False), "focus": (shares, False)}),
        False,
    ),
    "related": (each(shaped({"url": (url, True), "title": (text, False)})), False),
    "comments": (shaped({"url": (url, True), "count": (number, False)}), False),
}
OF_FEED: Keys = {
    "rights": (text, False),
    "corrections": (url, False),
    "editions": (each(shaped({"url": (url, True), "language": (like(LANGUAGE), True)})), False),
    "deleted": (
        each(shaped({"id": (text, True), "date_deleted": (moment, True), "note": (text, False)})),
        False,
    ),
}
ITEM: Keys = {
    "id": (text, True),
    "url": (url, False),
    "external_url": (url, False),
    "title": (text, False),
    "content_html": (text, False),
    "content_text": (text, False),
    "summary": (text, False),
    "image": (url, False),
    "banner_image": (url, False),
    "date_published": (moment, False),
    "date_modified": (moment, False),
    "author": (shaped(PERSON, tuple(PERSON)), False),
    "authors": (each(shaped(PERSON, tuple(PERSON))), False),
    "tags": (each(text), False),
    "language": (like(LANGUAGE), False),
    "attachments": (each(shaped(ATTACHMENT)), False),
    "_feedsvc": (shaped(OF_ITEM, tuple(OF_ITEM)), False),
}
FEED: Keys = {
    "version": (exactly("https://jsonfeed.org/version/1.1"), True),
    "title": (text, True),
    "home_page_url": (url, False),
    "feed_url": (url, False),
    "description": (text, False),
    "user_comment": (text, False),
    "next_url": (url, False),
    "icon": (url, False),
    "favicon": (url, False),
    "authors": (each(shaped(PERSON, tuple(PERSON))), False),
    "language": (like(LANGUAGE), False),
    "expired": (lambda value: isinstance(value, bool), False),
    "hubs": (each(shaped({"type": (text, True), "url": (url, True)})), False),
    "_feedsvc": (shaped(OF_FEED, tuple(OF_FEED)), False),
    "items": (each(shaped(ITEM, ("content_html", "content_text")), least=0), True),
}


def load(body: bytes) -> dict[str, Any]:
    """Return a document, checked against the specification.

    :raises AssertionError: the document breaks a rule.
    """

    def reject_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs), pairs
        return dict(pairs)

    feed = json.loads(body.decode(), object_pairs_hook=reject_repeated_keys)
    assert shaped(FEED)(feed)
    ids = [item["id"] for item in feed["items"]]
    assert len(set(ids)) == len(ids)
    return feed


def parse(body: bytes) -> Any:
    """Return a feed of any format in the shape of feedparser's result."""
    if not body.startswith(b"{"):
        return feedparser.parse(body)
    feed = load(body)
    links = [{"rel": "alternate", "href": feed["home_page_url"]}]
    links.append({"rel": "self", "href": feed["feed_url"]})
    links += [{"rel": "prev-archive", "href": feed["next_url"]}] if "next_url" in feed else []
    head = {"title": feed["title"], "language": feed["language"], "links": list(map(_dict, links))}
    entries = [_entry(item) for item in feed["items"]]
    return _dict({"bozo": False, "feed": _dict(head), "entries": entries})


def _entry(item: dict[str, Any]) -> Any:
    extension = item.get("_feedsvc", {})
    enclosures = [
        {"rel": "enclosure", "href": file["url"], "type": file["mime_type"]}
        | ({"length": str(file["size_in_bytes"])} if "size_in_bytes" in file else {})
        for file in item.get("attachments", [])
    ]
    related = [
        {"rel": "related", "href": story["url"], "title": story.get("title", "")}
        for story in extension.get("related", [])
    ]
    links = [{"rel": "alternate", "href": item["url"]}, *enclosures, *related]
    published, updated = (
        datetime.fromisoformat(item[key]) for key in ("date_published", "date_modified")
    )
    return feedparser.FeedParserDict(
        id=item["id"],
        title=item["title"],
        link=item["url"],
        summary=item.get("summary", ""),
        content=[_dict({"value": item.get("content_html", item.get("content_text"))})],
        published_parsed=published.utctimetuple(),
        updated=updated.isoformat(),
        updated_parsed=updated.utctimetuple(),
        authors=list(map(_dict, item["authors"])),
        tags=[_dict({"term": tag, "label": tag}) for tag in item.get("tags", [])],
        links=list(map(_dict, links)),
    )


def _dict(keys: dict[str, Any]) -> Any:
    return feedparser.FeedParserDict(keys)
