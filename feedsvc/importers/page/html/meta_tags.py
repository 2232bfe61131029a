"""What the head of a page says: OpenGraph, meta elements, the canonical address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from feedsvc.importers.page.found_fields import plain, same
from feedsvc.importers.page.html.structured_data import addressed, pixels
from feedsvc.importers.page.html.tree import Element, absolute, find, first, inner
from feedsvc.importers.page.line_patterns import names

if TYPE_CHECKING:
    from feedsvc.importers.page.found_fields import FoundFields

_TEXTS = {
    "headline": ("og:title", "twitter:title", "dc.title", "parsely-title"),
    "summary": ("og:description", "description", "twitter:description", "dc.description"),
    "language": ("og:locale", "language", "content-language", "dc.language"),
}
_SECTIONS = ("article:section", "parsely-section")
_DATES = {
    "published": (
        "article:published_time", "og:article:published_time", "datepublished", "publish-date",
        "pubdate", "parsely-pub-date", "dc.date.issued", "dcterms.created", "dc.date", "date",
    ),
    "updated": ("article:modified_time", "og:updated_time", "datemodified", "last-modified",
                "dcterms.modified"),
}  # fmt: skip
_LISTS = {"byline": ("article:author", "author", "parsely-author", "dc.creator"),
          "keywords": ("article:tag", "news_keywords", "keywords", "parsely-tags")}  # fmt: skip


class MetaTags:
    """The meta elements of a page by their names."""

    def __init__(self, root: Element) -> None:
        """Collect them; a name may stand more than once."""
        self._root = root
        self._all: dict[str, list[str]] = {}
        for element in find(root, "//meta[@content]"):
            name = element.get("property") or element.get("name") or element.get("http-equiv") or ""
            text = plain(element.get("content") or "")
            if text:
                self._all.setdefault(name.strip().lower(), []).append(text)

    def get(self, name: str) -> str:
        """Return the first text under a name."""
        return next(iter(self._all.get(name, ())), "")

    def address(self) -> tuple[str, str]:
        """Return the page's own address and where it was found."""
        canonical = first(self._root, "//link[@rel='canonical' and @href]")
        found = absolute(
            (canonical.get("href") or "") if canonical is not None else "", self._base()
        )
        if found:
            return found, "<link rel=canonical>"
        return absolute(self.get("og:url"), self._base()), "OpenGraph"

    def _base(self) -> str:
        base = first(self._root, "//base[@href]")
        return (
            absolute(base.get("href") or "", self.get("og:url"))
            if base is not None
            else self.get("og:url")
        )

    def base(self) -> str:
        """Return the address that relative links start from."""
        return self._base() or self.address()[0]

    def read(self, findings: FoundFields) -> dict[str, Any]:
        """Put what the head says; return the lead picture, which may be empty."""
        site = self.get("og:site_name")
        for key, known in _TEXTS.items():
            for name in known:
                findings.put(key, without_site(self.get(name), site), _source(name))
        for name in _SECTIONS:
            findings.put_section(re.split(r"\s*[/>]\s*", self.get(name)), _source(name))
        for key, known in _DATES.items():
            for name in known:
                findings.put_date(key, self.get(name), _source(name))
        for key, known in _LISTS.items():
            for name in known:
                findings.put_texts(key, self._texts(key, name), _source(name))
        return self._image()

    def _texts(self, key: str, name: str) -> list[str]:
        found = self._all.get(name, [])
        if key == "keywords":
            return [word for text in found for word in re.split(r"\s*[,;]\s*", text)]
        people = [text for text in found if not re.match(r"https?:|@", text)]
        return [each for text in people for each in names(text)]

    def _image(self) -> dict[str, Any]:
        url = self.get("og:image") or self.get("og:image:url") or self.get("og:image:secure_url")
        return addressed(
            url or self.get("twitter:image"),
            self.base(),
            alt=self.get("og:image:alt") or self.get("twitter:image:alt"),
            width=pixels(self.get("og:image:width")),
            height=pixels(self.get("og:image:height")),
        )

    def title(self) -> str:
        """Return the title of the window without the name of the site."""
        text = inner(first(self._root, "//title"))
        return without_site(text, self.get("og:site_name")) or text


def _source(name: str) -> str:
    return "OpenGraph" if name.startswith(("og:", "article:")) else "meta"


def without_site(text: str, site: str) -> str:
    """Return a title without the name of the site behind it."""
    parts = re.split(r"\s+[|·•–—-]\s+", text)
    last = parts[-1]
    if len(parts) > 1 and (same(last) == same(site) or (not site and f"| {last}" in text)):
        return text[: text.rfind(last)].rstrip(" |·•–—-")
    return text
