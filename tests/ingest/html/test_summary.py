"""Summaries made from a body: whole sentences of its prose."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.ingest.html.summary import first_sentences, summary_of


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("Short.", "Short."),
        ("", ""),
        ("One two three. Four five six. Seven eight", "One two three. Four five six."),
        ("Is it so? “Yes!” And then on it went for long", "Is it so? “Yes!”"),
        ("¿Cuándo llega? Nadie lo sabe… El puerto espera hoy", "¿Cuándo llega? Nadie lo sabe…"),
        ("متى تصل السفينة؟ لا أحد يعرف متى تصل السفينة هنا", "متى تصل السفينة؟"),
        ("یہ کشتی کب آئے گی۔ کسی کو معلوم نہیں ہے کہ کب وہ", "یہ کشتی کب آئے گی۔"),
        ("渡轮今天早上离开港口。船长说海面平静,旅客很多。他们明天下午才会回来,如果天气允许",
         "渡轮今天早上离开港口。船长说海面平静,旅客很多。"),
        ("नाव आज सुबह बंदरगाह से निकली। कप्तान ने कहा समुद्र", "नाव आज सुबह बंदरगाह से निकली।"),
        # A point in a number or an address is no end.
        ("The price rose by 3.14 per cent to 2.71 euros per kilo",
         "The price rose by 3.14 per cent to…"),
        ("It said a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u", "It said…"),
    ],
)  # fmt: skip
def test_a_summary_ends_with_a_sentence(text: str, beginning: str) -> None:
    assert first_sentences(text, 40) == beginning


def test_a_very_short_first_sentence_is_not_enough() -> None:
    text = "No. The harbour bridge stays closed until the engineers have seen it"
    assert first_sentences(text, 40) == "No. The harbour bridge stays closed…"


def test_a_long_first_sentence_is_cut_at_a_word_without_the_comma() -> None:
    assert first_sentences("aaaa bbbb, cccc", 12) == "aaaa bbbb…"
    assert first_sentences("aaaa bbbb – cccccccc", 15) == "aaaa bbbb…"


def test_text_without_spaces_is_cut_where_it_must_be() -> None:
    assert first_sentences("海" * 50, 10) == "海" * 9 + "…"


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        (f"{'x' * 20} abcdefgh.5 and so on", f"{'x' * 20}…"),
        (f"{'x' * 20} abcdefgh. And so on", f"{'x' * 20} abcdefgh."),
        (f"{'x' * 20} abcdefghi. And so on", f"{'x' * 20}…"),
    ],
)
def test_the_character_behind_the_cut_shows_whether_a_sentence_ends(
    text: str, beginning: str
) -> None:
    assert first_sentences(text, 30) == beginning


@given(st.text(max_size=120), st.integers(10, 60))
@settings(max_examples=100, deadline=None)
def test_a_summary_is_never_longer_than_asked(text: str, length: int) -> None:
    cut = first_sentences(text, length)
    assert len(cut) <= length
    assert text.startswith(cut.removesuffix("…"))


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("She left at dawn with a crew. It was Capt. Falk who", "She left at dawn with a crew."),
        (
            "Sie fuhr früh mit der Mannschaft. Das war gem. Plan so",
            "Sie fuhr früh mit der Mannschaft.",
        ),
        ("Она уехала рано утром с ним. Это на ул. Ленина было", "Она уехала рано утром с ним."),
        ("She left at dawn with ten. On the 24. November", "She left at dawn with ten."),
        ("She left at dawn with ten. In the U.S. Navy they", "She left at dawn with ten."),
        ("She left at dawn with ten. And J. Falk stayed on", "She left at dawn with ten."),
        ("She left at dawn with ten. Friedrich II. stayed on", "She left at dawn with ten."),
        ("She left at dawn with ten. At pier No. 4 many", "She left at dawn with ten."),
        ("She left at dawn with ten. “Go on!” he called to", "She left at dawn with ten."),
        (
            "She left at dawn, not later, in 2024. She is back",
            "She left at dawn, not later, in 2024.",
        ),
        (
            "She left at dawn. Did she come back? No. She is",
            "She left at dawn. Did she come back? No.",
        ),
    ],
)
def test_a_point_within_a_sentence_is_no_end(text: str, beginning: str) -> None:
    assert first_sentences(text, 41) == beginning


BEGIN = "<p>The bus crossed.</p>"


@pytest.mark.parametrize(
    "aside",
    [
        '<figure><img src="https://a.example/a.jpg"><figcaption>A bus.</figcaption></figure>',
        '<p><img src="https://a.example/a.jpg"><br>\n<em>A bus.</em></p>',
        "<table><tbody><tr><td>1</td></tr></tbody></table>",
        "<pre><code>x = 1</code></pre>",
        "<h2>At dawn</h2>",
        '<p><a href="https://a.example/b">https://a.example/b</a></p>',
        '<p></p><a href="https://a.example/b">Turnout by ward</a>',
        '<blockquote cite="b"><a href="https://a.example/b">https://a.example/b</a></blockquote>',
        '<blockquote></blockquote><a href="https://a.example/b">Turnout by ward</a>',
        '<div><a href="https://a.example/b">https://a.example/b</a></div>',
        "<aside><p>See also</p><figure><p>b</p></figure></aside>",
    ],
)
def test_a_summary_begins_with_the_running_text(aside: str) -> None:
    assert summary_of(aside + "\n" + BEGIN) == "The bus crossed."


def test_words_around_a_part_that_is_left_out_stay_apart() -> None:
    assert summary_of("<div>The bus<h2>At dawn</h2>crossed.</div>") == "The bus crossed."


def test_a_summary_has_no_marks_of_footnotes() -> None:
    body = "<p>The bus<sup>[1]</sup> crossed<sup>2</sup> 4 km<sup>2</sup>.<sup>*</sup> And on.</p>"
    assert summary_of(body) == "The bus crossed 4 km2. And on."


def test_a_summary_has_no_footnotes() -> None:
    notes = "<hr>\n\n<ol>\n<li><p>A <em>red</em> one.</p>\n</li>\n</ol>\n"
    assert summary_of(f"<p>The bus<sup>[1]</sup> crossed.</p>\n{notes}") == "The bus crossed."
    rule = "<p>The bus<sup>[1]</sup> crossed.</p><hr><p>A list:</p><ol><li>One.</li></ol>"
    assert summary_of(rule) == "The bus crossed. A list: One."


def test_a_body_without_running_text_has_its_other_words_as_summary() -> None:
    assert summary_of("<table><tbody><tr><td>Rain</td></tr></tbody></table>") == "Rain"


def test_a_summary_needs_only_the_beginning_of_a_long_body() -> None:
    sentence = "<p>The bus crossed again.</p>"
    assert summary_of(sentence * 10_000) == " ".join(["The bus crossed again."] * 13)
