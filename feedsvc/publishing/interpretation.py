"""Interpret content before it is a program's turn to write, so that other writes need not wait."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from threading import BoundedSemaphore
from typing import TypeVar

from feedsvc.config.settings import Config
from feedsvc.ingest.records import Records
from feedsvc.ingest.timed_reader import Reader
from feedsvc.publishing.interpreted import Interpreted

_AT_ONCE = 2
"""Programs whose long content is interpreted at the same time, or whose very much content."""

Source = TypeVar("Source")


class Interpreter:
    """Interprets content for one newsroom. Safe to share between threads."""

    def __init__(self, config: Config, records: Records) -> None:
        self._config = config
        self._records = records
        self._slots = BoundedSemaphore(_AT_ONCE)
        self._many = BoundedSemaphore(_AT_ONCE)

    def one(self, path: str, data: bytes) -> Interpreted:
        """Interpret the content of a record, whose path need not be that of a file."""
        with self._slots, Reader(self._config, self._records) as reader:
            return Interpreted(path, data, reader.interpret(path, data))

    def many(
        self,
        sources: Iterable[Source],
        content: Callable[[Source], tuple[str, bytes] | None],
    ) -> Iterator[tuple[Source, Interpreted | None]]:
        """Yield all sources in their order, with their content as it was interpreted.

        Very many are interpreted by several processes, some ahead of their turn, unless other
        programs have so many, too.

        :param content: returns path and bytes as for ``one``; None where there are none.
        """
        waiting: deque[tuple[Source, bool]] = deque()

        def items() -> Iterator[tuple[str, bytes]]:
            for source in sources:
                item = content(source)
                waiting.append((source, item is not None))
                if item is not None:
                    yield item

        mine = self._many.acquire(blocking=False)
        try:
            with Reader(self._config, self._records) as reader:
                for path, data, read in reader.interpret_many(items(), alone=not mine):
                    while not waiting[0][1]:
                        yield waiting.popleft()[0], None
                    yield waiting.popleft()[0], Interpreted(path, data, read)
                yield from ((source, None) for source, _ in waiting)
        finally:
            if mine:
                self._many.release()
