"""What nobody would see, because something else is at its address: pages, and redirects."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from feedsvc.config.toml_reader import TomlReader
from feedsvc.errors import Problem, did_you_mean
from feedsvc.ingest import files
from feedsvc.ingest.article_file import ReadFile, problem_in, read
from feedsvc.ingest.media import Library
from feedsvc.model.feed import FORMATS_BY_FILE
from feedsvc.model.paths import GUESSES, SINGLE_PAGES, ancestors, in_newsroom

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from feedsvc.config.settings import Config
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
            yield Problem(in_newsroom(article.path), 1, 1, "slug", told)


def _said(article: Article, sections: set[str], owner: str) -> str:
    """Return what is at an article's address; nothing where that is its page."""
    section, slug = article.section, article.slug
    if slug in FORMATS_BY_FILE or slug in GUESSES:
        return "is how the address of a feed ends"
    if not section and slug in SINGLE_PAGES:
        return "is an address that feedsvc needs for itself"
    if f"{section}/{slug}".lstrip("/") in sections:
        return "is a section, too"
    return (
        "" if owner == article.path else f"is the slug of {in_newsroom(owner)} in the same section"
    )


def hidden(articles: Iterable[Article], config: Config) -> list[Problem]:
    """Return the problems of redirects that begin where there is a page of today.

    :param articles: all of the newsroom.
    """
    articles = list(articles)
    pages = {
        f"{article.section}/{article.slug}".lstrip("/"): f"the page of {in_newsroom(article.path)}"
        for article in articles
        if config.pages and article.has_page
    }
    pages |= dict.fromkeys(_sections(articles, config), "the page of a section")
    reader = TomlReader(config.file.name, config.file.read_text("utf-8-sig"))
    for number, redirect in enumerate(config.redirects.rules, 1):
        pattern = redirect.pattern
        page = pages.get("/".join(part.before for part in pattern.parts))
        if page and not pattern.names:
            said = f'"{pattern.text}" is {page}, which no redirect can hide; take it out'
            reader.report(f"redirects#{number}", "from", said)
    return reader.problems


def _sections(articles: Iterable[Article], config: Config) -> set[str]:
    return {above for it in articles for above in ancestors(it.section)} | {*config.sections}


def duplicate(path: str, own: str, owner: str) -> Problem:
    """Return the problem of two files with one id."""
    said = f'"{own}" is already the id of {in_newsroom(owner)}; give one of the two another id'
    return problem_in(path, "id", said)


def misnamed(folder: str) -> Problem:
    """Return the note of a folder, below ``articles/``, with a name that ends like a record's."""
    said = (
        "is a folder, though its name ends like a record's; the records in it are published, "
        "but give it another name"
    )
    return problem_in(folder, "", said, note=True)


def check(config: Config, paths: Sequence[str], now: datetime) -> list[Problem]:
    """Read files without publishing them; return everything that is wrong or worth a note.

    :param paths: of records, below ``articles/``.
    """
    library = Library(config.root)
    chosen = [read(config, library, path) for path in paths]
    rest = sorted(set(files.walk(config.articles)) - set(paths))
    others = [read(config, library, path) for path in rest]
    problems = [problem for found in chosen for problem in found.problems]
    folders = {folder.as_posix() for path in paths for folder in PurePosixPath(path).parents}
    problems += [misnamed(folder) for folder in folders if files.is_record(folder)]
    published = [it.article for it in (*others, *chosen) if it.article]
    problems += taken(published, {*paths}, config)
    if not rest:
        problems += hidden(published, config)
    return sorted([*problems, *compare(chosen, others, now)])


def compare(
    readings: Iterable[ReadFile], others: Iterable[ReadFile], now: datetime
) -> list[Problem]:
    """Return what is wrong between files: ids given twice, related stories that are not there.

    :param others: further files of the newsroom, which are not looked at themselves.
    """
    readings, problems = list(readings), list[Problem]()
    looked_at = {reading.path for reading in readings}
    known: dict[str, ReadFile] = {}
    owners: dict[str, str] = {}
    for reading in [*others, *readings]:
        own = reading.article.id if reading.article else ""
        if own and owners.setdefault(own, reading.path) != reading.path in looked_at:
            problems.append(duplicate(reading.path, own, owners[own]))
        for name in {own, reading.path.rpartition(".")[0]} - {""}:
            known.setdefault(name, reading)
    for reading in readings:
        for story in reading.article.related if reading.article else ():
            if story.ref:
                problems.extend(_unpublished(reading.path, story.ref, known, now))
    return problems


def _unpublished(
    path: str, ref: str, known: dict[str, ReadFile], now: datetime
) -> Iterable[Problem]:
    found = known.get(ref)
    if found is None:
        said = (
            f'there is no article "{ref}"; it is left out of the feeds.{did_you_mean(ref, known)}'
        )
    elif found.article and found.article.usable(now):
        return
    elif found.article and found.article.status == "usable" and found.article.released > now:
        day = f"{found.article.released:%Y-%m-%d %H:%M} UTC"
        said = f'"{ref}" is not published before {day}; until then it is left out of the feeds'
    else:
        said = f'"{ref}" is not published; it is left out of the feeds'
    yield problem_in(path, "related", said, note=True)
