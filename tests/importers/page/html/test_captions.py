"""The text below an image is split into caption and credit."""

from __future__ import annotations

import pytest

from tests.importers.page.html.pages import TEXT, fields


@pytest.mark.parametrize(
    ("below", "caption", "credit"),
    [
        ("Rain falls. <small>AFP</small>", "Rain falls.", "AFP"),
        ("Rain falls <em>Photo: Ada Rime</em>", "Rain falls", "Ada Rime"),
        ("<em>Rain falls in the harbour</em>", "Rain falls in the harbour", ""),
        ("Rain falls <b>again</b>", "Rain falls again", ""),
        ("<p><i>Rain falls.</i><i>ADA RIME</i></p>", "Rain falls.", "ADA RIME"),
        ("<p><i>Rain falls.</i><i>It is very wet.</i></p>", "Rain falls. It is very wet.", ""),
        ("<p>Rain falls. <i>It is</i> wet.</p>", "Rain falls. It is wet.", ""),
        ("Rain falls.<span class=photoAuthor>Ada Rime</span>", "Rain falls.", "Ada Rime"),
        ("Rain falls.<cite><b>Ada Rime</b></cite>", "Rain falls.", "Ada Rime"),
        ("Regen (Quelle: Eva Blum/dpa)", "Regen", "Eva Blum/dpa"),
        ("Regen. (Symbolfoto: dpa)", "Regen.", "dpa"),
        ("Rain falls | Ada Rime", "Rain falls", "Ada Rime"),
        ("Rain falls | on all of the town and on the old harbour", None, ""),
        ("Llueve en el puerto. / ADA RIME", "Llueve en el puerto.", "ADA RIME"),
        ("Rain falls. Ada Rime / Northlight", "Rain falls.", "Ada Rime / Northlight"),
        ("Rain falls - Reuters", "Rain falls", "Reuters"),
        ("Rain falls on the minister (left)", "Rain falls on the minister (left)", ""),
        ("Rain falls. (Ada Rime)", "Rain falls.", "Ada Rime"),
        ("Rain falls in 2019. (Archive 2019)", "Rain falls in 2019. (Archive 2019)", ""),
        ("Image 1 of 23 Rain falls <button>Close</button>", "Rain falls", ""),
        ("Rain falls a lot. Rain falls a lot.", "Rain falls a lot.", ""),
        ("雨が降る（写真：山田花子）", "雨が降る", "山田花子"),
        ("Deszcz pada. Fot. Iga Wolna", "Deszcz pada.", "Iga Wolna"),
        ("Rain falls. (c) Ada Rime", "Rain falls.", "Ada Rime"),
        ("<span class=credit>Ada Rime</span>", "", "Ada Rime"),
        ("La pluie. (Photo Ada Rime)", "La pluie.", "Ada Rime"),
    ],
)
def test_caption_and_credit(below: str, caption: str | None, credit: str) -> None:
    image = f"<img src='https://q.example/rain.jpg'><figcaption>{below}</figcaption>"
    record = fields(f"<article><h1>Rain</h1><figure>{image}</figure>{TEXT}</article>")
    assert record["image"].get("credit", "") == credit
    assert record["image"].get("caption", "") == (below if caption is None else caption)


@pytest.mark.parametrize(
    "beside", ["<span class=credit>Ada Rime</span>", "<p>Image source, Ada Rime</p>"]
)
def test_a_credit_may_stand_outside_of_the_caption(beside: str) -> None:
    image = f"<img src='https://q.example/rain.jpg'><figcaption>Rain falls</figcaption>{beside}"
    record = fields(f"<article><h1>Rain</h1><figure>{image}</figure>{TEXT}</article>")
    assert record["image"]["caption"] == "Rain falls"
    assert record["image"]["credit"] == "Ada Rime"


def test_a_figure_has_the_caption_behind() -> None:
    figure = "<figure><img src='https://q.example/rain.jpg'></figure><p class=caption>It rains.</p>"
    assert (
        fields(f"<article><h1>Rain</h1>{figure}{TEXT}</article>")["image"]["caption"] == "It rains."
    )
