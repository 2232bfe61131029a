"""Read the data that a page has for machines as items of schema.org: JSON-LD, microdata, meta."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, cast

from lxml.html import HtmlElement

from feedsvc.importers.page.html.images import Image, new_image, split_caption
from feedsvc.importers.page.page_fields import Crumb, PageFields, comparable
from feedsvc.importers.page.people import Person, Writers, people, split_names
from feedsvc.importers.page.tree import absolute, find, first, text_of
from feedsvc.importers.page.vocabulary import VOCABULARY, pattern
from feedsvc.ingest.html.body_images import pixels
from feedsvc.ingest.record import markup

_CODE = pattern("code")
_WRAPPING = pattern("around_json")
Item = dict[str, list[Any]]
"""An item: its values for each key are texts and items."""


def put_head(root: HtmlElement, page: PageFields) -> tuple[str, str, list[tuple[Item, str]]]:
    """Put the address of a page; return the base of its links, its title, and its meta items."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for element in find(root, "//meta[@content]"):
        name = element.get("property") or element.get("name") or element.get("http-equiv", "")
        text, _ = markup.without_html(element.get("content", ""))
        texts[name.strip().lower()] += [text] if text else []
    site, og_url = ("".join(texts[name][:1]) for name in ("og:site_name", "og:url"))
    images = VOCABULARY["meta_images"].items()
    image = {key: [text for name in names for text in texts[name]] for key, names in images}
    graph: Item = {"publisher": [site], "image": [image]}
    meta: Item = {"publisher": texts["application-name"]}
    for key, names in VOCABULARY["meta_names"].items():
        for name in names:
            item = graph if name.startswith(("og:", "article:")) else meta
            # Several names for the writers or the keywords say the same again.
            if not (key in ("author", "keywords") and item.get(key)):
                given = [text for text in texts[name] if not re.match(r"https?:|@", text)]
                titles = [without_site(text, site) for text in given]
                item.setdefault(key, []).extend(titles if key == "headline" else given)
    base = absolute(str(root.xpath("string(//base/@href)")), og_url) or og_url
    canonical = absolute(str(root.xpath("string(//link[@rel='canonical']/@href)")), base)
    page.put("url", canonical, "<link rel=canonical>")
    page.put("url", absolute(og_url, base), "OpenGraph")
    title = without_site(text_of(first(root, "//title")), site)
    return base or page.get("url"), title, [(graph, "OpenGraph"), (meta, "meta")]


def without_site(text: str, site: str) -> str:
    """Return a title without the name of the site behind it, which has fewer words."""
    last = re.split(r"\s+[|·•–—-]\s+", text)[-1]
    is_short = f"| {last}" in text and len(last.split()) <= len(text.split()) / 2
    is_site = is_short if not site else comparable(last) == comparable(site)
    return text[: text.rfind(last)].rstrip(" |·•–—-") if is_site and last != text else text


def json_ld(root: HtmlElement, page: PageFields) -> list[Item]:
    """Return the items of a page's JSON-LD; note why some of it cannot be read."""
    items: list[Item] = []
    for script in find(root, "//script[contains(@type, 'ld+json')]"):
        text = _WRAPPING.sub("", "".join(script.itertext()).strip()).rstrip().rstrip(";")
        try:
            text = pattern("broken_json").sub(lambda match: match[1] or "", text)
            data = json.loads(text or "[]", strict=False, object_hook=_item)
            items += _items(_values(data))
        except (ValueError, RecursionError) as error:
            page.add_note("headline", f"JSON-LD cannot be read: {error}")
    by_id = {str(item["@id"][0]): item for item in items if len(item) > 1 and item.get("@id")}
    for item in items:
        for key, values in item.items():
            # An item may be long, and the references to it many, so it stands in a list once.
            items_of = [*map(_item_of, values)]
            ids = [text_at(each, "@id") if each.keys() == {"@id"} else "" for each in items_of]
            resolved = [by_id.get(name, value) for name, value in zip(ids, values, strict=True)]
            item[key] = list({id(value): value for value in resolved}.values())
    return items


def _item(data: dict[str, Any]) -> Item:
    return {key: _values(value) for key, value in data.items()}


def _values(data: Any) -> list[Any]:
    """Return one or several texts, numbers or items as one list of texts and items."""
    if isinstance(data, list):
        return [value for part in cast("list[Any]", data) for value in _values(part)]
    return [] if data is None else [data if isinstance(data, str | dict) else str(data)]


def _items(values: list[Any]) -> Iterator[Item]:
    """Go through items, and the items of their ``@graph`` and ``mainEntity``."""
    for item in filter(None, map(_item_of, values)):
        yield item
        yield from _items([*item.get("@graph", ()), *item.get("mainEntity", ())])


def microdata(root: HtmlElement) -> list[Item]:
    """Return the items of a page's microdata in the form that JSON-LD has."""
    items: dict[HtmlElement, Item] = {}
    for scope in find(root, "//*[@itemscope]"):
        items[scope] = {"@type": [scope.get("itemtype", "").strip().rstrip("/")]}
    for element in find(root, "//*[@itemscope]//*[@itemprop]"):
        scope = next(each for each in element.iterancestors() if each in items)
        # Some elements have their value in an attribute (HTML §5.2.4).
        given = map(element.get, ("content", "datetime", "href", "src", "value"))
        text = next((value for value in given if value is not None), None)
        value = items.get(element, text_of(element) if text is None else text)
        for name in element.get("itemprop", "").split():
            items[scope].setdefault(name, []).append(value)
    return [item for scope, item in items.items() if scope.get("itemprop") is None]


def put_article(article: Item, page: PageFields, source: str, base: str) -> None:
    """Put the fields of an article that people do not see better on the page itself."""
    page.put("headline", text_at(article, "headline"), source)
    for key, name in (("published", "datePublished"), ("updated", "dateModified")):
        for text in texts_at(article, name):
            page.put_date(key, text, source)
    keywords = re.split(r"\s*[,;]\s*", ",".join(texts_at(article, "keywords")))
    page.put_texts("keywords", (word for word in keywords if not _CODE.fullmatch(word)), source)
    discussion = absolute(text_at(article, "discussionUrl"), base)
    comments: dict[str, Any] = {"url": discussion} if discussion else {}
    if re.fullmatch(r"[0-9]{1,9}", count := text_at(article, "commentCount")):
        comments["count"] = int(count)
    page.put_value("comments", comments, source)


def article_of(items: list[Item], base: str) -> Item:
    """Return the article of the page: the one with its address, else the first."""
    articles = [item for item in items if any(map(pattern("article_type").fullmatch, _types(item)))]
    of_page = (item for item in articles if base and absolute(address_of(item), base) == base)
    return next(of_page, articles[0] if articles else {})


def texts_at(item: Item, *keys: str) -> list[str]:
    """Return the texts of keys; of an item, its name."""
    return list(filter(None, (_text(value) for key in keys for value in item.get(key, ()))))


def _text(value: Any) -> str:
    for _ in range(8):  # an item may stand in itself
        if isinstance(value, str):
            return markup.without_html(value)[0]
        keys = (key for key in ("name", "@value", "value", "text") if value.get(key))
        value = value.get(next(keys, ""), [""])[0]
    return ""


def text_at(item: Item, *keys: str) -> str:
    """Return the text of the first of several keys that has one."""
    return next(iter(texts_at(item, *keys)), "")


def _item_of(value: Any) -> Item:
    return cast("Item", value) if isinstance(value, dict) else {}


def _types(item: Item) -> list[str]:
    return [re.split("[/:]", str(name))[-1] for name in item.get("@type", ())]


def address_of(item: Item) -> str:
    """Return the address of an item as the page writes it."""
    values = (it for key in ("url", "mainEntityOfPage", "@id") for it in item.get(key, ())[:1])
    addresses = (it if isinstance(it, str) else "".join(it.get("@id", ())[:1]) for it in values)
    return next((address for address in addresses if not address.startswith("#")), "")


def writers(article: Item, base: str) -> Writers:
    """Return the writers of an article."""
    persons, listed = dict[str, Person](), dict[str, Person]()
    for author in article.get("author") or article.get("creator", ()):
        item, text = _item_of(author), _text(author)
        url = absolute("".join(texts_at(item, "url")[:1]), base)
        is_person = not any("Organization" in kind for kind in _types(item))
        names = [text] if item else people(text) or split_names(text)
        for name in names if text and not re.match(r"https?:", text) else ():
            listed[name] = {"name": name, "url": url} if url else name
            for each in people(name) if is_person else ():
                persons[each] = {"name": each, "url": url} if url else each
    return persons, listed


def breadcrumbs(items: list[Item], article: Item) -> Iterator[list[Crumb]]:
    """Go through the breadcrumbs of a page."""
    lists = [item for item in items if "BreadcrumbList" in _types(item)]
    for each in (*lists, *map(_item_of, article.get("breadcrumb", ()))):
        crumbs = map(_item_of, each.get("itemListElement", ()))
        trail: list[Crumb] = []
        for crumb in sorted(crumbs, key=lambda it: pixels(text_at(it, "position")) or 0):
            link = next(iter(crumb.get("item", ())), "")
            name = text_at(crumb, "name") or text_at(_item_of(link), "name")
            trail.append((name, link if isinstance(link, str) else address_of(link)))
        yield trail


def image_of(article: Item, base: str) -> Image:
    """Return the lead image of an article; it may be empty."""
    value = next(iter(article.get("image", ())), "")
    item = _item_of(value) or {"url": [value]}
    caption, credit = split_caption(text_at(item, "caption"))
    words = {"caption": caption, "credit": text_at(item, "creditText") or credit}
    words["alt"], address = text_at(item, "alt"), text_at(item, "url", "contentUrl")
    width, height = text_at(item, "width"), text_at(item, "height")
    return new_image(address, base, words, width, height) if address else {}
