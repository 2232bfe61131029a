"""Typed text in its one form, and as part of a path."""

from __future__ import annotations

import re
import unicodedata

_LATIN = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"}
)

_MARKS_AT_MOST = 1000
_CHUNK = re.compile(rf"[^\w\s\x00-\x7f\u034f]{{{_MARKS_AT_MOST}}}\u034f?")
"""So many characters that may all be marks: no letters, no digits, no spaces."""
_JOINER = "\u034f"
"""Shows nothing, and parts marks (UAX #15 §13)."""


def slug(text: str, length: int = 60) -> str:
    """Return a text as part of a path: lower case, words joined by hyphens.

    Accents go where a letter is left without them; other scripts keep their letters.

    :param length: characters that it has at most; words are left out whole.
    """
    joined = re.sub(r"\b([^\W\d_])\.(?=\w\b|\W|$)", r"\1", text.casefold())  # "U.S." is one word
    folded = unicodedata.normalize("NFKD", joined)
    latin = re.sub(r"(?<=[a-z])[\u0300-\u036f]+", "", folded).translate(_LATIN)
    kept = unicodedata.normalize("NFC", latin).replace("'", "").replace("’", "")
    # Marks belong to the letters of many scripts, though \w leaves them out.
    words = "".join(char if char.isalnum() or _is_mark(char) else " " for char in kept).split()
    path = ""
    for word in words:
        longer = f"{path}-{word}" if path else word
        # A name of a file has 255 bytes, whatever the script.
        if path and (len(longer) > length or len(longer.encode()) > 3 * length):
            break
        path = longer
    return path.encode()[: 3 * length].decode(errors="ignore")[:length].strip("-")


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")


def clean_characters(text: str) -> str:
    r"""Return text that every XML parser accepts, in Unicode NFC, lines ended by ``\n``."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return composed(ILLEGAL.sub("", text))


def clean_text(text: str) -> str:
    """Return plain text as one line, with single spaces."""
    return " ".join(clean_characters(text).split())


ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)
"""XML 1.0 §2.2: characters it forbids, and those it discourages; and the byte order mark."""


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
