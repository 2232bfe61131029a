"""Read an article from the HTML of a page: the most exact source of each field comes first."""

import re
from collections.abc import Sequence

from lxml.html import HtmlElement

from feedsvc.errors import PageError
from feedsvc.importers.page import tree
from feedsvc.importers.page.html import structured_data, visible_fields
from feedsvc.importers.page.html.body import read_body, take_related
from feedsvc.importers.page.html.images import put_images, take_images
from feedsvc.importers.page.html.layout import Layout, headline_of, read_layout
from feedsvc.importers.page.html.structured_data import text_at
from feedsvc.importers.page.markdown import escape, join
from feedsvc.importers.page.page_fields import PageFields, comparable
from feedsvc.importers.page.prose import other_language
from feedsvc.importers.page.tree import absolute, find, first, parse_html, text_of
from feedsvc.importers.page.vocabulary import pattern, query

_MAX_PARAGRAPHS = 20_000
"""A novel has half as many; trafilatura's time grows with the square of their number."""


def read_html(text: str) -> PageFields:
    """Return the fields of a page in HTML, none where it has no element."""
    page = PageFields()
    root = parse_html(text)
    if root is None:
        return page
    paragraphs = sum(1 for _ in root.iter("p", "div"))
    if paragraphs > _MAX_PARAGRAPHS:
        raise PageError(f"has {paragraphs:,} paragraphs; {_MAX_PARAGRAPHS:,} are the most")
    titles = find(root, query("linked_titles"))
    page.lists_stories = len(titles) >= 6 and not find(root, query("long_paragraphs"))
    stated = _StatedFields(root, page)
    for heading in root.iter("h1"):
        if comparable(name := text_of(heading)) in stated.site_names:
            heading.tag = "div"
            stated.title = structured_data.without_site(stated.title, name)
    tree.prepare(root)
    layout = read_layout(root, stated.headlines, stated.title)
    if layout.heading is not None:
        headlines = [*stated.headlines, stated.title]
        page.put("headline", headline_of(layout.heading, headlines), "<h1>")
    base = stated.base
    images = take_images(layout, base)
    stated.put(page, layout, [image.get("caption", "") for image in images])
    leads = [(structured_data.image_of(item, base), source) for item, source in stated.items]
    put_images(page, leads, images)
    for element in find(root, query("lines")):
        page.put_comments(text_of(element, 200), f"<{element.tag}>")
    take_related(layout, base, page)
    tree.separate_paragraphs(layout.part)
    read_body(layout, page, base)
    stated.put_text(page)
    return page


class _StatedFields:
    """The fields that a page gives for machines, put beside the ones that it shows."""

    def __init__(self, root: HtmlElement, page: PageFields) -> None:
        self.base, title, meta = structured_data.put_head(root, page)
        self._lists = [structured_data.json_ld(root, page), structured_data.microdata(root)]
        articles = [structured_data.article_of(items, self.base) for items in self._lists]
        self.items = [(articles[0], "JSON-LD"), (articles[1], "microdata"), *meta]
        """The article in each kind of data, the most exact first, with its source."""
        for article, source in self.items[:2]:
            self.base = self.base or absolute(structured_data.address_of(article), "")
            page.put("url", absolute(structured_data.address_of(article), self.base), source)
        languages = [(text_at(item, "inLanguage"), source) for item, source in self.items]
        languages.append((root.get("lang", "").strip(), "<html lang>"))
        for language, source in languages:
            page.put("language", language, source)
            # Meta elements are often the ones of another edition.
            if language and not page.languages and source not in ("OpenGraph", "meta"):
                page.languages = (language,)
        houses = (text_at(item, "publisher", "isPartOf") for item, _ in self.items)
        page.house = set(map(comparable, filter(None, houses)))
        self.title = title if comparable(title) not in page.house else ""
        for item, _ in self.items:  # the name of the site is no headline
            texts = structured_data.texts_at(item, "headline", "name")
            item["headline"] = [text for text in texts if comparable(text) not in page.house]
        self.headlines = [text for item, _ in self.items for text in item["headline"][:1]]
        self.site_names = set(page.house)
        for text in (*self.headlines, text_of(first(root, "//title"))):
            # A headline has more words than the name of the site beside it.
            parts = re.split(r"\s+[|·•–—-]\s+", text)
            longest = max(parts, key=lambda it: len(it.split()))
            self.site_names |= {comparable(part) for part in parts if part != longest}

    def put(self, page: PageFields, layout: Layout, captions: Sequence[str]) -> None:
        """Put the fields, and before each of them the one that people see."""
        # The date in microdata may be the day of the last change.
        for article, source in sorted(self.items, key=lambda it: it[1] == "microdata"):
            structured_data.put_article(article, page, source, self.base)
        page.put("headline", self.title, "<title>")
        self._put_summary(page, layout, captions)
        writers = [(structured_data.writers(it, self.base), source) for it, source in self.items]
        visible_fields.put_byline(page, layout, writers)
        visible_fields.put_dates(layout, page)
        day = pattern("day_of_address").search(page.get("url"))
        page.put_date("published", "-".join(day.groups()) if day else "", "the page's address")
        for items, (article, source) in zip(self._lists, self.items, strict=False):
            for crumbs in structured_data.breadcrumbs(items, article):
                page.put_breadcrumbs(crumbs, f"{source} breadcrumb")
        visible_fields.put_section(layout, page, self.base)
        for article, source in self.items:
            names = re.split(r"\s*[/>]\s*", text_at(article, "articleSection"))
            page.put_breadcrumbs([(name, "") for name in names], source)

    def _put_summary(self, page: PageFields, layout: Layout, captions: Sequence[str]) -> None:
        page.put("summary", *visible_fields.deck(layout, page.get("headline"), captions))
        for article, source in (*self.items[2:], *self.items[:2]):
            for text in structured_data.texts_at(article, "description"):
                if text.rstrip("] ").endswith(("…", "...")):
                    page.refuse("summary", f"{source}: the text is cut")
                elif comparable(text) in map(comparable, captions):
                    page.refuse("summary", f"{source}: it is the caption of an image")
                else:
                    page.put("summary", text, source)

    def put_text(self, page: PageFields) -> None:
        """Put the text in JSON-LD where the page itself shows none, and mend the language."""
        for item in self._lists[0]:
            lines = "\n".join(map(str, item.get("articleBody", ()))).splitlines()
            page.put_value("body", join(map(escape, lines)), "JSON-LD")
        stated = page.get("language")
        if language := other_language(page.get("body"), stated) if stated else "":
            page.fields["language"] = language
            page.sources["language"] = f"text, which is not in {stated}"
