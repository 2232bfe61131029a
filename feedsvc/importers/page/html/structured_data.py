"""What a page tells machines in the words of schema.org: JSON-LD and microdata."""

from __future__ import annotations

import json
import re
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin, urlsplit

from feedsvc.importers.page.found_fields import plain
from feedsvc.importers.page.html.tree import Element, absolute, find, inner
from feedsvc.importers.page.labelled_lines import sections
from feedsvc.importers.page.line_patterns import names, split_credit
from feedsvc.importers.page.vocabulary import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedsvc.importers.page.found_fields import FoundFields

    Item = dict[str, Any]

_ARTICLE = re.compile(r"(?:\w*NewsArticle|Article|\w*BlogPosting|Report|\w+Article)")
_DEEPEST = 8
_LINKS = {
    "a": "href",
    "link": "href",
    "area": "href",
    "time": "datetime",
    "data": "value",
    "meter": "value",
}
_SOURCES = word_set("audio embed iframe img source track video")


def json_ld(root: Element) -> list[Item]:
    """Return the items of a page's JSON-LD, those in ``@graph`` and ``mainEntity`` too."""
    found: list[Item] = []
    for script in find(root, "//script[contains(@type, 'ld+json')]"):
        text = "".join(script.itertext()).strip()
        text = re.sub(
            r"^\s*(?:<!--|/\*<!\[CDATA\[\*/|<!\[CDATA\[)|(?:-->|/\*\]\]>\*/|\]\]>)\s*$", "", text
        )
        try:
            data = json.loads(text.rstrip().rstrip(";"), strict=False)
        except (ValueError, RecursionError):
            continue
        found += _items(data, 0)
    known = {
        item["@id"]: item for item in found if len(item) > 1 and isinstance(item.get("@id"), str)
    }
    return [{key: _resolved(value, known) for key, value in item.items()} for item in found]


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


def _resolved(value: Any, known: dict[str, Item]) -> Any:
    """Put what a reference means in its place: ``{"@id": "#writer"}``."""
    whole: Any = value
    if isinstance(value, list):
        # What is referred to twice is read once: it may be long, and the references many.
        once = {
            _reference(each) or place: each for place, each in enumerate(cast("list[Any]", value))
        }
        return [_resolved(each, known) for each in once.values()]
    name = _reference(value)
    return known.get(name, whole) if name else whole


def _reference(value: Any) -> str:
    """Return what a reference names; empty for anything else."""
    item = cast("Item", value) if isinstance(value, dict) else {}
    return str(item["@id"]) if set(item) == {"@id"} else ""


def microdata(root: Element) -> list[Item]:
    """Return the items of a page's microdata in the form that JSON-LD has."""
    top = "//*[@itemscope and not(@itemprop)]"
    return [_item(scope, 0) for scope in find(root, top)]


def _item(scope: Element, depth: int) -> Item:
    kind = (scope.get("itemtype") or "").strip().rstrip("/").rpartition("/")[2]
    item: Item = {"@type": kind}
    stack = list(scope)[::-1]
    while stack:
        element = stack.pop()
        nested = element.get("itemscope") is not None
        if keys := (element.get("itemprop") or "").split():
            value = _item(element, depth + 1) if nested and depth < _DEEPEST else _value(element)
            for name in keys:
                item.setdefault(name, []).append(value)
        if not nested:
            stack += list(element)[::-1]
    return item


def _value(element: Element) -> str:
    content = element.get("content")
    if content is None and element.tag in _LINKS:
        content = element.get(_LINKS[element.tag])
    elif content is None and element.tag in _SOURCES:
        content = element.get("src") or ""
    return inner(element) if content is None else content


def read_schema(items: list[Item], findings: FoundFields, source: str, base: str) -> Item:
    """Put what the items tell; return the lead picture, which may be empty."""
    article = _article(items, base)
    base = base or absolute(_address(article), "")
    site = text_of(article.get("publisher")) or text_of(article.get("isPartOf"))
    findings.put("language", text_of(article.get("inLanguage")), source)
    if findings.fields.get("language"):
        findings.languages = (findings.fields["language"],)
    findings.put(
        "headline", text_of(article.get("headline")) or text_of(article.get("name")), source
    )
    findings.put("url", absolute(_address(article), base), source)
    findings.put("summary", text_of(article.get("description")), source)
    findings.put_any("byline", _byline(article, base), source)
    for key, name in (("published", "datePublished"), ("updated", "dateModified")):
        findings.put_date(key, text_of(article.get(name)), source)
    findings.put_texts("keywords", _keywords(article.get("keywords")), source)
    _section(items, article, findings, source, site)
    _comments(article, findings, source, base)
    return _image(article.get("image"), base)


def _article(items: list[Item], base: str) -> Item:
    """Return the article of the page: the one with its address, else the first."""
    found = [item for item in items if any(map(_ARTICLE.fullmatch, _types(item)))]
    own = (item for item in found if base and absolute(_address(item), base) == base)
    none: Item = {}
    return next(own, found[0] if found else none)


def _types(item: Item) -> list[str]:
    kinds = _list(item.get("@type"))
    return [kind.rpartition("/")[2].rpartition(":")[2] for kind in kinds if isinstance(kind, str)]


def _address(item: Item) -> str:
    for key in ("url", "mainEntityOfPage", "@id"):
        value: Any = next(iter(_list(item.get(key))), None)
        value = cast("Item", value).get("@id") if isinstance(value, dict) else value
        if isinstance(value, str) and not value.startswith("#"):
            return value
    return ""


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [] if value is None else [value]


def text_of(value: Any) -> str:
    """Return the text of a value, or of the name of an item; the first of several."""
    for _ in range(_DEEPEST):
        if isinstance(value, list):
            value = next(iter(cast("list[Any]", value)), None)
        elif isinstance(value, dict):
            item = cast("Item", value)
            value = next(
                (item[key] for key in ("name", "@value", "value", "text") if key in item), None
            )
        else:
            break
    return plain(str(value)) if isinstance(value, (str, int, float)) else ""


def _byline(article: Item, base: str) -> list[str | dict[str, str]]:
    found: dict[str, str | dict[str, str]] = {}
    for author in _list(article.get("author")) or _list(article.get("creator")):
        name = text_of(author)
        if re.match(r"https?:", name):
            continue
        url = ""
        if isinstance(author, dict):
            url = absolute(str(next(iter(_list(cast("Item", author).get("url"))), "")), base)
        for each in names(name) if not isinstance(author, dict) else filter(None, [name]):
            found[each] = {"name": each, "url": url} if url else each
    return list(found.values())


def _keywords(value: Any) -> list[str]:
    return [word for text in map(text_of, _list(value)) for word in re.split(r"\s*[,;]\s*", text)]


def _section(
    items: list[Item], article: Item, findings: FoundFields, source: str, site: str
) -> None:
    trails = [item for item in items if "BreadcrumbList" in _types(item)]
    trails += [each for each in _list(article.get("breadcrumb")) if isinstance(each, dict)]
    url, headline = findings.fields.get("url", ""), findings.fields.get("headline", "")
    for trail in trails:
        found = filter(None, map(_crumb, _list(trail.get("itemListElement"))))
        crumbs = sorted(found, key=itemgetter(0))
        named = [(name, address) for _, name, address in crumbs]
        if named and named[0][1] and urlsplit(urljoin(url, named[0][1])).path in ("", "/"):
            named = named[1:]
        findings.put_section(sections(named, headline, site, url), f"{source} breadcrumb")
    findings.put_section([text_of(article.get("articleSection"))], source)


def _crumb(value: Any) -> tuple[float, str, str] | None:
    """Return position, name and address of one crumb."""
    if not isinstance(value, dict):
        return None
    crumb = cast("Item", value)
    page: Any = next(iter(_list(crumb.get("item"))), None)
    name = text_of(crumb.get("name")) or (text_of(page) if isinstance(page, dict) else "")
    address = (
        cast("Item", page).get("@id") or cast("Item", page).get("url")
        if isinstance(page, dict)
        else page
    )
    position = text_of(crumb.get("position"))
    number = float(position) if re.fullmatch(r"\d{1,4}", position) else 0.0
    return (number, name, address if isinstance(address, str) else "") if name else None


def _comments(article: Item, findings: FoundFields, source: str, base: str) -> None:
    count = text_of(article.get("commentCount"))
    url = absolute(text_of(article.get("discussionUrl")), base)
    found: dict[str, Any] = {"url": url} if url else {}
    if re.fullmatch(r"[0-9]{1,9}", count):
        found["count"] = int(count)
    findings.put_any("comments", found, source)


def _image(value: Any, base: str) -> Item:
    """Return the first picture; others are most often the same one in other shapes."""
    image = next(iter(_list(value)), None)
    if not isinstance(image, dict):
        return addressed(text_of(image), base)
    item = cast("Item", image)
    caption, credit = split_credit(text_of(item.get("caption")))
    address = text_of(item.get("url")) or text_of(item.get("contentUrl"))
    more = {
        "caption": caption,
        "credit": text_of(item.get("creditText")) or credit,
        "width": pixels(text_of(item.get("width"))),
        "height": pixels(text_of(item.get("height"))),
    }
    return addressed(address, base, **more)


def addressed(address: str, base: str, **more: Any) -> Item:
    """Return a picture; nothing without an address.

    An address that cannot be made absolute is kept as ``address``, which no record has.
    """
    url = absolute(address, base)
    image = {"url": url, "address": "" if url else address, **more}
    return {key: value for key, value in image.items() if value} if address else {}


def pixels(text: str | None) -> int:
    """Return a width or a height; 0 when it is none."""
    match = re.fullmatch(r"([1-9][0-9]{0,5})(?:\.0+)?\s*(?:px)?", (text or "").strip())
    return int(match[1]) if match else 0
