"""Decide where feedsvc may connect to: an address that a record names must not lead inside.

All networks that are not listed here are public, by the IANA registries of special-purpose
addresses (RFC 6890). ``ipaddress`` has such a list, too, but another one in each Python.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

from feedsvc.errors import FetchError
from feedsvc.model.paths import PATH_CHARACTERS

PORTS = {"http": 80, "https": 443}
"""The schemes that may be used, and the ports where only public addresses may."""
MAX_URL = 4096
"""Characters of an address: servers refuse longer ones."""

_NEVER4 = [
    IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"),
        # Metadata of cloud machines that is not at a link-local address.
        *("100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32"),
    )
]
_PRIVATE4 = [
    IPv4Network(network)
    for network in (
        *("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.0.0.0/24"),
        *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24"),
    )
]
_NEVER6 = [
    IPv6Network(network)
    for network in (
        *("::/128", "fe80::/10", "fec0::/10", "ff00::/8"),
        # An IPv4 address in another spelling: mapped, translated, 6to4, Teredo, local NAT64.
        *("::ffff:0:0/96", "::ffff:0:0:0/96", "2002::/16", "2001::/32", "64:ff9b:1::/48"),
        *("fd00:ec2::/32", "fd20:ce::/32"),  # metadata of cloud machines
    )
]
_PRIVATE6 = [IPv6Network(it) for it in ("2001::/23", "2001:db8::/32", "3fff::/20")]
_GLOBAL6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an IPv4 address, which a network without IPv4 translates."""

_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
"""A host whose last part is a number: systems take it for an IPv4 address in some spelling."""
_UNWRITABLE = re.compile(r"[\s\\\x00-\x20\x7f]")


class Target(NamedTuple):
    """An address taken apart once, so that no two readers of it can differ."""

    scheme: str
    host: str
    """In lower-case ASCII, or an IP address without brackets."""
    port: int
    path: str
    """With the query, as it stands in the request."""


def target_of(url: str, ports: Sequence[int] = tuple(PORTS.values())) -> Target:
    """Return an address taken apart.

    :param ports: the ports that it may have; empty for any.
    :raises FetchError: nothing is fetched from such an address.
    """
    if len(url) > MAX_URL or _UNWRITABLE.search(url):
        raise _refused("is no web address; write it whole, https://… without spaces")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused(
            "is no web address; write it whole, https://… with a port below 65536"
        ) from None
    if parts.scheme not in PORTS:
        raise _refused("must begin with https:// or http://")
    if "@" in parts.netloc:
        raise _refused("has a user's name or password in it; leave them out")
    port = PORTS[parts.scheme] if port is None else port
    if ports and port not in ports:
        names = " and ".join(filter(None, (", ".join(map(str, ports[:-1])), str(ports[-1]))))
        raise _refused(f"has port {port}; only {names} are used")
    path = quote(parts.path or "/", safe=f"{PATH_CHARACTERS}%")
    query = quote(parts.query, safe=f"{PATH_CHARACTERS}%?[]")
    return Target(parts.scheme, _host(parts), port, f"{path}?{query}" if query else path)


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    try:
        if "[" in parts.netloc:
            return str(ip_address(host))
        host = host.encode("idna").decode().lower().removesuffix(".")
    except ValueError:
        host = ""
    if not _HOST.fullmatch(host):
        raise _refused("has a host that cannot be one; write a name such as pictures.example")
    if _NUMERIC.fullmatch(host) and not _is_plain(host):
        raise _refused("has an IP address in an odd spelling; write four decimal numbers")
    return host


def is_address(host: str) -> bool:
    """Return whether a host is an IP address, and no name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_plain(host: str) -> bool:
    try:
        return str(IPv4Address(host)) == host
    except ValueError:
        return False


def check_address(text: str, *, allow_private: bool) -> None:
    """Refuse an IP address that a public name must not lead to.

    Link-local addresses, multicast, metadata of cloud machines, and an IPv4 address inside of an
    IPv6 one are refused in any case.

    :raises FetchError: it is refused.
    """
    address = ip_address(text)
    if isinstance(address, IPv6Address) and address in _NAT64:
        address = IPv4Address(address.packed[-4:])
    if _is_never(address):
        raise _refused(f"leads to {text}, where nothing is ever fetched from")
    if not allow_private and _is_private(address):
        raise _refused(
            f"leads to {text}, which is no public address; allow_private permits the private ones"
        )


def _is_never(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return any(address in network for network in _NEVER4)
    return any(address in network for network in _NEVER6)


def _is_private(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return any(address in network for network in _PRIVATE4)
    return address not in _GLOBAL6 or any(address in network for network in _PRIVATE6)


def _refused(message: str) -> FetchError:
    return FetchError(message, permanent=True)
