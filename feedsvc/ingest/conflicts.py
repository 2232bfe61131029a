"""Conflicts between articles: two at one address or of one name, and links to missing ones."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from feedsvc.config.settings import Config
from feedsvc.config.toml_reader import TomlReader
from feedsvc.errors import Problem, did_you_mean
from feedsvc.ingest import files
from feedsvc.ingest.article_file import ReadFile
from feedsvc.ingest.files import problem_in
from feedsvc.model.article import Article
from feedsvc.model.feed import FORMATS_BY_FILE
from feedsvc.model.paths import GUESSES, SINGLE_PAGES, ancestors, in_newsroom, is_file_name


def unreachable_pages(
    articles: Iterable[Article], paths: Collection[str], config: Config
) -> Iterator[Problem]:
    """Yield a problem for each article whose page has no address of its own.

    :param articles: all of the newsroom; of two at one address the first has it.
    :param paths: the files to check, below ``articles/``.
    """
    articles = list(articles)
    sections = _sections(articles, config)
    owners: dict[tuple[str, str], str] = {}
    for article in articles:
        if not (config.pages and article.has_page):
            continue
        owner = owners.setdefault((article.section, article.slug), article.path)
        conflict = slug_conflict(article, sections, owner)
        if conflict and article.path in paths:
            yield slug_problem(article, conflict)


def slug_problem(article: Article, conflict: str) -> Problem:
    """Return the problem of an article whose page has no address of its own."""
    message = f'"{article.slug}" {conflict}, so nobody would see its page; choose another'
    return problem_in(article.path, "slug", message)


def slug_conflict(article: Article, sections: set[str], owner: str) -> str:
    """Return why an article's page cannot be at its address; empty if it can.

    :param owner: the file, below ``articles/``, of the first article with that address.
    """
    section, slug = article.section, article.slug
    if slug in FORMATS_BY_FILE or slug in GUESSES:
        return "is how the address of a feed ends"
    if not section and slug in SINGLE_PAGES:
        return "is an address that feedsvc needs for itself"
    if is_file_name(slug):
        return "is the name of a file of a static site"
    if f"{section}/{slug}".lstrip("/") in sections:
        return "is a section, too"
    if owner != article.path:
        return f"is the slug of {in_newsroom(owner)} in the same section"
    return ""


def hidden_redirects(articles: Iterable[Article], config: Config) -> list[Problem]:
    """Return the problems of redirects from addresses at which there is a page today.

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
    for position, redirect in enumerate(config.redirects, 1):
        pattern = redirect.pattern
        page = pages.get("/".join(part.before for part in pattern.parts))
        if page and not pattern.names:
            message = f'"{pattern.text}" is {page}, which no redirect can hide; take it out'
            reader.report(f"redirects#{position}", "from", message)
    return reader.problems


def _sections(articles: Iterable[Article], config: Config) -> set[str]:
    sections = {section for it in articles for section in (it.section, *it.sections)}
    return {above for it in sections for above in ancestors(it)} | {*config.sections}


Claim = tuple[str, ...]
"""A name that only one article may have: the key of the record, and its value."""


def claims(article: Article) -> list[Claim]:
    """Return the names that no other article may have: its id, and its ids in other systems."""
    names: list[Claim] = [("id", article.id)]
    if article.guid:
        names.append(("guid", article.guid))
    if origin := article.origin:
        names += [("origin", origin.system, it) for it in origin.ids]
    return names


def duplicate(path: str, claim: Claim, owner: str) -> Problem:
    """Return the problem of two files that claim one name."""
    key, *system, name = claim
    whose = f"id in {system[0]}" if system else key
    advice = "give one of the two another id" if key == "id" else "take it out of one of the two"
    message = f'"{name}" is already the {whose} of {in_newsroom(owner)}; {advice}'
    return problem_in(path, key, message)


def misnamed_folder(folder: str) -> Problem:
    """Return the note about a folder, below ``articles/``, whose name ends like a record's."""
    message = (
        "is a folder, though its name ends like a record's; the records in it are published, "
        "but give it another name"
    )
    return problem_in(folder, "", message, note=True)


def unread_files(config: Config) -> Iterator[Problem]:
    """Yield the notes about files that people may take for articles, though they are none."""
    paths: list[str] = []
    for _ in files.folders(config.articles, unread=paths):
        pass
    yield from filter(None, (files.unread_note(config.articles, path) for path in paths))


def compare_files(
    checked: Iterable[ReadFile], others: Iterable[ReadFile], now: datetime
) -> list[Problem]:
    """Return the problems between files: ids given twice, related stories that are missing.

    :param others: further files of the newsroom, which are not checked themselves.
    """
    checked, problems = list(checked), list[Problem]()
    paths = {file.path for file in checked}
    by_name: dict[str, ReadFile] = {}
    owners: dict[Claim, str] = {}
    for file in [*others, *checked]:
        for claim in claims(file.article) if file.article else ():
            if owners.setdefault(claim, file.path) != file.path in paths:
                problems.append(duplicate(file.path, claim, owners[claim]))
        names = {file.article.id, file.article.guid} if file.article else set[str]()
        for name in {*names, file.path.rpartition(".")[0]} - {""}:
            by_name.setdefault(name, file)
    for file in checked:
        related = file.article.related if file.article else ()
        for story in file.article.references if file.article else ():
            # A link to a file that is not there is noted at its place in the text.
            if story.ref and (story.ref in by_name or story in related):
                problems.extend(_unpublished(file.path, story.ref, by_name, now))
    return problems


def _unpublished(
    path: str, ref: str, by_name: dict[str, ReadFile], now: datetime
) -> Iterable[Problem]:
    file = by_name.get(ref)
    article = file.article if file else None
    if file is None:
        hint = did_you_mean(ref, by_name)
        message = f'there is no article "{ref}"; it is left out of the feeds.{hint}'
    elif article and article.usable(now):
        return
    elif article and article.status == "usable" and article.released > now:
        day = f"{article.released:%Y-%m-%d %H:%M} UTC"
        message = f'"{ref}" is not published before {day}; until then it is left out of the feeds'
    else:
        message = f'"{ref}" is not published; it is left out of the feeds'
    yield problem_in(path, "related", message, note=True)
