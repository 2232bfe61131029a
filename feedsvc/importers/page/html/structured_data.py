"""Read the data that a page has for machines as items of schema.org: JSON-LD, microdata, meta."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from operator import itemgetter
from typing import Any, NamedTuple, cast

from lxml.html import HtmlElement

from feedsvc.importers.page.found_fields import FoundFields, comparable, plain_text
from feedsvc.importers.page.html.captions import split_caption
from feedsvc.importers.page.html.tree import absolute, find, first, text_of
from feedsvc.importers.page.people import Writer, people, split_names
from feedsvc.importers.page.vocabulary import VOCABULARY

Item = dict[str, Any]

_ARTICLE = re.compile(r"(?:\w*NewsArticle|Article|\w*BlogPosting|Report|\w+Article)")
_WRAPPING = re.compile(
    r"^\s*(?:<!--|(?://|/\*)?\s*<!\[CDATA\[(?:\s*\*/)?)|(?:-->|(?://|/\*)?\s*\]\]>(?:\s*\*/)?)\s*$"
)
_BROKEN = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)
"""Texts, which stay as they are; and comments and commas too many, which JSON does not allow."""
_CODE = re.compile(r"[\da-f]{8}-[\da-f-]{20,}|[^:]+:.*|[^/]+/.*|\w+_\w+|.{60,}|(?:\S+\s+){6,}\S+")
"""Keywords that are for machines: ids, ``Page Type: Article``, all words of a page as one."""
_DEEPEST = 8
"""Levels of nested items and lists that are read; JSON may nest deeper than Python recurses."""


class Head(NamedTuple):
    """The head of a page: its own address with the source of that, and the base of links."""

    url: str
    source: str
    base: str
    title: str
    items: list[tuple[Item, str]]
    """An item for OpenGraph and one for other meta elements, with their sources."""


def read_head(root: HtmlElement) -> Head:
    """Return the head of a page."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for element in find(root, "//meta[@content]"):
        name = element.get("property") or element.get("name") or element.get("http-equiv", "")
        texts[name.strip().lower()] += filter(None, [plain_text(element.get("content", ""))])
    site, og_url = ("".join(texts[name][:1]) for name in ("og:site_name", "og:url"))
    image = {
        key: next((text for name in names for text in texts[name]), "")
        for key, names in VOCABULARY["meta_images"].items()
    }
    graph: Item = {"publisher": site, "image": image}
    meta: Item = {"publisher": "".join(texts["application-name"][:1])}
    for key, names in VOCABULARY["meta_names"].items():
        for name in names:
            item = graph if name.startswith(("og:", "article:")) else meta
            # Several names for the writers or the keywords say the same again.
            if not (key in ("author", "keywords") and item.get(key)):
                given = [text for text in texts[name] if not re.match(r"https?:|@", text)]
                item.setdefault(key, []).extend(
                    _without_site(text, site) if key == "headline" else text for text in given
                )
    base = absolute(str(root.xpath("string(//base/@href)")), og_url) or og_url
    canonical = absolute(str(root.xpath("string(//link[@rel='canonical']/@href)")), base)
    url = canonical or absolute(og_url, base)
    title = _without_site(text_of(first(root, "//title")), site)
    source = "<link rel=canonical>" if canonical else "OpenGraph"
    return Head(url, source, base or url, title, [(graph, "OpenGraph"), (meta, "meta")])


def _without_site(text: str, site: str) -> str:
    """Return a title without the name of the site behind it."""
    last = re.split(r"\s+[|·•–—-]\s+", text)[-1]
    is_site = comparable(last) == comparable(site) or (not site and f"| {last}" in text)
    return text[: text.rfind(last)].rstrip(" |·•–—-") if is_site and last != text else text


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
    return [{key: _resolved(item[key], by_id) for key in item} for item in items], problems


def _parsed(text: str) -> Any:
    """Read JSON, in which comments and commas too many are passed over."""
    try:
        return json.loads(text, strict=False)
    except ValueError:
        return json.loads(_BROKEN.sub(lambda match: match[1] or "", text), strict=False)


def _items(data: Any, depth: int) -> Iterator[Item]:
    item = _item_of(data)
    if item:
        yield item
    parts = [item.get(key) for key in ("@graph", "mainEntity")] if item else _list(data)
    if item or isinstance(data, list):
        for each in parts if depth < _DEEPEST else ():
            yield from _items(each, depth + 1)


def _resolved(value: Any, by_id: dict[str, Item]) -> Any:
    """Return a value with the items that references such as ``{"@id": "#writer"}`` stand for."""
    items = [_item_of(each) for each in _list(value)]
    values = [
        by_id.get(str(item["@id"]), each) if item.keys() == {"@id"} else each
        for item, each in zip(items, _list(value), strict=True)
    ]
    # An item may be long, and the references to it many, so it stands in a list once.
    once = list({id(each): each for each in values}.values())
    return once if isinstance(value, list) else _first(once)


def microdata(root: HtmlElement) -> list[Item]:
    """Return the items of a page's microdata in the form that JSON-LD has."""
    items: dict[HtmlElement, Item] = {}
    for scope in find(root, "//*[@itemscope]"):
        items[scope] = {"@type": scope.get("itemtype", "").strip().rstrip("/").rpartition("/")[2]}
    for element in find(root, "//*[@itemscope]//*[@itemprop]"):
        scope = next(each for each in element.iterancestors() if each in items)
        value = items[element] if element in items else _value(element)
        for name in element.get("itemprop", "").split():
            items[scope].setdefault(name, []).append(value)
    return [item for scope, item in items.items() if scope.get("itemprop") is None]


def _value(element: HtmlElement) -> str:
    """Return the value of a property, which some elements have in an attribute (HTML §5.2.4)."""
    given = (element.get(name) for name in ("content", "datetime", "href", "src", "value"))
    return next((value for value in given if value is not None), text_of(element))


def put_article(article: Item, fields: FoundFields, source: str, base: str) -> None:
    """Put the fields of an article that people do not see better on the page itself."""
    fields.put("headline", text_at(article, "headline", "name"), source)
    for key, name in (("published", "datePublished"), ("updated", "dateModified")):
        for text in texts_at(article, name):
            fields.put_date(key, text, source)
    listed = texts_at(article, "keywords")
    keywords = (word for text in listed for word in re.split(r"\s*[,;]\s*", text))
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
    return next(of_page, _item_of(_first(articles)))


def text_at(item: Item, *keys: str) -> str:
    """Return the text of the first of several keys that has one."""
    return next(filter(None, (_text(item.get(key)) for key in keys)), "")


def texts_at(item: Item, key: str) -> list[str]:
    """Return the texts of a key."""
    return list(map(_text, _list(item.get(key))))


def _types(item: Item) -> list[str]:
    return [re.split("[/:]", str(name))[-1] for name in _list(item.get("@type"))]


def address_of(item: Item) -> str:
    """Return the address of an item as the page writes it."""
    values = (_first(item.get(key)) for key in ("url", "mainEntityOfPage", "@id"))
    addresses = (_item_of(value).get("@id", value) for value in values)
    return next((it for it in addresses if isinstance(it, str) and not it.startswith("#")), "")


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
        value = _first(value)
        if item := _item_of(value):
            keys = (key for key in ("name", "@value", "value", "text") if key in item)
            value = item.get(next(keys, ""))
    return plain_text(str(value)) if isinstance(value, (str, int, float)) else ""


def writers(article: Item, base: str) -> list[Writer]:
    """Return the writers of an article, each once."""
    listed: dict[str, Writer] = {}
    for author in _list(article.get("author")) or _list(article.get("creator")):
        text, item = _text(author), _item_of(author)
        url = absolute(str(_first(item.get("url")) or ""), base)
        is_person = not any("Organization" in kind for kind in _types(item))
        names = [text] if item else people(text) or split_names(text)
        for name in names if text and not re.match(r"https?:", text) else ():
            listed[name] = Writer(name, url, is_person)
    return list(listed.values())


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
