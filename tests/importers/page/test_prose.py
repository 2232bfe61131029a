"""A text shows its language, whichever the page states."""

from __future__ import annotations

import pytest

from feedsvc.importers.page.prose import other_language

ENGLISH = "The ferry of the town is at the quay, and it will not be on its way for a while. " * 6
SWEDISH = "Det är en båt som ligger vid kajen, och den ska inte gå till ön för att det blåser. " * 6


@pytest.mark.parametrize(
    ("text", "tag", "language"),
    [
        (ENGLISH, "en-GB", ""),
        (ENGLISH, "so", "en"),
        (SWEDISH, "en-US", "sv"),
        (SWEDISH[:80], "en", ""),
        (SWEDISH, "tlh", ""),
        ("다리는 겨울에도 열려 있다. " * 6, "kr", "ko"),
        ("橋は冬も開いている。" * 6, "ja", ""),
        ("橋は冬も開いている。" * 6, "en", "ja"),
        ("", "en", ""),
        (ENGLISH + "橋と島", "en", ""),
    ],
)
def test_the_language_of_a_text(text: str, tag: str, language: str) -> None:
    assert other_language(text, tag) == language
