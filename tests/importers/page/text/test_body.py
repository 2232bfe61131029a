"""The paragraphs of text pages: deck, body, related stories, comments."""

from __future__ import annotations

import pytest

from tests.importers.page.text.pages import BODY, HEAD, fields, sources


@pytest.mark.parametrize(
    ("below", "summary", "body"),
    [
        ("One.", None, "One."),
        ("One.\n\nTwo.", "One.", "Two."),
        ("One.\n\n  * item", None, "One.\n\n- item"),
        ("  * item\n\nOne.", None, "- item\n\nOne."),
        ("x" * 700 + ".\n\nTwo.", None, "x" * 700 + ".\n\nTwo."),
        ("", None, None),
    ],
)
def test_the_first_paragraph_is_the_deck_when_others_follow(
    below: str, summary: str | None, body: str | None
) -> None:
    record = fields(f"News > Russia\n\nThe Headline\n\nPublished 21 March 2023\n\n{below}")
    assert (record.get("summary"), record.get("body")) == (summary, body)


def test_no_paragraph_is_lost_below_a_deck_without_a_full_stop() -> None:
    record = fields(
        "News > Russia\n\nThe Headline\n\nThe harbour pilots stay ashore again\n\n"
        "Published 21 March 2023\n\nThe harbour pilots are on strike.\n\nThey want more."
    )
    assert record["summary"] == "The harbour pilots stay ashore again"
    assert record["body"] == "The harbour pilots are on strike.\n\nThey want more."


def test_without_any_of_the_shape_there_is_no_deck() -> None:
    assert fields("The Headline of It\n\n21 March 2023\n\nOne.\n\nTwo.")["body"] == "One.\n\nTwo."


def test_sentences_between_headline_and_date_are_the_deck_and_the_body() -> None:
    record = fields(
        "News > Russia\n\nThe Headline\n\nThe deck.\n\nMore.\n\n3 min read\n\n  * menu\n\n"
        "By Ana Quirós and Pia Holm\n\nPublished 21 March 2023\n\nOne."
    )
    assert (record["summary"], record["body"]) == ("The deck.", "More.\n\nOne.")
    assert record["byline"] == ["Ana Quirós", "Pia Holm"]


@pytest.mark.parametrize(
    ("between", "related"),
    [
        ("\nSome Related Story\n", ["Some Related Story"]),
        ("\nIs This a Related Story?\n", ["Is This a Related Story?"]),
        (
            "\nOne Related Story\n\n\nAnother Related Story\n",
            ["One Related Story", "Another Related Story"],
        ),
        ("____________\n\nSome Related Story\n\n____________", ["Some Related Story"]),
        ("RELATED:\nSome Related Story", ["Some Related Story"]),
        ("RELATED: Some related story", ["Some related story"]),
        ("Related stories\n\n  * One Story\n  * Another Story", ["One Story", "Another Story"]),
        ("Le puede interesar:\n\nSome Related Story", ["Some Related Story"]),
        ("Some Subheading in Title Case", []),
        ("\nSome Related Story Above", ["Some Related Story Above"]),
        ("Some Related Story Below\n", ["Some Related Story Below"]),
        ("\nSome Short Subheading", []),
        ("\nA line that is not in title case\n", []),
        ("\nA Line in Title Case With a Full Stop.\n", []),
        ("\n“A Quotation in Title Case”\n", []),
        ("\n1995\n", []),
        ("Related: the court has spoken.", []),
        ("RELATED:\n\nIt was not related at all.", []),
        ("See you at the harbour", []),
    ],
)
def test_a_headline_set_off_in_the_body_is_a_related_story(
    between: str, related: list[str]
) -> None:
    record = fields(BODY.format(between))
    assert [story["headline"] for story in record.get("related", [])] == related
    assert all(story not in record["body"] for story in related)
    assert record["body"].startswith("First paragraph.")
    assert record["body"].endswith("Last paragraph.")
    if not related:
        assert between.rsplit(maxsplit=1)[-1].strip(".") in record["body"]


def test_related_stories_are_known_by_the_case_of_the_pages_own_headline() -> None:
    spanish = BODY.replace("The Headline of the Story", "La cosecha alcanza su mejor año")
    record = fields(spanish.format("\nLas salinas piden ser parque natural\n"))
    assert record["related"] == [{"headline": "Las salinas piden ser parque natural"}]
    record = fields(spanish.format("\nlas salinas sin mayúscula\n"))
    assert "related" not in record


def test_gaps_are_wide_only_beside_the_gaps_of_the_same_page() -> None:
    text = BODY.format("Third.\n\n\n\nSome Related Story\n\n\n\nFourth.").replace("\n\n", "\n\n\n")
    assert fields(text)["related"] == [{"headline": "Some Related Story"}]
    text = BODY.format("Some Title of Something").replace("\n\n", "\n\n\n")
    assert "related" not in fields(text)


def test_a_related_story_may_be_the_last_thing_of_the_body() -> None:
    record = fields(HEAD + "One.\n\nTwo.\n\n\nSome Related Story\n\n3 Comments\n")
    assert record["related"] == [{"headline": "Some Related Story"}]


def test_the_article_itself_is_not_related_and_no_story_is_twice() -> None:
    record = fields(BODY.format("\nThe Headline of the Story\n\n\nA Story\n\n\nA Story\n"))
    assert record["related"] == [{"headline": "A Story"}]


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("Post with no comments.", 0),
        ("Post with no comments", 0),
        ("Post with 1 comment", 1),
        ("3 Comments", 3),
        ("1,204 comments", 1204),
        ("No comments yet", 0),
        ("Comments (4)", 4),
        ("Be the first to comment", 0),
        ("Comentarios (4)", 4),
        ("Sin comentarios", 0),
        ("No hay comentarios.", 0),
        ("Aún no hay comentarios", 0),
        ("No hay ningún comentario todavía", 0),
        ("Entrada sin comentarios.", 0),
        ("Publicación sin comentarios", 0),
        ("Post sin comentarios", 0),
        ("Nota sin comentarios", 0),
        ("Este artículo no tiene comentarios", 0),
        ("Sé el primero en comentar", 0),
        ("Sé la primera persona en comentar", 0),
        ("Noch keine Kommentare", 0),
        ("There are no comments yet.", 0),
        ("Nota con 2 comentarios", 2),
        ("View all 12 comments", 12),
        ("Aucun commentaire", 0),
        ("3 Kommentare", 3),
        ("Комментарии (3)", 3),
        ("Leave a comment", None),
        ("Comments", None),
    ],
)
def test_the_line_about_comments_ends_the_article(line: str, count: int | None) -> None:
    record = fields(f"{HEAD}One.\n\n  * facebook\n\nShare on Twitter\n\n{line}\n\nA reader: no.\n")
    assert record.get("comments") == (None if count is None else {"count": count})
    assert record["body"] == "One."


def test_a_sentence_that_ends_without_comments_is_no_line_about_them() -> None:
    record = fields(HEAD + "One.\n\nEl ministro salió sin comentarios.\n\nTwo.")
    assert "comments" not in record
    assert "El ministro" in record["body"]


@pytest.mark.parametrize(
    ("below", "keywords"),
    [
        ("Tags\n\nHarbour, Ferries, U.S.", ["Harbour", "Ferries", "U.S."]),
        ("Etiquetas:\n\nharbour • ferries", ["harbour", "ferries"]),
        ("Topics\n\n  * Harbour Police\n  * Ferries", ["Harbour Police", "Ferries"]),
        ("Topics\n\n  * Harbour Police\n\n  * Ferries", ["Harbour Police", "Ferries"]),
        ("Temas\n\nharbour police\nferries", ["harbour police", "ferries"]),
        ("Temas\nHarbour\nFerries", ["Harbour", "Ferries"]),
        ("Temas\n\nHarbour", ["Harbour"]),
        ("Temas\n\nHarbour\n\nFerries", ["Harbour", "Ferries"]),
        ("Temas\n\nHarbour Ferries Storm", None),
        (f"Temas\n\n{'Harbour ' * 6}\n{'ferries ' * 6}", None),
        ("Tags", None),
    ],
)
def test_keywords_below_a_label_at_the_end_are_not_in_the_body(
    below: str, keywords: list[str] | None
) -> None:
    record = fields(f"{HEAD}One.\n\nTwo.\n\n{below}\n\n  * facebook\n\nSin comentarios\n")
    assert record["body"] == "One.\n\nTwo."
    assert record.get("keywords") == keywords
    assert "related" not in record


def test_keywords_with_nothing_between_them_are_noted() -> None:
    notes = sources(f"{HEAD}One.\n\nTags\n\nHarbour Ferries Storm")
    assert notes["keywords"] == "not set: line 13: nothing shows where one of them ends"


@pytest.mark.parametrize(
    "below",
    [
        "It rained.",
        "It rained. He went home",
        "Harbour, Ferries\n\nIt rained.",
        "Harbour\n\n  * It rained.",
        "x" * 121,
    ],
)
def test_a_label_of_keywords_above_paragraphs_is_a_heading(below: str) -> None:
    record = fields(f"{HEAD}One.\n\nTopics\n\n{below}")
    assert record["body"].startswith("One.\n\nTopics\n\n")
    assert "keywords" not in record


def test_related_stories_below_keywords_are_related() -> None:
    record = fields(HEAD + "One.\n\nTags\n\nHarbour, Ferries\n\nRELATED:\nSome Related Story\n")
    assert record["body"] == "One."
    assert record["keywords"] == ["Harbour", "Ferries"]
    assert record["related"] == [{"headline": "Some Related Story"}]


def test_a_line_about_comments_above_the_body_does_not_end_it() -> None:
    record = fields("N > R\n\nThe Headline\n\n3 Comments\n\nPublished 21 March 2023\n\nA.\n\nB.")
    assert record["comments"] == {"count": 3}
    assert record["body"] == "B."


def test_the_line_about_rights_ends_the_article() -> None:
    assert fields(HEAD + "One.\n\nTwo.\n\n© 2026 The Quay\n\nThree.")["body"] == "One.\n\nTwo."


def test_a_call_of_the_site_is_no_related_story() -> None:
    assert "related" not in fields(BODY.format("RELATED: Sign Up for Our Letter Every Day"))
