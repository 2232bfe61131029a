"""A word of a body is looked for in its file."""

from __future__ import annotations

import pytest

from feedsvc.ingest.record.places import Places

TEXT = "---\nheadline: a\n---\nb <i> a\n\n<i>![x](y.png)"


@pytest.mark.parametrize(
    ("words", "places"),
    [
        (["a"], [(4, 7)]),
        (["<i>", "<i>", "<i>"], [(4, 3), (6, 1), (4, 1)]),
        (['<img src="y.png" alt="x">'], [(6, 9)]),
        (["nowhere"], [(4, 1)]),
        ([""], [(4, 1)]),
    ],
)
def test_a_word_is_found_behind_the_beginning_of_the_body(
    words: list[str], places: list[tuple[int, int]]
) -> None:
    body = Places(TEXT, 4, 1, escaped=False)
    assert [body.find(word) for word in words] == places


def test_the_last_of_very_many_words_are_at_the_beginning() -> None:
    body = Places("x" + "a " * 1001, 1, 1, escaped=False)
    assert [body.find("a") for _ in range(1001)][-2:] == [(1, 2000), (1, 1)]
