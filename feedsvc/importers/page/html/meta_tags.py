"""Read the head of a page: OpenGraph, meta elements, the canonical address."""

import re
from collections import defaultdict
from typing import Any

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields, comparable, plain_text
from feedsvc.importers.page.html.bylines import people
from feedsvc.importers.page.html.structured_data import image_at, pixels, split_keywords
from feedsvc.importers.page.html.tree import absolute, find, first, text_of
from feedsvc.importers.page.vocabulary import VOCABULARY


class MetaTags:
    """The meta elements of a page by their names; several may have one name."""

    def __init__(self, root: HtmlElement) -> None:
        self._root = root
        self._texts: defaultdict[str, list[str]] = defaultdict(list)
        for element in find(root, "//meta[@content]"):
            name = element.get("property") or element.get("name") or element.get("http-equiv", "")
            text = plain_text(element.get("content", ""))
            if text:
                self._texts[name.strip().lower()].append(text)
        page_url = self.get("og:url")
        self._base = absolute(self._attribute("//base/@href"), page_url) or page_url

    def get(self, *names: str) -> str:
        """Return the first text under the first of several names that has one."""
        return next((self._texts[name][0] for name in names if name in self._texts), "")

    def address(self) -> tuple[str, str]:
        """Return the page's own address and its source."""
        canonical = absolute(self._attribute("//link[@rel='canonical']/@href"), self._base)
        if canonical:
            return canonical, "<link rel=canonical>"
        return absolute(self.get("og:url"), self._base), "OpenGraph"

    def base(self) -> str:
        """Return the address that relative links start from."""
        return self._base or self.address()[0]

    def _attribute(self, query: str) -> str:
        return str(self._root.xpath(f"string({query})"))

    def headlines(self) -> list[str]:
        """Return the headlines of the head, the most exact first."""
        site = self.get("og:site_name")
        given = [self.get(name) for name in VOCABULARY["meta_names"]["headline"]]
        return [text for each in given if (text := _without_site(each, site))]

    def read(self, fields: FoundFields, *keys: str) -> None:
        """Put the fields of the head for some of the keys of a record."""
        for key in keys:
            for name in VOCABULARY["meta_names"][key]:
                self._put(key, name, fields)

    def image(self) -> dict[str, Any]:
        """Return the lead image, which may be empty."""
        return image_at(
            self.get("og:image", "og:image:url", "og:image:secure_url", "twitter:image"),
            alt=self.get("og:image:alt", "twitter:image:alt"),
            width=pixels(self.get("og:image:width")),
            height=pixels(self.get("og:image:height")),
        )

    def writers(self) -> list[str]:
        """Return the names of the writers under the first name that has any."""
        known = (self._texts.get(name, []) for name in VOCABULARY["meta_names"]["byline"])
        listed = [[text for text in texts if not re.match(r"https?:|@", text)] for texts in known]
        texts = next((texts for texts in listed if texts), list[str]())
        return [name for text in texts for name in people(text) or line_patterns.names(text)]

    def descriptions(self) -> list[tuple[str, str]]:
        """Return the descriptions of the head, each with its source."""
        names = VOCABULARY["meta_names"]["summary"]
        return [(text, _source(name)) for name in names for text in self._texts.get(name, [])[:1]]

    def _put(self, key: str, name: str, fields: FoundFields) -> None:
        text, texts = self.get(name), self._texts.get(name, [])
        source = _source(name)
        if key in ("published", "updated"):
            fields.put_date(key, text, source)
        elif key == "section":
            fields.put_section(re.split(r"\s*[/>]\s*", text), source)
        elif key == "keywords":
            fields.put_texts(key, split_keywords(texts), source)
        else:
            fields.put(key, _without_site(text, self.get("og:site_name")), source)

    def title(self) -> str:
        """Return the title of the window without the name of the site."""
        text = text_of(first(self._root, "//title"))
        return _without_site(text, self.get("og:site_name")) or text


def _without_site(text: str, site: str) -> str:
    """Return a title without the name of the site behind it."""
    parts = re.split(r"\s+[|·•–—-]\s+", text)
    last = parts[-1]
    if len(parts) > 1 and (
        comparable(last) == comparable(site) or (not site and f"| {last}" in text)
    ):
        return text[: text.rfind(last)].rstrip(" |·•–—-")
    return text


def _source(name: str) -> str:
    return "OpenGraph" if name.startswith(("og:", "article:")) else "meta"
