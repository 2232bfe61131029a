"""Lines of text pages become blocks."""

from __future__ import annotations

from typing import Any

import pytest

from feedsvc.importers.page.read import parse

HEAD = "News > Russia\n\nThe Headline of the Story\n\nPublished 21 March 2023\n\nThe deck.\n\n"


BODY = HEAD + "First paragraph.\n\n{}\n\nLast paragraph.\n\nPost with no comments.\n"


def fields(text: str) -> dict[str, Any]:
    return parse(text.encode(), "page.txt").fields


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
    found = fields(f"The Headline of It\n\n{text}\n")
    assert found["body"].replace("- ", "").endswith("thirteen fourteen fifteen.")


def test_lines_that_end_early_are_paragraphs() -> None:
    long = "word " * 15
    found = fields(f"The Headline of It\n\n{long}\n{long}\nshort end.\nNext one.\n{long}\nend.")
    assert len(found["body"].split("\n\n")) == 3


def test_a_page_pasted_without_blank_lines_has_its_paragraphs() -> None:
    found = fields(
        f"The Headline of It\n{'Word ' * 60}ends.\n{'Word ' * 50}ends.\nWord.\nand more."
    )
    assert len(found["body"].split("\n\n")) == 4


def test_a_page_wrapped_wide_is_unwrapped() -> None:
    line = ("Word " * 40)[:190].rsplit(" ", 1)[0]
    found = fields("The Headline of It\n\n" + f"{line}\n{line}\n{line}\n{line}\nWord.\n")
    assert "\n" not in found["body"]


def test_a_table_wider_than_the_page_does_not_unwrap_it() -> None:
    line = "Word word word word word word word word word word word word word word word"
    wide = "Table " * 40
    found = fields(
        f"The Headline of It\n\n{line}\n{line}\n{line}\n{line}\nEnd.\n\n{wide}\n{wide}\n"
    )
    assert found["body"].count("\n\n") == 1


def test_chinese_is_joined_without_spaces() -> None:
    found = fields(f"今天的新闻标题在这里写着\n\n{'天' * 40}\n{'地' * 40}\n{'天' * 40}\n人。")
    assert found["body"] == "天" * 40 + "地" * 40 + "天" * 40 + "人。"


def test_a_list_below_a_paragraph_is_a_list() -> None:
    found = fields(
        "The Headline of It\n\nThese:\n  * one\n      - two\n  * three\n\nIt was\n- not -\nso."
    )
    assert found["body"] == "These:\n\n- one\n- two\n- three\n\nIt was\n\n\\- not - so."


def test_lynx_numbers_and_references_go() -> None:
    text = (
        "   [1]News > [2]Russia\n\n The Headline of the Story\n\n   Published 21 "
        "March 2023\n\n   One.\n\n"
        "   See [3]the list [4][map.png] and[5] [sic].\n\nReferences\n\n   Visible links\n"
        "   1. https://a.example/\n   2. https://b.example/\n\n   Hidden links:\n   3. file:///x\n"
    )
    found = fields(text)
    assert found["section"] == "news/russia"
    assert found["body"] == "See the list and\\[5\\] \\[sic\\]."


def test_numbers_in_brackets_that_are_no_links_stay() -> None:
    assert fields("The Headline of It\n\nAs [7]said.\n")["body"] == "As \\[7\\]said."
    assert fields("The Headline of It\n\nOne.\n\n  2. https://a.example/\n")["body"].startswith(
        "One."
    )


def test_in_lynx_a_title_that_is_a_link_at_the_indent_of_paragraphs_is_related() -> None:
    body = "   One [1]link.\n\n   Two.\n\n{}[2]Some Related Story Here\n\n   Three.\n"
    assert fields("The Headline of It\n\n" + body.format("   "))["related"]
    assert "related" not in fields("The Headline of It\n\n" + body.format(" "))


def test_invisible_characters_go_and_lines_keep_their_numbers() -> None:
    page = parse("\ufeffThe Head\u00adline of It\x0c\u200b\n\nOne\x07.\u2028Two.".encode(), "p")
    assert page.fields["headline"] == "The Headline of It"
    assert page.fields["body"] == "One.\n\nTwo."
