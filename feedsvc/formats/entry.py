"""Turn an article into an Entry, from the terms of a newsroom into the terms of RFC 4287."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

import msgspec

from feedsvc.config.settings import Config
from feedsvc.formats import entry_html
from feedsvc.formats.translations import translate
from feedsvc.model.article import Article, Image, Media, Related
from feedsvc.model.feed import Author, Category, Entry, Link, MediaObject, Medium
from feedsvc.model.paths import ancestors
from feedsvc.model.urls import Urls

HTML = "text/html"
SECTION, KEYWORD = "section", "keyword"
"""The schemes of categories."""


def describe(article: Article, related: Mapping[Related, Article | None], config: Config) -> Entry:
    """Return the entry of an article, the same in every feed.

    :param related: the articles that its related stories are now; None for a story that is no
        article of the newsroom. A story that is missing here is left out of the entry.
    """
    urls = config.urls
    language = article.language or config.language(article.section)
    if article.killed:
        title = translate("withdrawn", language)
        return _notice(article, title, article.note or title, config)
    permalink = urls.article(article)
    stories = related_links(article, related, config)
    recordings = [_medium(medium, urls) for medium in article.media]
    media = [*(_picture(image, urls) for image in article.images), *recordings]
    return Entry(
        id=urls.entry_id(article),
        title=article.headline,
        published=article.published,
        updated=article.updated,
        summary=article.summary,
        content=_content(article, recordings, stories, config),
        authors=tuple(Author(person.name, person.email, person.url) for person in article.byline)
        or (Author(config.site.title),),
        links=(
            Link(permalink, "alternate", HTML, hreflang=language),
            *_enclosures(media),
            *(story for story in stories if story.href),
            *_replies(article, permalink),
        ),
        categories=_categories(article, config),
        media=tuple(media),
        rights=config.site.rights,
        language="" if _same_everywhere(language, article.section, config) else language,
        note=_note(article),
    )


def _note(article: Article) -> str:
    return article.note if article.updated > article.published else ""


def describe_correction(article: Article, moment: datetime, note: str, config: Config) -> Entry:
    """Return the entry in the feed of corrections for an article that was corrected or killed.

    :param moment: of the correction or kill; each correction has an entry of its own.
    """
    language = article.language or config.language(article.section)
    title = text = translate("withdrawn", language)
    if not article.killed:
        title = f"{translate('correction', language)}: {article.headline}"
        text = translate("corrected", language)
    return msgspec.structs.replace(
        _notice(article, title, note or text, config),
        id=config.urls.correction_id(article, moment),
        published=moment,
        updated=moment,
        note=note,
    )


def _notice(article: Article, title: str, text: str, config: Config) -> Entry:
    """Return an entry with a notice in the place of an article's text."""
    urls, language = config.urls, article.language or config.language(article.section)
    return Entry(
        id=urls.entry_id(article),
        title=title,
        published=article.published,
        updated=article.updated,
        summary=text,
        content=entry_html.compose(entry_html.paragraph(text), language=language),
        authors=(Author(config.site.title),),
        links=(Link(urls.article(article), "alternate", HTML, hreflang=language),),
        rights=config.site.rights,
        language="" if _same_everywhere(language, article.section, config) else language,
        note=article.note,
        killed=article.killed is not None,
    )


def _same_everywhere(language: str, section: str, config: Config) -> bool:
    """Return whether every feed with the entry is in its language."""
    return {config.language(above) for above in ancestors(section)} == {language}


def _content(
    article: Article, recordings: Sequence[MediaObject], stories: Sequence[Link], config: Config
) -> str:
    urls = config.urls
    full = config.feeds.content == "full"
    body = urls.absolute(article.body) if full else entry_html.paragraph(article.summary)
    image = ""
    if article.images:
        address = urls.file(article.images[0])
        # A body that shows the lead image itself needs no second one above it.
        shown = entry_html.addresses(body, "src")
        image = "" if address in shown else entry_html.figure(article.images[0], address)
    return entry_html.compose(
        body,
        image=image,
        note=_note(article),
        media=recordings,
        related=stories,
        language=article.language or config.language(article.section),
    )


def related_links(
    article: Article, related: Mapping[Related, Article | None], config: Config
) -> list[Link]:
    """Return the related stories in their order; one with only a headline has no href."""
    links: dict[str, Link] = {}
    for story in article.related:
        if story not in related:
            continue
        link = _story(story, related[story], config)
        if link and link.href != config.urls.article(article):
            links.setdefault(link.href or link.title, link)
    return list(links.values())


def _story(story: Related, article: Article | None, config: Config) -> Link | None:
    if story.url:
        return Link(story.url, "related", HTML, story.headline)
    if article:
        language = article.language or config.language(article.section)
        return Link(config.urls.article(article), "related", HTML, article.headline, language)
    return Link("", "related", title=story.headline) if story.headline else None


def _picture(image: Image, urls: Urls) -> MediaObject:
    return MediaObject(
        url=urls.file(image),
        medium="image",
        type=image.type,
        length=image.length,
        width=image.width,
        height=image.height,
        text=image.caption,
        credit=image.credit,
    )


def _medium(media: Media, urls: Urls) -> MediaObject:
    return MediaObject(
        url=urls.file(media),
        medium=cast("Medium", media.type.partition("/")[0]),
        type=media.type,
        length=media.length,
        duration=media.duration,
        title=media.title,
    )


def _enclosures(media: Sequence[MediaObject]) -> list[Link]:
    """Return links to the media of known type and length: sounds and films first, for RSS."""
    links = [
        Link(item.url, "enclosure", item.type, item.title or item.text, length=item.length)
        for item in media
        if item.type and item.length
    ]
    return sorted(links, key=lambda link: link.type.startswith("image/"))


def _replies(article: Article, permalink: str) -> list[Link]:
    comments = article.comments
    if comments is None:
        return []
    return [Link(comments.url or permalink, "replies", HTML, count=comments.count)]


def _categories(article: Article, config: Config) -> tuple[Category, ...]:
    urls = config.urls
    words = [Category(word, urls.scheme(KEYWORD), word) for word in article.keywords]
    if article.section:
        title = config.section(article.section).title
        words.append(Category(article.section, urls.scheme(SECTION), title))
    return tuple(words)
