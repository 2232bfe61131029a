"""Disks whose changes this machine does not hear of."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.publishing.file_systems import MOUNTS, network_type

TABLE = """\
22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/root rw
30 22 0:40 / /srv/desk rw,relatime shared:2 - nfs4 files.example:/desk rw,vers=4.2
31 22 0:41 / /srv/two\\040words rw - cifs //files.example/desk rw
32 22 0:42 / /srv/quay/articles/wire rw - fuse.sshfs wire.example:/ rw
33 30 0:43 / /srv/desk/local rw,relatime - xfs /dev/sdb rw
34 22 0:44 / /mnt rw - nfs old.example:/ rw
35 34 0:45 / /mnt rw - ext4 /dev/sdc rw
an odd line
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/", "nfs4"),  # a part of it
        ("/srv/desk", "nfs4"),
        ("/srv/desk/articles", "nfs4"),
        ("/srv/desk/local", ""),
        ("/srv/desk/local/articles", ""),
        ("/srv/desks", ""),
        ("/srv/two words/articles", "cifs"),
        ("/srv/quay/articles", "fuse.sshfs"),
        ("/srv/quay/articles/world", ""),
        ("/mnt/articles", ""),  # mounted over the other one
    ],
)
def test_a_folder_is_on_the_file_system_of_the_nearest_mount(folder: str, kind: str) -> None:
    assert network_type(Path(folder), TABLE) == kind


def test_without_a_table_nothing_is_a_network_disk() -> None:
    assert network_type(Path("/srv"), "") == ""


@pytest.mark.skipif(not MOUNTS.exists(), reason="only Linux has this table")
def test_the_table_of_this_machine_is_read() -> None:
    assert network_type(Path("/proc"), MOUNTS.read_text()) == ""
