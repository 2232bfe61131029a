"""The statements and the time of PostgreSQL for a publication, and for a feed that is not ready."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import psycopg

from benchmarks import publish
from benchmarks.newsroom import STEPS, Newsroom, make
from benchmarks.publish import BUSY
from feedsvc.config.store_settings import StoreSettings
from feedsvc.ingest.record.save import write_record
from feedsvc.model.paths import FeedPath, FeedRequest
from feedsvc.publishing import sync
from feedsvc.store.database import Database
from feedsvc.store.move import move
from feedsvc.syndication.feeds import Feeds
from tests.tools.postgres import postgres_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_ROUNDS = 40
_ASK = """
SELECT coalesce(sum(calls), 0), coalesce(sum(total_exec_time + total_plan_time), 0)
FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid
WHERE datname = current_database() AND query NOT LIKE '%pg_stat_statements%'
"""


class Cost(NamedTuple):
    """The cost of one act for the server."""

    statements: float
    milliseconds: float


class Meter:
    """Counts the statements of the server, and their time."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        self._connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def cost(self, act: Callable[[], object]) -> Cost:
        """Return the cost of an act."""
        self._connection.execute("SELECT pg_stat_statements_reset()")
        act()
        row = self._connection.execute(_ASK).fetchone()
        return Cost(float(row[0]), float(row[1])) if row else Cost(0, 0)

    def close(self) -> None:
        self._connection.close()


def measure(root: Path, url: str) -> Iterator[tuple[str, Cost]]:
    """Yield the costs of publications and feeds, each with its name."""
    newsroom, pool = Newsroom(root, StoreSettings(url=url)), publish.paragraphs()
    begun = f"{time.time():.0f}"
    with closing(newsroom.database), closing(Meter(url)) as meter:
        for turn in range(_ROUNDS):
            newsroom.now += STEPS["publish"]
            section = BUSY[turn % len(BUSY)]
            place = f"articles/{section}/run{begun}-{turn}.md"
            text = publish.record(10**9 + turn, newsroom.now, pool, [])
            write_record(root / place, text, replace=False)
            near = {place}
            yield (
                "publish",
                meter.cost(
                    lambda near=near: sync.sync(
                        newsroom.database, newsroom.config, newsroom.now, near=near
                    )
                ),
            )
            feeds = Feeds(newsroom.config, newsroom.database)
            wanted = FeedRequest(FeedPath(section), "rss")
            yield "cold", meter.cost(lambda w=wanted, f=feeds: f.document(w, newsroom.now))
            feeds.write_behind.flush()


def filled(folder: Path, size: int) -> Path:
    """Return a newsroom of a size whose store, in a file, is filled."""
    root = make(folder, size)
    newsroom = Newsroom(root)
    with closing(newsroom.database):
        sync.sync(newsroom.database, newsroom.config, datetime.now(UTC))
    return root


def show(folder: Path, sizes: list[int]) -> None:
    """Print the costs, with their ratios to the smallest newsroom."""
    base: dict[str, Cost] = {}
    tracking = {"shared_preload_libraries": "pg_stat_statements"}
    tracking["pg_stat_statements.track_planning"] = "on"
    for size in sizes:
        root = filled(folder, size)
        with postgres_server(**tracking, autovacuum="on") as server, server.databases() as make_one:
            url, begun = make_one(), time.monotonic()
            store = StoreSettings(url=url)
            with (
                closing(Database(root / ".feedsvc")) as source,
                closing(Database(folder / f"moved-{size}", store)) as target,
            ):
                move(source, target, lambda _done, _all: None)
                with closing(
                    psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
                ) as asking:
                    asking.execute("ANALYZE")
            print(
                f"  moved {size:,}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True
            )
            costs = [*measure(root, url)]
        for kind in ("publish", "cold"):
            taken = [cost for name, cost in costs if name == kind]
            cost = Cost(median(it[0] for it in taken), median(it[1] for it in taken))
            first = base.setdefault(kind, cost)
            print(
                f"{size:>10,} {kind:<8} {cost.statements:.0f} statements, "
                f"{cost.milliseconds:.2f} ms (×{cost.milliseconds / first.milliseconds:.2f})",
                flush=True,
            )
