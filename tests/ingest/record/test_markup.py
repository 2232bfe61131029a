"""Markup and references where plain text belongs: readers see the words, the newsroom a note."""

from __future__ import annotations

import pytest

from feedsvc.ingest.record.markup import character_reference, markdown_marks, words


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("<p>The <em>Aurora</em> sails again.</p>", "The Aurora sails again."),
        ("<p>One.</p><p>Two.</p>", "One. Two."),
        ("One<br/>two<BR>three", "One two three"),
        ("<cite>Aurora</cite> and <q>her</q> crew", "Aurora and “her” crew"),
        ("Caf&eacute;&nbsp;au lait&hellip;", "Café au lait…"),
        ("Fish &amp; chips: the town&#8217;s smell", "Fish & chips: the town’s smell"),
        ("<!-- draft --><b>Rain</b>", "Rain"),
        ("<p>5 &lt; 6 &amp;amp;</p>", "5 < 6 &amp;"),
        ("&copy; &nonsense;", "© &nonsense;"),
        ("<p hidden>Not cleared</p>Rain", "Rain"),
        ("Rain<span style='display:none'> secret</span> &amp; wind < 5", "Rain & wind < 5"),
        ("<div hidden><div>a</div>b</div>Rain", "Rain"),
        ("<style>p { color: red }</style>Rain<script>alert(1)</script>", "Rain"),
        ("<!-- desk -->Rain", "Rain"),
        ("<![CDATA[<p>Rain</p>]]>", "Rain"),
        ("Rain<br hidden> and <span>wind</span><b hidden>unclosed", "Rain and wind"),
    ],
)
def test_readers_see_the_words_of_a_text_with_markup(typed: str, shown: str) -> None:
    plain, message = words(typed)
    assert plain == shown
    assert f'readers see "{shown}"' in message


@pytest.mark.parametrize(
    "typed", ["a < b and c > d", "<3 Years", "AT&T, R&D;", "&copy 2026", "List<String>", "a <!- b"]
)
def test_words_that_only_look_like_markup_stay_as_typed(typed: str) -> None:
    assert words(typed) == (typed, "")


def test_a_link_that_plain_text_cannot_have_is_named() -> None:
    _, message = words('<a href="https://ines.example/?a=1&amp;b=2">Ines Falk</a>')
    assert message.endswith("without the link to https://ines.example/?a=1&b=2")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("**Bold** and __loud__", "Bold and loud"),
        ("The *Aurora* and _her_ crew", "The Aurora and her crew"),
        ("~~Old~~ `new`", "Old new"),
        ("[Her story](https://quay.example/a) again", "Her story again"),
        ("![A quay](quay.jpg)", "A quay"),
        ("**[Her story](/a)**", "Her story"),
    ],
)
def test_readers_see_the_words_of_a_text_in_markdown(typed: str, shown: str) -> None:
    plain, message = words(typed)
    assert plain == shown
    assert message.startswith("has marks of Markdown, which is for the body; readers see")
    assert ("without the link to" in message) == ("](" in typed)


@pytest.mark.parametrize(
    "typed", ["5 * 3 * 2", "snake_case_name", "*", "a ** b ** c", "[sic] (see above)", "[a](b)"]
)
def test_words_that_only_look_like_markdown_stay_as_typed(typed: str) -> None:
    assert words(typed) == (typed, "")


def test_the_first_reference_that_stands_for_a_character_is_returned() -> None:
    assert character_reference("a &nonsense; &amp; b &#8217;") == ("&amp;", "&")
    assert character_reference("a &nonsense; b") is None


@pytest.mark.parametrize(
    ("typed", "marked"),
    [
        ("The _Aurora_ sails", "_Aurora_"),
        ("**Live:** the count", "**Live:**"),
        ("See [the plan](https://quay.example/plan)", "[the plan](https://quay.example/plan)"),
        ("2 * 3 * 4, snake_case_name and *", ""),
    ],
)
def test_marks_of_markdown_are_found_where_they_are_around_words(typed: str, marked: str) -> None:
    assert markdown_marks(typed) == marked
