"""Pages of articles that nobody would see, because something else is at their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedsvc.errors import Problem
from feedsvc.model.feed import FORMS
from feedsvc.moving import GUESSES, SINGLE
from feedsvc.urls import ancestors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from feedsvc.config import Config
    from feedsvc.model.article import Article


def taken(articles: Iterable[Article], paths: Collection[str], config: Config) -> Iterator[Problem]:
    """Yield a problem for each article whose page has no address of its own.

    :param articles: all of the newsroom; of two at one address the first has it.
    :param paths: the files, below ``articles/``, that are looked at.
    """
    if not config.pages:
        return
    articles = list(articles)
    sections = {above for it in articles for above in ancestors(it.section)} | {*config.sections}
    owners: dict[tuple[str, str], str] = {}
    for article in articles:
        if article.status != "usable" or article.url:
            continue
        owner = owners.setdefault((article.section, article.slug), article.path)
        said = _said(article, sections, owner)
        if said and article.path in paths:
            told = f'"{article.slug}" {said}, so nobody would see its page; choose another'
            yield Problem(f"articles/{article.path}", 1, 1, "slug", told)


def _said(article: Article, sections: set[str], owner: str) -> str:
    """Return what is at an article's address; nothing where that is its page."""
    section, slug = article.section, article.slug
    if slug in FORMS or slug in GUESSES:
        return "is how the address of a feed ends"
    if not section and slug in SINGLE:
        return "is an address that feedsvc needs for itself"
    if f"{section}/{slug}".lstrip("/") in sections:
        return "is a section, too"
    return "" if owner == article.path else f"is the slug of articles/{owner} in the same section"
