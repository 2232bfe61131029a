from __future__ import annotations

import unicodedata

import pytest

from feedsvc.model.text import composed


def test_of_very_many_marks_each_thirty_stand_alone() -> None:
    text = composed("a" + "\u0315\u0300" * 35)
    assert [len(part) for part in text.split("\u034f")] == [30, 30, 10]
    assert composed(text) == text == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("text", ["—" * 3000, "e\u0301" * 3000, "a" + "\u0315\u0300" * 14])
def test_other_texts_are_composed_whole(text: str) -> None:
    assert composed(text) == unicodedata.normalize("NFC", text)
