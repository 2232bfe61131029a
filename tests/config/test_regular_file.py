"""Only plain files are opened, and nothing is waited for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from feedsvc.config.load import load
from feedsvc.config.regular_file import open_regular, stamp_of
from feedsvc.errors import ConfigError


def test_a_plain_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"data")
    with open_regular(tmp_path / "file") as file:
        assert file.read() == b"data"


def test_a_pipe_a_folder_and_a_device_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with pytest.raises(ValueError, match=r"^is no plain file$"):
            open_regular(path)


def test_a_stamp_is_size_and_the_later_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"data")
    os.utime(tmp_path / "file", (1, 1))
    status = (tmp_path / "file").stat()
    assert stamp_of(status) == (4, status.st_ctime_ns)


def test_a_pipe_in_the_place_of_the_configuration_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.toml")
    with pytest.raises(ConfigError, match="is no plain file; put a file there"):
        load(tmp_path / "config.toml", environ={})
