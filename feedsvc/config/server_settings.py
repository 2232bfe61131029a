"""The settings of config.toml that say where feedsvc works, and not how the feeds look."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Struct

from feedsvc.config import value_types
from feedsvc.config.value_types import Count


class ServerSettings(Struct, frozen=True, kw_only=True):
    """``[server]``: where the service and all commands have their data."""

    state: str = ""
    """The folder of the store, from the newsroom's folder; before ``$STATE_DIRECTORY``."""


class AdminSettings(Struct, frozen=True, kw_only=True):
    """``[admin]``: the pages for operators."""

    listen: Annotated[str, value_types.endpoint] = ""
    """Host and port at which ``serve`` answers them to every client; empty for nowhere."""

    @property
    def address(self) -> tuple[str, int] | None:
        """Return host and port to listen at."""
        host, _, port = self.listen.rpartition(":")
        return (host.strip("[]"), int(port)) if port else None


class MediaSettings(Struct, frozen=True, kw_only=True):
    """``[media]``: the pictures that records name by a URL of another server."""

    remote: Literal["copy", "measure", "leave"] = "leave"
    """Whether they are copied and served from here, or measured, so that they are enclosures."""
    allow_private: bool = False
    """Whether they may be fetched from private and loopback addresses, and at any port."""


class LogSettings(Struct, frozen=True, kw_only=True):
    """``[log]``: the access log."""

    requests: str = ""
    """The file for a line of each answer, from the newsroom's folder; ``-`` for standard output."""


class ApiSettings(Struct, frozen=True, kw_only=True):
    """``[api]``: publishing over HTTP."""

    requests: Annotated[int, Count(0, 1_000_000)] = 6000
    """Requests of one token in a minute; 0: any number."""
    upload_bytes: Annotated[int, Count(1000, 10**10)] = 50_000_000
    """Bytes of an uploaded picture or sound, at most."""
