"""Tell prose from the rest of a page: its sentences, its words, its language."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from feedsvc.importers.page.vocabulary import VOCABULARY, pattern

_SCRIPTS: dict[str, str] = VOCABULARY["scripts"]
_SMALL_WORDS = {tag: frozenset(it.split()) for tag, it in VOCABULARY["function_words"].items()}


def word_count(text: str) -> int:
    """Return the words of a text, estimated from the letters in scripts without spaces."""
    rest, ideographs = pattern("ideograph").subn(" ", text)
    rest, unspaced = pattern("unspaced").subn(" ", rest)
    if not ideographs + unspaced:
        return len(text.split())
    return sum(map(str.isalnum, rest.split())) + ideographs // 2 + unspaced // 5


def word_stems(text: str) -> set[str]:
    """Return the beginnings of the longer words of a text; pairs of letters without spaces."""
    stems: set[str] = set()
    for word in re.findall(r"[^\W_]{2,}", text.casefold()):
        if pattern("ideograph").search(word) or pattern("unspaced").search(word):
            stems.update(map("".join, pairwise(word)))
        elif len(word) >= 4 or pattern("hangul").match(word):
            stems.add(word[: 2 if pattern("hangul").match(word) else 5])
    return stems


def is_sentence(text: str) -> bool:
    """Return whether a text ends as a sentence does, or is as long as a paragraph."""
    return pattern("sentence_end").search(text) is not None or word_count(text) >= 25


def prose_words(paragraphs: Sequence[str]) -> int:
    """Return the words of paragraphs that are no teasers: long ones, or some together."""
    long = sum(word_count(text) for text in paragraphs if pattern("two_sentences").search(text))
    return max(long, words_together(paragraphs))


def words_together(paragraphs: Iterable[str]) -> int:
    """Return the most words of paragraphs with nothing between them but other sentences."""
    runs = groupby(paragraphs, key=is_sentence)
    return max((sum(map(word_count, run)) for prose, run in runs if prose), default=0)


def other_language(text: str, tag: str) -> str:
    """Return the language of a text where it surely is not the stated one; else nothing."""
    stated, text = tag.partition("-")[0].lower(), text[:20_000]
    letters = [char for char in text if char.isalpha()][:2000]
    scripts = (unicodedata.name(char, "").partition(" ")[0] for char in letters)
    shares = Counter(_SCRIPTS[script] for script in scripts if script in _SCRIPTS)
    language = max(shares, key=lambda each: shares[each], default="")
    # Japanese has many letters in another script.
    if shares[language] > len(letters) * 0.3:
        return "" if language == stated else language
    spoken = re.findall(r"[^\W\d_]+", text.casefold())
    if len(spoken) < 60 or stated not in _SMALL_WORDS:
        return ""
    count, known = len(spoken), _SMALL_WORDS.items()
    parts = {tag: sum(word in small for word in spoken) / count for tag, small in known}
    # A text has over a tenth of its language's own small words, in isiZulu a little less.
    best = max(parts, key=lambda each: parts[each])
    is_other = parts[stated] <= 0.08 and parts[best] >= max(0.04, parts[stated] * 3)
    return best if is_other else ""
