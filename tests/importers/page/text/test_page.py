"""The head of text pages: breadcrumb, headline, image, date."""

from __future__ import annotations

import pytest

from tests.importers.page.text.pages import HEAD, TITLE, fields, sources


@pytest.mark.parametrize(
    ("line", "section"),
    [
        ("News > Russia", "news/russia"),
        ("News » Russia", "news/russia"),
        ("News / Russia", "news/russia"),
        ("News › Europe › U.S. Bases", "news/europe/us-bases"),
        ("News →", "news"),
        ("Home > Noticias > América Latina", "noticias/america-latina"),
        ("You are here: Inicio > Rusia", "rusia"),
        ("News > Russia > The Headline of the Story", "news/russia"),
        ("News > Russia > The Headline of the…", "news/russia"),
        ("\u00a0\tNews\u00a0> Russia", "news/russia"),
        ("[1]News > [2]Russia", "news/russia"),
        ("Home >", None),
    ],
)
def test_a_breadcrumb_is_the_section(line: str, section: str | None) -> None:
    record = fields(f"Site\n\n  * Live\n\n{line}\nThe Headline of the Story\n\nOne.\n\nTwo.\n")
    assert record["headline"] == "The Headline of the Story"
    assert record.get("section") == section


def test_a_section_with_a_reserved_name_is_noted() -> None:
    notes = sources("Media > Press\n\nThe Headline\n\nOne.")
    assert notes["section"].startswith('not set: line 1: "media" is a name feedsvc needs')


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        (
            "The Daily Quay\n\nRain Stops the Match\n\nPublished 21 March 2023\n\nOne.",
            "Rain Stops the Match",
        ),
        (f"Rain Stops the Match\n\n{'It rained. ' * 30}\n\nTwo.", "Rain Stops the Match"),
        (f"Quay\n\nRain Stops the Match\n\n{'It rained. ' * 30}", "Rain Stops the Match"),
        (
            "Site\n\nRain Stops the Match\n\n  * Rain. | Photo: X\n\n21 March 2023\n\nOne.",
            "Rain Stops the Match",
        ),
        (
            "News > Russia\n\n  • facebook\n\n[IMG]\n\n(BUTTON)\n\nRain Stops.\n\nOne.",
            "Rain Stops.",
        ),
        ("A > B\n\nC > D\n\nRain Stops\n\nPublished 21 March 2023", "Rain Stops"),
    ],
)
def test_the_headline_stands_below_the_crumbs_or_above_the_date(text: str, headline: str) -> None:
    assert fields(text)["headline"] == headline


@pytest.mark.parametrize(
    ("lines", "image"),
    [
        (
            "  • Rain.\n\n    Rain. | Photo: Twitter/ @x",
            {"caption": "Rain.", "credit": "Twitter/ @x"},
        ),
        ("  * Rain.\n    Rain. | Photo: X", {"caption": "Rain.", "credit": "X"}),
        ("  + [rain.jpg] Rain. Rain. | Photo: X", {"caption": "Rain.", "credit": "X"}),
        ("  - [rain] Rain.\n\n    Rain.\n    | Photo: X", {"caption": "Rain.", "credit": "X"}),
        (
            "     o Rain falls.\n\n       Rain falls. (Photo: X)",
            {"caption": "Rain falls.", "credit": "X"},
        ),
        (
            "  • A wet street\n\n    Rain. | Foto: X",
            {"caption": "Rain.", "credit": "X", "alt": "A wet street"},
        ),
        ("  • Rain falls on us.\n\n    Photo: X", {"caption": "Rain falls on us.", "credit": "X"}),
        ("  • Rain.\n\n    Rain.", {"caption": "Rain."}),
        ("  • Rain falls on us.", {"caption": "Rain falls on us."}),
        ("Rain. | Photo by X", {"caption": "Rain.", "credit": "X"}),
        ("Rain. Photo: X", {"caption": "Rain.", "credit": "X"}),
        ("Rain. (Photo Ada Rime)", {"caption": "Rain.", "credit": "Ada Rime"}),
        ("  • Rain. © X", {"caption": "Rain.", "credit": "X"}),
        ("  • twitter", None),
        ("  • Print this", None),
        ("Photo: X", None),
    ],
)
def test_caption_and_credit_are_split(lines: str, image: dict[str, str] | None) -> None:
    record = fields(
        f"News > Russia\n\nThe Headline\n\n{lines}\n\nPublished 21 March 2023\n\nOne.\n\nTwo."
    )
    assert record.get("image") == image
    assert record["body"] == "Two."


def test_images_further_down_are_images_too() -> None:
    record = fields(
        HEAD + "One.\n\n  • Rain.\n\n    Rain. | Photo: X\n\nTwo.\n\n"
        "  • Snow.\n\n    Snow. | Photo: Y\n\n"
        "  • Salt.\n\n    Salt.\n\n  • list item of its own\n\nThe court said so. Photo: none.\n"
    )
    assert record["images"] == [
        {"caption": "Rain.", "credit": "X"},
        {"caption": "Snow.", "credit": "Y"},
        {"caption": "Salt."},
    ]
    assert record["body"] == (
        "One.\n\nTwo.\n\n- list item of its own\n\nThe court said so. Photo: none."
    )


@pytest.mark.parametrize(
    ("line", "dates"),
    [
        ("Published 21 March 2023 (4 hours ago)", {"published": "2023-03-21"}),
        ("Published: Tuesday, March 21, 2023 2:05 PM GMT", {"published": "2023-03-21 14:05+00:00"}),
        ("Publicado el 03/04/2023", {"published": "2023-04-03"}),
        ("Publié le 21 mars 2023 à 14h05", {"published": "2023-03-21 14:05"}),
        ("Veröffentlicht am 21. März 2023", {"published": "2023-03-21"}),
        ("Опубликовано 21 марта 2023", {"published": "2023-03-21"}),
        ("发布时间：2023年3月21日", {"published": "2023-03-21"}),
        (
            "Published 21 March 2023 | Updated 22 March 2023",
            {"published": "2023-03-21", "updated": "2023-03-22"},
        ),
        ("By Ana Quirós | Published 21 March 2023", {"published": "2023-03-21"}),
        ("21 March 2023", {"published": "2023-03-21"}),
        ("Published 03/04/2023", {"status": "draft"}),
        ("03/04/2023", {"status": "draft"}),
        ("Published 21 Smarch 2023", {"status": "draft"}),
        ("Updated 22 March 2023", {"updated": "2023-03-22", "status": "draft"}),
    ],
)
def test_the_date_is_read_from_its_line(line: str, dates: dict[str, str]) -> None:
    record = fields(f"News > Russia\n\nThe Headline\n\n{line}\n\nOne.\n\nTwo.")
    assert {
        key: record[key] for key in ("published", "updated", "status") if key in record
    } == dates
    assert record["body"].endswith("Two.")
    assert "20" not in record["body"]


def test_a_label_of_writers_without_names_names_none() -> None:
    text = "The Headline of It\n\nBy | The Quay\n\nPublished 21 March 2023\n\nOne.\n\nTwo."
    assert "byline" not in fields(text)


def test_a_date_is_never_read_from_prose() -> None:
    text = "The Headline Here\n\nOne.\n\nPublished 21 March 2023 in a book.\n\n21 March 2023\n"
    assert fields(text)["status"] == "draft"
    assert sources(text)["published"] == "not set: the page shows no date"


def test_an_ambiguous_date_says_what_to_write() -> None:
    notes = sources("The Headline Here\n\nPublished 03/04/2023\n\nOne.")
    assert notes["published"] == (
        'not set: line 3 "03/04/2023" is ambiguous; write 2023-04-03 or 2023-03-04'
    )
    notes = sources("The Headline Here\n\nPublished 21 Smarch 2023\n\nOne.")
    assert notes["published"] == 'not set: line 3 "21 Smarch 2023" is not a date'
    notes = sources("The Headline Here\n\nPublished 21 March 2023 14:05 ET\n\nOne.")
    assert notes["published"].startswith("line 3 (the time is left out")


def test_a_date_below_the_body_is_read_as_well() -> None:
    record = fields(
        "N > R\n\nThe Headline\n\nA.\n\nB.\n\nC.\n\nD.\n\nE.\n\nPublished 21 March 2023"
    )
    assert record["published"] == "2023-03-21"
    assert (record["summary"], record["body"]) == ("A.", "B.\n\nC.\n\nD.\n\nE.")


def test_an_article_goes_on_behind_a_list_but_not_behind_its_comments() -> None:
    part = "The crews of all ferries went back to work on Tuesday, the company said. " * 5
    items = "\n".join(f"  * Line {number}" for number in range(7))
    head = "  * Menu\n\nFerry Crews Go Back to Work\n\n21 March 2023\n\n"
    longer = f"It rained. {part}"
    assert fields(f"{head}{longer}\n\n{items}\n\n{part}End.")["body"].endswith("End.")
    assert fields(f"{head}{part}\n\n{items}\n\n{longer}")["body"].startswith("The crews")
    page = f"{head}{longer}\n\n3 Comments\n{items}\n\n{part}End."
    assert not fields(page)["body"].endswith("End.")


def test_the_header_of_a_message_becomes_fields() -> None:
    header = (
        "From: desk@q.example\nDate: Tue, 21 Mar 2023 10:00:00 +0100\nSubject: Rain Falls Again"
    )
    prose = (
        "It rained all day in the harbour, and the ferries stayed at the quay until noon.\n\n" * 5
    )
    message = fields(f"{header}\n\n{prose}")
    assert message["headline"] == "Rain Falls Again"
    assert message["published"] == "2023-03-21 10:00+01:00"


@pytest.mark.parametrize("mark", ["###", "-30-", "(MORE)", "(ends)"])
def test_the_mark_of_an_agency_ends_the_text(mark: str) -> None:
    assert fields(f"{TITLE}It rained.\n\n{mark}\n\nContact: desk")["body"] == "It rained."


def test_the_writer_stands_above_the_place_beside_the_date() -> None:
    lines = "Ada Rime\nPuerto Alba - 3 de abril de 2025"
    assert fields(f"The Headline of It\n\n{lines}\n\nIt rained.\n")["byline"] == ["Ada Rime"]
