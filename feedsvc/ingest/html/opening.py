"""Find a headline that the text repeats as its first line: readers show it above the text."""

import re

from feedsvc.model.article import headline_key
from feedsvc.model.text import plain_text

_FIRST_LINE = re.compile(
    r"\s*<(h2|h3|p)(?:\s[^>]*)?>(?P<line>(?:(?!</?(?:h2|h3|p)[\s>]).){1,4000})</\1>\s*(?=\S)",
    re.DOTALL,
)
"""A heading or paragraph that other text follows."""


def without_headline(body: str, headline: str) -> str:
    """Return clean HTML without its first line, if that is the headline and no picture."""
    first = _FIRST_LINE.match(body)
    if first is None or "<img" in first["line"]:
        return body
    same = headline_key(plain_text(first["line"])) == headline_key(headline)
    return body[first.end() :] if same else body
