"""Marks of other systems are reported, and words that only look like them are not."""

import pytest

from feedsvc.ingest.record.foreign_marks import MAX_MARKS, foreign_marks


def marks(cleaned: str) -> list[str]:
    return [mark for mark, _ in foreign_marks("", cleaned)]


@pytest.mark.parametrize(
    "mark",
    [
        '[gallery ids="1,2"]',
        "[gallery]",
        "[su_button url='https://a.example']",
        "[audio mp3=bells.mp3 /]",
        "[toc]",
        "[TOC]",
        "[url=https://a.example]",
        "[[A wiki page]]",
        "![[picture.png]]",
        "[!NOTE]",
        "[^1]",
        '{{&lt; figure src="a.jpg" &gt;}}',
        "{{ site.title }}",
        '{% include "a" %}',
        "&lt;% render %&gt;",
        "{# a comment #}",
        "{/* a comment */}",
        "{: .wide}",
        "{#named}",
        "{loadposition a}",
        "{/gallery}",
        ":::note",
        "%%not cleared%%",
        "$$\\int_0^1 x\\,dx$$",
        "###BANNER###",
    ],
)
def test_a_mark_of_another_system_is_reported_as_typed(mark: str) -> None:
    typed = mark.replace("&lt;", "<").replace("&gt;", ">")
    assert marks(f"<p>A text.</p><p>{mark} and more.</p>")[0].startswith(typed)


@pytest.mark.parametrize(
    "words",
    [
        "[1]",
        "[sic]",
        "[Photo]",
        "[Gallery]",
        "[follow-up]",
        "[inaudible 00:12]",
        "[a = b]",
        "[Ada, 45]",
        "$\\frac{{a}}{b}$",
        "{a, b}",
        "100%% of it",
        "$$ is what it costs",
        "a ::: b",
        "### Heading",
        "1 < 2 % 3",
        '<code>[gallery ids="1"]</code>',
        "<pre>{{ a }}</pre>",
    ],
)
def test_words_that_look_like_a_mark_are_none(words: str) -> None:
    assert marks(f"<p>{words}</p>") == []


def test_a_mark_with_an_end_is_one_without_settings() -> None:
    assert marks("<p>[caption]<img>A bell[/caption]</p>") == ["[caption]"]


def test_a_link_in_a_mark_does_not_hide_it() -> None:
    link = '<a href="https://a.example">https://a.example</a>'
    assert marks(f"<p>[embed]{link}[/embed]</p>") == ["[embed]"]


def test_the_message_says_what_to_write() -> None:
    [(_, message)] = foreign_marks("", '<p>[gallery ids="1"]</p>')
    assert message == (
        '[gallery ids="1"] is a mark of another system, which readers see as it stands; '
        "a picture is ![words](file.jpg)"
    )


def test_a_long_mark_is_shortened_in_its_message() -> None:
    [(mark, message)] = foreign_marks("", f"<p>[[{'a' * 100}]]</p>")
    assert (len(mark), message.count("a" * 58), "…" in message) == (104, 1, True)


def test_the_first_hundred_marks_are_reported() -> None:
    assert len(marks("<p>[gallery]</p>" * 200)) == MAX_MARKS


def test_what_only_another_system_shows_is_reported() -> None:
    typed = (
        "<!-- wp:paragraph --><p>a</p><!-- /wp:paragraph -->"
        '<!-- wp:latest-posts {"count":3} /--><!-- wp:spacer /-->'
    )
    assert list(foreign_marks(typed, "<p>a</p>")) == [
        (
            "<!-- wp:paragraph --",
            "the comments of WordPress about its blocks are left out; readers lose nothing",
        ),
        (
            '<!-- wp:latest-posts {"count":3} /-->',
            'WordPress makes the block "latest-posts", so readers get nothing of it',
        ),
    ]
    assert list(foreign_marks("<?php a ?><p>b</p>", "<p>b</p>")) == [
        ("<?php", "the code of PHP is left out; only a server of web pages runs it")
    ]
    assert list(foreign_marks("<!-- a --><p>b</p>", "<p>b</p>")) == []
