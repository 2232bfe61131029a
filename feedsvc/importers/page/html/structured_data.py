"""Read the schema.org data of a page: JSON-LD and microdata."""

import json
import re
from collections.abc import Iterator
from operator import itemgetter
from typing import Any, cast

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields, plain_text
from feedsvc.importers.page.html.bylines import Person, people
from feedsvc.importers.page.html.captions import split_caption
from feedsvc.importers.page.html.tree import absolute, find, text_of

Item = dict[str, Any]

_ARTICLE = re.compile(r"(?:\w*NewsArticle|Article|\w*BlogPosting|Report|\w+Article)")
_WRAPPING = re.compile(
    r"^\s*(?:<!--|(?://|/\*)?\s*<!\[CDATA\[(?:\s*\*/)?)|(?:-->|(?://|/\*)?\s*\]\]>(?:\s*\*/)?)\s*$"
)
_BROKEN = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)
"""Texts, which stay as they are; and comments and commas too many, which JSON does not allow."""
_CODE = re.compile(r"[\da-f]{8}-[\da-f-]{20,}|[^:]+:.*|[^/]+/.*|\w+_\w+|.{60,}|(?:\S+\s+){6,}\S+")
"""Keywords that are for machines: ids, ``Page Type: Article``, all words of a page as one."""
_COMMA = re.compile(r"\s*[,;]\s*")
_DEEPEST = 8
"""Levels of nested items and lists that are read; JSON may nest deeper than Python recurses."""
_ATTRIBUTES = ("content", "datetime", "href", "src", "value")
"""Attributes that hold the microdata value of some elements (WHATWG HTML §5.2.4)."""


def json_ld(root: HtmlElement) -> tuple[list[Item], list[str]]:
    """Return the items of a page's JSON-LD, with the items of ``@graph`` and ``mainEntity``.

    The second list says why some JSON-LD cannot be read.
    """
    items: list[Item] = []
    problems: list[str] = []
    for script in find(root, "//script[contains(@type, 'ld+json')]"):
        text = _WRAPPING.sub("", "".join(script.itertext()).strip()).rstrip().rstrip(";")
        try:
            items += _items(_parsed(text), 0) if text else ()
        except (ValueError, RecursionError) as error:
            problems.append(f"JSON-LD cannot be read: {error}")
    by_id = {
        item["@id"]: item for item in items if len(item) > 1 and isinstance(item.get("@id"), str)
    }
    return [
        {key: _resolved(value, by_id) for key, value in item.items()} for item in items
    ], problems


def _parsed(text: str) -> Any:
    """Read JSON, in which comments and commas too many are passed over."""
    try:
        return json.loads(text, strict=False)
    except ValueError:
        return json.loads(_BROKEN.sub(lambda match: match[1] or "", text), strict=False)


def _items(data: Any, depth: int) -> Iterator[Item]:
    if isinstance(data, list) and depth < _DEEPEST:
        for each in cast("list[Any]", data):
            yield from _items(each, depth + 1)
    elif isinstance(data, dict):
        item = cast("Item", data)
        yield item
        if depth < _DEEPEST:
            for key in ("@graph", "mainEntity"):
                yield from _items(item.get(key), depth + 1)


def _resolved(value: Any, by_id: dict[str, Item]) -> Any:
    """Return the item that a reference such as ``{"@id": "#writer"}`` stands for."""
    if isinstance(value, list):
        # An item may be long, and the references to it many, so it stands in a list once.
        values = cast("list[Any]", value)
        once = {_reference(each) or index: each for index, each in enumerate(values)}
        return [_resolved(each, by_id) for each in once.values()]
    return by_id.get(_reference(value), value)


def _reference(value: Any) -> str:
    """Return the id that a reference names; an empty text for anything else."""
    item = _item_of(value)
    return str(item["@id"]) if item.keys() == {"@id"} else ""


def microdata(root: HtmlElement) -> list[Item]:
    """Return the items of a page's microdata in the form that JSON-LD has."""
    return [_item(scope, 0) for scope in find(root, "//*[@itemscope and not(@itemprop)]")]


def _item(scope: HtmlElement, depth: int) -> Item:
    kind = scope.get("itemtype", "").strip().rstrip("/").rpartition("/")[2]
    item: Item = {"@type": kind}
    stack = list(scope)[::-1]
    while stack:
        element = stack.pop()
        nested = element.get("itemscope") is not None
        if names := element.get("itemprop", "").split():
            value = _item(element, depth + 1) if nested and depth < _DEEPEST else _value(element)
            for name in names:
                item.setdefault(name, []).append(value)
        if not nested:
            stack += list(element)[::-1]
    return item


def _value(element: HtmlElement) -> str:
    given = (element.get(name) for name in _ATTRIBUTES)
    return next((value for value in given if value is not None), text_of(element))


def put_article(article: Item, fields: FoundFields, source: str, base: str) -> None:
    """Put the fields of an article that people do not see better on the page itself."""
    fields.put("headline", text_at(article, "headline", "name"), source)
    for key, name in (("published", "datePublished"), ("updated", "dateModified")):
        for text in texts_at(article, name):
            fields.put_date(key, text, source)
    keywords = (word for text in texts_at(article, "keywords") for word in _COMMA.split(text))
    fields.put_texts("keywords", (word for word in keywords if not _CODE.fullmatch(word)), source)
    discussion = absolute(text_at(article, "discussionUrl"), base)
    comments: Item = {"url": discussion} if discussion else {}
    if re.fullmatch(r"[0-9]{1,9}", count := text_at(article, "commentCount")):
        comments["count"] = int(count)
    fields.put_value("comments", comments, source)


def article_of(items: list[Item], base: str) -> Item:
    """Return the article of the page: the one with its address, else the first."""
    articles = [item for item in items if any(map(_ARTICLE.fullmatch, _types(item)))]
    of_page = (item for item in articles if base and absolute(address_of(item), base) == base)
    return next(of_page, articles[0] if articles else {})


def text_at(item: Item, *keys: str) -> str:
    """Return the text of the first of several keys that has one."""
    return next(filter(None, (_text(item.get(key)) for key in keys)), "")


def texts_at(item: Item, key: str) -> list[str]:
    """Return the texts of a key."""
    return list(map(_text, _list(item.get(key))))


def _types(item: Item) -> list[str]:
    types = _list(item.get("@type"))
    return [name.rpartition("/")[2].rpartition(":")[2] for name in types if isinstance(name, str)]


def address_of(item: Item) -> str:
    """Return the address of an item as the page writes it."""
    for key in ("url", "mainEntityOfPage", "@id"):
        value = _first(item.get(key))
        value = _item_of(value).get("@id") if isinstance(value, dict) else value
        if isinstance(value, str) and not value.startswith("#"):
            return value
    return ""


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [] if value is None else [value]


def _first(value: Any) -> Any:
    return next(iter(_list(value)), None)


def _item_of(value: Any) -> Item:
    """Return an item; an empty one for any other value."""
    return cast("Item", value) if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    """Return the text of a value, or of the name of an item; the first of several."""
    for _ in range(_DEEPEST):
        if isinstance(value, list):
            value = _first(value)
        elif isinstance(value, dict):
            item = _item_of(value)
            keys = (key for key in ("name", "@value", "value", "text") if key in item)
            value = item.get(next(keys, ""))
        else:
            break
    return plain_text(str(value)) if isinstance(value, (str, int, float)) else ""


def writers(article: Item, base: str) -> tuple[list[Person], list[Person]]:
    """Return the people among the writers of an article, and all writers."""
    persons: dict[str, Person] = {}
    everyone: dict[str, Person] = {}
    for author in _list(article.get("author")) or _list(article.get("creator")):
        text, item = _text(author), _item_of(author)
        if not text or re.match(r"https?:", text):
            continue
        url = absolute(str(_first(item.get("url")) or ""), base)
        for name in [text] if item else people(text) or line_patterns.names(text):
            everyone[name] = {"name": name, "url": url} if url else name
            if not any("Organization" in kind for kind in _types(item)):
                persons[name] = everyone[name]
    return list(persons.values()), list(everyone.values())


def breadcrumbs(items: list[Item], article: Item) -> Iterator[list[tuple[str, str]]]:
    """Go through the breadcrumbs of a page: names and addresses."""
    lists = [item for item in items if "BreadcrumbList" in _types(item)]
    for each in (*lists, *map(_item_of, _list(article.get("breadcrumb")))):
        crumbs = sorted(map(_crumb, _list(each.get("itemListElement"))), key=itemgetter(0))
        yield [(name, address) for _, name, address in crumbs if name]


def _crumb(value: Any) -> tuple[int, str, str]:
    """Return position, name and address of one crumb; the latter may be empty."""
    crumb = _item_of(value)
    link, position = _first(crumb.get("item")), _text(crumb.get("position"))
    name = text_at(crumb, "name") or text_at(_item_of(link), "name")
    address = link if isinstance(link, str) else address_of(_item_of(link))
    return int(position) if re.fullmatch(r"\d{1,4}", position) else 0, name, address


def image_of(article: Item) -> Item:
    """Return the lead image of an article, its address as the page writes it; it may be empty."""
    value = _first(article.get("image"))
    text = {key: _text(each) for key, each in _item_of(value).items()} or {"url": _text(value)}
    caption, credit = split_caption(text.get("caption", ""))
    image = {
        "url": text.get("url") or text.get("contentUrl", ""),
        "caption": caption,
        "credit": text.get("creditText") or credit,
        "alt": text.get("alt"),
        "width": pixels(text.get("width")),
        "height": pixels(text.get("height")),
    }
    return {key: value for key, value in image.items() if value} if image["url"] else {}


def pixels(text: str | None) -> int:
    """Return a width or a height; 0 when it is none."""
    match = re.fullmatch(r"([1-9][0-9]{0,5})(?:\.0+)?\s*(?:px)?", (text or "").strip())
    return int(match[1]) if match else 0
