"""Read a saved article page as the fields of a record, each with its source."""

import codecs
import re
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from feedsvc.errors import PageError
from feedsvc.importers.page.prose import words_together
from feedsvc.importers.page.vocabulary import VOCABULARY

_WINDOWS_1252 = ("iso8859-1", "ascii")
"""Encodings that mean Windows-1252 on the web (WHATWG Encoding §4.2)."""
_MHTML = re.compile(
    rb"(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?content-type:\s*multipart/related", re.IGNORECASE
)
_CHARSET = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE
)
_JSON = re.compile(r'\s*+(?:\{\s*+["}]|\[\s*+[{"\]])')
_ROOT = re.compile(r"(?:<\?[^>]*+>|<!--.*?-->|<![^>]*+>|\s)*+<(?:\w++:)?(\w++)", re.DOTALL)
_HTML_START = re.compile(
    r"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|\?xml|(?:html|head|body|title|meta|link|script|article|main|section|div|"
    r"header|nav|h1|p)[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_HTML_END = re.compile(r"</(?:html|body|article|main|div|h1|p|title)\s*>", re.IGNORECASE)
_MANY_LINKS = 12
"""Titles and links of the shortest page that lists stories."""
_FEWEST_TOGETHER = 40
"""Words that no page of teasers has in paragraphs one below the other."""


class Page(Struct, frozen=True):
    """The fields of a page, with the keys of a record."""

    fields: dict[str, Any]
    """Texts, numbers, lists and mappings, in the order of a record; ``body`` holds Markdown."""
    sources: dict[str, str]
    """Where each was found: ``JSON-LD``, ``line 17``, ``<h1>``; and why others are not set."""


def parse(data: bytes, name: str) -> Page:
    """Read a page, HTML or plain text.

    :param name: of the file, for messages.
    :raises PageError: it is no article page; the message says why.
    """
    text = _decode(data, name)
    root = _ROOT.match(text[:65_536])
    kind = "JSON" if _JSON.match(text) else VOCABULARY["roots"].get(root[1].lower() if root else "")
    if kind:
        raise PageError(f"{name}: is {kind}, not an article page; save the page as HTML")
    try:
        if _is_html(text, name):
            from feedsvc.importers.page.html.page import read_html

            fields = read_html(text)
        else:
            from feedsvc.importers.page.text.page import read_text

            fields = read_text(text)
    except PageError as error:
        raise PageError(f"{name}: {error}") from None
    if "headline" not in fields.values:
        raise PageError(
            f"{name}: has no headline that stands out from the rest; save the page whole, as HTML"
        )
    fields.finish()
    return Page(fields.values, fields.sources)


def is_list_of_stories(data: bytes, name: str) -> bool:
    """Return whether titles and links stand between all paragraphs of an HTML page."""
    from feedsvc.importers.page.html.outline import outline

    text = _decode(data, name)
    paragraphs = list(outline(text)) if _is_html(text, name) else []
    links = sum(not paragraph for paragraph in paragraphs)
    return links >= _MANY_LINKS and words_together(paragraphs) < _FEWEST_TOGETHER


def _decode(data: bytes, name: str) -> str:
    """Return the text of a file: UTF-8, else the declared encoding, else Windows-1252."""
    if not data.strip():
        raise PageError(f"{name}: is empty")
    for beginning, kind in VOCABULARY["beginnings"].items():
        if data.startswith(beginning.encode("latin-1")):
            raise PageError(f"{name}: is {kind}, not a page; save the page as HTML or as text")
    if _MHTML.match(data[:4096].replace(b"\r\n", b"\n")):
        raise PageError(f"{name}: is a web archive (MHTML); save the page as HTML or as text")
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    # The mark of UTF-32 begins like the one of UTF-16.
    marked = "utf-32" if data.startswith(codecs.BOM_UTF32_LE) else "utf-16" if is_utf16 else ""
    if not marked and b"\x00" in data:
        raise PageError(f"{name}: is not text; save the page as HTML or as text")
    declared = _CHARSET.search(data[:4096])
    return _text(data, (marked, "utf-8-sig", declared[1].decode() if declared else ""))


def _text(data: bytes, encodings: Iterable[str]) -> str:
    """Return a text in the first of the encodings that it can have, else in Windows-1252."""
    for encoding in encodings:
        try:
            if codecs.lookup(encoding).name not in _WINDOWS_1252:
                return data.decode(encoding)
        except (LookupError, UnicodeError):
            continue
    return data.decode("cp1252", "replace")


def _is_html(text: str, name: str) -> bool:
    """Return whether a text is HTML: by its beginning, else by its name and its tags."""
    if _HTML_START.match(text):
        return True
    ends = len(_HTML_END.findall(text))
    return ends >= (1 if name.lower().endswith((".html", ".htm", ".xhtml")) else 3)
