"""Read the schema.org data of a page: JSON-LD and microdata."""

import json
import re
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields, plain_text
from feedsvc.importers.page.html.tree import absolute, find, text_of

Item = dict[str, Any]

_ARTICLE = re.compile(r"(?:\w*NewsArticle|Article|\w*BlogPosting|Report|\w+Article)")
_WRAPPING = re.compile(r"^\s*(?:<!--|/\*<!\[CDATA\[\*/|<!\[CDATA\[)|(?:-->|/\*\]\]>\*/|\]\]>)\s*$")
_DEEPEST = 8
"""Levels of nested items and lists that are read; JSON may nest deeper than Python recurses."""
_ATTRIBUTES = {
    **dict.fromkeys(("a", "link", "area"), "href"),
    **dict.fromkeys(("audio", "embed", "iframe", "img", "source", "track", "video"), "src"),
    **dict.fromkeys(("data", "meter"), "value"),
    "time": "datetime",
}
"""Elements whose microdata value is an attribute (WHATWG HTML §5.2.4), with the attribute."""


def json_ld(root: HtmlElement) -> list[Item]:
    """Return the items of a page's JSON-LD, with the items of ``@graph`` and ``mainEntity``."""
    items: list[Item] = []
    for script in find(root, "//script[contains(@type, 'ld+json')]"):
        text = _WRAPPING.sub("", "".join(script.itertext()).strip())
        try:
            data = json.loads(text.rstrip().rstrip(";"), strict=False)
        except (ValueError, RecursionError):
            continue
        items += _items(data, 0)
    by_id = {
        item["@id"]: item for item in items if len(item) > 1 and isinstance(item.get("@id"), str)
    }
    return [{key: _resolved(value, by_id) for key, value in item.items()} for item in items]


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
    attribute = _ATTRIBUTES.get(str(element.tag), "content")
    value = element.get("content", element.get(attribute))
    # The text within an element that has a source is for browsers that cannot show it.
    text = "" if attribute == "src" else text_of(element)
    return text if value is None else value


def read_structured_data(items: list[Item], fields: FoundFields, source: str, base: str) -> Item:
    """Put the fields of the article among the items; return its lead image, which may be empty."""
    article = _article(items, base)
    text = {key: _text(value) for key, value in article.items()}
    address = _address(article)
    base = base or absolute(address, "")
    fields.put("language", text.get("inLanguage"), source)
    if fields.get("language"):
        fields.languages = (fields.get("language"),)
    fields.put("headline", text.get("headline") or text.get("name"), source)
    fields.put("url", absolute(address, base), source)
    fields.put("summary", text.get("description"), source)
    fields.put_value("byline", _byline(article, base), source)
    fields.put_date("published", text.get("datePublished", ""), source)
    fields.put_date("updated", text.get("dateModified", ""), source)
    fields.put_texts("keywords", split_keywords(map(_text, _list(article.get("keywords")))), source)
    for crumbs in _breadcrumbs(items, article, fields.get("url")):
        site = text.get("publisher") or text.get("isPartOf", "")
        fields.put_breadcrumbs(crumbs, f"{source} breadcrumb", site)
    fields.put_section([text.get("articleSection", "")], source)
    comments: Item = {}
    if discussion := absolute(text.get("discussionUrl", ""), base):
        comments["url"] = discussion
    if re.fullmatch(r"[0-9]{1,9}", text.get("commentCount", "")):
        comments["count"] = int(text["commentCount"])
    fields.put_value("comments", comments, source)
    return _image(_first(article.get("image")))


def _article(items: list[Item], base: str) -> Item:
    """Return the article of the page: the one with its address, else the first."""
    articles = [item for item in items if any(map(_ARTICLE.fullmatch, _types(item)))]
    of_page = (item for item in articles if base and absolute(_address(item), base) == base)
    return next(of_page, articles[0] if articles else {})


def _types(item: Item) -> list[str]:
    types = _list(item.get("@type"))
    return [name.rpartition("/")[2].rpartition(":")[2] for name in types if isinstance(name, str)]


def _address(item: Item) -> str:
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


def _byline(article: Item, base: str) -> list[str | dict[str, str]]:
    people: dict[str, str | dict[str, str]] = {}
    for author in _list(article.get("author")) or _list(article.get("creator")):
        text = _text(author)
        if re.match(r"https?:", text):
            continue
        is_item = isinstance(author, dict)
        url = absolute(str(_first(_item_of(author).get("url")) or ""), base)
        for name in filter(None, [text]) if is_item else line_patterns.names(text):
            people[name] = {"name": name, "url": url} if url else name
    return list(people.values())


def split_keywords(texts: Iterable[str]) -> list[str]:
    """Return the keywords of texts that have commas or semicolons between them."""
    return [word for text in texts for word in re.split(r"\s*[,;]\s*", text)]


def _breadcrumbs(items: list[Item], article: Item, url: str) -> Iterator[list[tuple[str, str]]]:
    """Go through the breadcrumbs of a page: names and addresses, without the site's root."""
    lists = [item for item in items if "BreadcrumbList" in _types(item)]
    lists += map(_item_of, _list(article.get("breadcrumb")))
    for each in lists:
        crumbs = sorted(map(_crumb, _list(each.get("itemListElement"))), key=itemgetter(0))
        named = [(name, address) for _, name, address in crumbs if name]
        if named and named[0][1] and urlsplit(urljoin(url, named[0][1])).path in ("", "/"):
            named = named[1:]
        yield named


def _crumb(value: Any) -> tuple[float, str, str]:
    """Return position, name and address of one crumb; the latter may be empty."""
    crumb = _item_of(value)
    link = _first(crumb.get("item"))
    page = _item_of(link)
    address = (page.get("@id") or page.get("url")) if page else link
    position = _text(crumb.get("position"))
    return (
        float(position) if re.fullmatch(r"\d{1,4}", position) else 0.0,
        _text(crumb.get("name")) or _text(page),
        address if isinstance(address, str) else "",
    )


def _image(value: Any) -> Item:
    if not isinstance(value, dict):
        return image_at(_text(value))
    text = {key: _text(each) for key, each in _item_of(value).items()}
    caption, credit = line_patterns.split_credit(text.get("caption", ""))
    return image_at(
        text.get("url") or text.get("contentUrl", ""),
        caption=caption,
        credit=text.get("creditText") or credit,
        width=pixels(text.get("width")),
        height=pixels(text.get("height")),
    )


def image_at(address: str, **more: Any) -> Item:
    """Return an image, its address as the page writes it; an empty one without an address."""
    image = {"url": address, **more}
    return {key: value for key, value in image.items() if value} if address else {}


def pixels(text: str | None) -> int:
    """Return a width or a height; 0 when it is none."""
    match = re.fullmatch(r"([1-9][0-9]{0,5})(?:\.0+)?\s*(?:px)?", (text or "").strip())
    return int(match[1]) if match else 0
