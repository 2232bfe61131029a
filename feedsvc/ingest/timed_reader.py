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
from feedsvc.ingest.files import problem_in
from feedsvc.ingest.media import Library
from feedsvc.ingest.read_ahead import MANY, ReadAhead, pays
from feedsvc.ingest.reading_process import ReadingProcess
from feedsvc.ingest.record.parsed import says_withdrawn
from feedsvc.ingest.records import Item, RecordBytes, Records
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

    def __init__(self, config: Config, records: Records, patience: float | None = None) -> None:
        self._config = config
        self._records = records
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
        unread = [path for path in paths if path not in self._expected]
        if self._alone or not pays(unread):
            yield
            return
        with ReadAhead(self._new_process, map(self._item, unread), SHORT) as read:
            self._ahead = iter(read)
            try:
                yield
            finally:
                self._ahead = iter(())

    def _item(self, path: str) -> Item:
        """Return a file to be read ahead; without bytes where ``read`` is to look at it itself."""
        content = self._records.read(path)
        is_whole = content.stamp != files.GONE
        return path, content if is_whole else RecordBytes(files.GONE, None)

    def read(self, path: str, *, patient: bool = False) -> ReadFile | None:
        """Read a file; return None while it takes longer than others should wait.

        :param path: below ``articles/``.
        :param patient: wait for it in any case.
        """
        task = self._unfinished(path)
        is_new = in_newsroom(path) not in self.waiting
        self.waiting.discard(in_newsroom(path))
        wait = 0.0
        if not task:
            expected = self._expected.pop(path, None)
            ahead = None if expected else self._next(path)
            if ahead:
                return ahead
            content = self._records.read(path)
            if self._alone or _is_short(content) or (expected and content.data == expected[0]):
                return article_file.read(self._config, self._library, path, content, expected)
            # The more files take long already, the less others wait; and for each only once.
            wait = (self._patience or 0.0) / (1 + len(self._tasks))
            task = self._begin(path, content, is_new=is_new)
        patient = patient or self._patience is None
        return self._answer(path, task, None if patient else wait)

    def _next(self, path: str) -> ReadFile | None:
        """Return the next of the files that are read ahead; None if it was not read."""
        return next((file for (known, _), file in self._ahead if known == path), None)

    def _unfinished(self, path: str) -> _Task | None:
        """Return the task of reading a file as it is; one of an earlier state is ended."""
        task = self._tasks.get(path)
        if task and task.content.stamp != self._records.stamp(path):
            self._tasks.pop(path).process.end(busy=True)
            return None
        return task

    def _answer(self, path: str, task: _Task | None, wait: float | None) -> ReadFile | None:
        """Return the file that a process has read, within some seconds; None after them."""
        try:
            if not task or not task.process.answers(wait):
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
        content = RecordBytes(files.GONE, data)
        process = self._free_process()
        process.ask([(path, content)], _seconds(content))
        try:
            process.answers(None)
            (file,) = filter(None, process.answer())
        except (EOFError, OSError):
            return self._ended(path, _Task(content, process))
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
        contents = ((path, RecordBytes(files.GONE, data)) for path, data in chain(first, rest))
        with ReadAhead(self._new_process, contents, SHORT) as read:
            for (path, content), file in read:
                data = content.data or b""
                yield path, data, file or self.interpret(path, data)

    def expect(self, path: str, data: bytes, file: ReadFile) -> None:
        """Remember a file that is about to be written, so that it is not interpreted twice.

        :param file: as ``interpret`` returned it.
        """
        self._expected[path] = data, file

    def _begin(self, path: str, content: RecordBytes, *, is_new: bool) -> _Task | None:
        """Begin to read a file in a process; return None where all are busy and it can wait.

        A file takes the place of another one where it is new, as most take no time, or a kill.
        """
        if len(self._tasks) == _PROCESSES:
            if not (is_new or says_withdrawn(content.data or b"")):
                return None
            other = next(iter(self._tasks))  # it begins again
            self._tasks.pop(other).process.end(busy=True)
            self.waiting.add(in_newsroom(other))
        process = self._free_process()
        process.ask([(path, content)], _seconds(content))
        task = self._tasks[path] = _Task(content, process)
        return task

    def _free_process(self) -> ReadingProcess:
        process = self._idle.pop() if self._idle else self._new_process()
        return self._new_process() if process.has_ended() else process

    def _new_process(self) -> ReadingProcess:
        return ReadingProcess(self._config)

    def _ended(self, path: str, task: _Task) -> ReadFile:
        """Return a file at which the process ended.

        One that takes too long is not read again: it has its stamp. Another one may be innocent.
        """
        code = task.process.end()
        stamp, data = task.content.stamp, task.content.data or b""
        if not task.process.ready:  # feedsvc runs in a program that is no Python
            self._alone = True
            return article_file.interpret(self._config, self._library, path, stamp, data)
        message = "takes too long to read; simplify its text, or split it"
        if code != -signal.SIGPROF:
            stamp = files.GONE
            message = f"feedsvc ended while it read this ({code}); please report it with the file"
        problems = (problem_in(path, "", message),)
        return ReadFile(path, stamp, problems=problems, withdrawn=says_withdrawn(data))


def _is_short(content: RecordBytes) -> bool:
    """Return whether a file is read at once; so is one that has no bytes, or not all of them."""
    return content.data is None or len(content.data) <= SHORT or content.stamp == files.GONE


def _seconds(content: RecordBytes) -> float:
    """Return how much processor time a file may take."""
    return LEAST_TIME + _TIME * len(content.data or b"")


class _Task(Struct):
    """A file that a process is reading."""

    content: RecordBytes
    process: ReadingProcess
