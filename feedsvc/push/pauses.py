"""How long to wait before a failed request is tried again."""

import random
from collections.abc import Callable
from datetime import timedelta

FIRST_PAUSE, LONGEST_PAUSE = 15, 12 * 3600
"""Seconds before the second try, and at most before any other; each is twice the one before."""


def pause(
    attempts: int, chance: Callable[[], float] = random.random, longest: int = LONGEST_PAUSE
) -> timedelta:
    """Return how long to wait after some failed tries: twice as long each time, and a random part.

    Without that part all jobs that failed with one server would ask it again at the same moment.
    """
    seconds = min(FIRST_PAUSE * 2 ** (attempts - 1), longest)
    return timedelta(seconds=seconds * (0.5 + chance()))
