"""Values with a form of their own: a section, a language, an address; and those of config.toml.

Each reader returns the value in its one form, or raises ValueError with a sentence that says what
is wrong and what would be right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from feedsvc.model.feed import first_day
from feedsvc.model.languages import language_tag
from feedsvc.model.paths import TOPIC_KINDS, TopicKind
from feedsvc.model.text import clean_text
from feedsvc.model.urls import absolute_url

if TYPE_CHECKING:
    from collections.abc import Callable


TAG = re.compile(r"[a-z0-9.-]+(@[a-z0-9.-]+)?,\d{4}(-\d{2}){0,2}")
"""RFC 4151 §2.1: authority and date."""
_MAIL = re.compile(r'[^\s@:?/#<>"(),;\\\[\]]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+', re.IGNORECASE)
_MAIL_SAFE = "@!$&'*+"
"""RFC 6068 §2: what may stand in a mailto: URI unescaped, besides letters, digits, ``-._~``."""
_PHONE = re.compile(r"\+?[0-9][0-9().-]*")
"""RFC 3966 §3: digits, with what people part them by."""


def address(value: Any) -> str:
    """Return an absolute http(s) URL, or a path below the site's."""
    told = text(value)
    if re.match(r"//|[^/?#]*:", told):
        return absolute_url(told)
    return quote(told, safe="/?:@!$&'()*+,;=~%")


def contact(value: Any) -> str:
    """Return whom to write to or call, as a URI (RFC 9116 §2.5.3); a mere e-mail address is one."""
    told = text(value)
    if not told:
        return ""
    if told.lower().startswith("https:"):
        return absolute_url(told)
    kind, colon, rest = told.partition(":")
    if colon and kind.lower() == "tel" and _PHONE.fullmatch(rest):
        return f"tel:{rest}"
    if colon and kind.lower() == "mailto" and _MAIL.fullmatch(rest.partition("?")[0]):
        return f"mailto:{quote(rest, safe=_MAIL_SAFE + '?=%')}"
    if _MAIL.fullmatch(told):
        return f"mailto:{quote(told, safe=_MAIL_SAFE)}"
    raise ValueError(
        f'"{told}" is not somebody to write to; write an e-mail address, '
        "or an address that begins with mailto:, https: or tel:"
    )


def text(value: Any) -> str:
    """Return a text that every XML parser accepts, in Unicode NFC, with single spaces."""
    if not isinstance(value, str):
        raise ValueError(f"must be a text in quotes, not {value!r}")
    return clean_text(value)


def filled(value: Any) -> str:
    """Return a text that says something."""
    if not text(value):
        raise ValueError("must not be empty")
    return text(value)


def base_url(value: Any) -> str:
    """Return an address that others begin with, without a slash at its end."""
    url = absolute_url(text(value)).rstrip("/")
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise ValueError(f'"{url}" must end with its path: no "?" and no "#"')
    return url


def language_code(value: Any) -> str:
    """Return a BCP 47 tag."""
    return language_tag(text(value))


def timezone(value: Any) -> str:
    """Return the name of a time zone of the IANA database."""
    name = text(value)
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        message = f'"{name}" is not a time zone; write one such as Europe/Berlin or UTC'
        raise ValueError(message) from None
    return name


def tag_authority(value: Any) -> str:
    """Return authority and date of a tag URI (RFC 4151 §2.1)."""
    tag = text(value)
    try:
        if TAG.fullmatch(tag) and first_day(tag):
            return tag
    except ValueError:
        pass  # such as a 13th month
    raise ValueError(f'"{tag}" must be a host, a comma and a year, such as quay.example,2026')


def count(low: int, high: int) -> Callable[[Any], int]:
    """Return a reader of whole numbers within limits, both included."""

    def read(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise ValueError(f"must be a whole number from {low} to {high}, not {value!r}")
        return value

    return read


def switch(value: Any) -> bool:
    """Return true or false."""
    if type(value) is not bool:
        raise ValueError(f"must be true or false, not {value!r}")
    return value


def content_kind(value: Any) -> str:
    """Return how much of an article an entry carries."""
    if value not in ("full", "summary"):
        raise ValueError(f'must be "full" or "summary", not {value!r}')
    return value


def browser_view(value: Any) -> str:
    """Return how browsers show a feed."""
    if value not in ("", "css"):
        raise ValueError(f'must be "css" or empty, not {value!r}')
    return value


def cdn_tags(value: Any) -> str:
    """Return which header tells a cache of many what an answer is made of."""
    if value not in ("", "surrogate-key", "cache-tag"):
        raise ValueError(f'must be "surrogate-key", "cache-tag" or empty, not {value!r}')
    return value


def topic_kinds(value: Any) -> tuple[TopicKind, ...]:
    """Return which of these feeds there are.

    :raises ValueError: it is no list of kinds; the message says what would be right.
    """
    given = cast("list[object]", value) if isinstance(value, list) else [value]
    if not all(one in TOPIC_KINDS for one in given):
        raise ValueError(f'must be a list of "author", "tag" and "lang", or empty, not {value!r}')
    return tuple(it for it in TOPIC_KINDS if it in given)
