"""The settings of config.toml that say where feedsvc works, and not how the feeds look."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Struct

from feedsvc.config import value_types
from feedsvc.config.store_address import media_store
from feedsvc.config.value_types import BaseUrl, Count
from feedsvc.model import paths

DEFAULT_PORT = 8000
LOCAL = f"http://localhost:{DEFAULT_PORT}"
"""The address of the service where ``[feeds] url`` is left out: only this machine knows it."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Hosts of addresses that lead to the machine itself."""
_DAY = 24 * 3600
"""Seconds."""
_YEAR = 366 * _DAY
"""Seconds."""


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
    """``[media]``: pictures and sounds, and the pictures of other servers."""

    renditions: bool = False
    """Whether readers get pictures in several sizes, which Pillow makes."""
    store: Annotated[str, media_store] = ""
    """An object store, or a folder, from which another server gives out pictures and sounds."""
    url: BaseUrl = ""
    """Where that server gives them out; without a slash at the end."""

    remote: Literal["copy", "measure", "leave"] = "leave"
    """Whether they are copied and served from here, or measured, so that they are enclosures."""
    allow_private: bool = False
    """Whether they may be fetched from private and loopback addresses, and at any port."""


class PushSettings(Struct, frozen=True, kw_only=True):
    """``[push]``: the WebSub hub, by which subscribers get each change of a feed at once."""

    hub: Annotated[str, value_types.hub] = ""
    """Another hub, which hears of changes; "off" for none; empty for the one of feedsvc, unless
    ``[feeds] url`` leads to this machine alone and callbacks must not."""
    content: Literal["full", "changes"] = "full"
    """Whether a delivery is the whole feed, or only the entries that its subscriber lacks."""
    signature: Literal["sha1", "sha256", "sha384", "sha512"] = "sha256"
    """The method of signatures (WebSub §8)."""
    lease: Annotated[int, Count(60, _YEAR)] = 10 * _DAY
    """Seconds of a subscription whose subscriber asks for no number."""
    least_lease: Annotated[int, Count(60, _YEAR)] = 3600
    most_lease: Annotated[int, Count(60, _YEAR)] = 30 * _DAY
    patience: Annotated[int, Count(1, 365)] = 3
    """Days for which all deliveries may fail before the subscriber is asked whether it lives."""
    requests: Annotated[int, Count(0, 1_000_000)] = 300
    """Requests of one client in a minute; 0: any number."""
    open_publish: bool = False
    """Whether a client may ask for another look at a feed (``hub.mode=publish``)."""
    ports: Annotated[tuple[int, ...], value_types.ports] = (80, 443)
    """The ports of callbacks."""
    allow_private: bool = False
    """Whether callbacks may have private and loopback addresses, and any port."""

    def address(self, feeds: str) -> str:
        """Return the address of the hub that feeds name; empty for none.

        :param feeds: ``[feeds] url``.
        """
        if self.hub:
            return "" if self.hub == "off" else self.hub
        # Only subscribers on this machine can reach it at such an address.
        local = urlsplit(feeds).hostname in _LOOPBACK
        return "" if local and not self.allow_private else f"{feeds}{paths.HUB}"

    @property
    def is_own(self) -> bool:
        """Return whether the hub is that of feedsvc."""
        return not self.hub


class LimitSettings(Struct, frozen=True, kw_only=True):
    """``[limits]``: requests beyond them are answered 429 (RFC 6585), but for ``proxies``."""

    repeats: Annotated[int, Count(0, 10_000)] = 0
    """Times in an hour that a client may fetch one feed without a validator; 0: any."""
    connections: Annotated[int, Count(1, 1_000_000)] = 4096
    """Of each worker of ``serve``."""
    queue: Annotated[int, Count(1, 100_000)] = 100
    """Requests of each worker of ``serve`` that wait while others are answered."""
    proxies: Annotated[tuple[str, ...], value_types.networks] = ("127.0.0.0/8", "::1")


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
