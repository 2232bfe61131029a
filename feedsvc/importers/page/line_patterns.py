"""Recognize lines by their words: credits, dates, breadcrumbs, comments, the form of a headline."""

import re
from functools import lru_cache

from feedsvc.importers.page.dates import DateReading, read_date
from feedsvc.importers.page.people import byline
from feedsvc.importers.page.prose import word_count
from feedsvc.importers.page.vocabulary import DATE_LABELS, pattern, words

_ANY_DAY = pattern("any_day")
_RIGHTS = pattern("rights_line")
_LABELS = "|".join(map(re.escape, sorted(DATE_LABELS, key=len, reverse=True)))
_LABEL = re.compile(rf"(?:^|(?<=[\s|·•(]))({_LABELS})(?:\s*[:：]\s*|\s+)", re.IGNORECASE)
UPDATED_LABELS = tuple(label for label, (key, _) in DATE_LABELS.items() if key == "updated")
STOPS = (".", "!", "?", "…", "。")
"""Ends of sentences."""
DateFound = tuple[str, str, tuple[str, ...]]
"""The key of a date, its text, and the languages of its label."""
_QUOTES = "\"'“”‘’«»„‹›¿¡([])"
_NO_DATE = DateReading()


def is_noise(text: str) -> bool:
    """Return whether a text is links for sharing, navigation, or a line on comments or rights."""
    parts = re.sub(r"[|/,·•]", " ", text[:200]).casefold().split()
    is_sharing = words("share").issuperset(parts) and not words("linking").issuperset(parts)
    is_navigation = text.casefold().strip(" :»›>") in words("navigation")
    return is_sharing or is_navigation or is_end(text)


def is_end(text: str) -> bool:
    """Return whether a text is the line about comments or rights that ends an article."""
    return comments(text) is not None or (len(text) <= 200 and _RIGHTS.fullmatch(text) is not None)


def is_head_line(text: str) -> bool:
    """Return whether a text is the caption of an image, or is signed or dated."""
    return bool(split_credit(text)[1] and word_count(text) < 60) or is_signature(text)


def is_signature(text: str) -> bool:
    """Return whether a text is a date, an age such as ``2 hours ago``, or a byline."""
    is_age = len(text) <= 40 and pattern("ages").fullmatch(text)
    return bool(labelled_dates(text) or head_dates(text) or byline(text) or is_age)


def related_label(text: str) -> str | None:
    """Return the headline on a line such as ``RELATED: Some Headline``; None for another line."""
    match = pattern("related_line").fullmatch(text) if len(text) <= 300 else None
    is_label = match is not None and (match["colon"] or not match["headline"])
    return match["headline"].strip() if match and is_label else None


def split_credit(text: str) -> tuple[str, str]:
    """Split a caption from the credit behind it: ``… | Photo: Mara Oduya``."""
    match = pattern("credit").search(text)
    if match is None:
        return text, ""
    credit = match["credit"].strip()
    if match[0].lstrip().startswith(("(", "[")):
        credit = credit.removesuffix(")").removesuffix("]").rstrip()
    return text[: match.start()].strip().rstrip("|•·–—/ "), credit.strip(" |")


def once(text: str) -> str:
    """Return once a text that stands twice in a row."""
    half, again = text[: len(text) // 2].strip(), text[len(text) // 2 :].strip()
    # Some names, such as "Walla Walla", are a short word twice.
    return half if half == again and (len(half) > 9 or half.endswith(STOPS)) else text


def comments(text: str) -> int | None:
    """Return the number in a line about comments, -1 where it has none; None for another line."""
    line = text.strip(" .!:|›»>-–—")
    match = pattern("comments_line").fullmatch(line) if 0 < len(line) <= 80 else None
    if match is None or match["first"] or match["none"]:
        return match and 0
    digits = re.sub(r"\D", "", match["count"] or match["behind"] or "")
    return int(digits or -1)


def keywords(text: str) -> list[str] | None:
    """Return the keywords of a line such as ``Tags: harbour, ferries``; None for another line."""
    match = pattern("keywords_line").fullmatch(text)
    words = re.split("[,;|]", match["words"] or "") if match else []
    return [word.strip() for word in words if word.strip()] if match else None


def is_headline(text: str, *, sentence_case: bool = False) -> bool:
    """Return whether a text has the form of a headline: short, no full stop, in title case."""
    words = [word.strip(_QUOTES) for word in text.split()]
    letters = [word for word in words if word[:1].isalpha()]
    is_quoted = text[:1] in "\"“„«‘'" and text[-1:] in "\"”“»’'"  # set off from the paragraphs
    ends = len(text) > 200 or text.endswith((".", ":", ";", ",", "…", "。", "।"))
    if not letters or is_quoted or ends or words[0][:1].islower():
        return False
    long = [word for word in letters if len(word) > 3]
    capital = sum(not word[0].islower() for word in long)
    return sentence_case or (bool(long) and capital >= len(long) * 0.8)


def labelled_dates(text: str) -> list[DateFound]:
    """Return key, date and languages of each date of a line that is labelled dates as a whole."""
    before, *parts = _LABEL.split(text[:201])
    before = before.strip(" |·•,-–—(")
    if len(text) > 200 or (before and not byline(before)):
        return []
    dates: list[DateFound] = []
    for label, part in zip(parts[::2], parts[1::2], strict=True):
        date = part.strip(" |·•,;-–—")
        key, languages = DATE_LABELS.get(label.casefold(), ("published", ()))
        # A text that looks like a date is one, though it cannot be read.
        looks = len(date) <= 40 and date[:1].isdecimal() and date[-1:] != "."
        if read_date(date, languages) == _NO_DATE and not looks:
            return []
        dates.append((key, date, languages))
    return dates


@lru_cache(maxsize=4096)
def head_dates(text: str) -> tuple[DateFound, ...]:
    """Return the dates of a line that says little else: ``Mara Oduya | 12 March 2025``."""
    words = text.split() if len(text) <= 100 and _ANY_DAY.search(text) else []
    dates: list[DateFound] = []
    others = before = ""
    while words:
        # The most words that can be read as a date are one.
        ends = range(min(12, len(words)), 0, -1)
        texts = ((" ".join(words[:end]).strip("|·•,;()–—-"), end) for end in ends)
        dated = (it for it in texts if _ANY_DAY.search(it[0]) and read_date(it[0]) != _NO_DATE)
        date, length = next(dated, ("", 1))
        if date:
            is_updated = any(f" {label} " in f" {before}" for label in UPDATED_LABELS)
            dates.append(("updated" if is_updated else "published", date, ()))
            others, before = others + before, ""
        else:
            before += re.sub(r"\W", " ", words[0].casefold()) + " "
        del words[:length]
    most = 2 if text.endswith(".") else 6
    return tuple(dates) if len((others + before).split()) <= most else ()


def crumbs(text: str) -> list[str]:
    """Return the parts of a breadcrumb such as ``News > Russia``; nothing for another text."""
    text = pattern("before_crumbs").sub("", text)
    # Links to parts of the page say with which keys they work: "Menu [AK+1]".
    if len(text) > 160 or "[" in text or not pattern("crumbs").fullmatch(text):
        return []
    return [crumb for crumb in pattern("between_crumbs").split(text) if crumb]
