"""A saved article page becomes the fields of a record, each with the place it was found at."""

from __future__ import annotations

import codecs
import re
from typing import Any

from msgspec import Struct

from feedsvc.errors import PageError

_BINARY = {
    b"%PDF-": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"PK\x03\x04": "a packed file, such as a document of an office program",
    b"\x1f\x8b": "a packed file",
    b"bplist00": "a web archive",
    b"{\\rtf": "a document of an office program",
}
"""How files begin that are not pages, with what they are."""
_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark begins like it
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_MHTML = re.compile(
    rb"(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?content-type:\s*multipart/related", re.IGNORECASE
)
_CHARSET = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE
)
_HTML_START = re.compile(
    r"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|\?xml|(?:html|head|body|title|meta|link|script|article|main|section|div|"
    r"header|nav|h1|p)[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_HTML_END = re.compile(r"</(?:html|body|article|main|div|h1|p|title)\s*>", re.IGNORECASE)


class Page(Struct, frozen=True):
    """What a page says, in the keys of a record."""

    fields: dict[str, Any]
    """A record's keys in its order; texts, numbers, lists and mappings; ``body`` holds Markdown."""
    sources: dict[str, str]
    """Where each was found: ``JSON-LD``, ``line 17``, ``<h1>``; and why others are not set."""


def parse(data: bytes, name: str) -> Page:
    """Read a page, HTML or plain text.

    :param name: of the file, as the errors say it.
    :raises PageError: it is no article page; the message says why.
    """
    text = _decode(data, name)
    if _is_html(text, name):
        from feedsvc.importers.page.html.page import read_html

        findings = read_html(text)
        advice = "save the page whole, as HTML"
    else:
        from feedsvc.importers.page.text.page import read_text

        findings = read_text(text)
        advice = "put it on a line of its own below the breadcrumb"
    if "headline" not in findings.fields:
        raise PageError(f"{name}: has no headline that can be told from the rest; {advice}")
    findings.finish()
    return Page(findings.fields, findings.sources)


def _decode(data: bytes, name: str) -> str:
    """Return the text of a file: UTF-8, else what the page says, else Windows-1252."""
    if not data.strip():
        raise PageError(f"{name}: is empty")
    for beginning, kind in _BINARY.items():
        if data.startswith(beginning):
            raise PageError(f"{name}: is {kind}, not a page; save the page as HTML or as text")
    if _MHTML.match(data[:4096].replace(b"\r\n", b"\n")):
        raise PageError(f"{name}: is a web archive (MHTML); save the page as HTML or as text")
    marked = next((codec for mark, codec in _BOMS.items() if data.startswith(mark)), "")
    if not marked and b"\x00" in data:
        raise PageError(f"{name}: is not text; save the page as HTML or as text")
    for codec in filter(None, (marked, "utf-8", _declared(data))):
        try:
            return data.decode(codec)
        except UnicodeError:
            continue
    # Latin-1 on the web means Windows-1252 (WHATWG Encoding §4.2).
    return data.decode("cp1252", "replace")


def _declared(data: bytes) -> str:
    """Return the encoding that a page says it has, when there is such a one."""
    match = _CHARSET.search(data[:4096])
    name = match[1].decode("ascii", "ignore") if match else ""
    try:
        found = codecs.lookup(name)
    except LookupError:
        return ""
    is_text = getattr(found, "_is_text_encoding", True)
    return "" if not is_text or found.name in ("iso8859-1", "ascii") else found.name


def _is_html(text: str, name: str) -> bool:
    """Tell HTML from text: by how it begins, else by its name and its tags."""
    if _HTML_START.match(text):
        return True
    ends = len(_HTML_END.findall(text))
    return ends >= (1 if name.lower().endswith((".html", ".htm", ".xhtml")) else 3)
