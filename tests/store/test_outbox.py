"""Jobs: written with their cause, leased to one attempt, and never lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.dialects import postgresql, sqlite

from feedsvc.store import claimants, outbox
from feedsvc.store.database import Connection, Database
from feedsvc.store.outbox import LEASE, Kinds, OutboxState
from tests.conftest import NOW, MakeStore

pytestmark = pytest.mark.engines

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def database(tmp_path: Path, make_store: MakeStore):
    database = Database(tmp_path, make_store())
    yield database
    database.close()


@pytest.fixture
def connection(database: Database):
    with database.writing() as connection:
        yield connection


def keys(connection: Connection) -> list[str]:
    return [job.key for job in outbox.jobs(connection)]


def test_a_job_is_there_once_for_each_key_of_its_kind(connection: Connection) -> None:
    outbox.add(connection, "picture", ["a", "b", "a"], NOW)
    outbox.add(connection, "picture", ["b"], NOW)
    outbox.add(connection, "purge", ["b"], NOW)
    assert [(job.kind, job.key) for job in outbox.jobs(connection)] == [
        ("picture", "a"),
        ("picture", "b"),
        ("purge", "b"),
    ]


def test_a_job_that_is_added_again_has_the_new_payload(connection: Connection) -> None:
    outbox.add(connection, "purge", ["a"], NOW, payload=b"1")
    outbox.add(connection, "purge", ["a"], LATER, payload=b"2")
    [job] = outbox.jobs(connection)
    assert (job.payload, job.created, job.next_try) == (b"2", NOW, LATER)


def test_a_job_is_leased_to_one_attempt_until_the_lease_ends(connection: Connection) -> None:
    outbox.add(connection, "picture", ["a"], NOW)
    assert outbox.is_due(connection, NOW)
    [job] = outbox.claim(connection, 9, NOW)
    assert not outbox.is_due(connection, NOW)
    assert outbox.claim(connection, 9, NOW) == []
    [again] = outbox.claim(connection, 9, NOW + LEASE)
    assert again.lease_by != job.lease_by
    outbox.finish(connection, job)  # too late
    assert keys(connection) == ["a"]
    outbox.finish(connection, again)
    assert keys(connection) == []


def test_the_newest_jobs_come_first(connection: Connection) -> None:
    outbox.add(connection, "picture", ["a"], NOW)
    outbox.add(connection, "picture", ["b"], NOW)
    outbox.add(connection, "picture", ["c"], LATER)
    assert [job.key for job in outbox.claim(connection, 1, NOW)] == ["b"]
    assert [job.key for job in outbox.claim(connection, 9, NOW)] == ["a"]


def test_jobs_that_have_been_due_longest_come_first_where_the_kinds_say_so(
    connection: Connection,
) -> None:
    kinds = Kinds(("verify",), others=False, newest=False)
    outbox.add(connection, "verify", ["late"], LATER)
    outbox.add(connection, "verify", ["a"], NOW)
    outbox.add(connection, "verify", ["b"], NOW)
    outbox.add(connection, "picture", ["c"], NOW)
    claimed = [outbox.claim(connection, 1, LATER, kinds) for _ in range(4)]
    assert [[job.key for job in it] for it in claimed] == [["a"], ["b"], ["late"], []]


def test_jobs_that_failed_for_good_do_not_count_as_waiting(connection: Connection) -> None:
    outbox.add(connection, "verify", ["a", "b"], NOW)
    outbox.add(connection, "ping", ["c"], NOW)
    [job] = outbox.claim(connection, 1, NOW, Kinds(("verify",), others=False))
    assert outbox.count(connection, "verify") == 2
    outbox.bury(connection, job, "refused")
    assert outbox.count(connection, "verify") == 1


def test_a_job_that_is_added_while_it_is_worked_is_worked_again(connection: Connection) -> None:
    outbox.add(connection, "picture", ["a"], NOW)
    [job] = outbox.claim(connection, 1, NOW)
    outbox.add(connection, "picture", ["a"], NOW)
    outbox.finish(connection, job)
    outbox.bury(connection, job, "too late")
    outbox.postpone(connection, job, LATER, "too late")
    [again] = outbox.claim(connection, 1, NOW)
    assert (again.key, again.failed, again.last_error) == ("a", False, "")


def test_a_job_that_only_has_to_be_there_stays_as_it_is(connection: Connection) -> None:
    outbox.add(connection, "picture", ["a"], NOW)
    [job] = outbox.claim(connection, 1, NOW)
    outbox.add(connection, "picture", ["a", "b"], NOW, renew=False)
    outbox.bury(connection, job, "is answered 410")
    outbox.add(connection, "picture", ["a"], NOW, renew=False)
    assert [(job.key, job.failed) for job in outbox.jobs(connection)] == [("a", True), ("b", False)]


def test_the_leases_of_a_process_that_ended_can_be_freed(connection: Connection) -> None:
    outbox.add(connection, "picture", ["a"], NOW)
    outbox.claim(connection, 1, NOW)
    claimants.free(connection)
    assert len(outbox.claim(connection, 1, NOW)) == 1


def test_a_failed_try_is_counted_and_postponed(connection: Connection) -> None:
    outbox.add(connection, "picture", ["a"], NOW)
    [job] = outbox.claim(connection, 1, NOW)
    outbox.postpone(connection, job, LATER, "is answered 503")
    [waiting] = outbox.jobs(connection)
    assert (waiting.attempts, waiting.last_error, waiting.lease_by) == (1, "is answered 503", "")
    assert not outbox.is_due(connection, NOW)
    assert outbox.is_due(connection, LATER)


def test_a_failed_job_waits_for_a_person(connection: Connection) -> None:
    outbox.add(connection, "picture", ["a", "b"], NOW)
    for job in outbox.claim(connection, 2, NOW):
        outbox.bury(connection, job, "is answered 410")
    assert not outbox.is_due(connection, LATER)
    assert [job.key for job in outbox.jobs(connection, failed=True)] == ["a", "b"]
    assert outbox.retry(connection, None, LATER) == 2
    assert outbox.jobs(connection, failed=True) == []
    assert [job.attempts for job in outbox.claim(connection, 9, LATER)] == [0, 0]


def test_a_job_can_be_dropped(connection: Connection) -> None:
    outbox.add(connection, "picture", ["a", "b"], NOW)
    [first, _] = outbox.jobs(connection)
    assert outbox.drop(connection, [first.id, 99]) == 1
    assert keys(connection) == ["b"]


def test_the_state_counts_jobs_and_names_the_oldest_that_waits(connection: Connection) -> None:
    assert outbox.state(connection) == OutboxState(0, 0, None)
    outbox.add(connection, "picture", ["a"], NOW)
    [job] = outbox.claim(connection, 1, NOW)
    outbox.bury(connection, job, "is answered 410")
    outbox.add(connection, "picture", ["b", "c"], LATER)
    assert outbox.state(connection) == OutboxState(2, 1, LATER)


def test_many_machines_may_claim_side_by_side() -> None:
    claimed = str(outbox.claimable(NOW, 3).compile(dialect=postgresql.dialect()))
    assert claimed.endswith("FOR UPDATE SKIP LOCKED")
    assert "FOR UPDATE" not in str(outbox.claimable(NOW, 3).compile(dialect=sqlite.dialect()))


def test_what_is_rolled_back_leaves_no_job(database: Database) -> None:
    with pytest.raises(KeyError), database.writing() as connection:
        outbox.add(connection, "picture", ["a"], NOW)
        raise KeyError
    with database.reading() as connection:
        assert keys(connection) == []


def test_a_claim_lets_no_process_look_at_the_feeds_again(database: Database) -> None:
    before = database.change_counter.now()
    with database.writing(counted=False) as connection:
        outbox.add(connection, "picture", ["a"], NOW)
        outbox.claim(connection, 1, NOW)
    assert database.change_counter.now() == before


def test_jobs_are_claimed_by_the_beginning_of_their_keys(connection: Connection) -> None:
    outbox.add(connection, "purge", ["a_b x", "a_b y", "axb z"], NOW)
    kinds = Kinds(("purge",), others=False, beginning="a_b ")
    jobs = outbox.claim(connection, 9, NOW, kinds)
    assert sorted(job.key for job in jobs) == ["a_b x", "a_b y"]
