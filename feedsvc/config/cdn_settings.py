"""The settings of ``[cdn]``: the caches in front, and how answers are purged from them."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from msgspec import Struct

from feedsvc.config import value_types

Cdn = Literal["", "fastly", "cloudflare", "bunny", "varnish", "varnish-ban", "webhook"]
TagHeader = Literal["", "surrogate-key", "cache-tag", "cdn-tag", "xkey"]

HEADERS: Mapping[Cdn, TagHeader] = {
    "fastly": "surrogate-key",
    "cloudflare": "cache-tag",
    "bunny": "cdn-tag",
    "varnish": "xkey",
    "varnish-ban": "xkey",
    "webhook": "surrogate-key",
}
"""The headers in which each reads tags; a configuration of Varnish may read another one."""
APIS: Mapping[Cdn, str] = {
    "fastly": "https://api.fastly.com",
    "cloudflare": "https://api.cloudflare.com",
    "bunny": "https://api.bunny.net",
}
"""The servers of the CDNs that have an API of their own."""
SERVICES: Mapping[Cdn, str] = {
    "fastly": "the id of the service",
    "cloudflare": "the id of the zone",
    "bunny": "the number of the pull zone",
}
"""The meaning of ``service`` for each of these."""
_SERVICE = re.compile("[A-Za-z0-9_-]*")
_LONGEST_TOKEN = 4000
"""Bytes of a token: more do not go into a header everywhere."""


def service_id(typed: str) -> str:
    """Return the id of a service, which is part of addresses."""
    if not _SERVICE.fullmatch(typed):
        raise ValueError(f'"{typed}" must be letters, digits, "-" and "_", as the CDN shows it')
    return typed


def header_token(typed: str) -> str:
    """Return a token, which is part of a header."""
    if not (typed.isascii() and " " not in typed and len(typed) <= _LONGEST_TOKEN):
        raise ValueError("must be letters, digits and signs of ASCII without spaces")
    return typed


def server_addresses(value: Any) -> tuple[str, ...]:
    """Return the addresses of servers, each with a host and port of its own."""
    typed = map(value_types.text, value_types.listed(value))
    addresses = tuple(map(value_types.base_url, typed))
    hosts = {urlsplit(address).netloc for address in addresses}
    if len(hosts) < len(addresses):
        raise ValueError("names a host and port twice; leave one of the addresses out")
    return addresses


class CdnSettings(Struct, frozen=True, kw_only=True):
    """``[cdn]``: a content delivery network in front."""

    tags: TagHeader = ""
    """The header that lists the tags of an answer, to purge it by them; empty: as ``purge`` wants
    it."""
    purge: Cdn = ""
    """The cache that is asked to drop the answers that a change has changed; empty for none."""
    service: Annotated[str, service_id] = ""
    """The id of the service, zone or pull zone, in the address of the API."""
    token: Annotated[str, header_token] = ""
    token_file: str = ""
    """A file with the token, from the newsroom's folder."""
    servers: Annotated[tuple[str, ...], server_addresses] = ()
    """Where requests to purge are sent, instead of the CDN's API: all machines of Varnish."""
    soft: bool = True
    """Whether answers are only marked as stale after changes that are not urgent."""

    @property
    def header(self) -> TagHeader:
        """Return the header that lists tags; empty for none."""
        return self.tags or HEADERS.get(self.purge, "")

    @property
    def hosts(self) -> dict[str, str]:
        """Return the addresses of the servers that are asked, by host and port."""
        api = APIS.get(self.purge)
        addresses = self.servers or ([api] if api else [])
        return {urlsplit(it).netloc: it for it in addresses} if self.purge else {}
