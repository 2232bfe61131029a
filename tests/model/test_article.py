"""When an article may be shown, and when two headlines are one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from feedsvc.model.article import Article, headline_key

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ARTICLE = Article(
    id="a",
    path="a.md",
    headline="A",
    summary="",
    section="",
    published=NOON,
    updated=NOON,
    slug="a",
    body="",
)


def test_an_article_is_usable_from_the_moment_it_is_published() -> None:
    assert ARTICLE.usable(NOON)
    assert not ARTICLE.usable(NOON - timedelta(seconds=1))


def test_an_embargo_holds_an_article_back_until_its_moment() -> None:
    embargoed = msgspec.structs.replace(ARTICLE, embargoed=NOON + HOUR)
    assert embargoed.released == NOON + HOUR
    assert not embargoed.usable(NOON)
    assert embargoed.usable(NOON + HOUR)


def test_an_embargo_before_the_publication_changes_nothing() -> None:
    assert msgspec.structs.replace(ARTICLE, embargoed=NOON - HOUR).released == NOON


def test_an_article_is_not_usable_from_the_moment_it_expires() -> None:
    expiring = msgspec.structs.replace(ARTICLE, expires=NOON + HOUR)
    assert expiring.usable(NOON + HOUR - timedelta(seconds=1))
    assert not expiring.usable(NOON + HOUR)


@pytest.mark.parametrize("status", ["withheld", "canceled"])
def test_an_article_that_is_held_back_or_killed_is_not_usable(status: str) -> None:
    assert not msgspec.structs.replace(ARTICLE, status=status).usable(NOON)


@pytest.mark.parametrize(
    "headline",
    ["The Harbour Opens", " the  HARBOUR opens.", "The Harbour Opens…", "Ｔhe harbour opens"],
)
def test_headlines_that_mean_one_story_have_one_key(headline: str) -> None:
    assert headline_key(headline) == "the harbour opens"


def test_the_key_of_a_very_long_headline_fits_into_an_index() -> None:
    one, other = (headline_key(f"{'ﷺ' * 1000} {end}") for end in "ab")
    assert one == headline_key(f"{'ﷺ' * 1000}  A") != other
    assert len(one.encode()) < 1000
