"""Turn an article into an Entry, from the terms of a newsroom into the terms of RFC 4287."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import msgspec

from feedsvc.config.settings import Place
from feedsvc.formats import entry_html, picture_sizes
from feedsvc.formats.picture_sizes import Sizes
from feedsvc.formats.translations import Phrase, begins_as_correction, translate
from feedsvc.model.article import Article, Image, Media
from feedsvc.model.dates import written_date
from feedsvc.model.feed import HTML, Author, Category, Entry, Link, MediaObject, Medium, Note
from feedsvc.model.urls import Urls

SECTION, KEYWORD = "section", "keyword"
"""The schemes of categories."""
_TITLE = 100
"""Characters of a note that a title has room for in the list of a reader."""


def describe(article: Article, related: Sequence[Link], place: Place) -> Entry:
    """Return the entry of an article, the same in every feed.

    :param related: the links to its related stories; one without an address has no href.
    :param place: the section of the article.
    """
    site, urls = place.config.site, place.urls
    language = article.language or place.language
    if article.killed:
        title = translate("withdrawn", language)
        return _notice(article, title, article.note or title, place)
    permalink, (entry_id, guid) = urls.article(article), _ids(article, urls)
    notes = _notes(article, place)
    recordings = [_medium(medium, urls.file(medium, article.media_at)) for medium in article.media]
    sizes = picture_sizes.sizes_of(article, urls)
    at = article.media_at
    pictures = [_picture(image, urls.file(image, at), sizes) for image in article.images]
    media = [*pictures, *recordings]
    return Entry(
        id=entry_id,
        guid=guid,
        title=article.headline,
        published=article.appeared,
        updated=last_update(article),
        summary=article.summary,
        content=_content(article, notes, media, related, place),
        authors=tuple(Author(person.name, person.email, person.url) for person in article.byline)
        or (Author(site.title),),
        links=(
            Link(permalink, "alternate", HTML, hreflang=language),
            *_enclosures(media),
            *(link for link in related if link.href),
            *_replies(article, permalink),
        ),
        categories=_categories(article, place),
        media=tuple(media),
        rights=site.rights,
        language=_language(article, place),
        note="\n".join(note.text for note in notes),
        notes=notes,
        members_only=article.members_only,
    )


def last_update(article: Article) -> datetime:
    """Return when an entry was last updated: no reader had it before its release."""
    return max(article.updated, article.appeared)


def _ids(article: Article, urls: Urls) -> tuple[str, str]:
    """Return the id of an article's entry in Atom, and the one in other formats if that differs."""
    entry_id, guid = (it(article.id, article.guid) for it in (urls.entry_id, urls.entry_guid))
    return entry_id, guid if guid != entry_id else ""


def _language(article: Article, place: Place) -> str:
    """Return the language that its entry has to name: not that of all feeds of its sections."""
    language, config = article.language or place.language, place.config
    others = (config.place(section) for section in article.other_sections)
    common = {place.common_language, *(it.common_language for it in others)}
    return "" if common == {language} else language


def _notes(article: Article, place: Place) -> tuple[Note, ...]:
    """Return the notices above the text, with dates where there are several."""
    language, timezone = article.language or place.language, place.config.site.timezone
    corrections = article.corrections
    notes = list[Note]()
    for correction in corrections:
        labelled = begins_as_correction(correction.note, language)
        label = "" if labelled else translate(_kind(correction.note, language), language)
        date = written_date(correction.moment, timezone, language) if corrections[1:] else ""
        heading = ", ".join(filter(None, (label, date)))
        notes.append(Note(heading, correction.note, correction.moment))
    return tuple(notes)


def _kind(note: str, language: str) -> Phrase:
    """Return the phrase for a note: of a restored article, as ``feedsvc unkill`` writes it."""
    restored = tuple(translate("restored", it) for it in (language, "en"))
    return "restoration" if note.startswith(restored) else "correction"


def describe_correction(article: Article, moment: datetime, note: str, place: Place) -> Entry:
    """Return the entry about the correction or the kill of an article, which has its own id.

    :param moment: of the correction or kill; each correction has an entry of its own.
    """
    language = article.language or place.language
    if article.killed:
        subject, text = _subject(article, place), translate("withdrawn", language)
        title = f"{translate('withdrawal', language)}: {subject}"
    else:
        label = translate(_kind(note, language), language)
        title, text = f"{label}: {article.headline}", note
    return msgspec.structs.replace(
        _notice(article, title, note or text, place),
        id=place.urls.correction_id(article, moment),
        guid="",
        published=moment,
        updated=moment,
        note=note,
    )


def _subject(article: Article, place: Place) -> str:
    """Return the date of a killed article, and the note, instead of its headline."""
    language = article.language or place.language
    date = written_date(article.published, place.config.site.timezone, language)
    return f"{date} – {article.note}" if 0 < len(article.note) <= _TITLE else date


def _notice(article: Article, title: str, text: str, place: Place) -> Entry:
    """Return an entry with a notice in the place of an article's text."""
    language = article.language or place.language
    entry_id, guid = _ids(article, place.urls)
    return Entry(
        id=entry_id,
        guid=guid,
        title=title,
        published=article.appeared,
        updated=last_update(article),
        summary=text,
        content=entry_html.compose([entry_html.paragraph(text)], language),
        authors=(Author(place.config.site.title),),
        links=(Link(place.urls.article(article), "alternate", HTML, hreflang=language),),
        rights=place.config.site.rights,
        language=_language(article, place),
        note=article.note,
        killed=article.killed is not None,
    )


def _content(
    article: Article,
    notes: Sequence[Note],
    media: Sequence[MediaObject],
    related: Sequence[Link],
    place: Place,
) -> str:
    language, full = article.language or place.language, place.config.feeds.content == "full"
    body = page_body(article, place.urls) if full else entry_html.paragraph(article.summary)
    lead, *pictures = _figures(media, body) or [""]
    links = dict[str, str]()
    for item in media[len(article.images) :]:
        link = entry_html.recording(item, place.urls.article(article), language)
        links.setdefault(item.url, link)
    enclosed = {item.url: links[item.url] for item in media if item.url in links and item.enclosed}
    present = entry_html.addresses(body) if links else set[str]()
    parts = [
        *(entry_html.paragraph(str(note), "em") for note in notes),
        lead,
        entry_html.without_players(body, enclosed),
        *(pictures if full else ()),
        *(f"<p>{link}</p>" for url, link in links.items() if url not in present),
        entry_html.stories(related, language),
    ]
    if any(parts):  # a deck alone would be the summary again
        deck = entry_html.deck(article.deck, body)
        parts.insert(0, entry_html.paragraph(deck, "strong"))
    return entry_html.compose(parts, language)


def page_body(article: Article, urls: Urls) -> str:
    """Return the body of an article with absolute addresses, and its pictures in all sizes."""
    sizes = picture_sizes.sizes_of(article, urls)
    return picture_sizes.with_sizes(urls.absolute(article.body, article.media_at), sizes)


def _figures(media: Sequence[MediaObject], body: str) -> list[str]:
    """Return the pictures as HTML, the lead image first; empty where the body shows one."""
    images = [item for item in media if item.medium == "image"]
    shown = entry_html.addresses(body, "src") if images else set[str]()
    figures = dict[str, str]()
    for item in images:
        figures.setdefault(item.url, "" if item.url in shown else entry_html.figure(item))
    return list(figures.values())


def _picture(image: Image, url: str, sizes: Sizes) -> MediaObject:
    """Return a picture, in the one of its sizes that texts show where there are several."""
    files = sizes.get(url, ())
    shown = picture_sizes.fitting(files) if files else image
    return MediaObject(
        url=shown.url if files else url,
        medium="image",
        type=shown.type,
        length=shown.length,
        width=shown.width,
        height=shown.height,
        sizes=files,
        thumbnail=picture_sizes.thumbnail(files),
        text=image.caption,
        credit=image.credit,
        alt=image.alt,
        focus=image.focus,
    )


def _medium(media: Media, url: str) -> MediaObject:
    return MediaObject(
        url=url,
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
        if item.enclosed
    ]
    return sorted(links, key=lambda link: link.type.startswith("image/"))


def _replies(article: Article, permalink: str) -> list[Link]:
    comments = article.comments
    if comments is None:
        return []
    return [Link(comments.url or permalink, "replies", HTML, count=comments.count)]


def _categories(article: Article, place: Place) -> tuple[Category, ...]:
    urls = place.urls
    words = [Category(word, urls.scheme(KEYWORD), word) for word in article.keywords]
    sections = filter(None, (place.path, *article.other_sections))
    titles = {path: place.config.section(path).title for path in sections}
    return (*words, *(Category(it, urls.scheme(SECTION), titles[it]) for it in titles))
