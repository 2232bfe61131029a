"""Split the text below an image into its caption and its credit."""

import re
from copy import deepcopy

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import comparable
from feedsvc.importers.page.html.tree import find, has_name, text_of
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
        r"\s+(?:\||/)\s*(?P<credit>[^|/]+)$",
        r"(?:\s+[–—-]\s+|(?<=[.!?…\"”»])\s+)(?P<credit>[^.|–—]*\w\s?/\s?\w[^.|–—]*)$",
        r"(?<=[.!?…])\s*[(\[](?P<credit>[^()]{3,})[)\]]$",
    )
)
"""Credits behind a caption: with a label, in brackets, an agency, behind a stroke."""
_COUNTER = re.compile(
    r"^(?:image|bild|photo|foto|picture)?\s*\d+\s*(?:of|von|de|/)\s*\d+\s*", _FLAGS
)
_BRACKETS = str.maketrans("（）［］【】", "()[][]")
_TWICE = re.compile(r"(?P<once>.{10,}?)\s*(?P=once)", re.DOTALL)
_UNSHOWN = (
    ".//button | .//*[contains(@class, 'hidden') or contains(@class, 'sr-only') or "
    "contains(@class, 'screen-reader') or contains(@class, 'offscreen')]"
)
_LONGEST_CREDIT = 10
"""Words of a credit that an element is named after."""
_LONGEST_TAIL = 6
"""Words of a credit without a label."""


def caption_and_credit(below: HtmlElement) -> tuple[str, str]:
    """Return the caption and the credit in the text below an image."""
    below = deepcopy(below)
    below.tail = None
    for each in find(below, _UNSHOWN):
        if each.getparent() is not None:
            each.drop_tree()
    credit = ""
    for element in list(below.iterdescendants()):
        text = text_of(element)
        named = element.tag == "cite" or has_name(element, "credit")
        if named and 0 < len(text.split()) <= _LONGEST_CREDIT:
            credit = credit or text
            if below in element.iterancestors():
                element.drop_tree()
    caption, behind = split_caption(text_of(below))
    if not credit and (small := find(below, ".//small | .//em[last()]")) and not behind:
        credit = _small_credit(small[-1], below)
        caption = split_caption(text_of(below))[0] if credit else caption
    return caption, _plain_credit(credit or behind) or _plain_credit(behind)


def credit_in(holder: HtmlElement, caption: HtmlElement | None) -> str:
    """Return the credit that stands beside an image, outside of its caption."""
    within = set() if caption is None else set(caption.iter())
    for element in holder.iterdescendants():
        text = text_of(element) if element not in within else ""
        if 0 < len(text.split()) <= _LONGEST_CREDIT and (
            has_name(element, "credit") or _LABEL.match(text)
        ):
            return _plain_credit(text)
    return ""


def _small_credit(element: HtmlElement, below: HtmlElement) -> str:
    """Return the text of a small part of a caption, which loses it, where that is a credit."""
    text = text_of(element)
    is_credit = _LABEL.match(text) or re.search(_AGENCY, text, _FLAGS)
    if not is_credit or len(text.split()) > _LONGEST_CREDIT or text == text_of(below):
        return ""
    element.drop_tree()
    return text


def split_caption(text: str) -> tuple[str, str]:
    """Split a caption from the credit behind it, which may have no label."""
    line = _COUNTER.sub("", text.translate(_BRACKETS).strip(" |"))
    twice = _TWICE.fullmatch(line)
    line = twice["once"].strip() if twice else line
    caption, credit = line_patterns.split_credit(line)
    if credit:
        return _plain_caption(caption), _plain_credit(credit)
    for pattern in _TAILS:
        match = pattern.search(line)
        if match and _is_credit(match["credit"]) and (match.start() or _LABEL.match(line)):
            return _plain_caption(line[: match.start()]), _plain_credit(match["credit"])
    return _plain_caption(line), ""


def _is_credit(text: str) -> bool:
    labelled = _LABEL.match(text)
    words = text.split()
    if labelled:
        return len(words) <= 2 * _LONGEST_CREDIT
    has_name = bool(words) and ("/" in text or not words[0][:1].islower())
    return len(words) <= _LONGEST_TAIL and has_name and not re.search(r"\d{3}", text)


def _plain_caption(text: str) -> str:
    text = text.strip(" |–—").rstrip("/ ")
    return text if comparable(text) else ""


def _plain_credit(text: str) -> str:
    """Return a credit without its label, its brackets and its mark of rights."""
    line = text.strip(" |–—-()[]{}").strip()
    while (label := _LABEL.match(line)) and label.end():
        line = line[label.end() :].strip(" |–—-()[]")
    return line.strip(" ,;:") if comparable(line) else ""
