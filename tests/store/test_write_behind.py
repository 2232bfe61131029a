"""Rows that can be made again are written in batches, after the answers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import Connection

from feedsvc.store.write_behind import WriteBehind
from tests.conftest import Newsroom

pytestmark = pytest.mark.engines


def test_rows_wait_for_others_but_not_for_too_many(newsroom: Newsroom) -> None:
    written: list[int] = []

    def write(_connection: Connection, rows: Sequence[int]) -> None:
        # A reader that asks now must not miss them.
        assert write_behind.pending(write) == rows
        written.extend(rows)

    write_behind = WriteBehind(newsroom.database, many=3)
    write_behind.put(write, [])
    write_behind.put(write, [1, 2])
    write_behind.put(write, [3])
    assert (write_behind.pending(write), written) == ([1, 2, 3], [])
    write_behind.put(write, [4])
    assert (write_behind.pending(write), written) == ([], [1, 2, 3, 4])
