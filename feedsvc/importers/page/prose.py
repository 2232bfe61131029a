"""Tell prose from the rest of a page: sentences, and how many words stand together."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from feedsvc.importers.page.vocabulary import alternatives

_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Letters of Thai, Lao, Burmese and Khmer, which part neither words nor sentences by a mark."""
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_SENTENCE = re.compile(r"""[.!?…:。！？।॥؟۔።]["'”’»«“」』）)\]]*$""")
_SENTENCES = re.compile(r"[.!?][”\"»]? \S.*[.!?][”\"»]?$|。.+。")
_CONSENT = re.compile(rf".*\b{alternatives('consent')}", re.IGNORECASE | re.DOTALL)


def word_count(text: str) -> int:
    """Return the words of a text, estimated from the letters in scripts without spaces."""
    ideographs, unspaced = len(_IDEOGRAPH.findall(text)), len(_UNSPACED.findall(text))
    if not ideographs + unspaced:
        return len(text.split())
    rest = _UNSPACED.sub(" ", _IDEOGRAPH.sub(" ", text))
    return sum(map(str.isalnum, rest.split())) + ideographs // 2 + unspaced // 5


def word_stems(text: str) -> set[str]:
    """Return the beginnings of the longer words of a text; pairs of letters without spaces."""
    stems: set[str] = set()
    for word in re.findall(r"[^\W_]{2,}", text.casefold()):
        if _IDEOGRAPH.search(word) or _UNSPACED.search(word):
            stems.update(map("".join, pairwise(word)))
        elif len(word) >= 4 or _HANGUL.match(word):
            stems.add(word[: 2 if _HANGUL.match(word) else 5])
    return stems


def ends_sentence(text: str) -> bool:
    """Return whether a text ends with a full stop or the like."""
    return _SENTENCE.search(text) is not None


def is_sentence(text: str) -> bool:
    """Return whether a text ends as a sentence does, or is as long as a paragraph."""
    return ends_sentence(text) or word_count(text) >= 25


def is_consent(text: str) -> bool:
    """Return whether a text speaks of cookies and consent as a site does."""
    return _CONSENT.match(text) is not None


def has_sentences(text: str) -> bool:
    """Return whether a text has two sentences or more, unlike the teaser of a story."""
    return _SENTENCES.search(text) is not None


def prose_words(paragraphs: Sequence[str]) -> int:
    """Return the words of paragraphs that are no teasers: long ones, or some together."""
    long = sum(word_count(text) for text in paragraphs if has_sentences(text))
    return max(long, words_together(paragraphs))


def words_together(paragraphs: Iterable[str]) -> int:
    """Return the most words of paragraphs with nothing between them but other sentences."""
    runs = groupby(paragraphs, key=is_sentence)
    return max((sum(map(word_count, run)) for prose, run in runs if prose), default=0)
