"""Recognize the language of a text by its script and its small words."""

import re
import unicodedata
from collections import Counter

from feedsvc.importers.page.vocabulary import VOCABULARY

_SCRIPTS: dict[str, str] = VOCABULARY["scripts"]
_SMALL_WORDS = {
    language: frozenset(words.split()) for language, words in VOCABULARY["function_words"].items()
}


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
    parts = {
        language: sum(word in small for word in spoken) / len(spoken)
        for language, small in _SMALL_WORDS.items()
    }
    # A text has over a tenth of its language's own small words, in isiZulu a little less.
    best = max(parts, key=lambda each: parts[each])
    is_other = parts[stated] <= 0.08 and parts[best] >= max(0.04, parts[stated] * 3)
    return best if is_other else ""
