"""Which file systems tell this machine of changes that others make: network disks do not."""

import re
from collections.abc import Iterator
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
"""The mounted file systems (proc(5)); elsewhere than on Linux there is no such file."""

_NETWORK = frozenset(
    """
    9p acfs afs beegfs ceph cifs coda drvfs fakeowner fuse fuseblk gfs gfs2 glusterfs gpfs lustre
    ncpfs nfs nfs4 ocfs2 orangefs prl_fs smb2 smb3 smbfs vboxsf virtiofs vmhgfs
    """.split()
)
"""Types of file systems that other machines change, or the host of this container. A file system in
user space is taken for one of them."""

_ESCAPE = re.compile(r"\\([0-7]{3})")


def network_type(folder: Path, mounts: str) -> str:
    """Return the type of the network file system that a folder or a part of it is on; else empty.

    :param folder: absolute, without links.
    :param mounts: as in ``MOUNTS``.
    """
    holding = ""
    length = -1
    for place, kind in _mounted(mounts):
        if place != folder and folder in place.parents and _is_network(kind):
            return kind  # below the folder
        if folder.is_relative_to(place) and len(place.parts) >= length:
            holding, length = kind, len(place.parts)  # of two at one place the later one counts
    return holding if _is_network(holding) else ""


def _mounted(mounts: str) -> Iterator[tuple[Path, str]]:
    """Yield the place and the type of each file system."""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(" "), after.partition(" ")[0]
        if len(fields) > 4:
            place = _ESCAPE.sub(lambda match: chr(int(match[1], 8)), fields[4])
            yield Path(place), kind


def _is_network(kind: str) -> bool:
    return kind.partition(".")[0] in _NETWORK
