"""The HTML of an entry: note, lead image, body, related stories."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import langcodes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from feedsvc.model.article import Image
    from feedsvc.model.feed import Link

_RELATED = {
    "ar": "مواضيع ذات صلة",
    "de": "Mehr zum Thema",
    "en": "Related stories",
    "es": "Relacionado",
    "fa": "مطالب مرتبط",
    "fr": "À lire aussi",
    "he": "כתבות קשורות",
    "it": "Leggi anche",
    "nl": "Lees ook",
    "pl": "Czytaj także",
    "pt": "Leia também",
    "ru": "Читайте также",
    "sv": "Läs också",
    "tr": "İlgili haberler",
    "uk": "Читайте також",
    "zh": "相关报道",
}
"""The heading above the related stories, by primary language."""

_WITHDRAWN = {
    "ar": "سُحب هذا الخبر",
    "de": "Dieser Beitrag wurde zurückgezogen",
    "en": "This story has been withdrawn",
    "es": "Esta noticia ha sido retirada",
    "fa": "این خبر پس گرفته شده است",
    "fr": "Cet article a été retiré",
    "he": "הכתבה הוסרה",
    "it": "Questo articolo è stato ritirato",
    "nl": "Dit artikel is ingetrokken",
    "pl": "Ten artykuł został wycofany",
    "pt": "Esta notícia foi retirada",
    "ru": "Эта публикация отозвана",
    "sv": "Artikeln har dragits tillbaka",
    "tr": "Bu haber geri çekildi",
    "uk": "Цю публікацію відкликано",
    "zh": "本文已撤回",
}
"""What takes the place of a killed article's headline, by primary language."""

_RIGHT_TO_LEFT = {"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"}
"""ISO 15924 scripts written from right to left."""


def compose(body: str, *, image: str, note: str, related: Sequence[Link], language: str) -> str:
    """Return an entry's whole HTML.

    :param body: clean HTML with absolute addresses.
    :param image: the lead image as HTML; empty without one.
    :param note: the correction note, as plain text.
    :param related: links, and stories without an address (``href`` empty).
    :param language: BCP 47, of the article.
    """
    parts = [
        f"<p><em>{escape(note, quote=False)}</em></p>" if note else "",
        image,
        body,
        _stories(related, language),
    ]
    content = "\n".join(part for part in parts if part)
    if langcodes.Language.get(language).maximize().script in _RIGHT_TO_LEFT:
        # Readers show an entry inside a page of their own direction.
        return f'<div dir="rtl" lang="{language}">\n{content}\n</div>'
    return content


def withdrawn(language: str) -> str:
    """Return the headline of the notice that an article was killed."""
    return _word(_WITHDRAWN, language)


def figure(image: Image, url: str) -> str:
    """Return a picture with its caption and credit."""
    size = "".join(
        f' {name}="{value}"'
        for name, value in (("width", image.width), ("height", image.height))
        if value
    )
    credit = f"<small>{escape(image.credit, quote=False)}</small>" if image.credit else ""
    words = " ".join(part for part in (escape(image.caption, quote=False), credit) if part)
    caption = f"<figcaption>{words}</figcaption>" if words else ""
    return f'<figure><img src="{escape(url)}" alt="{escape(image.alt)}"{size}>{caption}</figure>'


def paragraph(text: str) -> str:
    """Return plain text as HTML."""
    return f"<p>{escape(text, quote=False)}</p>" if text else ""


def _stories(related: Sequence[Link], language: str) -> str:
    if not related:
        return ""
    heading = _word(_RELATED, language)
    items = "\n".join(f"<li>{_story(link)}</li>" for link in related)
    return f"<h3>{heading}</h3>\n<ul>\n{items}\n</ul>"


def _word(words: Mapping[str, str], language: str) -> str:
    return words.get(langcodes.Language.get(language).language or "", words["en"])


def _story(link: Link) -> str:
    title = escape(link.title or link.href, quote=False)
    return f'<a href="{escape(link.href)}">{title}</a>' if link.href else title
