"""The phrases that feeds and pages write themselves, in the languages of ``translations.toml``."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import langcodes

Label = Literal["comments", "listen", "published", "related", "updated", "watch"]
"""The labels of a page."""
Phrase = (
    Label
    | Literal[
        "correction",
        "corrections",
        "expired",
        "restoration",
        "restored",
        "withdrawal",
        "withdrawn",
    ]
)
LABELS: tuple[Label, ...] = get_args(Label)


def translate(phrase: Phrase, language: str) -> str:
    """Return a phrase in a language; in English where that is not known.

    :param language: BCP 47.
    """
    translations = all_translations()[phrase]
    primary = langcodes.Language.get(language).language or ""
    return translations.get(primary, translations["en"])


@cache
def all_translations() -> dict[str, dict[str, str]]:
    """Return the translations of each phrase, by primary language."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
