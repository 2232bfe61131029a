"""Keep the memory of a process that runs for months small."""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Options of ``mallopt`` (GNU C library, ``malloc.h``)."""
_LARGE = 128 * 1024
"""Bytes from which an allocation goes back to the system as soon as it is free."""


def limit_heaps() -> bool:
    """Limit the GNU C library to a few heaps for all threads. Return whether this library can.

    It would give each thread a heap of its own, and keep ever larger allocations: a worker that
    makes feeds in forty threads would grow for hours. Other libraries have no such setting.
    """
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    options = {_ARENA_MAX: 2, _MMAP_THRESHOLD: _LARGE, _TRIM_THRESHOLD: _LARGE}
    accepted = [set_option(name, value) for name, value in options.items()]
    return all(accepted)
