"""Words that news pages put around an article: ``vocabulary.toml``, which explains them."""

import re
import tomllib
from pathlib import Path
from typing import Any

VOCABULARY: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def words(key: str) -> frozenset[str]:
    """Return words or phrases, all without capitals."""
    return frozenset(VOCABULARY[key])


def alternatives(key: str) -> str:
    """Return the regular expression that matches each of several phrases."""
    return f"(?:{'|'.join(VOCABULARY[key])})".replace(" ", r"\s+")


def date_labels(key: str) -> dict[str, tuple[str, ...]]:
    """Return the labels of a day, ``published`` or ``updated``, each with its languages."""
    by_language: dict[str, list[str]] = VOCABULARY[key]
    return {
        label: tuple(language for language, labels in by_language.items() if label in labels)
        for label in (label for labels in by_language.values() for label in labels)
    }


CLASS_NAMES = {key: re.compile("|".join(names)) for key, names in VOCABULARY["class_names"].items()}
"""Parts of the classes and ids of HTML elements with a meaning."""
