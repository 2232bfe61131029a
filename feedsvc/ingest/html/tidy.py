"""Remove from clean HTML empty elements, and breaks at the end of blocks."""

import re

from feedsvc.model.text import TAG

BLANK = re.compile(r"(?:\s|&nbsp;|\u200b)*")
"""Invisible text."""

VOID = {"br", "col", "hr", "img", "source"}
"""Elements without an end tag."""

_INLINE = set("a b del em i ins s small span strong sub sup u".split())
_BLOCKS = set("aside blockquote div figcaption figure h2 h3 h4 h5 h6 ol p ul".split())
_ENDED = _BLOCKS | {"dd", "dt", "li", "td", "th"}
"""Elements that end a line, so that a break at their end is needless."""

_SHOWN = {"audio", "hr", "iframe", "img", "td", "th", "video"}
"""Elements that are visible without any text."""


_NEEDLESS = re.compile(rf'<[a-z][a-z0-9-]*(?:\s[a-z][a-z-]*="[^"]*")*+>{BLANK.pattern}+(?:</|\Z)')
"""A sign of something that may be removed: an empty element, or a break before an end."""


def is_blank(text: str) -> bool:
    """Return whether a text of HTML is invisible."""
    # Most texts begin with a letter, which says so at once.
    return not text or (not text[0].isalnum() and BLANK.fullmatch(text) is not None)


def trim(markup: str) -> str:
    """Return clean HTML without invisible elements and breaks."""
    if not _NEEDLESS.search(markup):
        return markup
    out, opened, shown, at = list[str](), list[tuple[int, int]](), 0, 0
    for tag in TAG.finditer(markup):
        text = markup[at : tag.start()]
        at = tag.end()
        shown += not is_blank(text)
        out.append(text)
        if not tag[1]:
            shown += tag[2] in _SHOWN
            if tag[2] not in VOID:
                opened.append((len(out), shown))
        else:
            start, before = opened.pop()
            if tag[2] in _ENDED:
                _unbreak(out, start)
            if ' id="' not in out[start] and _is_empty(
                tag[2], out[start + 1 :] if tag[2] in _INLINE else [], shown == before
            ):
                del out[start:]
                continue
        out.append(tag[0])
    out.append(markup[at:])
    _unbreak(out, -1)
    return "".join(out)


def _is_empty(name: str, inside: list[str], nothing: bool) -> bool:
    # The space within an inline element may separate two words.
    return nothing and (name in _BLOCKS or (name in _INLINE and not any(inside)))


def _unbreak(out: list[str], start: int) -> None:
    """Remove the breaks at the end of the output, back to an index."""
    end = at = len(out)
    while at > start + 1 and (out[at - 1].startswith("<br") or BLANK.fullmatch(out[at - 1])):
        at -= 1
        if out[at].startswith("<br"):
            end = at
    del out[end:]
