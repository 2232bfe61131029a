"""The statements that stores are asked, for tests of how many they are."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Engine, event


@contextmanager
def statements() -> Generator[list[str]]:
    """Collect the statements of all stores meanwhile, in order."""
    asked: list[str] = []

    def add(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", add)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", add)
