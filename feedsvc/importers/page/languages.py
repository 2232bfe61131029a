"""Recognize the language of a text by its script and its small words."""

import re
import unicodedata
from collections import Counter

from feedsvc.importers.page.vocabulary import VOCABULARY

_SCRIPTS: dict[str, str] = VOCABULARY["scripts"]
_SMALL_WORDS = {
    language: frozenset(words.split()) for language, words in VOCABULARY["function_words"].items()
}
_READ = 20_000
"""Characters of a text that are read."""
_LEAST_WORDS = 60
"""Words of a text that shows its language."""
_SCRIPT_SHARE = 0.3
"""Share of the letters of a script; Japanese has many in another one."""
_MOST_OF_STATED, _LEAST_OF_OTHER, _TIMES = 0.08, 0.04, 3
"""Share of small words of the stated language, at most, and of the other one, at least: a text has
over a tenth of its language's own, in isiZulu and isiXhosa a little less."""


def other_language(text: str, tag: str) -> str:
    """Return the language of a text where it surely is not the stated one; else nothing.

    :param tag: the one that a page states.
    """
    stated = tag.partition("-")[0].lower()
    letters = [char for char in text[:_READ] if char.isalpha()][:2000]
    scripts = (unicodedata.name(char, "").partition(" ")[0] for char in letters)
    shares = Counter(_SCRIPTS[script] for script in scripts if script in _SCRIPTS)
    for language, count in shares.most_common(1):
        if count > len(letters) * _SCRIPT_SHARE:
            return "" if language == stated else language
    spoken = re.findall(r"[^\W\d_]+", text[:_READ].casefold())
    if len(spoken) < _LEAST_WORDS or stated not in _SMALL_WORDS:
        return ""
    parts = {
        language: sum(word in small for word in spoken) / len(spoken)
        for language, small in _SMALL_WORDS.items()
    }
    best = max(parts, key=lambda each: parts[each])
    least = max(_LEAST_OF_OTHER, parts[stated] * _TIMES)
    return best if parts[stated] <= _MOST_OF_STATED and parts[best] >= least else ""
