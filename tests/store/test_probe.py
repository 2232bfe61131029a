"""A database server that is away is asked by one thread alone."""

from __future__ import annotations

from threading import active_count

import pytest

from feedsvc.errors import StoreAwayError
from feedsvc.store.probe import Probe


def test_several_that_find_the_server_away_start_one_thread() -> None:
    probe = Probe("postgresql://127.0.0.1:1/none", {"connect_timeout": 1})
    before = active_count()
    for _ in range(3):
        with pytest.raises(StoreAwayError), probe.watching():
            raise StoreAwayError("is away")
    with pytest.raises(StoreAwayError, match="is away"):
        probe.require()
    assert active_count() == before + 1
    probe.close()
