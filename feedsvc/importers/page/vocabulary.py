"""Words and shapes of lines that pages have around an article: ``vocabulary.toml``."""

import re
import tomllib
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

VOCABULARY: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
DATE_LABELS = {
    label: (key, tuple(tag for tag, labels in VOCABULARY[key].items() if label in labels))
    for key in ("published", "updated")
    for label in chain(*VOCABULARY[key].values())
}
"""Labels of a day: its key in a record, and the languages of the label."""


@cache
def words(key: str) -> frozenset[str]:
    """Return words or phrases, all without capitals."""
    return frozenset(VOCABULARY[key])


@cache
def pattern(key: str) -> re.Pattern[str]:
    """Return a regular expression of the vocabulary, which does not regard capitals."""
    return re.compile(query(key), re.IGNORECASE)


@cache
def query(key: str) -> str:
    """Return an expression or an XPath query of the vocabulary, with the phrases that it names."""
    phrases = "|".join(VOCABULARY.get(key, ()))
    expressions = {**VOCABULARY["patterns"], **VOCABULARY["queries"]}
    text = f"(?:{phrases})".replace(" ", r"\s+") if phrases else expressions[key]
    return re.sub(r"\{([a-z_]+)\}", lambda name: query(name[1]), text)
