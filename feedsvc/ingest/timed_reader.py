"""Read article files: long ones in a process that ends when one of them takes too long.

The limits of a record bound the time that a short file can take. No list of limits is complete, so
the time for a long one has a limit itself; and where nothing must wait, such as a kill behind
another record, the file is read while others are published.
"""

from __future__ import annotations

import signal
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from types import TracebackType
from typing import Self

from msgspec import Struct

from feedsvc.config.settings import Config
from feedsvc.ingest import article_file, files
from feedsvc.ingest.article_file import ReadFile
from feedsvc.ingest.files import Stamp, problem_in
from feedsvc.ingest.media import Library
from feedsvc.ingest.read_ahead import MANY, ReadAhead, pays
from feedsvc.ingest.reading_process import Item, ReadingProcess
from feedsvc.model.paths import in_newsroom

SHORT = 20_000
"""Bytes of a file that is read at once: most are shorter, and the worst takes a second."""
LEAST_TIME = 5.0
"""Seconds of processor time that any file may take, without its pictures."""
_TIME = 4e-6
"""Seconds more for each byte: plain text takes a quarter of it."""
_PROCESSES = 3
"""Processes at once: files that take long do not keep other long ones waiting."""


class Reader:
    """Reads the files of a newsroom one after the other, for one thread.

    :param patience: seconds to wait for a long file before others are read; None to wait for all.
    """

    def __init__(self, config: Config, patience: float | None = None) -> None:
        self._config = config
        self._patience = patience
        self._library = Library(config.root, resizes=config.remote_media.renditions)
        self._alone = False
        self._idle: list[ReadingProcess] = []
        self._tasks: dict[str, _Task] = {}
        self._expected: dict[str, tuple[bytes, ReadFile]] = {}
        self._ahead: Iterator[tuple[Item, ReadFile | None]] = iter(())
        """The files that are read ahead."""
        self.waiting: set[str] = set()
        """Files, below the newsroom's folder, that ``read`` must be asked for again soon."""

    def __enter__(self) -> Self:
        """Return the reader, which ends its processes at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """End the processes."""
        while self._idle:
            self._idle.pop().end()
        for task in self._tasks.values():
            task.process.end(busy=True)

    def __del__(self) -> None:
        """End the processes of a reader that is used without a block."""
        while self._idle:
            self._idle.pop().end()

    @contextmanager
    def ahead(self, paths: Sequence[str]) -> Generator[None]:
        """Use all processors for a block that calls ``read`` with these paths, in this order.

        :param paths: below ``articles/``; a few are read one after the other all the same.
        """
        unread = [(path, None) for path in paths if path not in self._expected]
        if self._alone or not pays(unread):
            yield
            return
        with ReadAhead(self._config, unread, SHORT) as read:
            self._ahead = iter(read)
            try:
                yield
            finally:
                self._ahead = iter(())

    def read(self, path: str, *, patient: bool = False) -> ReadFile | None:
        """Read a file; return None while it takes longer than others should wait.

        :param path: below ``articles/``.
        :param patient: wait for it in any case.
        """
        stamp = files.stamp(self._config.articles / path)
        expected = self._expected.pop(path, None)
        if expected and stamp[0] == len(expected[0]):
            return article_file.read(self._config, self._library, path, expected)
        task = self._tasks.get(path)
        if task and task.stamp != stamp:
            self._tasks.pop(path).process.end(busy=True)
            task = None
        is_new = in_newsroom(path) not in self.waiting
        self.waiting.discard(in_newsroom(path))
        if stamp[0] <= SHORT or self._alone:
            read = next((file for (known, _), file in self._ahead if known == path), None)
            return read or self._read_here(path)
        # The more files take long already, the less others wait; and for each only once.
        wait = 0.0 if task else (self._patience or 0.0) / (1 + len(self._tasks))
        task = task or self._begin(path, stamp, is_new=is_new)
        patient = patient or self._patience is None
        try:
            if not task or not task.process.answers(None if patient else wait):
                self.waiting.add(in_newsroom(path))
                return None
            (file,) = filter(None, task.process.answer())
        except (EOFError, OSError):
            return self._ended(path, self._tasks.pop(path))
        self._idle.append(self._tasks.pop(path).process)
        return file

    def interpret(self, path: str, data: bytes) -> ReadFile:
        """Return the bytes that a file is to have as they would be read, after any wait.

        :param path: below ``articles/``; there need be no file.
        """
        if len(data) <= SHORT or self._alone:
            return article_file.interpret(self._config, self._library, path, files.GONE, data)
        process = self._free_process()
        process.ask([(path, data)], LEAST_TIME + _TIME * len(data))
        try:
            process.answers(None)
            (file,) = filter(None, process.answer())
        except (EOFError, OSError):
            if process.ready:
                return self._ended(path, _Task(files.GONE, process))
            process.end()  # feedsvc runs in a program that is no Python
            self._alone = True
            return self.interpret(path, data)
        self._idle.append(process)
        return file

    def interpret_many(
        self, items: Iterable[tuple[str, bytes]], *, alone: bool = False
    ) -> Iterator[tuple[str, bytes, ReadFile]]:
        """Yield the results of ``interpret`` for many paths with their bytes.

        :param alone: start no further processes.
        """
        rest = iter(items)
        first = [*islice(rest, MANY)]
        if alone or self._alone or not pays(first):
            for path, data in chain(first, rest):
                yield path, data, self.interpret(path, data)
            return
        with ReadAhead(self._config, chain(first, rest), SHORT) as read:
            for (path, data), file in read:
                yield path, data or b"", file or self.interpret(path, data or b"")

    def expect(self, path: str, data: bytes, file: ReadFile) -> None:
        """Remember a file that is about to be written, so that it is not interpreted twice.

        :param file: as ``interpret`` returned it.
        """
        self._expected[path] = data, file

    def _begin(self, path: str, stamp: Stamp, *, is_new: bool) -> _Task | None:
        """Begin to read a file in a process; return None where all are busy and it can wait.

        A file takes the place of another one where it is new, as most take no time, or a kill.
        """
        if len(self._tasks) == _PROCESSES:
            if not (is_new or article_file.is_withdrawn(self._config, path)):
                return None
            other = next(iter(self._tasks))  # it begins again
            self._tasks.pop(other).process.end(busy=True)
            self.waiting.add(in_newsroom(other))
        process = self._free_process()
        process.ask([(path, None)], LEAST_TIME + _TIME * stamp[0])
        task = self._tasks[path] = _Task(stamp, process)
        return task

    def _free_process(self) -> ReadingProcess:
        process = self._idle.pop() if self._idle else ReadingProcess(self._config)
        return ReadingProcess(self._config) if process.has_ended() else process

    def _read_here(self, path: str) -> ReadFile:
        return article_file.read(self._config, self._library, path)

    def _ended(self, path: str, task: _Task) -> ReadFile:
        """Return a file at which the process ended.

        One that takes too long is not read again: it has its stamp. Another one may be innocent.
        """
        code = task.process.end()
        if not task.process.ready:  # feedsvc runs in a program that is no Python
            self._alone = True
            return self._read_here(path)
        stamp, message = task.stamp, "takes too long to read; simplify its text, or split it"
        if code != -signal.SIGPROF:
            stamp = files.GONE
            message = f"feedsvc ended while it read this ({code}); please report it with the file"
        withdrawn = article_file.is_withdrawn(self._config, path)
        problems = (problem_in(path, "", message),)
        return ReadFile(path, stamp, problems=problems, withdrawn=withdrawn)


class _Task(Struct):
    """A file that a process is reading."""

    stamp: Stamp
    process: ReadingProcess
