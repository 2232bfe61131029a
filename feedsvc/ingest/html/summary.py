"""Make a summary from the beginning of a body: whole sentences of its prose."""

import re

from feedsvc.model.text import TAG, plain_text

SUMMARY_LENGTH = 300
"""Characters, at most, of a summary made from the body."""

_ENOUGH = 20 * SUMMARY_LENGTH
"""Characters of text that are read, as many of them may be space: a summary needs no more."""
_APART = set("aside audio figure h2 h3 h4 h5 h6 iframe pre table video".split())
"""Elements whose words do not belong to the running text."""
_CAPTION = re.compile(r"<p[^>]*>\s*<img[^>]*>(?:\s|<br>)*<(em|i|small)>[^<]*</\1>\s*</p>")
"""A paragraph of a picture and its caption, as people write it in Markdown."""
_LINKS_ALONE = re.compile(
    r"(?:^|(?<=</p>)|(?<=<p>)|(?<=</div>)|(?<=<div>)|(?<=</blockquote>))\s*(?:<a\s[^>]*>[^<]*</a>\s*)+"
    r"(?=<(?:p|div|h[2-6]|figure|[ou]l|table|blockquote|/div)\b|\Z)"
    r"|(?<=<p>)<a\s[^>]*>https?://[^<]*</a>(?=</p>)"
    r"|<blockquote[^>]*>\s*<a\s[^>]*>https?://[^<]*</a>\s*</blockquote>"
)
"""Links in the place of frames and embeds, and addresses alone."""
_LINK_FIRST = re.compile(r"(?:\A|<(?:/?p|/?div|/?blockquote[^>]*)>)\s*<a\s")
"""The only places of such links: to look for these takes a tenth of the time."""
_MARK = re.compile(r"<sup[^>]*>\s*(?:[\[(][^<\])]{1,9}[\])]|[*†‡§]+)\s*</sup>")
_NUMBER_MARK = re.compile(r"(?:(?<=[^\W\d_]{4})|(?<=[.,;:!?”»)]))<sup[^>]*>\s*\d{1,3}\s*</sup>")
"""The number of a footnote, not a power such as that of km²."""
_NOTES = re.compile(r"<hr[^>]*>\s*<ol\b.*</ol>\s*", re.DOTALL)
"""The footnotes below a text that has their numbers."""

_SENTENCE_END = re.compile(r"[.!?…。！？؟۔।]['\"’”»)\]]*(?=\s|$)|[。！？]")
_LAST_WORD = re.compile(r"(?:^|(?<=[\s(\[\"'“‘„«]))[^\s(\[\"'“‘„«]{1,20}\Z")
_NUMBER_WORD = re.compile(r"(?:[0-9]{1,2}|[IVX]+|(?:\w\.)*\w)")
"""An ordinal such as 24. or II., an initial, or initials such as U.S."""
_ABBREVIATIONS = set(
    (
        "adm approx apr aug av bros bzw ca capt cf cmdr co col corp cpl dec dept dr dra etc evtl "
        "feb fr fri ft gen ggf gov gén hon hr inc inkl insp jan jr jul jun lt ltd maj messrs mio "
        "mlle mme mr mrd mrs ms mt nov oct okt pfc pres prof pvt rep rev sen sept sep sgt sog sr "
        "sra srta st sta str supt thu tue tues usw vgl vs zzgl dez cdte lic "
        "bijv boul ehem env févr geb gem janv juil mevr "
        "акад им млн млрд пер пл пр просп проф руб стр тыс ул"
    ).split()
)
"""Words that are written with a point in the middle of a sentence."""
_BEFORE_NUMBERS = set("abs art bd cap fig kap no nos nr nro núm p pp pág tel vol".split())
"""Words that are, where a number follows."""


def summary_of(body: str) -> str:
    """Return the first sentences of clean HTML; of its prose, where it has any."""
    return first_sentences(plain_text(_prose(body)) or plain_text(body))


def _prose(body: str) -> str:
    """Return the beginning of clean HTML without the words beside the running text."""
    out, at, depth, length = list[str](), 0, 0, 0
    for tag in TAG.finditer(body):
        if depth == 0:
            out.append(body[at : tag.start()])
            length += len(out[-1])
        at = tag.end()
        if tag[2] in _APART:
            out.append(" ")
            depth += -1 if tag[1] else 1
        elif depth == 0:
            out.append(tag[0])
        if length > _ENOUGH:
            break
    else:
        out.append(body[at:])
    prose = _CAPTION.sub("", "".join(out))
    if _LINK_FIRST.search(prose):
        prose = _LINKS_ALONE.sub(" ", prose)
    if "<sup" not in prose:
        return prose
    end = prose.rfind("<hr")
    prose = prose[:end] if end >= 0 and _NOTES.fullmatch(prose, end) else prose
    return _NUMBER_MARK.sub("", _MARK.sub("", prose))


def first_sentences(text: str, length: int = SUMMARY_LENGTH) -> str:
    """Return the beginning of a text, cut at the last sentence end before ``length`` characters.

    A first sentence longer than that is cut at a word, with an ellipsis.
    """
    if len(text) <= length:
        return text
    # One character more shows whether a point ends a sentence or is part of a number.
    ends = [
        end.end()
        for end in _SENTENCE_END.finditer(text, 0, length + 1)
        if length // 4 <= end.end() <= length and _ends_sentence(text, end)
    ]
    if ends:
        return text[: ends[-1]]
    return f"{text[: length - 1].rsplit(' ', 1)[0].rstrip(' ,;:–—-')}…"


def _ends_sentence(text: str, end: re.Match[str]) -> bool:
    """Return whether a sentence ends here, and not an abbreviation such as "Capt." or "24."."""
    if text[end.end() : end.end() + 2].strip()[:1].islower():
        return False
    word = _LAST_WORD.search(text, max(0, end.start() - 30), end.start())
    if end[0] != "." or word is None:
        return True
    known = word[0].lower()
    if _NUMBER_WORD.fullmatch(word[0]) or known in _ABBREVIATIONS:
        return False
    return known not in _BEFORE_NUMBERS or not text[end.end() + 1 : end.end() + 2].isdigit()
