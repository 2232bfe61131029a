from __future__ import annotations

import re
from pathlib import Path

import pytest

from feedsvc.errors import StoreError
from feedsvc.store.change_counter import ChangeCounter
from feedsvc.store.database import Database
from feedsvc.store.shared_memory import open_shared_memory
from tests.tools.service import until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pulse"


def test_every_process_sees_every_write(path: Path) -> None:
    one, other = ChangeCounter(path), ChangeCounter(path)
    before = other.now()
    begun = one.begin()
    assert one.now() is None
    assert other.now() is None
    one.end(begun)
    assert other.now() == one.now() != before


def test_writes_that_end_in_another_order_end(path: Path) -> None:
    pulse = ChangeCounter(path)
    first = pulse.begin()
    second = pulse.begin()
    pulse.end(second)
    pulse.end(first)
    assert pulse.now() == second


def test_a_write_that_begins_before_another_has_said_that_it_ended_is_seen(path: Path) -> None:
    pulse = ChangeCounter(path)
    first = pulse.begin()
    second = pulse.begin()
    pulse.end(first)
    assert pulse.now() is None
    pulse.end(second)
    assert pulse.now() == second


def test_what_a_dead_process_left_open_ends_with_the_next_write(path: Path) -> None:
    ChangeCounter(path).begin()
    pulse = ChangeCounter(path)
    assert pulse.now() is None
    begun = pulse.begin()
    pulse.end(begun)
    assert pulse.now() == begun


def test_where_the_file_is_lost_every_process_hears_by_the_new_one(path: Path) -> None:
    one, other = ChangeCounter(path), ChangeCounter(path)
    begun = one.begin()
    one.end(begun)
    path.unlink()
    after = one.begin()
    one.end(after)
    assert after > begun + 1  # so that no number stands for two states
    until(lambda: other.now() == after)
    until(lambda: ChangeCounter(path).now() == other.now() == after)


def test_where_no_new_file_can_be_made_the_lost_one_stays_in_use(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    counter = ChangeCounter(tmp_path / "state" / "pulse")
    (tmp_path / "state").rename(tmp_path / "elsewhere")
    begun = counter.begin()
    counter.end(begun)
    assert counter.now() == begun


def test_a_file_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    message = re.escape(f"the file {tmp_path} cannot be used: Is a directory; let feedsvc write ")
    with pytest.raises(StoreError, match=message):
        ChangeCounter(tmp_path)
    with pytest.raises(StoreError, match=message):
        open_shared_memory(tmp_path, 8)


def test_the_store_counts_its_writes_but_not_those_of_a_cache(
    tmp_path: Path,
) -> None:
    database = Database(tmp_path)
    before = database.change_counter.now()
    with database.reading():
        pass
    assert database.offer(lambda _: None)
    assert database.change_counter.now() == before
    with database.writing():
        assert database.change_counter.now() == before
    assert database.change_counter.now() == (before or 0) + 1
    with pytest.raises(ZeroDivisionError), database.writing():
        _ = 1 / 0
    assert database.change_counter.now() == (before or 0) + 1
    database.close()
