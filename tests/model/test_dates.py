"""Dates as newsrooms write them in a language."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedsvc.model.dates import written_date

MORNING = datetime(2026, 5, 3, 22, 5, tzinfo=UTC)
MIDNIGHT = datetime(2026, 5, 3, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "language", "written"),
    [
        (MORNING, "en", "4 May 2026, 00:05"),
        (MIDNIGHT, "en", "4 May 2026"),
        (MIDNIGHT, "EN-gb", "4 May 2026"),
        (MIDNIGHT, "de-AT", "4. Mai 2026"),
        (MIDNIGHT, "fr", "4 mai 2026"),
        (MIDNIGHT, "tlh", "4 May 2026"),
        (MIDNIGHT, "x", "4 May 2026"),
    ],
)
def test_a_date_is_written_as_in_its_language(
    moment: datetime, language: str, written: str
) -> None:
    assert written_date(moment, "Europe/Berlin", language) == written
