"""Processes for tests that kill them at any moment.

A test starts a module that calls ``serve``, and writes seeds to its standard input, one a line. For
each, a process is forked; its id is printed, and "dead" when it has ended.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable


def serve(work: Callable[[int], None]) -> None:
    """Fork a process for each line, which works with its seed until it is killed."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            work(int(line))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        os.waitpid(child, 0)
        sys.stdout.write("dead\n")
        sys.stdout.flush()
