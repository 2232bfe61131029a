"""Read a saved article page, and refuse with a reason each file that is no article."""

import re
from collections.abc import Sequence

from feedsvc.errors import PageError
from feedsvc.importers.page.prose import is_consent, prose_words, word_count
from feedsvc.importers.page.read import Page, is_list_of_stories, parse
from feedsvc.importers.page.vocabulary import words

_FEWEST_WORDS = 40
"""Words of the shortest article."""
_FEWEST_STATED = 20
"""Words of the shortest article where the page states for machines that it is one."""
_STATED = "JSON-LD", "microdata", "OpenGraph", "meta"
"""Sources of a date that articles have, and no other pages."""
_LISTED = 6
"""Lines of the shortest page that lists stories."""
_SITE_PAGES = words("site_pages")
_LINK = re.compile(r"!?\[((?:[^\[\]\\]|\\.)*+)\]\([^()\s]*+\)")
_TITLE = re.compile(r"\s*(?:- )?[#\[]")
_MARK = re.compile(r"^\s*+(?:[#>]++|[-*]|\d++\\?[.)])\s|[\\*_`]", re.MULTILINE)


def read_article(data: bytes, name: str) -> Page:
    """Read a page that is an article.

    :param name: of the file, for messages.
    :raises PageError: it is none; the message says why.
    """
    page = parse(data, name)
    deck, body = page.fields.get("summary", ""), page.fields.get("body", "")
    lines = [line for line in (deck, *body.splitlines()) if line.strip()]
    headline, published = page.fields["headline"], page.sources["published"]
    stated = published.startswith(_STATED)
    fewest = _FEWEST_STATED if stated else _FEWEST_WORDS
    texts = [_MARK.sub("", _LINK.sub(r"\1", line)) for line in lines]
    count = word_count(" ".join(texts))
    of_site = word_count(" ".join(filter(is_consent, texts)))
    reason = ""
    if headline.casefold().strip(" .…!") in _SITE_PAGES or (
        of_site > count / 2 and count < 10 * _FEWEST_WORDS
    ):
        reason = (
            f'is a page of the site itself ("{headline[:60]}"), as for a login or for consent; '
            "save the page from a browser that shows the article"
        )
    elif count < fewest:
        reason = (
            f"has {count} words of text, an article at least {fewest}; save the page whole, as HTML"
        )
    elif not stated and (_is_list(lines) or is_list_of_stories(data, name)):
        reason = "lists stories and tells none; save the page of one of them"
    if reason:
        raise PageError(f"{name}: {reason}")
    return page


def _is_list(lines: Sequence[str]) -> bool:
    """Return whether links and titles stand between all paragraphs of a text."""
    text = " ".join(lines)
    linked = word_count(" ".join(_LINK.findall(text)))
    paragraphs = ["" if _TITLE.match(line) else line for line in lines]
    return len(lines) >= _LISTED and (
        linked > word_count(text) / 2 or prose_words(paragraphs) < _FEWEST_WORDS
    )
