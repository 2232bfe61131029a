"""Language tags, and the direction in which a language is written."""

from __future__ import annotations

import pytest

from feedsvc.model.languages import is_rtl


@pytest.mark.parametrize("language", ["ar", "ckb", "dv", "fa-AF", "he", "ku-Arab", "prs", "ur"])
def test_languages_written_from_right_to_left(language: str) -> None:
    assert is_rtl(language)


@pytest.mark.parametrize("language", ["en", "ku", "pa", "tr", "uz-Latn", "zh-Hant", "qaa"])
def test_languages_written_from_left_to_right(language: str) -> None:
    assert not is_rtl(language)
