"""Archives on the disk of a machine: given out while the store is away, as feeds are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from feedsvc.config.store_settings import StoreSettings
from feedsvc.errors import StoreAwayError
from feedsvc.model.paths import FeedRequest
from feedsvc.store.kept_feeds import KeptFeeds
from tests.conftest import Newsroom, article, wanted
from tests.store.test_kept_feeds import Machine
from tests.syndication.test_archives import SMALL, links
from tests.tools.postgres import PostgresServer

pytestmark = pytest.mark.postgres

FULL = wanted("world", "rss", "archive", 1)
EXPIRING = "n02"


@pytest.fixture
def machine(tmp_path: Path, postgres: PostgresServer) -> Iterator[Machine]:
    with postgres.databases() as make:
        newsroom = Newsroom(tmp_path, SMALL, store=StoreSettings(url=make()))
        for number in range(14):
            name, keys = f"n{number:02}", {"published": f"2026-10-{number + 1:02} 10:00"}
            if name == EXPIRING:
                keys["expires"] = "2026-11-23 13:00"
            newsroom.write(f"world/{name}.md", article(f"Story {name}", **keys))
        newsroom.sync()
        with Machine(newsroom, postgres, tmp_path / "machine") as machine:
            yield machine


def linked(machine: Machine) -> FeedRequest:
    """Return the archive that the feed names, with the place where that ended."""
    address = make_url(links(machine.document().body)["prev-archive"])
    return wanted("world", "rss", "archive", 2, str(address.query["before"]))


def is_away(machine: Machine, archive: FeedRequest) -> bool:
    try:
        machine.document(archive)
    except StoreAwayError:
        return True
    return False


def test_archives_that_were_read_are_answered_without_the_store(machine: Machine) -> None:
    way = [linked(machine), FULL]
    before = [machine.keep(archive) for archive in way]
    machine.leave()
    machine.restart()
    assert [machine.document(archive) for archive in way] == before
    assert is_away(machine, FULL._replace(format="atom"))


def test_only_places_that_the_feed_names_are_kept(machine: Machine) -> None:
    other = linked(machine)._replace(before="-1.a")
    for archive in (other, FULL._replace(before=other.before)):
        machine.keep(archive)
    machine.leave()
    assert is_away(machine, other)
    assert is_away(machine, FULL._replace(before=other.before))
    assert is_away(machine, FULL)


def test_a_full_archive_stays_until_it_changes_and_another_until_its_section_does(
    machine: Machine,
) -> None:
    way = [linked(machine), FULL]
    for archive in way:
        machine.keep(archive)
    machine.publish("world/n14.md", article("Newer", published="2026-10-15 10:00"))
    assert machine.feeds.kept
    assert machine.feeds.kept.agree()
    machine.leave()
    assert [is_away(machine, archive) for archive in way] == [True, False]


def test_an_archive_with_a_kill_is_not_given_out(machine: Machine) -> None:
    machine.keep(FULL)
    machine.publish("world/n01.md", article("Story n01", status="canceled"))
    assert machine.feeds.kept
    assert machine.feeds.kept.agree()
    machine.leave()
    assert is_away(machine, FULL)


def test_an_archive_that_was_read_before_a_change_is_not_kept_after_it(machine: Machine) -> None:
    archive = linked(machine)
    machine.document(archive)
    machine.publish("world/n09.md", article("Story n09", status="canceled"))
    machine.feeds.flush()
    machine.leave()
    assert is_away(machine, archive)


def test_an_archive_ends_with_the_first_of_its_articles(machine: Machine) -> None:
    before = machine.keep(FULL)
    assert EXPIRING.encode() in before.body
    machine.leave()
    assert machine.document(FULL) == before
    machine.newsroom.now += timedelta(hours=2)
    assert is_away(machine, FULL)


def test_archives_leave_before_feeds_where_there_is_no_room(machine: Machine) -> None:
    machine.feeds.kept = KeptFeeds(machine.database, most=2500)
    for each in (wanted("world"), FULL, FULL._replace(format="atom")):
        machine.keep(each)
    machine.leave()
    machine.restart()
    assert not machine.is_away()
    assert is_away(machine, FULL)
