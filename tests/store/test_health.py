from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.errors import StoreError
from feedsvc.store.change_counter import ChangeCounter
from feedsvc.store.health import Fault, Health, HealthFile, read_health
from feedsvc.store.shared_memory import SHARED_FILE

NOTHING = Health(None, None, None)


def test_nothing_is_known_of_a_folder_without_a_store(tmp_path: Path) -> None:
    assert read_health(tmp_path) == NOTHING
    assert not list(tmp_path.iterdir())
    ChangeCounter(tmp_path / SHARED_FILE)  # and that of an earlier version has nothing else
    assert read_health(tmp_path) == NOTHING


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / SHARED_FILE).mkdir()
    with pytest.raises(StoreError, match="pulse cannot be read: Is a directory"):
        read_health(tmp_path)


def test_a_fault_lasts_from_its_beginning_until_it_ends(tmp_path: Path) -> None:
    health, counter = HealthFile(tmp_path), ChangeCounter(tmp_path / SHARED_FILE)
    before = counter.now()
    health.look(10.0, pause=5.0)
    health.publishing(20.0, "the disk is full")
    health.publishing(30.0, "é" * 600)
    health.configuration(40.0, "line 1")
    assert read_health(tmp_path) == Health(15.0, Fault(20.0, "é" * 500), Fault(40.0, "line 1"))
    assert (health.read().silent(12.0), health.read().silent(20.0)) == (0.0, 5.0)
    health.publishing(50.0, "")
    health.configuration(50.0, "")
    assert HealthFile(tmp_path).read() == Health(15.0, None, None)
    assert counter.now() == before
