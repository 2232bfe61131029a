"""Read the section of a page from its breadcrumbs."""

import re
from collections.abc import Sequence

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import Crumb, FoundFields, comparable, path_of
from feedsvc.importers.page.html.tree import absolute, find, first, has_name, line_of, text_of

_TRAILS = (
    "//*[self::nav or self::ol or self::ul or self::div or self::p or self::span or self::section]"
)
_BEFORE = " | ".join(f"{up}preceding-sibling::*[1]" for up in ("", "../", "../../"))
"""The element before a headline, or before one that begins with the headline."""
_LONGEST = 400
"""Characters of a breadcrumb."""


def read_breadcrumbs(
    root: HtmlElement,
    heading: HtmlElement | None,
    fields: FoundFields,
    base: str,
    site: Sequence[str],
) -> None:
    """Put the section of the breadcrumb that a page shows.

    It is called so, or stands directly above the headline and its links lead to the article.
    """
    nearest = heading if heading is None else first(heading, f"({_BEFORE})[last()]")
    above = [] if nearest is None else [nearest, *nearest[:1]]
    for element in find(root, _TRAILS):
        kinds = f"{element.get('itemtype', '')}{element.get('typeof', '')}"
        named = has_name(element, "breadcrumbs", element.get("aria-label", ""))
        named = named or "BreadcrumbList" in kinds
        text = line_of(element, _LONGEST) if named or element in above else ""
        if not text:
            continue
        links = [
            (text_of(link), absolute(href, base) or href)
            for link in find(element, ".//a[@href]")
            if not (href := link.get("href", "").strip()).startswith("#")
        ]
        names = line_patterns.crumbs(text)
        crumbs = links if named or _leads_to(fields.get("url"), links, text) else []
        if named and (len(names) > len(links) or not links):
            # The last crumb is often no link; it is the article itself, or the section.
            crumbs = [(name, dict(links).get(name, "")) for name in names or [text]]
        fields.put_breadcrumbs(crumbs, f"<{element.tag}> breadcrumb", site)


def _leads_to(url: str, links: Sequence[Crumb], text: str) -> bool:
    """Return whether links fill a line, and the path of each is a beginning of the page's path."""
    hosts = {_host(address) for _, address in (*links, ("", url))} - {""}
    paths = [f"{path_of(address).rstrip('/')}/" for _, address in links]
    # Without the page's address, each path is the beginning of the next.
    pages = [f"{path_of(url)}/"] * len(paths) if url else paths[1:]
    only_links = comparable(text) == comparable(" ".join(name for name, _ in links))
    nested = all(page.startswith(path) for page, path in zip(pages, paths, strict=False))
    return only_links and len(hosts) < 2 and bool(pages) and nested and paths[-1] != "/"


def _host(address: str) -> str:
    match = re.match(r"(?:[a-z]+:)?//(?:www\.)?([^/?#]*)", address, re.IGNORECASE)
    return match[1].lower() if match else ""
