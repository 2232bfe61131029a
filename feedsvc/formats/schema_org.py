"""Metadata of an article for crawlers, on its page: schema.org in JSON-LD, and Open Graph."""

from collections.abc import Iterator, Sequence
from typing import Any

import langcodes
from msgspec import Struct

from feedsvc.formats.entry import SECTION
from feedsvc.model.feed import Entry, MediaObject

_OBJECTS = {"image": "ImageObject", "audio": "AudioObject", "video": "VideoObject"}


class Crumb(Struct, frozen=True):
    """One step of the path from the site down to a section."""

    title: str
    url: str


class Publisher(Struct, frozen=True):
    """The organization that publishes."""

    name: str
    url: str
    logo: str = ""
    """The address of a picture; empty where there is none."""


def json_ld(
    entry: Entry, language: str, keywords: Sequence[str], crumbs: Sequence[Crumb], by: Publisher
) -> dict[str, Any]:
    """Return an article as a ``NewsArticle``, and its place as a ``BreadcrumbList``.

    :param language: BCP 47.
    :param crumbs: the site first, the article's own section last.
    """
    return {
        "@context": "https://schema.org",
        "@graph": [
            _article(entry, language, keywords, crumbs, by),
            _breadcrumbs(entry, crumbs),
        ],
    }


def _article(
    entry: Entry, language: str, keywords: Sequence[str], crumbs: Sequence[Crumb], by: Publisher
) -> dict[str, Any]:
    url = entry.links[0].href
    publisher = _thing("NewsMediaOrganization", name=by.name, url=by.url)
    if by.logo:
        publisher["logo"] = _thing("ImageObject", url=by.logo)
    related = [link.href for link in entry.links_of("related")]
    replies = entry.links_of("replies")
    recordings = [it for it in entry.media if it.medium != "image"]
    sections = [crumb.title for crumb in crumbs[1:]]
    return _thing(
        "NewsArticle",
        headline=entry.title,
        description=entry.summary,
        url=url,
        mainEntityOfPage=_thing("WebPage", **{"@id": url}, relatedLink=related),
        identifier=entry.id,
        datePublished=entry.published.isoformat(),
        dateModified=entry.updated.isoformat(),
        inLanguage=language,
        articleSection=list(dict.fromkeys((*sections, *_sections(entry)))),
        isAccessibleForFree=False if entry.members_only else None,
        keywords=list(keywords),
        # An article without a byline is by the site, which is no person.
        author=[
            publisher
            if author.name == by.name
            else _thing("Person", name=author.name, url=author.uri)
            for author in entry.authors
        ],
        publisher=publisher,
        image=[_media(it, entry) for it in entry.media if it.medium == "image"],
        associatedMedia=[_media(it, entry) for it in recordings],
        correction=[
            _thing("CorrectionComment", text=note.text, datePublished=note.moment.isoformat())
            for note in entry.notes
        ],
        commentCount=replies[0].count if replies else None,
        discussionUrl=replies[0].href if replies else "",
        copyrightNotice=entry.rights,
    )


def _sections(entry: Entry) -> list[str]:
    return [it.label for it in entry.categories if it.scheme.endswith(f":{SECTION}")]


def _breadcrumbs(entry: Entry, crumbs: Sequence[Crumb]) -> dict[str, Any]:
    # The last step is the page itself, which needs no address.
    steps = [*crumbs, Crumb(entry.title, "")]
    return _thing(
        "BreadcrumbList",
        itemListElement=[
            _thing("ListItem", position=position, name=step.title, item=step.url)
            for position, step in enumerate(steps, 1)
        ],
    )


def _media(item: MediaObject, entry: Entry) -> dict[str, Any]:
    return _thing(
        _OBJECTS[item.medium],
        url=item.url if item.medium == "image" else "",
        contentUrl=item.url,
        encodingFormat=item.type,
        contentSize=str(item.length) if item.length else "",
        width=item.width,
        height=item.height,
        name=item.title or ("" if item.medium == "image" else entry.title),
        caption=item.text,
        creditText=item.credit,
        duration=f"PT{item.duration}S" if item.duration else "",
        # Lists of films need these two.
        uploadDate=entry.published.isoformat() if item.medium == "video" else "",
        thumbnailUrl=[it.url for it in entry.media if it.medium == "image"][:1]
        if item.medium == "video"
        else [],
    )


def _thing(kind: str, **properties: Any) -> dict[str, Any]:
    """Return an object of schema.org without its empty properties."""
    given = {name: it for name, it in properties.items() if it not in ("", None, [])}
    return {"@type": kind, **given}


def open_graph(
    entry: Entry, language: str, keywords: Sequence[str], section: str, site: str
) -> Iterator[tuple[str, str]]:
    """Yield the Open Graph properties of an article's page (ogp.me), in order.

    :param language: BCP 47.
    :param section: the title of its section; empty at the top.
    :param site: the name of the site.
    """
    yield "og:type", "article"
    yield "og:title", entry.title
    if entry.summary:
        yield "og:description", entry.summary
    yield "og:url", entry.links[0].href
    yield "og:site_name", site
    if locale := _locale(language):
        yield "og:locale", locale
    for item in entry.media:
        yield f"og:{item.medium}", item.url
        facts = (
            ("type", item.type),
            ("width", item.width),
            ("height", item.height),
            ("alt", item.alt or item.text if item.medium == "image" else ""),
        )
        yield from ((f"og:{item.medium}:{name}", str(it)) for name, it in facts if it)
    yield "article:published_time", entry.published.isoformat()
    yield "article:modified_time", entry.updated.isoformat()
    yield from (("article:author", author.uri) for author in entry.authors if author.uri)
    if section:
        yield "article:section", section
    yield from (("article:tag", keyword) for keyword in keywords)


def _locale(language: str) -> str:
    """Return a language with its country, such as ``en_US``; empty where that is not known."""
    tag = langcodes.Language.get(language).maximize()
    country = tag.territory or ""
    return f"{tag.language}_{country}" if country.isalpha() else ""
