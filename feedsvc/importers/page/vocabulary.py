"""Words and shapes of lines that pages have around an article: ``vocabulary.toml``."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

VOCABULARY: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
CLASS_NAMES = {key: re.compile("|".join(names)) for key, names in VOCABULARY["class_names"].items()}
"""Parts of the classes and ids of HTML elements with a meaning."""


def words(key: str) -> frozenset[str]:
    """Return words or phrases, all without capitals."""
    return frozenset(VOCABULARY[key])


@cache
def pattern(key: str) -> re.Pattern[str]:
    """Return a regular expression of the vocabulary, which does not regard capitals."""
    return re.compile(_expression(key), re.IGNORECASE)


def _expression(key: str) -> str:
    phrases = VOCABULARY.get(key, ())
    alternatives = f"(?:{'|'.join(phrases)})".replace(" ", r"\s+")
    text = alternatives if phrases else VOCABULARY["patterns"][key]
    return re.sub(r"\{([a-z_]+)\}", lambda name: _expression(name[1]), text)


def date_labels(key: str) -> dict[str, tuple[str, ...]]:
    """Return the labels of a day, ``published`` or ``updated``, each with its languages."""
    by_language: dict[str, list[str]] = VOCABULARY[key]
    return {
        label: tuple(language for language, labels in by_language.items() if label in labels)
        for label in (label for labels in by_language.values() for label in labels)
    }
