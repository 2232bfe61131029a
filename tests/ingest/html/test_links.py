"""Links to parts of the text lead there, or are no links."""

import pytest

from feedsvc.ingest.html.sanitize import clean_html
from feedsvc.model.urls import HERE
from tests.ingest.html.test_notes import clean, messages

PAGE = "https://quay.example/world/flood"


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ('<h2 id="n">b</h2>', '<h2 id="n">b</h2>'),
        ('<a name="n"></a><p>b</p>', '<a id="n"></a><p>b</p>'),
        ('<a id="n">b</a>', '<a id="n">b</a>'),
        ('<section id="n"><p>b</p></section>', '<div id="n"><p>b</p></div>'),
        ('<h2 id="n">b</h2><h2 id="n">c</h2>', '<h2 id="n">b</h2><h2>c</h2>'),
        ('<h2 id="n">b</h2><h2 id="m">c</h2>', '<h2 id="n">b</h2><h2>c</h2>'),
    ],
)
def test_a_part_that_a_link_leads_to_keeps_its_name(typed: str, cleaned: str) -> None:
    link = f'<p><a href="{PAGE}#n">a</a></p>'
    assert clean(f'<p><a href="#n">a</a></p>{typed}') == (f"{link}{cleaned}", [])


def test_a_name_in_another_script_is_found() -> None:
    cleaned, notes = clean('<p><a href="#%C3%A9t%C3%A9">a</a></p><h2 id="été">b</h2>')
    assert (cleaned.endswith('<h2 id="été">b</h2>'), notes) == (True, [])


def test_the_name_of_a_part_that_no_link_leads_to_is_left_out() -> None:
    assert clean('<h2 id="n">b</h2> #') == ("<h2>b</h2> #", [])


def test_the_name_of_a_hidden_part_is_none() -> None:
    cleaned, notes = clean('<p><a href="#n">a</a></p><div hidden><p id="n">b</p></div>')
    assert cleaned == f'<p><a href="{PAGE}#n">a</a></p>'
    assert notes[0] == ('<a href="#n">', 'the text has no part "#n" to which a link leads')


def test_a_link_to_the_beginning_is_its_text() -> None:
    assert clean('<p><a href="#top">a</a></p>') == (
        "<p>a</p>",
        [
            ('<a href="#top">', 'the link to "#top" is left out, as the text has no such part'),
        ],
    )


def test_a_link_to_a_missing_part_of_our_own_page_is_its_text() -> None:
    notes = list[str]()
    markup = '<p><a href="#n">a</a></p>'
    cleaned = clean_html(markup, f"{HERE}/b", lambda _, __: None, lambda _, it: notes.append(it))
    assert (cleaned, notes) == (
        "<p>a</p>",
        ['the link to "#n" is left out, as the text has no such part'],
    )


def test_the_words_about_a_link_that_mean_something_elsewhere_stay() -> None:
    typed = (
        '<a href="https://a.example" rel="Sponsored nofollow ugc noopener" target="_blank">a</a>'
    )
    kept = '<a href="https://a.example" rel="sponsored nofollow ugc">a</a>'
    assert clean(typed)[0] == kept
    assert clean('<a href="https://a.example" rel="noopener">a</a>')[0] == (
        '<a href="https://a.example">a</a>'
    )


@pytest.mark.parametrize(
    "markup",
    [
        '<dfn title="a">b</dfn>',
        '<span title="a">b</span>',
        '<del cite="https://a.example/" datetime="2026-11-21">b</del>',
        '<ins datetime="2026-11-21">b</ins>',
        '<table><colgroup><col span="2"></colgroup><tbody><tr><th abbr="a" scope="col">b</th></tr>'
        "</tbody></table>",
        '<ol start="3" reversed="" type="i"><li value="7">b</li></ol>',
    ],
)
def test_attributes_that_mean_something_stay(markup: str) -> None:
    assert clean(markup) == (markup, [])


def test_a_link_to_a_file_without_words_has_its_name() -> None:
    assert clean('<p><a href="our%20minutes.pdf"></a></p>')[0].endswith(">our minutes.pdf</a></p>")


# Addresses


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ('<area href="https://a.example/b" alt="c">', "https://a.example/b"),
        ('<frame src="https://a.example/b">', "https://a.example/b"),
        ('<portal src="https://a.example/b"></portal>', "https://a.example/b"),
        ('<bgsound src="https://a.example/b">', "https://a.example/b"),
        ('<applet codebase="https://a.example/b">c</applet>', "https://a.example/b"),
        ('<input type="image" src="https://a.example/b">', "https://a.example/b"),
        ('<video src="https://a.example/c"><track src="https://a.example/b"></video>',
         "https://a.example/b"),
        ('<form action="https://a.example/b"><p>c</p></form>', "https://a.example/b"),
        ("<div style=\"background-image:url('https://a.example/b')\">c</div>",
         "https://a.example/b"),
        ('<div style="background:#fff url(https://a.example/b) no-repeat"></div>',
         "https://a.example/b"),
        ('<div data-bg="url(https://a.example/b)"></div>', "https://a.example/b"),
        ('<div style="background-image:url(b.jpg)">c</div>', "/media/x/b.jpg"),
        ('<area href="/b">', "https://quay.example/b"),
    ],
)  # fmt: skip
def test_nothing_with_an_address_vanishes_without_a_link(typed: str, address: str) -> None:
    cleaned, notes = clean(f"<p>x</p>{typed}<p>y</p>")
    assert f'<a href="{address}">' in cleaned
    assert any(tag in typed and "readers get a link to" in message for tag, message in notes)


def test_a_picture_with_sources_alone_is_shown() -> None:
    assert clean('<picture><source srcset="https://a.example/b.webp 1x"></picture>') == (
        '<img src="https://a.example/b.webp">',
        [],
    )
    assert clean("<picture></picture>a") == ("a", [])


def test_the_first_picture_of_a_film_stays() -> None:
    film = '<video src="https://a.example/b.mp4" controls="" poster="https://a.example/c.jpg">'
    assert clean(f"{film}</video>")[0] == f"{film}</video>"
    assert "poster" not in clean('<video src="https://a.example/b.mp4" poster="missing">')[0]


@pytest.mark.parametrize(
    "typed",
    [
        "<portal></portal>",
        '<input type="text" src="b">',
        '<form action="/vote">a</form>',
        '<form action="https://quay.example/story.aspx">a</form>',
        '<p style="background:url(data:image/gif;base64,R0l)">a</p>',
        '<p style="background:none">a</p>',
        '<a href="https://b.example" style="background:url(https://a.example/b.jpg)">a</a>',
    ],
)
def test_what_leads_nowhere_else_is_no_link(typed: str) -> None:
    assert clean(typed)[0].count("<a ") == typed.count("<a ")
    assert not any("readers get a link" in message for message in messages(typed))


def test_a_part_whose_address_is_no_web_address_is_noted() -> None:
    assert messages('<frame src="data:text/html,a">') == [
        "the frame has no web address and is left out"
    ]
