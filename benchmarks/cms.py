"""A writer that puts records into a newsroom's folders, as an editor or a CMS does."""

from __future__ import annotations

import re
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import publish
from benchmarks.publish import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_FIRST = 1_000_000_000
"""The first number in headlines of the records written here; other records have lower numbers."""
_HEADLINE = re.compile(rb"<title>\w+ (1\d{9}) and the")
_STEP = 7
"""From one section to the next: all 300 get their turn."""
_CORRECTS = 4
"""Records after which one overwrites the record before it."""


class Written(NamedTuple):
    """A record that was written."""

    number: int
    section: str
    moment: float
    """Right before the file got its name, by ``time.perf_counter``."""


def newest(body: bytes) -> int:
    """Return the number of the newest record written here that a feed has; 0 if it has none."""
    return max(map(int, _HEADLINE.findall(body)), default=0)


class Cms:
    """Writes into one newsroom, a record at a time or one at each interval.

    :param root: the newsroom's folder.
    :param tell: is called with each record written.
    """

    def __init__(self, root: Path, tell: Callable[[Written], None] = lambda _: None) -> None:
        self._root = root
        self._tell = tell
        self._pool = publish.paragraphs()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._file = root
        self._published = datetime.now(UTC)
        self.last: Written | None = None
        self.count = 0

    def write(self) -> Written:
        """Write the next record: most are new, each fourth is the one before, changed."""
        number = _FIRST + self.count
        corrects = self.count % _CORRECTS == _CORRECTS - 1
        section = SECTIONS[(self.count - corrects) * _STEP % len(SECTIONS)]
        now = datetime.now(UTC)
        if not corrects:
            self._published = now
            self._file = self._root / "articles" / section / f"cms{number}.md"
        more = publish.corrected(now) if corrects else []
        text = publish.record(number, self._published, self._pool, more)
        draft = self._root / "draft.md"  # not where the watcher looks
        draft.write_text(text, encoding="utf-8")
        moment = time.perf_counter()
        draft.replace(self._file)
        self.count += 1
        self.last = Written(number, section, moment)
        self._tell(self.last)
        return self.last

    def start(self, pause: float) -> None:
        """Write a record every ``pause`` seconds until ``stop``."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._go_on, args=(pause,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop writing."""
        self._stop.set()
        if self._thread:
            self._thread.join()

    def _go_on(self, pause: float) -> None:
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            self.write()
            due = max(due + pause, time.monotonic())  # missed records are not written later
