"""Read a saved article page as the fields of a record, each with its source."""

import codecs
import re

from feedsvc.errors import PageError
from feedsvc.importers.page.found_fields import Page
from feedsvc.importers.page.prose import prose_words, word_count
from feedsvc.importers.page.vocabulary import VOCABULARY, pattern, words

_MARKS = pattern("markdown_beside")
_MHTML = re.compile(rb"(?ims)[\w-]+:.*?^content-type:\s*multipart/related")
_CHARSET = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE
)
_FEWEST_WORDS = 40
"""Words of the shortest article."""
_STATED = "JSON-LD", "microdata", "OpenGraph", "meta"
"""Sources of a date that articles have, and no other pages."""


def read_article(data: bytes, name: str) -> Page:
    """Read a page that is an article.

    :raises PageError: it is none; the message says why, with the name of the file.
    """
    page = parse(data, name)
    headline, stated = page.fields["headline"], page.sources["published"].startswith(_STATED)
    text = "\n".join(page.fields.get(key, "") for key in ("summary", "body"))
    lines = _MARKS.sub("", pattern("markdown_link").sub(r"\1", text)).splitlines()
    # An article may be shorter where the page states for machines that it is one.
    count, fewest = word_count(" ".join(lines)), _FEWEST_WORDS // 2 if stated else _FEWEST_WORDS
    of_site = word_count(" ".join(filter(pattern("consent_line").match, lines)))
    is_dialogue = of_site > count / 2 and count < 10 * _FEWEST_WORDS
    if is_dialogue or headline.casefold().strip(" .…!") in words("site_pages"):
        raise PageError(
            f'{name}: is a page of the site itself ("{headline[:60]}"), as for a login or for '
            "consent; save the page from a browser that shows the article"
        )
    if count < fewest:
        reason = f"has {count} words of text, an article at least {fewest}"
        raise PageError(f"{name}: {reason}; save the page whole, as HTML")
    prose = "".join(line for line in lines if not line.startswith("<iframe"))
    if not stated and len(pattern("code_sign").findall(prose)) > len(prose) * 0.01:
        raise PageError(f"{name}: is the source of a program or a style, not an article")
    if not stated and (page.lists_stories or _is_list(text)):
        raise PageError(f"{name}: lists stories and tells none; save the page of one of them")
    return page


def _is_list(text: str) -> bool:
    """Return whether links and titles stand between all paragraphs of a text in Markdown."""
    # Players and tables stand between the paragraphs of articles, too.
    lines = [each for each in text.splitlines() if each and not each.startswith(("<iframe", "|"))]
    linked = word_count(" ".join(pattern("markdown_link").findall(text)))
    paragraphs = ["" if line.lstrip("- ").startswith(("#", "[")) else line for line in lines]
    few = prose_words(paragraphs) < _FEWEST_WORDS
    return len(lines) >= 6 and (linked > word_count(text) / 2 or few)


def parse(data: bytes, name: str) -> Page:
    """Read a page, HTML or plain text.

    :raises PageError: it is no article page; the message says why, with the name of the file.
    """
    text = _decode(data, name)
    if not text.strip("\ufeff \t\r\n\f"):
        raise PageError(f"{name}: is empty")
    start = pattern("root_element").match(text[:65_536])
    root = (start[2] or "").lower() if start else ""
    starts = (kind for key, kind in VOCABULARY["starts"].items() if pattern(key).match(text))
    if kind := next(starts, VOCABULARY["roots"].get(root)):
        raise PageError(f"{name}: is {kind}, not an article page; save the page as HTML")
    # Other texts are known as HTML by their names and their tags.
    ends = 1 if name.lower().endswith((".html", ".htm", ".xhtml")) else 3
    is_html = root in VOCABULARY["html_roots"] or (start and "<!doctype html" in start[1].lower())
    if is_html or len(pattern("end_tag").findall(text)) >= ends:
        from feedsvc.importers.page.html.page import read_html as read
    else:
        from feedsvc.importers.page.text.page import read_text as read
    try:
        page = read(text)
    except PageError as error:
        raise PageError(f"{name}: {error}") from None
    if "headline" not in page.fields:
        reason = "has no headline that stands out from the rest"
        raise PageError(f"{name}: {reason}; save the page whole, as HTML")
    page.finish()
    return page


def _decode(data: bytes, name: str) -> str:
    head = data[:4096].lstrip()
    # The mark of UTF-32 begins like the one of UTF-16.
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    marked = "utf-32" if data.startswith(codecs.BOM_UTF32_LE) else "utf-16" if is_utf16 else ""
    kinds = VOCABULARY["beginnings"].items()
    kind = next((kind for start, kind in kinds if head.startswith(start.encode("latin-1"))), "")
    if kind or _MHTML.match(head.replace(b"\r\n", b"\n")):
        kind = f"{kind or 'a web archive (MHTML)'}, not a page"
    elif not marked and b"\x00" in data:
        kind = "not text"
    if kind:
        raise PageError(f"{name}: is {kind}; save the page as HTML or as text")
    declared = _CHARSET.search(head)
    encodings = [marked, "utf-8-sig", declared[1].decode() if declared else ""]
    # Where a page was cut, or put together, few characters are wrong.
    text = data.decode("utf-8", "replace")
    is_utf8 = text.count("\ufffd") * 2 < len(re.findall(r"[^\x00-\x7f]", text))
    # A text in Latin letters has few bytes of others together.
    if not is_utf8 and len(re.findall(rb"[\x80-\xff]{4}", data)) > 9:
        from trafilatura.utils import detect_encoding

        encodings += detect_encoding(data)
    for encoding in encodings:
        try:
            # On the web these two mean Windows-1252 (WHATWG Encoding §4.2).
            if codecs.lookup(encoding).name not in ("iso8859-1", "ascii"):
                return data.decode(encoding)
        except (LookupError, UnicodeError):
            continue
    return text if is_utf8 else data.decode("cp1252", "replace")
