"""Split the text below an image into its caption and its credit."""

import re
from copy import deepcopy

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import comparable
from feedsvc.importers.page.tree import INLINE, find, has_name, line_of, text_of
from feedsvc.importers.page.vocabulary import alternatives

_FLAGS = re.IGNORECASE
_LABEL = re.compile(
    rf"^\W*(?:{alternatives('image_sources')}\s*[:：.,|]+|©|\(c\)|copyright\b|©️)[\s:|]*", _FLAGS
)
_SOURCE = rf"(?:{alternatives('image_sources')}\s*[:：]|(?:fot|zdj|nuotr)\.|©|\(c\)\s|copyright\s)"
_AGENCY = rf"(?<!\w){alternatives('image_agencies')}(?!\w)"
_TAILS = tuple(
    re.compile(pattern, _FLAGS)
    for pattern in (
        rf"\s*[(\[{{]\s*(?P<credit>{_SOURCE}[^()]{{2,120}}?)\s*[)\]}}]\.?$",
        rf"(?:^|\s*[|•·/–—,-]\s*|(?<=[\w.!?…\"”»)。])\s+)(?P<credit>{_SOURCE}\s*\S.{{0,120}})$",
        rf"\s*[(\[](?P<credit>[^()]*(?:{_AGENCY}|\w\s?/\s?\w)[^()]*)[)\]]\.?$",
        rf"(?:\s+[|–—-]\s*|(?<=[.!?…\"”»])\s+)(?P<credit>[^.|–—]*{_AGENCY}[^.|–—]*)\.?$",
        r"(?:\s+[–—-]\s+|(?<=[.!?…\"”»])\s+)(?P<credit>[^.|–—]*\w\s?/\s?\w[^.|–—]*)$",
        r"\s+(?:\||/)\s*(?P<credit>[^|/]+)$",
        r"(?<=[.!?…])\s*[(\[](?P<credit>[^()]{3,})[)\]]$",
    )
)
"""Credits behind a caption: with a label, in brackets, an agency, behind a stroke."""
_COUNTER = re.compile(
    r"^(?:image|bild|photo|foto|picture)?\s*\d+\s*(?:of|von|de|/)\s*\d+\s*", _FLAGS
)
_BRACKETS = str.maketrans("（）［］【】", "()[][]")
_UNSHOWN = (
    ".//button | .//*[contains(@class, 'visually') or contains(@class, 'sr-only') or "
    "contains(@class, 'screen-reader') or contains(@class, 'offscreen')]"
)


def caption_and_credit(below: HtmlElement) -> tuple[str, str]:
    """Return the caption and the credit in the text below an image."""
    below = deepcopy(below)
    below.tail = None
    for each in find(below, _UNSHOWN):
        each.drop_tree()
    credit, whole = "", text_of(below)
    for element in list(below.iterdescendants()):
        text = _credit_of(element, whole) if below in element.iterancestors() else ""
        if text and text != whole:
            credit = credit or text
            element.drop_tree()
            whole = text_of(below)
    caption, behind = split_caption(text_of(below))
    return caption, _plain_credit(credit) or behind


def _credit_of(element: HtmlElement, whole: str = "") -> str:
    """Return the text of an element that is a credit: by its name, a label or an agency.

    It is one, too, where it stands behind the last sentence of the whole caption, as names do.
    """
    text = line_of(element, 200)
    named = element.tag == "cite" or has_name(element, "credit") or _LABEL.match(text)
    is_behind = whole.removesuffix(text).rstrip().endswith((*".!?…”»",)) and whole.endswith(text)
    is_last = is_behind and _is_credit(text) and not text.endswith((*".!?…",))
    is_agency = element.tag in INLINE and re.fullmatch(_AGENCY, text, _FLAGS)
    return text if len(text.split()) <= 10 and (named or is_agency or is_last) else ""


def credit_in(holder: HtmlElement, caption: HtmlElement | None) -> str:
    """Return the credit that stands beside an image, outside of its caption."""
    within = {holder} if caption is None else set(caption.iter())
    beside = (_credit_of(each) for each in holder.iterdescendants() if each not in within)
    return _plain_credit(next(filter(None, beside), ""))


def split_caption(text: str) -> tuple[str, str]:
    """Split a caption, which may stand twice, from a credit behind it, also without a label."""
    line = line_patterns.once(_COUNTER.sub("", text.translate(_BRACKETS).strip(" |")))
    caption, credit = line_patterns.split_credit(line)
    tails = (pattern.search(line) for pattern in (() if credit else _TAILS))
    for match in filter(None, tails):
        if not credit and _is_credit(match["credit"]) and (match.start() or _LABEL.match(line)):
            caption, credit = line[: match.start()], match["credit"]
    caption = caption.strip(" |–—").rstrip("/ ")
    return caption if comparable(caption) else "", _plain_credit(credit)


def _is_credit(text: str) -> bool:
    words = text.split()
    if _LABEL.match(text):
        return len(words) <= 20
    has_name = bool(words) and ("/" in text or not words[0][:1].islower())
    return len(words) <= 6 and has_name and not re.search(r"\d{3}", text)


def _plain_credit(text: str) -> str:
    """Return a credit without its label, its brackets and its mark of rights."""
    line = text.strip(" |–—-()[]{}").strip()
    while (label := _LABEL.match(line)) and label.end():
        line = line[label.end() :].strip(" |–—-()[]")
    return line.strip(" ,;:") if comparable(line) else ""
