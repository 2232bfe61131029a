"""Keep NUL characters in PostgreSQL, whose texts cannot have any."""

from typing import Any

from psycopg import Connection
from psycopg.types.string import StrDumper, TextLoader

_ESCAPE = "\ufdd0"
"""Stands before the characters below; it is none that texts are written with (Unicode, §23.7)."""
_NUL, _ITSELF = f"{_ESCAPE}0", f"{_ESCAPE}1"


def register(connection: Connection[Any]) -> None:
    """Make a connection keep texts with all their characters."""
    connection.adapters.register_dumper(str, _Dumper)
    for kind in ("text", "varchar"):
        connection.adapters.register_loader(kind, _Loader)


class _Dumper(StrDumper):
    """Writes texts."""

    def dump(self, obj: str) -> Any:
        """Return the bytes of a text."""
        if "\0" in obj or _ESCAPE in obj:
            obj = obj.replace(_ESCAPE, _ITSELF).replace("\0", _NUL)
        return super().dump(obj)


class _Loader(TextLoader):
    """Reads texts."""

    def load(self, data: Any) -> str:
        """Return a text from its bytes."""
        text = str(super().load(data))
        if _ESCAPE in text:
            return text.replace(_NUL, "\0").replace(_ITSELF, _ESCAPE)
        return text
