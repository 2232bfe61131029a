"""Texts pasted from office programs and web editors keep what their style means."""

import pytest

from tests.ingest.html.test_notes import clean


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ('<span style="font-weight:700">a</span>', "<strong>a</strong>"),
        ('<span style="font-weight: bold">a</span>', "<strong>a</strong>"),
        ('<span style="font-weight:600">a</span>', "<strong>a</strong>"),
        ('<span style="font:bold 12px Arial">a</span>', "<strong>a</strong>"),
        ('<span style="font:italic 700 12px Arial">a</span>', "<strong><em>a</em></strong>"),
        ('<span style="font-weight:400">a</span>', "a"),
        ('<span style="font-weight:inherit;font-style:inherit">a</span>', "a"),
        ('<span style="font-style:italic">a</span>', "<em>a</em>"),
        ('<span style="font-style:normal">a</span>', "a"),
        ('<span style="text-decoration:line-through">a</span>', "<s>a</s>"),
        ('<span style="text-decoration-line:underline">a</span>', "<u>a</u>"),
        ('<span style="text-decoration:none">a</span>', "a"),
        ('<span style="text-decoration:inherit">a</span>', "a"),
        ('x<span style="vertical-align:super">2</span>', "x<sup>2</sup>"),
        ('H<span style="vertical-align:sub">2</span>O', "H<sub>2</sub>O"),
        ('<span style="vertical-align:baseline">a</span>', "a"),
        ('<span style="font-weight:700" lang="fr">a</span>',
         '<span lang="fr"><strong>a</strong></span>'),
        ('<p style="font-weight:bold">a <a href="https://a.example">b</a></p>',
         '<p><strong>a <a href="https://a.example">b</a></strong></p>'),
        ('<div style="font-weight:bold"><p>a</p></div>', "<div><p>a</p></div>"),
        ('<b style="font-weight:normal">a</b>', "a"),
        ('<i style="font-style:normal">a</i>', "a"),
        ('<b><span style="font-weight:700">a</span></b>', "<b>a</b>"),
        ('<h2><span style="font-weight:700">a</span></h2>', "<h2>a</h2>"),
        ('<a href="https://a.example"><span style="text-decoration:underline">a</span></a>',
         '<a href="https://a.example">a</a>'),
        ('x<span style="font-weight:700"> </span>a', "x a"),
        ('<p style="direction:rtl">a</p>', '<p dir="rtl">a</p>'),
        ('<ol style="list-style-type:lower-alpha"><li>a</li></ol>',
         '<ol type="a"><li>a</li></ol>'),
        ('<table><tbody><tr><td style="text-align:right">1</td></tr></tbody></table>',
         '<table><tbody><tr><td align="right">1</td></tr></tbody></table>'),
        ('<font face="Arial" style="font-weight:bold">a</font>', "<strong>a</strong>"),
        ('<font color="red">a</font> <b style="color:red">b</b>', "a <b>b</b>"),
    ],
)  # fmt: skip
def test_style_that_means_something_becomes_an_element(typed: str, cleaned: str) -> None:
    assert clean(typed) == (cleaned, [])


def test_the_wrapper_of_google_docs_is_not_bold() -> None:
    wrapped = (
        '<b style="font-weight:normal;" id="docs-internal-guid-8a1c"><p dir="ltr" style="'
        'line-height:1.38"><span style="font-size:11pt;font-weight:400">A </span>'
        '<span style="font-weight:700">loud</span><span> bell.</span></p></b>'
    )
    assert clean(wrapped) == (
        '<p dir="ltr">A <strong>loud</strong><span> bell.</span></p>',
        [],
    )


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("<strike>a</strike>", "<s>a</s>"),
        ("<tt>a</tt>", "<code>a</code>"),
        ('<acronym title="b">a</acronym>', '<abbr title="b">a</abbr>'),
        ("<listing>a\nb</listing>", "<pre>a\nb</pre>"),
        ("<p>a<o:p></o:p></p><p><o:p>&nbsp;</o:p></p>", "<p>a</p>"),
        ("<xml><w:View>Normal</w:View></xml><p>a</p>", "<p>a</p>"),
        ("<!--[if gte mso 9]><xml><w:View>b</w:View></xml><![endif]--><p>a</p>", "<p>a</p>"),
        ('<st1:City w:st="on">Lisbon</st1:City>', "Lisbon"),
        ("<p>&nbsp;</p><p><br></p><p><span> </span></p><p>a</p>", "<p>a</p>"),
    ],
)
def test_elements_of_other_times_and_programs_keep_their_meaning(typed: str, cleaned: str) -> None:
    assert clean(typed) == (cleaned, [])


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ('<p style="white-space:pre-wrap">a\nb</p>', "<p>a<br>b</p>"),
        ('<div style="white-space: pre-line">\na\nb\n</div>', "<div>a<br>b</div>"),
        ('<p style="white-space:pre-wrap">a <b>b</b>\nc</p>', "<p>a <b>b</b><br>c</p>"),
        ('<pre style="white-space:pre-wrap">a\nb</pre>', "<pre>a\nb</pre>"),
        ('<p style="white-space:nowrap">a\nb</p>', "<p>a\nb</p>"),
    ],
)
def test_lines_that_the_page_shows_as_typed_stay_lines(typed: str, cleaned: str) -> None:
    assert clean(typed) == (cleaned, [])


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("<option>a</option><option>b</option>", "a b"),
        ("<td>a</td><td>b</td>", "a b"),
        ("<tr><th>a</th><td>b</td></tr><tr><td>c</td></tr>", "a b  c"),
        ("<li>a</li><li>b</li>", "<li>a</li><li>b</li>"),
        ("<text>a</text> <mi>b</mi>", "a b"),
    ],
)
def test_words_of_items_without_their_list_stay_apart(typed: str, cleaned: str) -> None:
    assert clean(typed) == (cleaned, [])


# Lists of Word


def item(sign: str, words: str, level: int = 1) -> str:
    return (
        f'<p class=MsoListParagraph style="mso-list:l0 level{level} lfo1"><![if !supportLists]>'
        f'<span style="mso-list:Ignore">{sign}<span>&nbsp; </span></span><![endif]>{words}'
        "<o:p></o:p></p>\n"
    )


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        (item("·", "a") + item("·", "b"), "<ul><li>a</li><li>b</li></ul>"),
        (item("1.", "a") + item("2.", "b"), "<ol><li>a</li><li>b</li></ol>"),
        (item("<span>a)</span>", "a"), "<ol><li>a</li></ol>"),
        (item("·", "a").replace("<span style", "<span style='font-family:Symbol'><span style", 1)
         .replace("<![endif]>", "</span><![endif]>"), "<ul><li>a</li></ul>"),
        (item("·", "<b>a</b>").replace("Ignore", "x"),
         "<ul><li>·<span>&nbsp; </span><b>a</b></li></ul>"),
        ("<ul><li style='mso-list:l0 level1 lfo1'>a</li></ul>", "<ul><li>a</li></ul>"),
        (item("", "a"), "<ul><li>a</li></ul>"),
        ('<p style="mso-list:l0 level1 lfo1">a</p>', "<ul><li>a</li></ul>"),
        (item("·", "a") + "<p>b</p>" + item("·", "c"),
         "<ul><li>a</li></ul><p>b</p><ul><li>c</li></ul>"),
        (item("·", "a") + item("o", "b", 2) + item("o", "c", 2) + item("·", "d"),
         "<ul><li>a<ul><li>b</li><li>c</li></ul></li><li>d</li></ul>"),
        (item("o", "a", 2) + item("·", "b"), "<ul><li>a</li><li>b</li></ul>"),
    ],
)  # fmt: skip
def test_items_of_word_are_a_list(typed: str, cleaned: str) -> None:
    assert clean(typed) == (cleaned, [])
