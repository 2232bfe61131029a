"""The phrases that feeds and pages write themselves, in the languages of ``translations.toml``."""

import re
import tomllib
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
_CORRECTION_WORDS = {
    "de": ("berichtig", "korrektur", "korrigi", "richtigstellung"),
    "en": ("clarif", "correct", "corrigend", "errat"),
    "es": ("aclaraci", "corre", "corri", "fe de err", "rectific"),
    "fr": ("corre", "corri", "précision", "rectif"),
    "it": ("corre", "corri", "errata", "rettific"),
    "nl": ("correctie", "gecorrigeerd", "rectificatie", "verbetering"),
    "pl": ("errata", "korekt", "sprostowan"),
    "pt": ("corre", "corri", "errata", "errámos", "erramos", "retific"),
    "ru": ("исправл", "опровержен", "поправк", "уточнен"),
    "sv": ("rätta", "rätte"),
    "tr": ("düzelt", "tekzip"),
    "uk": ("виправл", "спростуван", "уточнен"),
}
"""The beginnings of words for a correction, in small letters, by primary language."""
LABELS: tuple[Label, ...] = get_args(Label)
TRANSLATIONS: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text("utf-8")
)
"""The translations of each phrase, by primary language. They are read before ``serve`` forks its
processes, so that no first reader of a feed waits for it."""


def translate(phrase: Phrase, language: str) -> str:
    """Return a phrase in a language; in English where that is not known.

    :param language: BCP 47.
    """
    translations = TRANSLATIONS[phrase]
    primary = langcodes.Language.get(language).language or ""
    return translations.get(primary, translations["en"])


def begins_as_correction(note: str, language: str) -> bool:
    """Return whether a note begins with a word for a correction, in its language or in English.

    An inflected word is one, too, and so is one in brackets or between asterisks.
    """
    primary = langcodes.Language.get(language).language or ""
    words = [translate("correction", language).casefold()]
    words += [*_CORRECTION_WORDS.get(primary, ()), *_CORRECTION_WORDS["en"]]
    return re.sub(r"^[\W_]+", "", note).casefold().startswith(tuple(words))
