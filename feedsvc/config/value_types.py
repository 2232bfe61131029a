"""Readers of the values of config.toml.

Each returns the value in its canonical form, or raises ValueError with a sentence that names the
fault and the remedy. A reader of texts takes a text that ``text`` has cleaned.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from ipaddress import ip_network
from typing import Annotated, Any, Literal, NamedTuple, cast, get_args, get_origin
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from feedsvc.config.url_patterns import STYLES
from feedsvc.errors import did_you_mean
from feedsvc.model.feed import first_day
from feedsvc.model.paths import TOPIC_KINDS, TopicKind, section_path
from feedsvc.model.text import absolute_url, clean_text

Reader = Callable[[Any], Any]
"""Takes a value as TOML gives it."""

TAG = re.compile(r"[a-z0-9.-]+(@[a-z0-9.-]+)?,\d{4}(-\d{2}){0,2}")
"""RFC 4151 §2.1: authority and date."""
_MAIL = re.compile(r'[^\s@:?/#<>"(),;\\\[\]]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+', re.IGNORECASE)
_MAIL_SAFE = "@!$&'*+"
"""Characters that a mailto: URI has unescaped, besides letters, digits, ``-._~`` (RFC 6068 §2)."""
_PHONE = re.compile(r"\+?[0-9][0-9().-]*")
"""A telephone number: digits and visual separators (RFC 3966 §3)."""

_HOST = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]")
"""A name, an IPv4 address, or an IPv6 address in brackets."""
_PORT = re.compile(r"[0-9]{1,5}")


def reader_of(annotation: Any) -> Reader:
    """Return the reader of the values of a field, from its type."""
    if get_origin(annotation) is Annotated:
        kind, read = get_args(annotation)
        whole = kind is int or get_origin(kind) in (tuple, dict)
        return read if whole else lambda value: read(text(value))
    if get_origin(annotation) is Literal:
        return partial(choice, get_args(annotation))
    return text if annotation is str else switch


def address(typed: str) -> str:
    """Return an absolute http(s) URL, or a path below the site's."""
    if re.match(r"//|[^/?#]*:", typed):
        return absolute_url(typed)
    return quote(typed, safe="/?:@!$&'()*+,;=~%")


def contact(typed: str) -> str:
    """Return a contact as a URI (RFC 9116 §2.5.3); an e-mail address becomes a mailto: URI."""
    if not typed:
        return ""
    if typed.lower().startswith("https:"):
        return absolute_url(typed)
    kind, colon, rest = typed.partition(":")
    if colon and kind.lower() == "tel" and _PHONE.fullmatch(rest):
        return f"tel:{rest}"
    if colon and kind.lower() == "mailto" and _MAIL.fullmatch(rest.partition("?")[0]):
        return f"mailto:{quote(rest, safe=_MAIL_SAFE + '?=%')}"
    if _MAIL.fullmatch(typed):
        return f"mailto:{quote(typed, safe=_MAIL_SAFE)}"
    raise ValueError(
        f'"{typed}" is not a contact; write an e-mail address, '
        "or an address that begins with mailto:, https: or tel:"
    )


def text(value: Any) -> str:
    """Return a text that every XML parser accepts, in Unicode NFC, with single spaces."""
    if not isinstance(value, str):
        raise ValueError(f"must be a text in quotes, not {value!r}")
    return clean_text(value)


def filled(typed: str) -> str:
    """Return a text that is not empty."""
    if not typed:
        raise ValueError("must not be empty")
    return typed


def base_url(typed: str) -> str:
    """Return the beginning of addresses, without a slash at its end."""
    url = absolute_url(typed).rstrip("/")
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise ValueError(f'"{url}" must end with its path: no "?" and no "#"')
    return url


def endpoint(typed: str) -> str:
    """Return a host and a port to listen at, or nothing."""
    host, _, port = typed.rpartition(":")
    if typed and not (_HOST.fullmatch(host) and _PORT.fullmatch(port) and 0 < int(port) < 65536):
        raise ValueError(f'"{typed}" must be a host and a port, such as 127.0.0.1:9464')
    return typed


def hub(typed: str) -> str:
    """Return the address of a hub, ``off``, or nothing."""
    return typed if typed in ("", "off") else absolute_url(typed)


def ports(value: Any) -> tuple[int, ...]:
    """Return ports, each once and in order."""
    numbers = listed(value)
    if not numbers or not all(type(it) is int and 0 < it < 65536 for it in numbers):
        raise ValueError(f"must be a list of ports such as [80, 443], not {value!r}")
    return tuple(sorted(set(numbers)))


def timezone(name: str) -> str:
    """Return the name of a time zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        message = f'"{name}" is not a time zone; write one such as Europe/Berlin or UTC'
        raise ValueError(message) from None
    return name


def tag_authority(tag: str) -> str:
    """Return authority and date of a tag URI (RFC 4151 §2.1)."""
    try:
        if TAG.fullmatch(tag) and first_day(tag):
            return tag
    except ValueError:
        pass  # such as a 13th month
    raise ValueError(f'"{tag}" must be a host, a comma and a year, such as quay.example,2026')


class Count(NamedTuple):
    """A reader of whole numbers."""

    least: int
    most: int

    def __call__(self, value: Any) -> int:
        """Return a number from ``least`` to ``most``, both included."""
        if type(value) is not int or not self.least <= value <= self.most:
            raise ValueError(
                f"must be a whole number from {self.least} to {self.most}, not {value!r}"
            )
        return value


def switch(value: Any) -> bool:
    """Return true or false."""
    if type(value) is not bool:
        raise ValueError(f"must be true or false, not {value!r}")
    return value


def choice(choices: Sequence[str], value: Any) -> str:
    """Return one of a few words; the empty one is named last."""
    if value not in choices:
        words = [f'"{word}"' for word in choices if word] + ["empty"] * ("" in choices)
        raise ValueError(f"must be {', '.join(words[:-1])} or {words[-1]}, not {value!r}")
    return value


def topic_kinds(value: Any) -> tuple[TopicKind, ...]:
    """Return kinds of feeds besides the feeds of sections, each once and in one order."""
    kinds = listed(value)
    if not all(kind in TOPIC_KINDS for kind in kinds):
        raise ValueError(f'must be a list of "author", "tag" and "lang", or empty, not {value!r}')
    return tuple(kind for kind in TOPIC_KINDS if kind in kinds)


def listed(value: Any) -> list[Any]:
    """Return a list as it is, and a single value as a list of one."""
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def sections(value: Any) -> tuple[str, ...]:
    """Return the paths of sections."""
    return tuple(section_path(text(path)) for path in listed(value))


def networks(value: Any) -> tuple[str, ...]:
    """Return networks of IP addresses, or single addresses."""
    names = tuple(text(network) for network in listed(value))
    for name in names:
        try:
            ip_network(name, strict=False)
        except ValueError as error:
            remedy = 'write an address such as "192.0.2.1" or a network such as "192.0.2.0/24"'
            raise ValueError(f'"{name}" is no network; {remedy}') from error
    return names


def styles(value: Any) -> tuple[str, ...]:
    """Return the names of systems whose addresses lead to the feeds."""
    systems = [text(system) for system in listed(value)]
    for system in systems:
        if system not in STYLES:
            known = ", ".join(f'"{name}"' for name in STYLES)
            hint = did_you_mean(system, STYLES) or f" Known are {known}."
            raise ValueError(f'"{system}" is no style that is known here.{hint}')
    return tuple(dict.fromkeys(systems))


BaseUrl = Annotated[str, base_url]
Address = Annotated[str, address]
