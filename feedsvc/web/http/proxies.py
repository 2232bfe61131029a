"""Recognize requests that a proxy passed on."""

from collections.abc import Container

_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-real-ip")
"""Headers that proxies add, in lower case: RFC 7239, RFC 9110 §7.6.3, and two of nginx."""


def came_through_proxy(protocol: str, headers: Container[str]) -> bool:
    """Return whether a proxy passed a request on: one client that asks for very many.

    nginx asks in HTTP/1.0 and adds none of these headers unless it is configured to.

    :param protocol: of the request, such as ``HTTP/1.1``.
    :param headers: their names, in lower case or in a container that ignores case.
    """
    return protocol == "HTTP/1.0" or any(name in headers for name in _FORWARDED)
