"""Frames, sounds, films and tables of pages in HTML."""

from __future__ import annotations

import pytest

from tests.importers.page.html.pages import fields, page

LINES = [
    f"The {word} ferry stayed at the quay all day long, as the wind was high." for word in "abc"
]


def story(*between: str) -> str:
    parts = [
        f"<p>{line}</p>{each}" for line, each in zip(LINES, (*between, "", "", ""), strict=False)
    ]
    return f"<article><h1>Rain</h1>{''.join(parts)}</article>"


@pytest.mark.parametrize(
    ("frame", "block"),
    [
        (
            "<iframe src='https://www.youtube.com/embed/x' title='A \"b\"'></iframe>",
            '<iframe src="https://www.youtube.com/embed/x" title=\'A "b"\'></iframe>',
        ),
        (
            "<amp-iframe data-src='https://player.vimeo.com/v'></amp-iframe>",
            '<iframe src="https://player.vimeo.com/v"></iframe>',
        ),
    ],
)
def test_a_player_stays_behind_its_paragraph(frame: str, block: str) -> None:
    assert fields(story(frame))["body"] == "\n\n".join([LINES[0], block, *LINES[1:]])


def test_a_player_above_the_first_paragraph_stays_there() -> None:
    frame = '<iframe src="https://www.youtube.com/embed/x"></iframe>'
    article = story().replace("</h1>", f"</h1>{frame}")
    assert fields(article)["body"] == "\n\n".join([frame, *LINES])


TABLE = "<table><tr><th>Ward</th><th>Votes</th></tr><tr><td>North</td><td>61</td></tr></table>"


@pytest.mark.parametrize(
    ("held", "block"),
    [
        (
            "<iframe src='https://www.youtube.com/embed/x'></iframe>",
            '<iframe src="https://www.youtube.com/embed/x"></iframe>',
        ),
        (TABLE, "| Ward | Votes |\n| --- | --- |\n| North | 61 |"),
    ],
)
def test_a_player_or_a_table_stays_in_a_figure_without_an_image(held: str, block: str) -> None:
    figure = f"<figure class=wp-block><div>{held}</div><figcaption>By ward</figcaption></figure>"
    assert fields(story(figure))["body"] == "\n\n".join([LINES[0], block, *LINES[1:]])


@pytest.mark.parametrize(
    ("frame", "note"),
    [
        ("<iframe src='https://tides.example/box'></iframe>", "<iframe> of tides.example"),
        ("<video src='film.mp4'>A film</video>", "<video> without a web address"),
    ],
)
def test_a_frame_that_is_left_out_is_noted(frame: str, note: str) -> None:
    parsed = page(story(frame))
    assert parsed.sources["body"] == f"trafilatura; {note} is left out"


def test_a_player_whose_paragraph_is_not_in_the_text_is_noted() -> None:
    frame = "<p>Facebook</p><iframe src='https://www.youtube.com/embed/x'></iframe>"
    parsed = page(story("", "", frame))
    assert "https://www.youtube.com/embed/x is left out" in parsed.sources["body"]


@pytest.mark.parametrize(
    "frame",
    [
        "<iframe></iframe>",
        "<iframe src='https://www.youtube.com/x' width=1 height=1></iframe>",
        "<iframe src='https://x.doubleclick.net/a'></iframe>",
        "<audio></audio>",
    ],
)
def test_counters_and_advertisements_are_no_players(frame: str) -> None:
    assert page(story(frame)).sources["body"] == "trafilatura"


def test_sounds_and_films_are_media() -> None:
    sound = "<audio title='The bell'><source src='https://q.example/bell.mp3'></audio>"
    film = "<video src='https://q.example/rain.mp4'></video>"
    assert fields(story(sound, film))["media"] == [
        {"url": "https://q.example/bell.mp3", "title": "The bell"},
        {"url": "https://q.example/rain.mp4"},
    ]


def test_a_table_of_data_is_a_table_and_one_around_paragraphs_is_not() -> None:
    table = "<table><tr><th>Ward<th>Votes<tr><td>North|East<td>61<tr><td>South<td></table>"
    body = fields(story(table))["body"]
    assert "| Ward | Votes |\n| --- | --- |\n| North\\|East | 61 |\n| South |  |" in body
    assert "|" not in fields(story("<table><tr><td>One<tr><td>Two</table>"))["body"]
