"""The phrases of feeds and pages: each in every language."""

from __future__ import annotations

from typing import get_args

import pytest

from feedsvc.formats.translations import Phrase, all_translations, translate

PHRASES: tuple[Phrase, ...] = tuple(it for part in get_args(Phrase) for it in get_args(part))


def test_every_phrase_has_every_language() -> None:
    translations = all_translations()
    assert {*translations} == {*PHRASES}
    for phrase in PHRASES:
        assert translations[phrase].keys() == translations["related"].keys()
        assert all(text == text.strip() != "" for text in translations[phrase].values())


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Correction"),
        ("de-AT", "Korrektur"),
        ("zh-Hant", "更正"),
        ("is", "Correction"),
        ("und", "Correction"),
    ],
)
def test_a_language_that_is_not_known_gets_english(language: str, text: str) -> None:
    assert translate("correction", language) == text
