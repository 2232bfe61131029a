"""Words and shapes of lines that pages have around an article: ``vocabulary.toml``."""

import re
import tomllib
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

VOCABULARY: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
CLASS_NAMES = {key: re.compile("|".join(names)) for key, names in VOCABULARY["class_names"].items()}
"""Parts of the classes and ids of HTML elements with a meaning."""
DATE_LABELS = {
    label: (key, tuple(tag for tag, labels in VOCABULARY[key].items() if label in labels))
    for key in ("published", "updated")
    for label in chain(*VOCABULARY[key].values())
}
"""Labels of a day: its key in a record, and the languages of the label."""


def words(key: str) -> frozenset[str]:
    """Return words or phrases, all without capitals."""
    return frozenset(VOCABULARY[key])


@cache
def pattern(key: str) -> re.Pattern[str]:
    """Return a regular expression of the vocabulary, which does not regard capitals."""
    return re.compile(_expression(key), re.IGNORECASE)


@cache
def query(key: str) -> str:
    """Return an XPath query of the vocabulary."""
    return _expression(key)


def _expression(key: str) -> str:
    phrases = VOCABULARY.get(key, ())
    alternatives = f"(?:{'|'.join(phrases)})".replace(" ", r"\s+")
    text = alternatives if phrases else {**VOCABULARY["patterns"], **VOCABULARY["queries"]}[key]
    return re.sub(r"\{([a-z_]+)\}", lambda name: _expression(name[1]), text)
