"""Dates as pages show them."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.importers.page.dates import is_later, read_date


@pytest.mark.parametrize(
    ("text", "languages", "value"),
    [
        ("21 March 2023", (), "2023-03-21"),
        ("21 March 2023 (4 hours ago)", (), "2023-03-21"),
        ("Tuesday, 21st of March, 2023", (), "2023-03-21"),
        ("March 21, 2023 2:05 PM", (), "2023-03-21 14:05"),
        ("Mar 21, 2023 at 12.30am", (), "2023-03-21 00:30"),
        ("2 PM, 21 March 2023", (), "2023-03-21 14:00"),
        ("14:05:07, 21 Sept 2023", (), "2023-09-21 14:05:07"),
        ("21 March 2023 14:05 (GMT)", (), "2023-03-21 14:05+00:00"),
        ("21 March 2023 14:05 UTC+5:30", (), "2023-03-21 14:05+05:30"),
        ("21 March 2023 14:05 -0300", (), "2023-03-21 14:05-03:00"),
        ("Tue, 21 Mar 2023 14:05:00 EST", (), "2023-03-21 14:05-05:00"),
        ("21 March 2023 | 5 min read", (), "2023-03-21"),
        ("21 March 2023 - 14:05", (), "2023-03-21 14:05"),
        ("21-Mar-2023", (), "2023-03-21"),
        ("2023-03-21", (), "2023-03-21"),
        ("2023-03-21T14:05:00.123Z", (), "2023-03-21 14:05+00:00"),
        ("2023-03-21 14:05+0200", (), "2023-03-21 14:05+02:00"),
        ("2023/3/21", (), "2023-03-21"),
        ("21/03/2023", (), "2023-03-21"),
        ("03/21/2023", (), "2023-03-21"),
        ("03/03/2023", (), "2023-03-03"),
        ("03.04.2023", (), "2023-04-03"),
        ("03/04/2023", ("en-GB",), "2023-04-03"),
        ("03/04/2023", ("en-US",), "2023-03-04"),
        ("03/04/2023", ("es",), "2023-04-03"),
        ("03/04/2023", ("es", "pt", "gl"), "2023-04-03"),
        ("Dienstag 03/04/2023 14:05", ("de",), "2023-04-03 14:05"),
        ("21 de marzo de 2023 a las 14:05 hs", ("es",), "2023-03-21 14:05"),
        ("mar, 21 mar 2023", ("es",), "2023-03-21"),
        ("21. März 2023, 14 Uhr", ("de",), "2023-03-21 14:00"),
        ("1er mars 2023 à 14h05", ("fr",), "2023-03-01 14:05"),
        ("terça-feira, 21 de março de 2023, às 14h05", ("pt",), "2023-03-21 14:05"),
        ("21 марта 2023 г.", (), "2023-03-21"),
        ("2023年3月21日", (), "2023-03-21"),
        ("2023년 3월 21일 14:05", (), "2023-03-21 14:05"),
        ("२१ मार्च २०२३", (), "2023-03-21"),
        ("21 مارس 2023", (), "2023-03-21"),
        ("3 listopad 2023", ("pl",), "2023-11-03"),
        ("3 listopad 2023", ("nonsense", "pl"), "2023-11-03"),
    ],
)
def test_a_date_is_read_in_any_order_and_language(
    text: str, languages: tuple[str, ...], value: str
) -> None:
    assert read_date(text, languages).value == value
    assert not read_date(text, languages).problem


@pytest.mark.parametrize(
    ("text", "languages", "problem"),
    [
        ("03/04/2023", (), '"03/04/2023" is ambiguous; write 2023-04-03 or 2023-03-04'),
        ("03/04/2023", ("en",), '"03/04/2023" is ambiguous; write 2023-04-03 or 2023-03-04'),
        ("03/04/2023", ("zh",), '"03/04/2023" is ambiguous; write 2023-04-03 or 2023-03-04'),
        ("03/04/2023", ("?",), '"03/04/2023" is ambiguous; write 2023-04-03 or 2023-03-04'),
        ("03/04/2023", ("xx",), '"03/04/2023" is ambiguous; write 2023-04-03 or 2023-03-04'),
        ("3 listopad 2023", (), '"listopad" is another month in another language'),
    ],
)
def test_a_date_that_could_be_two_days_is_not_guessed(
    text: str, languages: tuple[str, ...], problem: str
) -> None:
    assert read_date(text, languages).value == ""
    assert read_date(text, languages).problem == problem


def test_a_time_in_an_uncertain_zone_is_left_out() -> None:
    reading = read_date("Mar 21, 2023, 2:05 p.m. ET")
    assert reading.value == "2023-03-21"
    assert reading.problem == 'the time is left out: it is uncertain which zone "ET" is'


@pytest.mark.parametrize(
    "text",
    [
        "", "yesterday", "21 March", "March 2023", "5", "5 PM", "32 March 2023", "30/02/2023",
        "21 March 2023 in the harbour", "21 March 1402", "21 March 2023 25:30", "20230321",
        "21 March 2023 14:05 UTC+99", "14:05 ET", "21 22 2023", "21/03/2023 7", "21/03/2023 March",
        "2023-02-30", "1 2 3 4", "Monday 2023", "21 March 2023 2024", "0000-01-01",
    ],
)  # fmt: skip
def test_a_text_that_is_no_whole_date_is_none(text: str) -> None:
    assert read_date(text).value == ""
    assert read_date(text).problem == ""


@pytest.mark.parametrize(
    ("moment", "other", "later"),
    [
        ("2023-03-22", "2023-03-21", True),
        ("2023-03-21", "2023-03-21", False),
        ("2023-03-21 14:05+01:00", "2023-03-21 14:05+02:00", True),
        ("2023-03-21 14:05+00:00", "2023-03-21", True),
        ("2023-03-21 11:05+00:00", "2023-03-21", False),
    ],
)
def test_a_moment_is_later_only_when_that_is_sure(moment: str, other: str, *, later: bool) -> None:
    assert is_later(moment, other) is later


@given(st.text(), st.lists(st.text(max_size=8), max_size=3))
def test_any_text_is_a_date_or_none(text: str, languages: list[str]) -> None:
    read_date(text, tuple(languages))


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 12, 31)))
def test_every_moment_reads_back(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    assert read_date(whole.isoformat()).value[:10] == f"{whole:%Y-%m-%d}"
    assert read_date(f"{whole:%d %B %Y, %H:%M:%S}").value[:16] == f"{whole:%Y-%m-%d %H:%M}"
