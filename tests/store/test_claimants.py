"""Claims name their claimant, so that the ones of a process that has ended can be freed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from feedsvc.store import claimants, due_deliveries, outbox, subscriptions
from feedsvc.store.database import Connection, Database
from feedsvc.store.due_deliveries import Wanted
from feedsvc.store.outbox import LEASE
from tests.conftest import NOW, MakeStore
from tests.tools.subscriptions import subscription

pytestmark = pytest.mark.engines

ONE, OTHER = claimants.new_name(), claimants.new_name()


@pytest.fixture
def connection(tmp_path: Path, make_store: MakeStore) -> Iterator[Connection]:
    with (
        closing(Database(tmp_path, make_store())) as database,
        database.writing() as connection,
    ):
        yield connection


def claim_job(connection: Connection, by: str = "") -> int:
    return len(outbox.claim(connection, 1, NOW, by=by))


def claim_delivery(connection: Connection, by: str = "") -> int:
    return len(due_deliveries.claim(connection, Wanted(1, lambda _: 1, by=by), NOW))


@pytest.fixture
def rows(connection: Connection) -> Connection:
    """Return a store with two jobs and two deliveries that are due."""
    outbox.add(connection, "picture", ["a", "b"], NOW)
    for callback in ("https://one.example", "https://two.example"):
        subscriptions.put(connection, subscription(callback, "world", "rss", NOW), NOW)
    subscriptions.wake(connection, "world", 1, NOW, 2)
    return connection


@pytest.mark.parametrize("claim", [claim_job, claim_delivery])
def test_the_claims_of_one_claimant_are_freed_and_no_others(
    rows: Connection, claim: Callable[..., int]
) -> None:
    assert [claim(rows, ONE), claim(rows, OTHER), claim(rows)] == [1, 1, 0]
    assert claimants.with_claims(rows, NOW) == {ONE, OTHER}
    claimants.free(rows, ONE)
    assert claimants.with_claims(rows, NOW) == {OTHER}
    assert [claim(rows), claim(rows)] == [1, 0]


def test_claims_that_have_ended_are_not_looked_for(rows: Connection) -> None:
    claim_job(rows, ONE)
    assert claimants.with_claims(rows, NOW + LEASE) == set()


@pytest.mark.parametrize("claim", [claim_job, claim_delivery])
def test_all_claims_are_freed_where_no_other_process_can_have_any(
    rows: Connection, claim: Callable[..., int]
) -> None:
    assert [claim(rows, ONE), claim(rows), claim(rows)] == [1, 1, 0]
    claimants.free(rows)
    assert claim(rows) == 1
