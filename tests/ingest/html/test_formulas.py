"""Formulas stay as elements, with words for readers that do not know these."""

import pytest

from feedsvc.ingest.html.summary import summary_of
from feedsvc.model.text import plain_text, without_formulas
from tests.ingest.html.test_notes import clean


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ('<math alttext="x=1"><mi>x</mi></math>', "x=1"),
        ("<math><mi>x</mi></math>", "x"),
        ("<math><mi>x</mi><mo>&lt;</mo><mn>2</mn></math>", "x < 2"),
        ("<math><mo>(</mo><mi>x</mi><mo>)</mo></math>", "(x)"),
        ("<math><mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo><mi>c</mi></mrow></mfrac></math>",
         "a/(b + c)"),
        ("<math><msup><mi>x</mi><mn>2</mn></msup></math>", "x^2"),
        ("<math><msub><mi>x</mi><mi>n</mi></msub></math>", "x_n"),
        ("<math><munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover></math>", "∑_i^n"),
        ("<math><msqrt><mn>2</mn></msqrt><mroot><mn>8</mn><mn>3</mn></mroot></math>", "√23√8"),
        ("<math><mtable><mtr><mtd>a</mtd><mtd>b</mtd></mtr><mtr><mtd>c</mtd></mtr></mtable></math>",
         "a, b; c"),
        ("<math><mtext>\"q\"</mtext></math>", '"q"'),
        ('<math><semantics><mi>x</mi><annotation encoding="application/x-tex">\\chi</annotation>'
         "</semantics></math>", "\\chi"),
    ],
)  # fmt: skip
def test_a_formula_has_words_for_readers_that_drop_it(formula: str, words: str) -> None:
    cleaned, notes = clean(f"<p>a {formula}, b</p>")
    assert notes == []
    assert "<math " in cleaned
    assert plain_text(cleaned) == f"a {words}, b"
    assert "<m" not in without_formulas(cleaned)


def test_the_elements_of_a_formula_stay() -> None:
    markup = '<math alttext="x^2" display="block"><msup><mi>x</mi><mn>2</mn></msup></math>'
    assert clean(markup)[0] == markup


def test_a_formula_that_adjoins_words_is_apart_from_them_as_text() -> None:
    assert without_formulas('a<math alttext="x">y</math>b') == "a x b"


def test_a_summary_has_the_words_of_formulas() -> None:
    body = clean("<p>Let <math><msup><mi>x</mi><mn>2</mn></msup></math> be.</p>")[0]
    assert summary_of(body) == "Let x^2 be."


@pytest.mark.parametrize(
    "copy",
    [
        '<span class="katex-html" aria-hidden="true"><span>x</span></span>',
        '<mjx-math aria-hidden="true"><mjx-c>x</mjx-c></mjx-math>',
        '<span class="MathJax_Preview">x</span>',
    ],
)
def test_a_formula_is_shown_once(copy: str) -> None:
    formula = '<math alttext="x"><mi>x</mi></math>'
    assert clean(f"<p><span>{formula}{copy}</span></p>") == (f"<p><span>{formula}</span></p>", [])


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ('<script type="math/tex">a < b</script>', "\\(a &lt; b\\)"),
        ('<script type="math/tex; mode=display">x</script>', "$$x$$"),
        ("<math><mi>x</mi>", "x"),
        ("<math><mphantom><mi>x</mi></mphantom></math>", '<math alttext=""></math>'),
    ],
)
def test_the_source_of_a_formula_is_shown_as_typed(script: str, words: str) -> None:
    assert clean(f"<p>a {script}</p>")[0] == f"<p>a {words}</p>"


def test_tex_stays_as_typed() -> None:
    markup = "<p>$$ x^2 $$ and \\( a \\)</p>"
    assert clean(markup) == (markup, [])
