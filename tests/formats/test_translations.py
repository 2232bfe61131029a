"""The phrases of feeds and pages: each in every language."""

from __future__ import annotations

from typing import get_args

import pytest

from feedsvc.formats.translations import TRANSLATIONS, Phrase, begins_as_correction, translate

PHRASES: tuple[Phrase, ...] = tuple(it for part in get_args(Phrase) for it in get_args(part))


def test_every_phrase_has_every_language() -> None:
    assert {*TRANSLATIONS} == {*PHRASES}
    for phrase in PHRASES:
        assert TRANSLATIONS[phrase].keys() == TRANSLATIONS["related"].keys()
        assert all(text == text.strip() != "" for text in TRANSLATIONS[phrase].values())


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


@pytest.mark.parametrize(
    ("language", "note"),
    [
        ("en", "Corrected: it was six"),
        ("en-GB", "(CORRECTION) it was six"),
        ("en", "Clarification: both were there"),
        ("de", "Berichtigung: es waren sechs"),
        ("de-AT", "Richtigstellung – es waren sechs"),
        ("fr", "Rectificatif : le pont"),
        ("es", "Fe de erratas: eran seis"),
        ("ru", "Уточнение: было шесть"),
        ("ar", "تصحيح: كانت ستة"),
        ("fi", "Correction: kuusi"),
    ],
)
def test_a_note_that_begins_as_a_correction_is_known(language: str, note: str) -> None:
    assert begins_as_correction(note, language)


@pytest.mark.parametrize(
    ("language", "note"), [("en", "It was six."), ("de", "Rectificatif: x"), ("en", "")]
)
def test_any_other_note_needs_the_word(language: str, note: str) -> None:
    assert not begins_as_correction(note, language)
