"""Make the HTML of publishers safe by an allow-list."""

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from urllib.parse import urljoin, urlsplit

import nh3

from feedsvc.ingest.html.allowed import (
    ATTRIBUTES,
    EVERYWHERE,
    FORMULA_ATTRIBUTES,
    FORMULA_TAGS,
    REL,
    TAGS,
)
from feedsvc.ingest.html.embeds import SCHEME, resolve_embeds
from feedsvc.ingest.html.file_links import is_file_link, with_scheme
from feedsvc.ingest.html.nesting import MAX_NESTING, nesting_problem
from feedsvc.ingest.html.tidy import trim
from feedsvc.ingest.html.typed import (
    DRAWING,
    FRAME,
    NOSCRIPT,
    PART,
    SCRIPT,
    is_unusual,
    mark,
    tag_at,
)
from feedsvc.model.text import clean_characters

_PARSED = ATTRIBUTES | {"*": EVERYWHERE}
_EMBEDS = set("audio button embed form label object option param select source video".split()) | {
    "address", "article", "center", "details", "dialog", "dir", "fieldset", "footer", "header",
    "hgroup", "legend", "main", "menu", "nav", "picture", "search", "section", "summary", "oembed",
    "datalist",
    FRAME, NOSCRIPT, SCRIPT, DRAWING, PART,
}  # fmt: skip
"""Elements that stay until ``resolve_embeds`` replaces them."""
_EMBED_ATTRIBUTES = EVERYWHERE | set(
    (
        "action alt allowfullscreen aria-label background class codebase data height hidden href "
        "id label name open playlabel popover poster src srcset style type url value videoid width"
    ).split()
)
"""Attributes that any element may have until then."""

_PARSED_EMBEDS = _PARSED | {"*": _EMBED_ATTRIBUTES}
_PARSED_FORMULAS = _PARSED_EMBEDS | dict.fromkeys(FORMULA_TAGS, FORMULA_ATTRIBUTES)

_ADDRESSES = {
    "href": ("http", "https", "mailto", "tel"),
    "cite": ("http", "https"),
}
_DROPPED = set(
    "iframe mphantom noembed noframes noscript script style svg template textarea title".split()
)
"""Elements that are removed with their content."""
_ABSOLUTE = re.compile(r"https?://[a-z0-9.-]+(?:/[\w/.,~%+@&=-]*)?(?:\?[\w/.,~%+@&=-]+)?", re.ASCII)
"""A web address that is whole; to resolve it would only take time."""
_STRAY_CELL = re.compile(r"(</t[dhr]\s*>)(?=\S)", re.IGNORECASE)
"""The end of a cell, behind which a table that lacks its first tag needs a space."""
_H1 = re.compile(r"(</?)h1\b", re.IGNORECASE)
_UNREACHABLE = re.compile(
    r"<[aA]\s[^<>]*?\b[hH][rR][eE][fF]\s*=\s*[\"']?\s*"
    r"(?!(?i:https?|mailto|tel):)([a-zA-Z][a-zA-Z0-9+.-]*:[^\"'<>]+)"
)
"""A link that no reader may follow: to a script, or to a file of the computer of its writer."""

_SHOWN = 100
"""Characters of an address in a note."""
_MOST_CLEANED = 4
"""How much longer HTML may become by being cleaned: addresses become absolute, elements closed."""
_ALWAYS_CLEANED = 500_000
"""Characters that are accepted besides: a short text may have very many relative addresses."""


def clean_html(
    markup: str,
    page: str,
    file_url: Callable[[str, str], str | None],
    note: Callable[[str, str], None],
    *,
    closed: bool = False,
) -> str:
    """Return HTML that is safe in every reader, and looks there as on the page.

    :param markup: HTML as the publisher wrote it.
    :param page: the address of the article's page, which relative links start from.
    :param file_url: returns the address of a file of the newsroom, by its name in the body and its
        kind (``image``, ``media`` or ``link``); None drops it, but not a link.
    :param note: takes a tag as it was typed, and a message about the loss to readers; in the
        order of the tags.
    :param closed: a program wrote it, and closed all elements.
    :raises ValueError: it would cost too much, or become much longer; the message says why.
    """
    typed = clean_characters(markup)
    if "h1" in typed or "H1" in typed:
        typed = _H1.sub(r"\1h2", typed)  # the headline is the only h1
    if "</t" in typed and "<table" not in typed:
        typed = _STRAY_CELL.sub(r"\1 ", typed)
    if is_unusual(typed):
        cleaned = _with_embeds(typed, page, file_url, note)
    else:
        cleaned = _parsed(typed, page, file_url, closed=closed)
    for link in _UNREACHABLE.finditer(typed):
        shown = link[1] if len(link[1]) <= _SHOWN else f"{link[1][:_SHOWN]}…"
        note(link[1], f'the link to "{shown}" is left out, as it is no address on the web')
    # nh3 turns character references such as &#11; into characters. One is dangerous in NFC: a
    # solidus overlay right behind a tag would become one character with its ">".
    cleaned = clean_characters(cleaned.replace("\u0338", "&#824;"))
    return trim(cleaned).strip()


def _with_embeds(
    typed: str,
    page: str,
    file_url: Callable[[str, str], str | None],
    note: Callable[[str, str], None],
) -> str:
    """Return safe HTML of a text that has more than plain elements."""

    def resolve(value: str, kind: str) -> str | None:
        if kind != "page" and not SCHEME.match(value):
            return file_url(value, kind)
        return _address(page, value, ("http", "https"))

    notes = list[tuple[int, str]]()
    marked = mark(typed)
    cleaned = resolve_embeds(
        _parsed(marked.markup, page, file_url, marked.names),
        page,
        resolve,
        lambda place, message: notes.append((place, message)),
    )
    for place, message in sorted(notes):
        note(tag_at(typed, place) if place >= 0 else "", message)
    return cleaned


def _parsed(
    markup: str,
    page: str,
    file_url: Callable[[str, str], str | None],
    names: AbstractSet[str] | None = None,
    *,
    closed: bool = False,
) -> str:
    """Return HTML of allowed elements alone; with names, also of ones that hold embeds.

    :raises ValueError: it would cost too much, or become much longer; the message says why.
    """
    shallow = closed and markup.count("<") < MAX_NESTING
    if not shallow and (problem := nesting_problem(markup)):
        raise ValueError(problem)

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "rel":
            return " ".join(word for word in value.lower().split() if word in REL) or None
        schemes = _ADDRESSES.get(name)
        if schemes is None or tag not in TAGS:
            return value
        value = with_scheme(value.strip())
        link = file_url(value, "link") if tag == "a" and is_file_link(value) else None
        return link or _address(page, value, schemes)

    tags, attributes = (
        (TAGS, _PARSED) if names is None else (TAGS | _EMBEDS | names, _PARSED_EMBEDS)
    )
    if names is not None and "<math" in markup:
        tags, attributes = tags | FORMULA_TAGS, _PARSED_FORMULAS
    cleaned = nh3.clean(
        markup,
        tags=tags,
        clean_content_tags=_DROPPED,
        attributes=attributes,
        attribute_filter=attribute,
        generic_attribute_prefixes=None if names is None else {"data-"},
        link_rel=None,
        url_schemes={"data", "http", "https", "mailto", "tel"},
    )
    if len(cleaned) > _MOST_CLEANED * len(markup) + _ALWAYS_CLEANED:
        message = f"has {len(cleaned):,} characters with all its elements closed; close them"
        raise ValueError(message)
    return cleaned


def _address(page: str, value: str, schemes: tuple[str, ...]) -> str | None:
    if _ABSOLUTE.fullmatch(value):
        return value
    try:
        value = urljoin(page, value)
        return value if urlsplit(value).scheme in schemes else None
    except ValueError:
        return None
