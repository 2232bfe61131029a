"""A cache limited by the size of its values, shared between threads."""

from collections.abc import Callable, Hashable, Iterable
from threading import Lock
from typing import Generic, TypeVar

from cachetools import LRUCache

Key = TypeVar("Key", bound="Hashable")
Value = TypeVar("Value")


class SizedCache(Generic[Key, Value]):
    """The values that were used last, as many as fit. Safe to share between threads.

    :param capacity: of all values together, such as bytes.
    :param size: returns the size of a value; one that exceeds the capacity is kept alone.
    """

    def __init__(self, capacity: int, size: Callable[[Value], int]) -> None:
        self._values = LRUCache[Key, Value](capacity, lambda value: min(size(value), capacity))
        self._lock = Lock()

    def get(self, key: Key) -> Value | None:
        """Return a value, and mark it as the last one used."""
        with self._lock:
            return self._values.get(key)

    def get_many(self, keys: Iterable[Key]) -> list[Value | None]:
        """Return the values of keys, in order, and mark them as the last ones used."""
        values = self._values
        with self._lock:
            # To call get for each key would take twice as long.
            return [values[key] if key in values else None for key in keys]  # noqa: SIM401

    def put(self, key: Key, value: Value) -> list[Value]:
        """Keep a value; return the values that it replaces."""
        with self._lock:
            replaced = [self._values.pop(key)] if key in self._values else []
            space = self._values.maxsize - self._values.getsizeof(value)
            while self._values.currsize > space:
                replaced.append(self._values.popitem()[1])
            self._values[key] = value
        return replaced

    def pop(self, key: Key) -> Value | None:
        """Take a value out and return it."""
        with self._lock:
            return self._values.pop(key, None)

    def items(self) -> list[tuple[Key, Value]]:
        """Return all keys and values as they are now."""
        with self._lock:
            return list(self._values.items())
