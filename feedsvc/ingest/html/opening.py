"""Find a headline that the text repeats as its first line: readers show it above the text."""

import re

from feedsvc.model.article import headline_key
from feedsvc.model.text import plain_text

_FIRST_LINE = re.compile(
    r"\s*<(h2|h3|p)(?:\s[^>]*)?>(?P<line>(?:(?!</?(?:h2|h3|p)[\s>]).){1,4000})</\1>\s*(?=\S)",
    re.DOTALL,
)
"""A heading or paragraph that other text follows."""


_SIGNS = str.maketrans("‘’ʼ‚“”„«»‹›–—‑−", "'" * 4 + '"' * 7 + "-" * 4)
"""Signs that editors and systems write in one place and not in the other."""


def without_headline(body: str, headline: str) -> str:
    """Return clean HTML without its first line, if that is the headline and no picture."""
    first = _FIRST_LINE.match(body)
    if first is None or "<img" in first["line"]:
        return body
    typed = (plain_text(first["line"]), headline)
    line, title = (headline_key(text.translate(_SIGNS)) for text in typed)
    return body[first.end() :] if line == title else body
