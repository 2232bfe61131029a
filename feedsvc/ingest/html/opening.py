"""Find a headline that the text repeats as its first line: readers show it above the text."""

import re

from feedsvc.model.article import headline_key
from feedsvc.model.text import plain_text

_FIRST_TAG = re.compile(r"\s*<(h2|h3|p)(?:\s[^>]*)?>")
"""The begin of a heading or paragraph."""
_NEXT_TAG = re.compile(r"(</?(?:h2|h3|p)[\s>])\s*(?=\S)")
_LONGEST = 4000
"""Characters of a first line."""

_SIGNS = str.maketrans("‘’ʼ‚“”„«»‹›–—‑−", "'" * 4 + '"' * 7 + "-" * 4)
"""Signs that editors and systems write in one place and not in the other."""


def without_headline(body: str, headline: str) -> str:
    """Return clean HTML without its first line, if that is the headline and no picture."""
    first = _FIRST_TAG.match(body)
    end = _NEXT_TAG.search(body, first.end()) if first else None
    if first is None or end is None or end[1] != f"</{first[1]}>":
        return body
    typed = body[first.end() : end.start()]
    if not 0 < len(typed) <= _LONGEST or "<img" in typed:
        return body
    line, title = (headline_key(it.translate(_SIGNS)) for it in (plain_text(typed), headline))
    return body[end.end() :] if line == title else body
