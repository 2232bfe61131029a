"""Acts of a newsroom, each as often as there are rounds, timed."""

from __future__ import annotations

import json
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
    """Publish, correct and kill, each as often as there are rounds."""
    forget(root)
    room, pool = Newsroom(root), publish.paragraphs()
    (root / "about.json").write_text(json.dumps((room.size, room.run + 1, room.newest.timestamp())))
    sync.sync(room.database, room.config, room.now)
    for section in {above for busy in BUSY for above in ancestors(busy)}:
        room.read(section)
        room.read_corrections(section)
    start = room.now
    names = [f"{BUSY[turn % len(BUSY)]}/run{room.run}-{turn}" for turn in range(ROUNDS)]

    def rounds(what: Act, more: Callable[[datetime], list[str]]) -> Iterator[Taken]:
        for turn, name in enumerate(names):
            published = start + STEPS["publish"] * (turn + 1)
            lines = more(room.now + STEPS[what])
            text = publish.record(10**9 + 100 * room.run + turn, published, pool, lines)
            yield room.tell(name, text, what)

    found = summary("publish", list(rounds("publish", lambda _: [])))
    for what, more in ENDINGS.items():
        found |= summary(f"{what}_recent", list(rounds(what, more)))
    for place, (what, more) in enumerate(ENDINGS.items()):
        taken: list[Taken] = []
        for number in list(archived(room, 2 * room.run + place)):
            name, published = publish.stem(number), publish.released(number, room.newest)
            section = name.rpartition("/")[0]
            archive = room.archive_of(name, section)
            room.read_archive(section, archive)
            lines = publish.besides(number, published) + more(room.now + STEPS[what])
            text = publish.record(number, published, pool, lines)
            taken.append(room.tell(name, text, what, archive))
        found |= summary(f"{what}_archived", taken)
    room.database.close()
    return found


def killed(moment: datetime) -> list[str]:
    return ["status: canceled", *publish.corrected(moment)]


ENDINGS: dict[Act, Callable[[datetime], list[str]]] = {
    "correct": publish.corrected,
    "kill": killed,
}
"""What else becomes of an article, with the lines of its record that say so."""


def archived(room: Newsroom, turn: int) -> Iterator[int]:
    """Yield articles from the middle of their sections, if archives hold them.

    :param turn: with another one they are others.
    """
    each = ROUNDS // len(BUSY)
    for section in BUSY:
        rank = len(RANKS[section]) * room.size // 2000 + 2 * each * turn
        found = [publish.numbered(section, rank + step) for step in range(2 * each)]
        lasting = [number for number in found if not publish.expires(number)][:each]
        yield from (it for it in lasting if room.archive_of(publish.stem(it), section))


def summary(name: str, rounds: Sequence[Taken]) -> Figures:
    if not rounds:
        return {}
    parts = zip(*rounds, strict=True)
    medians = zip(Taken._fields, map(statistics.median, parts), strict=True)
    found = {f"{name}_{part}": median for part, median in medians}
    if not name.endswith("archived"):
        del found[f"{name}_archive"]
    if name == "publish":
        del found[f"{name}_corrections"]
    return {**found, f"{name}_p95": statistics.quantiles((it.wall for it in rounds), n=20)[18]}
