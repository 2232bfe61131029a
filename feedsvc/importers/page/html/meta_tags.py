"""Read the head of a page in the form that JSON-LD has: OpenGraph, meta elements, the title."""

import re
from collections import defaultdict
from typing import Any, NamedTuple

from lxml.html import HtmlElement

from feedsvc.importers.page.found_fields import comparable, plain_text
from feedsvc.importers.page.html.tree import absolute, find, first, text_of
from feedsvc.importers.page.vocabulary import VOCABULARY

_OF_FIRST_NAME = ("author", "keywords")
"""Keys that take the texts of one name of meta elements, since several say the same again."""


class Head(NamedTuple):
    """The head of a page: its own address with the source of that, and the base of links."""

    url: str
    source: str
    base: str
    title: str
    items: list[tuple[dict[str, Any], str]]
    """An item of schema.org for OpenGraph and one for other meta elements, with their sources."""


def read_head(root: HtmlElement) -> Head:
    """Return the head of a page."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for element in find(root, "//meta[@content]"):
        name = element.get("property") or element.get("name") or element.get("http-equiv", "")
        texts[name.strip().lower()] += filter(None, [plain_text(element.get("content", ""))])

    def get(*names: str) -> str:
        return next((text for name in names for text in texts[name]), "")

    site, og_url = get("og:site_name"), get("og:url")
    image = {key: get(*names) for key, names in VOCABULARY["meta_images"].items()}
    graph: dict[str, Any] = {"publisher": site, "image": image}
    meta: dict[str, Any] = {"publisher": get("application-name")}
    for key, names in VOCABULARY["meta_names"].items():
        for name in names:
            item = graph if name.startswith(("og:", "article:")) else meta
            if not (key in _OF_FIRST_NAME and item.get(key)):
                given = [text for text in texts[name] if not re.match(r"https?:|@", text)]
                item[key] = item.get(key, []) + [
                    _without_site(text, site) if key == "headline" else text for text in given
                ]
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
