"""Jobs are shared among hosts, so that a dead one does not hold up all others."""

from __future__ import annotations

import pytest

from feedsvc.push.hosts import Hosts

DEAD = "https://dead.example"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_host_has_so_many_jobs_at_once_and_no_more(clock: Clock) -> None:
    hosts = Hosts(2, clock)
    first = hosts.begin(f"{DEAD}/a.png")
    assert hosts.full() == ()
    hosts.begin(f"{DEAD}/b/c.png?d")
    hosts.begin("https://other.example/a.png")
    assert hosts.full() == (f"{DEAD}/",)
    first(True)
    assert hosts.full() == ()


def test_a_host_that_never_answers_is_left_alone_for_longer_than_it_took(clock: Clock) -> None:
    hosts = Hosts(2, clock)
    end = hosts.begin(f"{DEAD}/a.png")
    clock.now += 60
    end(False)
    clock.now += 299
    assert hosts.full() == (f"{DEAD}/",)
    clock.now += 1
    assert hosts.full() == ()


def test_a_host_that_failed_has_one_job_at_once_until_one_succeeds(clock: Clock) -> None:
    hosts = Hosts(2, clock)
    hosts.begin(f"{DEAD}/a.png")(False)
    end = hosts.begin(f"{DEAD}/b.png")
    assert hosts.full() == (f"{DEAD}/",)
    end(True)
    hosts.begin(f"{DEAD}/c.png")
    assert hosts.full() == ()


def test_a_key_that_is_no_address_is_a_host_of_its_own(clock: Clock) -> None:
    hosts = Hosts(1, clock)
    hosts.begin("")
    hosts.begin("x")
    assert hosts.full() == ("/", "x/")


def test_a_host_may_stand_before_a_space(clock: Clock) -> None:
    hosts = Hosts(1, clock)
    hosts.begin("a.example:443 0a1b/2c")
    assert hosts.full() == ("a.example:443 ",)
