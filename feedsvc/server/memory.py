"""How a process that lives for months takes memory from the system, and gives it back."""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Of ``mallopt`` (GNU C library, ``malloc.h``)."""
_LARGE = 128 * 1024
"""Bytes from which a piece of memory goes back to the system as soon as it is free."""


def limit_heaps() -> bool:
    """Let what many threads take and free by turns not pile up; tell whether that is possible.

    The GNU C library would give each thread a heap of its own, and keep ever larger pieces: a
    worker that makes feeds in forty threads would grow for hours. Others have no such setting.
    """
    try:
        option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    wanted = {_ARENA_MAX: 2, _MMAP_THRESHOLD: _LARGE, _TRIM_THRESHOLD: _LARGE}
    taken = [option(name, value) for name, value in wanted.items()]
    return all(taken)
