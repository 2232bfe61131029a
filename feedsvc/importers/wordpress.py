"""Posts as the REST API of WordPress shows them in public."""

import html
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from feedsvc.config.source_settings import SourceSettings
from feedsvc.importers import payload
from feedsvc.importers.payload import line, lines, mapping, mappings, prose
from feedsvc.ingest.html import addresses
from feedsvc.model.pushed_article import PushedArticle
from feedsvc.model.text import plain_text

_CUT = re.compile(r"\s*(?:\[(?:…|\.\.\.)\]|…|\.\.\.)")
"""Stands where an excerpt that WordPress made of the text itself was cut; themes add links."""
_CATEGORY = "/category/"
"""Stands before the path of a category, where the site has no other word for it."""
_MOST_SECTIONS = 10
"""Sections of one record."""


class WordPress:
    """Reads posts.

    :param source: the site, with its map of sections.
    :param parse: reads dates that are not in the notation of ISO 8601.
    """

    def __init__(self, source: SourceSettings, parse: Callable[[str], datetime]) -> None:
        self._source = source
        self._parse = parse

    def article(self, post: Mapping[str, Any]) -> PushedArticle:
        """Return the article of a post; its withdrawal where it needs a password.

        :raises RefusedError: it is none.
        """
        post_id = payload.identity(identity(post), "/id")
        revised = self._moment(post, "modified_gmt")
        content = mapping(post.get("content"))
        if content.get("protected") is not False or line(post.get("status")) != "publish":
            return PushedArticle(id=post_id, act="unpublish", revised=revised)
        categories = self._categories(post)
        sections = [*categories][:_MOST_SECTIONS]
        published = self._moment(post, "date_gmt")
        text = prose(content.get("rendered"))
        return PushedArticle(
            id=post_id,
            revised=revised,
            values={
                "guid": html.unescape(_rendered(post, "guid")) or None,
                "headline": plain_text(_rendered(post, "title")),
                "summary": _summary(_rendered(post, "excerpt"), text),
                "byline": lines(it.get("name") for it in _embedded(post, "author")) or None,
                "published": published.isoformat(timespec="seconds") if published else None,
                "section": sections[0] if sections else None,
                "sections": sections if len(sections) > 1 else None,
                "keywords": lines(_name(it) for it in _terms(post, "post_tag")) or None,
                "image": self._image(post),
                "url": line(post.get("link")) or None,
                "body": None,
                "body_html": text or None,
            },
            codes=categories[sections[0]] if sections else (),
        )

    def _categories(self, post: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        """Return the codes of categories by their sections, without sections above another one."""
        named: dict[str, tuple[str, ...]] = {}
        for codes in filter(None, map(self._codes, _terms(post, "category"))):
            named.setdefault(self._source.section(codes, codes[0]), codes)
        above = {it for it in named if any(other.startswith(f"{it}/") for other in named)}
        return {section: codes for section, codes in named.items() if section not in above}

    def _codes(self, category: Mapping[str, Any]) -> tuple[str, ...]:
        """Return a category's path, its own part of that, and its name.

        The path is the end of its address, behind the word that the site has before all of them.
        """
        slug = unquote(line(category.get("slug")))
        home = addresses.path(self._source.url)
        address = addresses.path(line(category.get("link"))).removeprefix(home).strip("/")
        _, word, path = f"/{address}".partition(_CATEGORY)
        path = path if word else address.partition("/")[2]
        whole = path if path.rpartition("/")[2] == slug else slug
        return tuple(filter(None, dict.fromkeys((whole, slug, _name(category)))))

    def _moment(self, post: Mapping[str, Any], key: str) -> datetime | None:
        return payload.moment(post.get(key), f"/{key}", self._parse)

    def _image(self, post: Mapping[str, Any]) -> dict[str, str] | None:
        """Return the featured picture; None where the site shows none."""
        picture = next(iter(_embedded(post, "wp:featuredmedia")), mapping(None))
        url = line(picture.get("source_url"))
        if not url:
            return None
        caption = plain_text(_rendered(picture, "caption"))
        caption, credit = payload.without_credit(caption, self._source.credit)
        words = {"caption": caption, "credit": credit, "alt": line(picture.get("alt_text"))}
        return {"url": url, **{key: text for key, text in words.items() if text}}


def identity(post: Mapping[str, Any]) -> str:
    """Return the number of a post as a text; empty where there is none."""
    number = post.get("id")
    return str(number) if type(number) is int and number > 0 else ""


def _rendered(given: Mapping[str, Any], key: str) -> str:
    return prose(mapping(given.get(key)).get("rendered"))


def _embedded(post: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    return mappings(mapping(post.get("_embedded")).get(key))


def _terms(post: Mapping[str, Any], taxonomy: str) -> list[Mapping[str, Any]]:
    """Return the categories or the tags of a post: each taxonomy has a list of its own."""
    groups = payload.items(mapping(post.get("_embedded")).get("wp:term"))
    return [it for group in groups for it in mappings(group) if it.get("taxonomy") == taxonomy]


def _name(term: Mapping[str, Any]) -> str:
    return html.unescape(line(term.get("name")))


def _summary(excerpt: str, text: str) -> str | None:
    """Return an excerpt that a person wrote; None for one that WordPress cut from the text."""
    summary = plain_text(excerpt)
    beginning = _CUT.split(summary)[0]
    return None if plain_text(text).startswith(beginning) else summary
