"""The one interface between the store and the database system that it is in."""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection


class StoreEngine(Protocol):
    """A database system with one store: all that differs from one system to another."""

    name: str
    """The store as messages name it, without a password."""
    shared: bool
    """Whether several machines may use the store."""
    advice: str
    """Advice where this feedsvc cannot use the store."""

    def looking(self) -> AbstractContextManager[Connection]:
        """Yield one consistent view of a store of any version.

        :raises StoreError: it cannot be read.
        """
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """Yield one consistent view of the store.

        :raises StoreError: it cannot be read.
        """
        ...

    def writing(self, *, counted: bool = True) -> AbstractContextManager[Connection]:
        """Yield a transaction without any other writer; all of it is kept, or nothing.

        :param counted: it may change a feed, so every process looks at the store again.
        :raises StoreError: it cannot be written, or another process writes it for too long.
        """
        ...

    def offering(self) -> AbstractContextManager[Connection]:
        """Yield a transaction for data that may as well be lost: it hardly waits for others.

        :raises StoreError: it cannot be written now.
        """
        ...

    def lock(self, name: str, seconds: float = 0.0) -> AbstractContextManager[bool]:
        """Hold a lock as soon as it is free; yield whether that was so in time.

        One thread has it at a time, of all processes that use the store.

        :param name: of its file in the state folder.
        """
        ...

    def publishing(self) -> AbstractContextManager[bool]:
        """Hold the right to publish, which one process has, if it is free; yield whether."""
        ...

    def keeps(self, name: str) -> bool:
        """Return whether a lock that this process took was not lost meanwhile."""
        ...

    def is_current(self) -> bool:
        """Return whether the store is the one that was opened, and no other took its place."""
        ...

    def continue_ids(self, connection: Connection) -> None:
        """Make ids that count by themselves go on after the highest, which was written by hand."""
        ...

    def wipe(self) -> None:
        """Remove deleted data for good, as soon as no reader needs it."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...
