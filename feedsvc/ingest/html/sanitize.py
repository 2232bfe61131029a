"""Make the HTML of publishers safe by an allow-list, and cut a summary from its text."""

import re
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import nh3

from feedsvc.ingest.html.embeds import ATTRIBUTES, protect_embeds, resolve_embeds
from feedsvc.ingest.html.nesting import nesting_problem
from feedsvc.ingest.html.tidy import trim
from feedsvc.model.text import clean_characters

_TAGS = set(
    (
        "a abbr aside b bdi bdo blockquote br caption cite code col colgroup dd del dfn div dl "
        "dt em figcaption figure h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby "
        "s samp small span strong sub sup table tbody td tfoot th thead time tr u ul var"
    ).split()
)
_ATTRIBUTES = {
    "*": {"dir", "lang"},
    "a": {"href", "hreflang", "title"},
    "abbr": {"title"},
    "blockquote": {"cite"},
    "img": {"alt", "height", "src", "title", "width"},
    "ol": {"start"},
    "q": {"cite"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
_PARSED = _ATTRIBUTES | {
    tag: _ATTRIBUTES.get(tag, set()) | more for tag, more in ATTRIBUTES.items()
}
"""The same, and the attributes that ``resolve_embeds`` needs."""

_ADDRESSES = {
    "href": ("http", "https", "mailto", "tel"),
    "src": ("http", "https"),
    "cite": ("http", "https"),
}
_DROPPED = {"script", "style", "template", "title", "noscript", "object", "form", "svg", "math"}
"""Elements that are removed with their content."""
_H1 = re.compile(r"(</?)h1\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…。！？؟۔।]['\"’”»)\]]*(?=\s|$)|[。！？]")

_MOST_CLEANED = 4
"""How much longer HTML may become by being cleaned: addresses become absolute, elements closed."""
_ALWAYS_CLEANED = 500_000
"""Characters that are accepted besides: a short text may have very many relative addresses."""

SUMMARY_LENGTH = 300
"""Characters, at most, of a summary made from the body."""


def clean_html(markup: str, page: str, file_url: Callable[[str, str], str | None]) -> str:
    """Return HTML that is safe in every reader, and looks there as on the page.

    :param markup: HTML as the publisher wrote it.
    :param page: the address of the article's page, which relative links start from.
    :param file_url: returns the address of a file of the newsroom, by its name in the body and its
        kind (``image`` or ``media``); None drops it.
    :raises ValueError: it would cost too much, or become much longer; the message says why.
    """
    if problem := nesting_problem(markup):
        raise ValueError(problem)

    def resolve(value: str, kind: str) -> str | None:
        if kind != "page" and not re.match("//|[a-zA-Z][a-zA-Z0-9+.-]*:", value):
            return file_url(value, kind)
        return _address(page, value, ("http", "https"))

    def attribute(tag: str, name: str, value: str) -> str | None:
        schemes = _ADDRESSES.get(name)
        if schemes is None or tag in ATTRIBUTES:
            return value
        return _address(page, value.strip(), schemes)

    typed = _H1.sub(r"\1h2", clean_characters(markup))  # the headline is the only h1
    cleaned = nh3.clean(
        protect_embeds(typed),
        tags=_TAGS | ATTRIBUTES.keys(),
        clean_content_tags=_DROPPED,
        attributes=_PARSED,
        attribute_filter=attribute,
        link_rel=None,
        url_schemes={"http", "https", "mailto", "tel"},
    )
    if len(cleaned) > _MOST_CLEANED * len(markup) + _ALWAYS_CLEANED:
        message = f"has {len(cleaned):,} characters with all its elements closed; close them"
        raise ValueError(message)
    cleaned = resolve_embeds(cleaned, page, resolve)
    # nh3 turns character references such as &#11; into characters. One is dangerous in NFC: a
    # solidus overlay right behind a tag would become one character with its ">".
    cleaned = clean_characters(cleaned.replace("\u0338", "&#824;"))
    return trim(cleaned).strip()


def _address(page: str, value: str, schemes: tuple[str, ...]) -> str | None:
    try:
        value = urljoin(page, value)
        return value if urlsplit(value).scheme in schemes else None
    except ValueError:
        return None


def first_sentences(text: str, length: int = SUMMARY_LENGTH) -> str:
    """Return the beginning of a text, cut at the last sentence end before ``length`` characters.

    A first sentence longer than that is cut at a word, with an ellipsis.
    """
    if len(text) <= length:
        return text
    # One character more shows whether a point ends a sentence or is part of a number.
    ends = [end.end() for end in _SENTENCE_END.finditer(text, 0, length + 1) if end.end() <= length]
    if ends and ends[-1] >= length // 4:
        return text[: ends[-1]]
    return f"{text[: length - 1].rsplit(' ', 1)[0].rstrip(' ,;:–—-')}…"
