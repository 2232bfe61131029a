from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from feedsvc.store.database import Database
from feedsvc.store.lock import LOCK_FILE, try_lock
from feedsvc.store.sqlite import FILE_NAME
from tests.conftest import Newsroom, article
from tests.tools.service import Service, until


@pytest.fixture(autouse=True)
def generous() -> Iterator[None]:
    """Take no right from new files but what feedsvc itself takes."""
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    """Return a folder and the files in it that more than their owner can use."""
    paths = (folder, *folder.rglob("*"))
    return [path.name for path in paths if path.stat().st_mode & 0o077]


def test_all_that_is_made_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "lib" / "state"
    with closing(Database(folder)), try_lock(folder / LOCK_FILE):
        assert {FILE_NAME, f"{FILE_NAME}-shm", LOCK_FILE} <= {it.name for it in folder.iterdir()}
        assert open_to_others(folder) == []


def test_a_folder_of_an_earlier_version_is_taken_from_others(tmp_path: Path) -> None:
    Database(tmp_path).close()
    (tmp_path / "copy.sqlite").touch(0o644)
    (tmp_path / f"{FILE_NAME}.before-restore").symlink_to("nowhere")
    for path in (tmp_path, tmp_path / FILE_NAME):
        path.chmod(path.stat().st_mode | 0o055)
    with closing(Database(tmp_path)):
        (tmp_path / f"{FILE_NAME}.before-restore").unlink()
        assert open_to_others(tmp_path) == []
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_files_of_others_and_folders_of_all_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "script").touch(0o755)
    tmp_path.chmod(0o1777)
    Database(tmp_path).close()
    Database(tmp_path).close()
    assert open_to_others(tmp_path) == [tmp_path.name, "script"]


def test_all_that_a_service_makes_is_its_owners_alone(newsroom: Newsroom) -> None:
    newsroom.configure((newsroom.root / "config.toml").read_text() + "[limits]\nrepeats = 9\n")
    newsroom.write("world/a.md", article("Tunnel"))
    service = Service(newsroom.root).wait()
    try:
        until(lambda: (newsroom.config.state / "repeats").exists() and service.shows("Tunnel"))
        assert open_to_others(newsroom.config.state) == []
    finally:
        service.end()
