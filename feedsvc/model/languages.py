"""Language tags (BCP 47) in their standard form, and the direction of their scripts."""

import langcodes

_RIGHT_TO_LEFT = {"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"}
"""ISO 15924 scripts written from right to left."""
_LONGEST = 100
"""Characters of a tag. The longest in the registry with everything that may follow has 35
(RFC 5646 §4.4.1), and the parser calls itself for each part."""


def is_rtl(language: str) -> bool:
    """Return whether a language (BCP 47) is written from right to left.

    The script decides: Babel knows fewer languages, and not Kurdish in Arabic script.
    """
    return langcodes.Language.get(language).maximize().script in _RIGHT_TO_LEFT


def language_tag(value: str) -> str:
    """Return a BCP 47 tag in its standard form: ``en_us`` becomes ``en-US``.

    :raises ValueError: it is none; the message shows the right form.
    """
    if len(value) > _LONGEST:
        raise ValueError(f"has {len(value):,} characters; write a code such as en, es or pt-BR")
    try:
        tag = langcodes.Language.get(value.strip())
        if tag.is_valid() and tag.language not in (None, "und"):
            return langcodes.standardize_tag(value.strip())
    except ValueError:
        pass
    raise ValueError(f'"{value}" is not a language; write a code such as en, es or pt-BR')


def canonical_case(tag: str) -> str:
    """Return a BCP 47 tag in the usual case: pt-BR, zh-Hant (RFC 5646 §2.1.1)."""
    first, *rest = tag.lower().split("-")
    cased = {2: str.upper, 4: str.title}
    return "-".join((first, *(cased.get(len(part), str)(part) for part in rest)))
