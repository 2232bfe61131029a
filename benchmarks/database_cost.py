"""The statements and the time of PostgreSQL for a publication, and for a feed that is not ready."""

from __future__ import annotations

import shutil
import sys
import time
from contextlib import closing, contextmanager
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
from feedsvc.publishing.status import Status
from feedsvc.syndication.feeds import Feeds
from tests.tools.postgres import SETTINGS, PostgresServer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

_WARM = len(BUSY)
"""Rounds that are not counted: after them all that is read often is in memory, as it usually is."""
_ROUNDS = 40
_DATABASE = "newsroom1"
"""The first database that a server makes."""
_SETTINGS = {
    **SETTINGS,
    "autovacuum": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_planning": "on",
}
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
    newsroom.count_run()
    with closing(newsroom.database), closing(Meter(url)) as meter:
        for turn in range(_WARM + _ROUNDS):
            newsroom.now += STEPS["publish"]
            section = BUSY[turn % len(BUSY)]
            place = f"articles/{section}/run{newsroom.run}-{turn}.md"
            number = 10**9 + 100 * newsroom.run + turn
            text = publish.record(number, newsroom.now, pool, [])
            write_record(root / place, text, replace=False)
            near = {place}
            published = meter.cost(
                lambda near=near: sync.sync(
                    newsroom.database, newsroom.config, newsroom.now, near=near
                )
            )
            feeds = Feeds(newsroom.config, newsroom.database)
            wanted = FeedRequest(FeedPath(section), "rss")
            cold = meter.cost(lambda w=wanted, f=feeds: f.document(w, newsroom.now))
            feeds.write_behind.flush()
            if turn >= _WARM:
                yield "publish", published
                yield "cold", cold


@contextmanager
def _server(folder: Path) -> Generator[PostgresServer]:
    """Yield a server whose databases stay in a folder; one of them has the tables of a store."""
    server, made = PostgresServer(folder, _SETTINGS), folder / "made"
    if made.exists():
        server.start()
    else:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        folder.chmod(0o755)
        server.make()
        server.own_database()
        made.touch()
    try:
        yield server
    finally:
        server.stop("fast")


def _fill(root: Path, url: str) -> None:
    """Fill the store of a newsroom, unless it is filled."""
    newsroom, begun = Newsroom(root, StoreSettings(url=url)), time.monotonic()

    def proceed(done: int, total: int) -> None:
        if done % 50_000 == 0 or done == total:
            rate = done / (time.monotonic() - begun)
            print(f"  {done:,} of {total:,}, {rate:.0f}/s", file=sys.stderr, flush=True)

    with closing(newsroom.database):
        if Status(newsroom.database).is_filled():
            return
        sync.sync(newsroom.database, newsroom.config, newsroom.newest, proceed)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def show(folder: Path, sizes: list[int], *, measured: bool = True) -> None:
    """Print the costs, with their ratios to the smallest newsroom.

    :param measured: else the newsrooms are only made.
    """
    base: dict[str, Cost] = {}
    for size in sizes:
        root = make(folder, size)
        with _server(folder / f"{size}-database") as server:
            url = server.url(_DATABASE)
            _fill(root, url)
            costs = [*measure(root, url)] if measured else []
        for kind in ("publish", "cold") if measured else ():
            taken = [cost for name, cost in costs if name == kind]
            cost = Cost(median(it[0] for it in taken), median(it[1] for it in taken))
            first = base.setdefault(kind, cost)
            print(
                f"{size:>10,} {kind:<8} {cost.statements:.0f} statements, "
                f"{cost.milliseconds:.2f} ms (×{cost.milliseconds / first.milliseconds:.2f})",
                flush=True,
            )
