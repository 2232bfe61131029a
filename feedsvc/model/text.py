"""Typed text in its one form, and as part of a path."""

import html
import re
import unicodedata
from functools import lru_cache
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

_LATIN = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"}
)

_MAX_MARKS = 30
"""Combining marks on one letter (UAX #15 §13, the stream-safe text format)."""
_CHUNK = re.compile(rf"[^\w\s\x00-\x7f\u034f]{{{_MAX_MARKS}}}\u034f?")
"""A run of characters that may all be marks: no letters, no digits, no spaces."""
_JOINER = "\u034f"
"""An invisible character that separates marks (UAX #15 §13)."""


@lru_cache(1024)  # the same authors and keywords come again and again
def slug(text: str, length: int = 60) -> str:
    """Return a text as part of a path: lower case, words joined by hyphens.

    Latin letters lose their accents; other scripts keep their letters.

    :param length: of the slug at most, in characters; only whole words are left out.
    """
    joined = re.sub(r"\b([^\W\d_])\.(?=\w\b|\W|$)", r"\1", text.casefold())  # "U.S." is one word
    folded = unicodedata.normalize("NFKD", _stream_safe(joined))
    latin = re.sub(r"(?<=[a-z])[\u0300-\u036f]+", "", folded).translate(_LATIN)
    plain = unicodedata.normalize("NFC", latin).replace("'", "").replace("’", "")
    # In many scripts marks belong to the letters, though \w does not match them.
    kept = (char.isalnum() or unicodedata.category(char).startswith("M") for char in plain)
    words = "".join(it if keep else " " for it, keep in zip(plain, kept, strict=True)).split()
    path = ""
    for word in words:
        longer = f"{path}-{word}" if path else word
        # The name of a file has 255 bytes at most, in any script.
        if path and (len(longer) > length or len(longer.encode()) > 3 * length):
            break
        path = longer
    return path.encode()[: 3 * length].decode(errors="ignore")[:length].strip("-")


def clean_characters(text: str) -> str:
    r"""Return text that every XML parser accepts, in Unicode NFC, lines ended by ``\n``.

    Breaks of lines and pages become spaces, and left-overs of Windows-1252 the characters meant.
    """
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return composed(ILLEGAL.sub(lambda match: _MEANT.get(match[0], ""), text))


def clean_text(text: str) -> str:
    """Return plain text as one line, with single spaces."""
    return " ".join(clean_characters(text).split())


ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)
"""Characters that XML 1.0 §2.2 forbids or discourages, the byte order mark, and breaks of lines
and paragraphs that readers do not show (UAX #14, class BK)."""
_MEANT = {
    "\v": " ",
    "\f": " ",
    "\u2028": " ",
    "\u2029": " ",
    **{chr(it): bytes([it]).decode("cp1252", "ignore") for it in range(0x80, 0xA0)},
}
"""Characters that stand for others: breaks of lines and pages, and characters of Windows-1252 that
were taken for Latin-1, as in HTML (§13.2.5.80)."""


TAG = re.compile(r'<(/?)([a-z][a-z0-9-]*)((?:\s[a-z][a-z-]*="[^"]*")*)>')
"""A tag as the sanitizer writes it."""
_BLOCK = re.compile(
    r"<(?=/?(?:aside|blockquote|[bh]r|caption|d[dlt]|div|fig\w+|h\d|[ou]l|li|p|pre|t[dhr]|table)\b)"
)
"""Begin or end of a block in clean HTML, which separates words."""


_FORMULA = re.compile(
    r'<math(?:\s(?:alttext="([^"]*)"|[a-z-]+="[^"]*"))*+>[^<]*+(?:<(?!/?math\b)[^<]*+)*+</math>'
)


def without_formulas(markup: str) -> str:
    """Return clean HTML with the words of each formula in the place of its elements."""
    if "<math" not in markup:
        return markup
    return _FORMULA.sub(_formula_words, markup)


def _formula_words(formula: re.Match[str]) -> str:
    words = (formula[1] or "").replace("<", "&lt;")
    text, start, end = formula.string, formula.start(), formula.end()
    before, after = text[max(start - 1, 0) : start], text[end : end + 1]
    return f"{' ' * before.isalnum()}{words}{' ' * after.isalnum()}"


def plain_text(markup: str) -> str:
    """Return the text of clean HTML as one line."""
    markup = without_formulas(markup)
    return clean_text(html.unescape(TAG.sub("", _BLOCK.sub(" <", markup))))


def composed(text: str) -> str:
    """Return a text in Unicode NFC."""
    return unicodedata.normalize("NFC", _stream_safe(text))


def _stream_safe(text: str) -> str:
    """Return a text whose longest runs of combining marks are separated.

    The time to sort marks grows with the square of their number on one letter, and no language has
    thirty of them.
    """
    if len(text) <= _MAX_MARKS or text.isascii():
        return text
    return _CHUNK.sub(_separated, text)


def _separated(chunk: re.Match[str]) -> str:
    marks = chunk[0].removesuffix(_JOINER)
    only = all(unicodedata.category(letter)[0] == "M" for letter in marks)
    return marks + _JOINER if only else chunk[0]


def absolute_url(value: str) -> str:
    """Return an http(s) URL without spaces around it, as a URI (RFC 3986): in ASCII alone.

    :raises ValueError: it is none; the message says how to write one.
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
