"""Problems are lines that an editor can jump to, in the order of the file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from feedsvc import errors
from feedsvc.errors import ConfigError, FeedsvcError, Problem, RecordError, did_you_mean


def drawn(kind: type[Exception], depth: int = 0) -> Iterator[str]:
    """Yield the tree of a kind of error as the top of the module draws it."""
    if not kind.__name__.startswith("_"):
        yield f"{'  ' * depth}* {kind.__name__}"
        depth += 1
    for below in kind.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from drawn(below, depth)


def test_the_tree_of_errors_is_drawn_at_the_top() -> None:
    lines = (errors.__doc__ or "").splitlines()
    in_docstring = [line.partition(":")[0] for line in lines if line.lstrip().startswith("*")]
    assert sorted(in_docstring) == sorted(drawn(FeedsvcError))


def test_a_problem_is_a_line_with_file_line_column_key_and_message() -> None:
    assert str(Problem("articles/a.md", 3, 7, "slug", "is wrong")) == (
        "articles/a.md:3:7: slug: is wrong"
    )


def test_a_problem_of_a_whole_file_has_no_key() -> None:
    assert str(Problem("articles/a.md", 1, 1, "", "is not JSON")) == (
        "articles/a.md:1:1: is not JSON"
    )


def test_a_note_is_marked_as_one() -> None:
    assert str(Problem("a.md", 1, 1, "note", "is missing", note=True)) == (
        "a.md:1:1: note: note: is missing"
    )


@pytest.mark.parametrize("kind", [ConfigError, RecordError])
def test_an_error_lists_its_problems_in_the_order_of_the_file(
    kind: type[ConfigError | RecordError],
) -> None:
    late, early = Problem("a", 10, 1, "", "late"), Problem("a", 9, 5, "", "early")
    error = kind([late, early])
    assert error.problems == (early, late)
    assert str(error) == "a:9:5: early\na:10:1: late"
    assert isinstance(error, FeedsvcError)


def test_a_record_error_keeps_its_dependencies() -> None:
    error = RecordError([], dependencies=["media/a.png"])
    assert error.dependencies == ("media/a.png",)


@pytest.mark.parametrize(
    ("word", "question"),
    [
        ("hedline", ' Did you mean "headline"?'),
        ("HEADLINE", ' Did you mean "headline"?'),
        ("zzz", ""),
    ],
)
def test_a_word_close_to_a_known_one_is_suggested(word: str, question: str) -> None:
    assert did_you_mean(word, ["summary", "headline"]) == question
