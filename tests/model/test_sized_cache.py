"""A cache keeps the values that were used last, as far as they fit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from feedsvc.model.sized_cache import SizedCache
from feedsvc.model.validity import Validity

NOW = datetime(2026, 11, 23, 12, 0, 0, 500_000, UTC)
SECOND = timedelta(seconds=1)


def test_the_values_that_were_not_used_for_longest_make_room() -> None:
    cache = SizedCache[str, bytes](10, len)
    assert cache.put("a", b"1234") == []
    assert cache.put("b", b"1234") == []
    assert cache.get("a") == b"1234"
    assert cache.put("c", b"123") == [b"1234"]
    assert cache.get("b") is None
    assert cache.items() == [("a", b"1234"), ("c", b"123")]


def test_another_value_takes_the_place_of_the_first() -> None:
    cache = SizedCache[str, bytes](10, len)
    cache.put("a", b"12345678")
    assert cache.put("a", b"123456789") == [b"12345678"]
    assert cache.pop("a") == b"123456789"
    assert cache.pop("a") is None


def test_a_value_larger_than_the_cache_is_kept_alone() -> None:
    cache = SizedCache[str, bytes](10, len)
    cache.put("a", b"1")
    assert cache.put("b", b"x" * 20) == [b"1"]
    assert cache.get("b") == b"x" * 20


def test_what_was_made_holds_for_its_revision_and_its_time() -> None:
    made = Validity.starting(NOW, 7, [NOW + 2 * SECOND, NOW, NOW + SECOND])
    assert made.until == NOW + SECOND
    assert made.holds(7, NOW)
    assert made.holds(7, NOW - SECOND / 2)  # time changes nothing within a second
    assert not made.holds(8, NOW)
    assert not made.holds(7, NOW + SECOND)
    assert not made.holds(7, NOW - SECOND)
    assert Validity.starting(NOW, 7, []).holds(7, NOW + timedelta(days=999))
