"""Read the section of a page from its breadcrumbs."""

import re
from collections.abc import Sequence

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import Crumb, FoundFields, comparable, path_of
from feedsvc.importers.page.html.tree import absolute, find, has_name, line_of, text_of

_TRAILS = (
    "//*[self::nav or self::ol or self::ul or self::div or self::p or self::span or self::section]"
)
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
    above = _directly_above(heading)
    for element in find(root, _TRAILS):
        named = has_name(element, "breadcrumbs", element.get("aria-label", "")) or (
            "BreadcrumbList" in f"{element.get('itemtype', '')}{element.get('typeof', '')}"
        )
        if not (named or element in above):
            continue
        text = line_of(element, _LONGEST)
        if not text:
            continue
        links = [
            (text_of(link), absolute(href, base) or href)
            for link in find(element, ".//a[@href]")
            if not (href := link.get("href", "").strip()).startswith("#")
        ]
        names = [(name, "") for name in line_patterns.crumbs(text)]
        if named:
            # The last crumb is often no link; it is the article itself, or the section.
            crumbs = names if len(names) > len(links) else links or [(text, "")]
            known = dict(links)
            crumbs = [(name, address or known.get(name, "")) for name, address in crumbs]
        else:
            crumbs = links if _leads_to(fields.get("url"), links, text) else []
        fields.put_breadcrumbs(crumbs, f"<{element.tag}> breadcrumb", site)


def _directly_above(heading: HtmlElement | None) -> set[HtmlElement]:
    """Return the element before a headline, or before one that begins with the headline."""
    above: set[HtmlElement] = set()
    element = heading
    for _ in range(3):
        if element is None:
            break
        before = element.getprevious()
        if before is not None:
            above |= {before, *before[:1]}
            break
        element = element.getparent()
    return above


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
