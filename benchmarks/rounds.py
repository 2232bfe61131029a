"""Time the actions of a newsroom, each in several rounds."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from benchmarks import publish
from benchmarks.newsroom import ROUNDS, STEPS, Newsroom, Taken, forget
from benchmarks.publish import BUSY, RANKS
from feedsvc.model.paths import ancestors
from feedsvc.publishing import sync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from benchmarks.table import Figures
    from feedsvc.model.change import Act


def act(root: Path) -> Figures:
    """Publish, correct and kill articles, once in each round."""
    forget(root)
    newsroom, pool = Newsroom(root), publish.paragraphs()
    newsroom.count_run()
    sync.sync(newsroom.database, newsroom.config, newsroom.now)
    for section in {above for busy in BUSY for above in ancestors(busy)}:
        newsroom.read(section)
        newsroom.read_corrections(section)
    start = newsroom.now
    names = [f"{BUSY[turn % len(BUSY)]}/run{newsroom.run}-{turn}" for turn in range(ROUNDS)]

    def rounds(action: Act, more: Callable[[datetime], list[str]]) -> Iterator[Taken]:
        for turn, name in enumerate(names):
            published = start + STEPS["publish"] * (turn + 1)
            lines = more(newsroom.now + STEPS[action])
            text = publish.record(10**9 + 100 * newsroom.run + turn, published, pool, lines)
            yield newsroom.tell(name, text, action)

    figures = summary("publish", list(rounds("publish", lambda _: [])))
    for action, more in ENDINGS.items():
        figures |= summary(f"{action}_recent", list(rounds(action, more)))
    for place, (action, more) in enumerate(ENDINGS.items()):
        taken: list[Taken] = []
        for number in list(archived(newsroom, 2 * newsroom.run + place)):
            name, published = publish.stem(number), publish.released(number, newsroom.newest)
            section = name.rpartition("/")[0]
            archive = newsroom.archive_of(name, section)
            newsroom.read_archive(section, archive)
            lines = publish.besides(number, published) + more(newsroom.now + STEPS[action])
            text = publish.record(number, published, pool, lines)
            taken.append(newsroom.tell(name, text, action, archive))
        figures |= summary(f"{action}_archived", taken)
    newsroom.database.close()
    return figures


def killed(moment: datetime) -> list[str]:
    return ["status: canceled", *publish.corrected(moment)]


ENDINGS: dict[Act, Callable[[datetime], list[str]]] = {
    "correct": publish.corrected,
    "kill": killed,
}
"""The changes to a published article, and the lines that they add to its record."""


def archived(newsroom: Newsroom, turn: int) -> Iterator[int]:
    """Yield articles from the middle of their sections, if archives hold them.

    :param turn: each turn has other articles.
    """
    each = ROUNDS // len(BUSY)
    for section in BUSY:
        rank = len(RANKS[section]) * newsroom.size // 2000 + 2 * each * turn
        numbers = [publish.numbered(section, rank + step) for step in range(2 * each)]
        lasting = [number for number in numbers if not publish.expires(number)][:each]
        yield from (it for it in lasting if newsroom.archive_of(publish.stem(it), section))


def summary(name: str, rounds: Sequence[Taken]) -> Figures:
    if not rounds:
        return {}
    parts = zip(*rounds, strict=True)
    medians = zip(Taken._fields, map(statistics.median, parts), strict=True)
    figures = {f"{name}_{part}": median for part, median in medians}
    if not name.endswith("archived"):
        del figures[f"{name}_archive"]
    if name == "publish":
        del figures[f"{name}_corrections"]
    return {**figures, f"{name}_p95": statistics.quantiles((it.wall for it in rounds), n=20)[18]}
