"""Dates as people write them; a text that could mean two days is refused with both."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.ingest.record.dates import parse_coming, parse_date

NEVER = datetime(1, 1, 1, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def read(text: str, zone: ZoneInfo = BERLIN) -> str:
    return f"{parse_date(text, zone):%Y-%m-%d %H:%M:%S}"


def refused(text: str) -> str:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_date(text, BERLIN)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-21", "2026-11-20 23:00:00"),
        ("2026-11-21 08:30", "2026-11-21 07:30:00"),
        ("2026-11-21T08:30:15", "2026-11-21 07:30:15"),
        ("2026-11-21T08:30:15.999999", "2026-11-21 07:30:15"),
        ("2026-11-21T08:30Z", "2026-11-21 08:30:00"),
        ("2026-11-21T08:30:00 Z", "2026-11-21 08:30:00"),
        ("2026-11-21T08:30+05:30", "2026-11-21 03:00:00"),
        ("2026-11-10 08:30 +0100", "2026-11-10 07:30:00"),
        ("2026-11-10 08:30 UTC", "2026-11-10 08:30:00"),
        ("2026-11-10 08:30 GMT", "2026-11-10 08:30:00"),
        ("20261121", "2026-11-20 23:00:00"),
        ("20261121T083000Z", "2026-11-21 08:30:00"),
        ("2026-W47-6", "2026-11-20 23:00:00"),
        # The year first: behind it comes the month.
        ("2026-11-10 8:30", "2026-11-10 07:30:00"),
        ("2026-11-10 8:30 pm", "2026-11-10 19:30:00"),
        ("2026-1-2", "2026-01-01 23:00:00"),
        ("2026/11/10", "2026-11-09 23:00:00"),
        ("2026.11.10", "2026-11-09 23:00:00"),
        # Prose.
        ("21 March 2023", "2023-03-20 23:00:00"),
        ("March 21, 2023 5pm", "2023-03-21 16:00:00"),
        ("Tue, 21 Mar 2023 08:30:00 +0100", "2023-03-21 07:30:00"),
        ("Tue, 21 Mar 2023 08:30:00 GMT", "2023-03-21 08:30:00"),
        ("Nov 10 2026 at 10:00", "2026-11-10 09:00:00"),
        ("13/10/2026", "2026-10-12 22:00:00"),
        ("10/13/2026", "2026-10-12 22:00:00"),
        ("11/11/2026", "2026-11-10 23:00:00"),
        # Hours and minutes parted by a point.
        ("2026-11-21 8.30", "2026-11-21 07:30:00"),
        ("21 November 2026 14.30", "2026-11-21 13:30:00"),
        ("21.11.2026 14.30", "2026-11-21 13:30:00"),
        ("21.11.2026, 12.30 am", "2026-11-20 23:30:00"),
        # Digits without marks between them.
        ("20261121 0830", "2026-11-21 07:30:00"),
        ("21 November 2026 083015", "2026-11-21 07:30:15"),
        ("Nov 21 2026 08:30:15.25 +0530", "2026-11-21 03:00:15"),
    ],
)
def test_a_date_that_means_one_moment_is_that_moment_in_utc(text: str, utc: str) -> None:
    assert read(text) == utc


def test_a_moment_is_in_utc_and_has_no_fraction() -> None:
    moment = parse_date("2026-11-21T08:30:15.5+01:00", BERLIN)
    assert moment == datetime(2026, 11, 21, 7, 30, 15, tzinfo=UTC)
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    ("zone", "utc"),
    [
        ("UTC", "2026-07-01 00:00:00"),
        ("Europe/Lisbon", "2026-06-30 23:00:00"),
        ("Asia/Kathmandu", "2026-06-30 18:15:00"),
        ("America/St_Johns", "2026-07-01 02:30:00"),
        ("Pacific/Kiritimati", "2026-06-30 10:00:00"),
    ],
)
def test_a_bare_date_is_midnight_in_the_newsrooms_zone(zone: str, utc: str) -> None:
    assert read("2026-07-01", ZoneInfo(zone)) == utc
    assert read("1 July 2026", ZoneInfo(zone)) == utc


def test_an_hour_the_clock_leaps_over_is_read_as_before_the_leap() -> None:
    assert read("2026-03-29 02:30") == "2026-03-29 01:30:00"


def test_an_hour_the_clock_strikes_twice_is_the_first_of_the_two() -> None:
    assert read("2026-10-25 02:30") == "2026-10-25 00:30:00"
    assert read("2026-10-25 02:30+01:00") == "2026-10-25 01:30:00"


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("11/10/2026", "2026-10-11 or 2026-11-10"),
        ("10.11.2026", "2026-10-11 or 2026-11-10"),
        ("10-11-2026 08:30", "2026-10-11 or 2026-11-10"),
        ("1/2/26", "2026-01-02 or 2026-02-01"),
    ],
)
def test_a_date_that_could_be_two_days_is_refused_with_both(text: str, days: str) -> None:
    assert refused(text) == f'"{text}" could be {days}; write it like that'


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("21 Nov 26", "26"),
        ("21.11.26 08:30", "26"),
        ("26-11-21", "21"),
    ],
)
def test_a_date_with_digits_left_over_is_refused(text: str, unread: str) -> None:
    assert refused(text) == (
        f'"{text}" has digits that are read as no part of a date ({unread}); '
        "write it like 2026-11-21 08:30, the year with four digits"
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("tomorrow 9:00", "2026-11-24 08:00:00"),
        ("Tomorrow at 9.30", "2026-11-24 08:30:00"),
        ("today 18:00", "2026-11-23 17:00:00"),
        ("tomorrow", "2026-11-23 23:00:00"),
        ("2026-12-24 06:00", "2026-12-24 05:00:00"),
        ("monday 9:00", "2026-11-23 08:00:00"),
        ("monday 0:15", "2026-11-29 23:15:00"),
        ("next Monday 9:00", "2026-11-30 08:00:00"),
        ("Tuesday at 9.30", "2026-11-24 08:30:00"),
        ("on wed, 9:00", "2026-11-25 08:00:00"),
        ("next thu 9:00 pm", "2026-11-26 20:00:00"),
        ("sunday", "2026-11-28 23:00:00"),
        ("Mon, 30 Nov 2026 09:00", "2026-11-30 08:00:00"),
    ],
)
def test_a_command_takes_a_coming_day(text: str, moment: str) -> None:
    now = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # the day has begun in Berlin
    assert f"{parse_coming(text, BERLIN, now):%F %T}" == moment


@pytest.mark.parametrize(
    "text", ["2026", "2026-11", "November 2026", "21 Nov", "Saturday", "10:30", "١٤٤٨"]
)
def test_a_date_that_lacks_a_part_is_refused(text: str) -> None:
    assert refused(text) == (
        f'"{text}" lacks the day, the month or the year; write 2026-11-21 08:30'
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "soon",
        "2026-02-30",
        "2026-11-10 25:00",
        "2026-11-21 8.3",
        "2026-11-21108:30",
        "2026-11-10 08:60",
        "32/13/2026",
        "1700000000",
        "99999999999999999999",
        "1e9",
        "NaN",
        "21 de noviembre de 2026",
        "Published 21 March 2023",
        "2026-11-10 08:30 Europe/Berlin",
        "2026-11-10 08:30 +9999",
        "2026-11-10 08:30+99:99",
        "2026-11-10 08:30-24:00",
    ],
)
def test_a_text_that_is_no_date_is_refused_with_the_right_form(text: str) -> None:
    assert refused(text) == (
        f'"{text}" is not a date; write it like 2026-11-21 or 2026-11-21 08:30'
    )


@pytest.mark.parametrize("zone", ["EST", "CET", "BST", "IST", "PDT", "GMT+3", "UTC-5"])
def test_a_zone_with_several_meanings_is_refused(zone: str) -> None:
    text = f"2026-11-10 08:30 {zone}"
    assert refused(text) == (
        f'"{text}" has a time zone with several meanings; write 2026-11-21 08:30+01:00'
    )


def test_the_zone_of_the_machine_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert "time zone" in refused("2026-11-10 08:30 EST")
        assert read("10 Nov 2026 08:30") == "2026-11-10 07:30:00"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("text", ["0999-12-31", "9999-12-31", "0001-01-01T00:00:00+23:00"])
def test_a_year_without_four_digits_to_spare_is_refused(text: str) -> None:
    assert refused(text) == f'"{text}" is out of range; write a year of four digits'


@pytest.mark.parametrize("text", ["1000-01-01T00:00+00:00", "9998-12-31T23:59-23:00"])
def test_the_years_at_the_edges_are_read(text: str) -> None:
    assert parse_date(text, BERLIN).year in (1000, 9999)


@given(
    st.one_of(
        st.text(max_size=40),
        st.text("0123456789-:/.+ TZAMPamporNovMar,", max_size=30),
        st.datetimes().map(str),
    )
)
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_moment_or_refused_in_a_sentence(text: str) -> None:
    try:
        moment = parse_date(text, BERLIN)
    except ValueError as error:
        message = str(error)
        moment = NEVER
    else:
        message = f'"{text}" is a date'
    assert message.startswith(f'"{text}" ')
    assert moment.tzinfo is UTC
    assert moment.microsecond == 0
