"""Lines of text pages become blocks."""

from __future__ import annotations

import pytest

from tests.importers.page.text.pages import TITLE, fields


@pytest.mark.parametrize(
    "text",
    [
        (
            "One two three four five six seven eight nine ten eleven twelve thirteen\n"
            "fourteen fifteen."
        ),
        (
            "One two three four five six seven eight nine ten eleven twelve thirteen  "
            "\r\n  fourteen fifteen."
        ),
        (
            "One two three four five six seven eight nine ten eleven twelve thirteen\n"
            "-\nfourteen fifteen."
        ),
    ],
)
def test_wrapped_lines_are_one_paragraph(text: str) -> None:
    record = fields(f"{TITLE}{text}\n")
    assert record["body"].replace("- ", "").endswith("thirteen fourteen fifteen.")


def test_lines_that_end_early_are_paragraphs() -> None:
    long = "word " * 15
    record = fields(f"{TITLE}{long}\n{long}\nshort end.\nNext one.\n{long}\nend.")
    assert len(record["body"].split("\n\n")) == 3


def test_a_page_pasted_without_blank_lines_has_its_paragraphs() -> None:
    record = fields(
        f"The Headline of It\n{'Word ' * 60}ends.\n{'Word ' * 50}ends.\nWord.\nand more."
    )
    assert len(record["body"].split("\n\n")) == 4


def test_long_lines_that_all_end_as_sentences_are_paragraphs() -> None:
    lines = [f"{'Word ' * count}ends." for count in (16, 17, 15, 17)]
    assert fields("\n".join(["The Headline of It", "21 March 2023", *lines]))[
        "body"
    ] == "\n\n".join(lines)


def test_a_page_wrapped_wide_is_unwrapped() -> None:
    line = ("Word " * 40)[:190].rsplit(" ", 1)[0]
    record = fields(f"{TITLE}{line}\n{line}\n{line}\n{line}\nWord.\n")
    assert "\n" not in record["body"]


def test_a_table_wider_than_the_page_does_not_unwrap_it() -> None:
    line = "Word word word word word word word word word word word word word word word"
    wide = "Table " * 40
    record = fields(f"{TITLE}{line}\n{line}\n{line}\n{line}\nEnd.\n\n{wide}\n{wide}\n")
    assert record["body"].count("\n\n") == 1


def test_chinese_is_joined_without_spaces() -> None:
    record = fields(
        f"今天的新闻标题在这里写着\n\n2023年3月21日\n\n{'天' * 40}\n{'地' * 40}\n{'天' * 40}\n人。"
    )
    assert record["body"] == "天" * 40 + "地" * 40 + "天" * 40 + "人。"


def test_a_list_below_a_paragraph_is_a_list() -> None:
    record = fields(
        f"{TITLE}These are all three:\n  * one\n      - two\n  * three\n\nIt was\n- not -\nso."
    )
    assert (
        record["body"] == "These are all three:\n\n- one\n- two\n- three\n\nIt was\n\n\\- not - so."
    )


def test_numbers_and_references_of_lynx_are_removed() -> None:
    text = (
        "   [1]News > [2]Russia\n\n The Headline of the Story\n\n   Published 21 "
        "March 2023\n\n   One.\n\n"
        "   See [3]the list [4][map.png] and[5] [sic].\n\nReferences\n\n   Visible links\n"
        "   1. https://a.example/\n   2. https://b.example/\n\n   Hidden links:\n   3. file:///x\n"
    )
    record = fields(text)
    assert record["section"] == "news/russia"
    assert record["body"] == "See the list and\\[5\\] \\[sic\\]."


def test_numbers_in_brackets_that_are_no_links_stay() -> None:
    assert fields(f"{TITLE}As [7]said.\n")["body"] == "As \\[7\\]said."
    assert fields(f"{TITLE}One.\n\n  2. https://a.example/\n")["body"].startswith("One.")


def test_in_lynx_a_title_that_is_a_link_at_the_indent_of_paragraphs_is_related() -> None:
    body = "   One [1]link.\n\n   Two.\n\n{}[2]Some Related Story Here\n\n   Three.\n"
    assert fields(TITLE + body.format("   "))["related"]
    assert "related" not in fields(TITLE + body.format(" "))


def test_invisible_characters_are_removed() -> None:
    record = fields("\ufeffThe Head\u00adline of It\x0c\u200b\n\n2023-03-21\n\nOne\x07.\u2028Two.")
    assert record["headline"] == "The Headline of It"
    assert record["body"] == "One.\n\nTwo."


def test_speech_that_begins_with_a_dash_is_no_list() -> None:
    assert fields(f"{TITLE}– It was the wind, he said.\n\n– one\n– two")["body"] == (
        "– It was the wind, he said.\n\n- one\n- two"
    )
