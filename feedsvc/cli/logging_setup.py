"""Logs on stderr: text on a terminal, else one JSON object a line."""

import logging
import sys
from datetime import UTC, datetime

import msgspec

from feedsvc.errors import printable

AGAIN = 60.0
"""Seconds for which a warning or error is not repeated: a store may be away for an hour."""
_REMEMBERED = 100
"""Messages that are known not to be repeated, at most."""


class NoRepetition(logging.Filter):
    """Leaves out warnings and errors that were logged just before, word for word."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is logged."""
        message = record.name, record.getMessage()
        if record.levelno < logging.WARNING:
            return True
        if 0 <= record.created - self._last.get(message, float("-inf")) < AGAIN:
            return False
        if len(self._last) >= _REMEMBERED:
            self._last.clear()
        self._last[message] = record.created
        return True


class _Text(logging.Formatter):
    """A line for a terminal, which no word of a file or a request controls."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(map(printable, super().format(record).split("\n")))


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(entry).decode()


def set_up() -> None:
    """Send everything from INFO on to stderr; uvicorn's own chatter only when it matters."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(NoRepetition())
    if sys.stderr.isatty():
        handler.setFormatter(_Text("%(asctime)s  %(message)s", "%H:%M:%S"))
    else:
        handler.setFormatter(_Json())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in ("alembic", "uvicorn"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("watchfiles").setLevel(logging.ERROR)  # it warns of every end
