"""Read a saved article page as the fields of a record, each with its source."""

import codecs
import re

from feedsvc.errors import PageError
from feedsvc.importers.page.page_fields import PageFields
from feedsvc.importers.page.prose import prose_words, word_count
from feedsvc.importers.page.vocabulary import VOCABULARY, pattern, words

_MARKS = pattern("markdown_beside")
_FEWEST_WORDS = 40
"""Words of the shortest article."""
_STATED = "JSON-LD", "microdata", "OpenGraph", "meta"
"""Sources of a date that articles have, and no other pages."""


def read_article(data: bytes, name: str) -> PageFields:
    """Read a page that is an article.

    :raises PageError: it is none; the message says why.
    """
    page = parse(data, name)
    headline, stated = page.fields["headline"], page.sources["published"].startswith(_STATED)
    text = f"{page.get('summary')}\n{page.get('body')}"
    lines = _MARKS.sub("", pattern("markdown_link").sub(r"\1", text)).splitlines()
    # An article may be shorter where the page states for machines that it is one.
    count, fewest = word_count(" ".join(lines)), _FEWEST_WORDS // 2 if stated else _FEWEST_WORDS
    of_site = word_count(" ".join(filter(pattern("consent_line").match, lines)))
    is_dialogue = of_site > count / 2 and count < 10 * _FEWEST_WORDS
    if is_dialogue or headline.casefold().strip(" .…!") in words("site_pages"):
        reason = f'is a page of the site itself ("{headline[:60]}"), as for a login or for consent'
        raise PageError(f"{reason}; save the page from a browser that shows the article")
    if count < fewest:
        reason = f"has {count} words of text, an article at least {fewest}"
        raise PageError(f"{reason}; save the page whole, as HTML")
    prose = "".join(line for line in lines if not line.startswith("<iframe"))
    if not stated and len(pattern("code_sign").findall(prose)) > len(prose) * 0.01:
        raise PageError("is the source of a program or a style, not an article")
    if not stated and (page.lists_stories or _is_list(text)):
        raise PageError("lists stories and tells none; save the page of one of them")
    return page


def _is_list(text: str) -> bool:
    """Return whether links and titles stand between all paragraphs of a text in Markdown."""
    # Players and tables stand between the paragraphs of articles, too.
    lines = [each for each in text.splitlines() if each and not each.startswith(("<iframe", "|"))]
    linked = word_count(" ".join(pattern("markdown_link").findall(text)))
    paragraphs = ["" if line.lstrip("- ").startswith(("#", "[")) else line for line in lines]
    few = prose_words(paragraphs) < _FEWEST_WORDS
    return len(lines) >= 6 and (linked > word_count(text) / 2 or few)


def parse(data: bytes, name: str) -> PageFields:
    """Read a page, HTML or plain text.

    :raises PageError: it is no article page; the message says why.
    """
    text = _decode(data)
    if not text.strip("\ufeff \t\r\n\f"):
        raise PageError("is empty")
    start = pattern("root_element").match(text[:65_536])
    root = (start[2] or "").lower() if start else ""
    starts = (kind for key, kind in VOCABULARY["starts"].items() if pattern(key).match(text))
    if kind := next(starts, VOCABULARY["roots"].get(root)):
        raise PageError(f"is {kind}, not an article page; save the page as HTML")
    # Other texts are known as HTML by their names and their tags.
    ends = 1 if name.lower().endswith((".html", ".htm", ".xhtml")) else 3
    is_html = root in VOCABULARY["html_roots"] or (start and "<!doctype html" in start[1].lower())
    if is_html or len(pattern("end_tag").findall(text)) >= ends:
        from feedsvc.importers.page.html.page import read_html as read
    else:
        from feedsvc.importers.page.text.page import read_text as read
    page = read(text)
    if "headline" not in page.fields:
        raise PageError("has no headline that stands out; save the page whole, as HTML")
    page.finish()
    return page


def _decode(data: bytes) -> str:
    head = data[:4096].lstrip().decode("latin-1")
    kinds, marks = VOCABULARY["beginnings"].items(), VOCABULARY["byte_order_marks"].items()
    kind = next((f"{kind}, not a page" for key, kind in kinds if re.match(key, head)), "")
    marked = next((encoding for mark, encoding in marks if head.startswith(mark)), "")
    if kind or (not marked and b"\x00" in data):
        raise PageError(f"is {kind or 'not text'}; save the page as HTML or as text")
    declared = pattern("charset").search(head)
    encodings = [marked, "utf-8-sig", declared[1] if declared else ""]
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
