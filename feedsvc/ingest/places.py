"""What nobody would see, because something else is at its address: pages, and redirects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedsvc.errors import Problem
from feedsvc.model.feed import FORMS
from feedsvc.moving import GUESSES, SINGLE
from feedsvc.tables import Tables
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
    articles = list(articles)
    sections = _sections(articles, config)
    owners: dict[tuple[str, str], str] = {}
    for article in articles:
        if not (config.pages and article.has_page):
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


def hidden(articles: Iterable[Article], config: Config) -> list[Problem]:
    """Return the problems of redirects that begin where there is a page of today.

    :param articles: all of the newsroom.
    """
    articles = list(articles)
    pages = {
        f"{article.section}/{article.slug}".lstrip("/"): f"the page of articles/{article.path}"
        for article in articles
        if config.pages and article.has_page
    }
    pages |= dict.fromkeys(_sections(articles, config), "the page of a section")
    reader = Tables(config.file.name, config.file.read_text("utf-8-sig"), {})
    for number, redirect in enumerate(config.old.redirects, 1):
        pattern = redirect.pattern
        page = pages.get("/".join(part.before for part in pattern.parts))
        if page and not pattern.names:
            said = f'"{pattern.text}" is {page}, which no redirect can hide; take it out'
            reader.report(f"redirects#{number}", "from", said)
    return reader.problems


def _sections(articles: Iterable[Article], config: Config) -> set[str]:
    return {above for it in articles for above in ancestors(it.section)} | {*config.sections}
