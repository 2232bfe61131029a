"""Values with a form of their own: a section, a language, an address; and those of config.toml.

Each reader returns the value in its one form, or raises ValueError with a sentence that says what
is wrong and what would be right.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import langcodes

if TYPE_CHECKING:
    from collections.abc import Callable

ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)
"""XML 1.0 §2.2: characters it forbids, and those it discourages; and the byte order mark."""

_MARKS_AT_MOST = 1000
_CHUNK = re.compile(rf"[^\w\s\x00-\x7f\u034f]{{{_MARKS_AT_MOST}}}\u034f?")
"""So many characters that may all be marks: no letters, no digits, no spaces."""
_JOINER = "\u034f"
"""Shows nothing, and parts marks (UAX #15 §13)."""

_SEPARATORS = re.compile("[-_.]")
TAG = re.compile(r"[a-z0-9.-]+(@[a-z0-9.-]+)?,\d{4}(-\d{2}){0,2}")
"""RFC 4151 §2.1: authority and date."""
RESERVED = frozenset(
    "archive atom author corrections feed feeds json lang livez media metrics".split()
    + "readyz rss static tag".split()
)
"""Names that feedsvc's own addresses begin with; no section may begin with them."""
_MAIL = re.compile(r'[^\s@:?/#<>"(),;\\\[\]]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+', re.IGNORECASE)
_MAIL_SAFE = "@!$&'*+"
"""RFC 6068 §2: what may stand in a mailto: URI unescaped, besides letters, digits, ``-._~``."""
_PHONE = re.compile(r"\+?[0-9][0-9().-]*")
"""RFC 3966 §3: digits, with what people part them by."""
_BELOW = {"archive", "corrections"}
"""Names that stand below a section in feedsvc's own addresses; no part of a section may be one."""


def section_path(value: str) -> str:
    """Return a section's path in its one form.

    :raises ValueError: it is none; the message says what would be right.
    """
    path = unicodedata.normalize("NFC", value.strip().strip("/"))
    parts = path.split("/")
    if path != path.lower() or not all(map(_is_section, parts)):
        raise ValueError(
            f'"{value}" is not a section; write it in lower case without spaces, '
            "parts parted by slashes, such as world/europe"
        )
    for taken in sorted(({parts[0]} & RESERVED) | (_BELOW & {*parts})):
        raise ValueError(f'"{taken}" is a name feedsvc needs for itself; choose another')
    return path


def _is_section(part: str) -> bool:
    """Tell whether this is letters, marks and digits of any script, with ``-_.`` between them."""
    return all(
        word and all(unicodedata.category(letter)[0] in "LMN" for letter in word)
        for word in _SEPARATORS.split(part)
    )


def language_tag(value: str) -> str:
    """Return a BCP 47 tag in its standard form: ``en_us`` becomes ``en-US``.

    :raises ValueError: it is none; the message says what would be right.
    """
    try:
        tag = langcodes.Language.get(value.strip())
        if tag.is_valid() and tag.language not in (None, "und"):
            return langcodes.standardize_tag(value.strip())
    except ValueError:
        pass
    raise ValueError(f'"{value}" is not a language; write a code such as en, es or pt-BR')


def canonical_case(tag: str) -> str:
    """Return a BCP 47 tag in the letters that are usual: pt-BR, zh-Hant (RFC 5646 §2.1.1)."""
    first, *rest = tag.lower().split("-")
    cased = {2: str.upper, 4: str.title}
    return "-".join((first, *(cased.get(len(part), str)(part) for part in rest)))


def absolute_url(value: str) -> str:
    """Return an http(s) URL without spaces around it, as a URI (RFC 3986): in ASCII alone.

    :raises ValueError: it is none; the message says what would be right.
    """
    url = value.strip()
    try:
        parts = urlsplit(url)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_ok = urlsplit(""), False
    if (
        parts.scheme not in ("http", "https")
        or not (parts.hostname and port_ok)
        or re.search(r'[\s"<>\\^`{|}\x00-\x1f\x7f]', url)
    ):
        raise ValueError(
            f'"{value}" is not a web address; write it whole, https://… without spaces'
        )
    try:
        return url if url.isascii() else _uri(parts)
    except UnicodeError:
        raise ValueError(f'"{value}" has a host that cannot be one') from None


def _uri(parts: SplitResult) -> str:
    """Return an IRI as a URI (RFC 3987 §3.1), its host by IDNA."""
    host = (parts.hostname or "").encode("idna").decode()
    port = f":{parts.port}" if parts.port else ""
    path, query, fragment = (
        quote(part, safe="/?:@!$&'()*+,;=~%") for part in (parts.path, parts.query, parts.fragment)
    )
    return urlunsplit((parts.scheme, host + port, path, query, fragment))


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


def composed(text: str) -> str:
    """Return a text in Unicode NFC.

    Marks are put in their order in a time that grows with the square of how many follow each
    other. No language has a thousand of them on one letter; where they are, they are parted.
    """
    if len(text) > _MARKS_AT_MOST and not text.isascii():
        text = _CHUNK.sub(_parted, text)
    return unicodedata.normalize("NFC", text)


def _parted(chunk: re.Match[str]) -> str:
    marks = chunk[0].removesuffix(_JOINER)
    only = all(unicodedata.category(letter)[0] == "M" for letter in marks)
    return marks + _JOINER if only else chunk[0]


def text(value: Any) -> str:
    """Return a text that every XML parser accepts, in Unicode NFC, with single spaces."""
    if not isinstance(value, str):
        raise ValueError(f"must be a text in quotes, not {value!r}")
    return " ".join(composed(ILLEGAL.sub("", value)).split())


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
    if not TAG.fullmatch(tag):
        raise ValueError(f'"{tag}" must be a host, a comma and a year, such as quay.example,2026')
    return tag


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
