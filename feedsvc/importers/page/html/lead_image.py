"""The pictures of a page in HTML: what machines are told of the lead picture, and what people see.

Until they are put, pictures whose address cannot be made absolute have it as ``address``.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from feedsvc.importers.page.html.structured_data import addressed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from feedsvc.importers.page.found_fields import FoundFields

    Image = dict[str, Any]

_WORDS = ("caption", "credit", "alt")
_SIZES = ("width", "height")
_SIZE = re.compile(r"\d+x\d*|x?\d{2,4}w?|\dx|large|small|medium|thumb|scaled|crop")
"""What a name of a file says of the size of its picture, between two marks."""


def put_pictures(
    findings: FoundFields, leads: Iterable[tuple[Image, str]], shown: Sequence[Image], base: str
) -> None:
    """Put the lead picture as machines are told it, with the caption that people see.

    :param leads: the lead picture, which may be empty, as each of the machines' languages tells it.
    :param base: the address that relative ones start from, as far as the page tells it.
    """
    told = [(_settled(lead, base), source) for lead, source in leads if lead]
    if told:
        pictures, source = _with_lead(told, shown)
    else:
        pictures, source = list(shown), "<figure>"
    reason = next((_why_no_url(each, base) for each in pictures if "address" in each), "")
    kept = [picture for picture in map(_for_record, pictures) if picture]
    findings.put_images(kept, f"{source} (no url: {reason})" if reason else source)
    if reason and not kept:
        findings.refuse("image", f"{source}: {reason}")


def _settled(picture: Image, base: str) -> Image:
    """Try again with an address of the page that was found later."""
    more = {key: picture[key] for key in picture if key not in ("url", "address")}
    return addressed(picture.get("url") or picture["address"], base, **more)


def _with_lead(
    told: Sequence[tuple[Image, str]], shown: Sequence[Image]
) -> tuple[list[Image], str]:
    """Return all pictures, the lead picture first, and the source of it."""
    # One that can be fetched is worth more than one that is told more exactly.
    lead, source = next((each for each in told if "url" in each[0]), told[0])
    for other, place in told:
        if _is_same(other, lead) and other.keys() - lead.keys() - {"address"}:
            lead = _merged(lead, other)
            source += f", {place}"
    stem = _stem(lead)
    twins = [picture for picture in shown if _stem(picture) == stem]
    # The only picture a page shows is its lead picture, whatever the name of the file.
    twins = twins or (list(shown) if len(shown) == 1 else [])
    if twins:
        lead = _merged(lead, twins[0])
        source += ", <figure>"
    return [lead, *(picture for picture in shown if picture not in twins)], source


def _is_same(picture: Image, other: Image) -> bool:
    if "url" in picture and "url" in other:
        return picture["url"] == other["url"]
    return _stem(picture) == _stem(other)


def _merged(lead: Image, other: Image) -> Image:
    """Add to a picture what else is said of it; address and sizes belong to one file only."""
    file = other if "url" in other and "url" not in lead else lead
    apart = other.get("url") != lead.get("url")
    about = file if apart else {**other, **lead}
    sized = {key: about[key] for key in ("url", "address", *_SIZES) if key in about}
    words = {**other, **lead}
    return {**{key: words[key] for key in _WORDS if key in words}, **sized}


def _for_record(picture: Image) -> Image:
    """Return a picture in the order of a record; without an address, only the words about it."""
    keys = ("url", *_WORDS, *_SIZES) if "url" in picture else _WORDS
    return {key: picture[key] for key in keys if key in picture}


def _why_no_url(picture: Image, base: str) -> str:
    address = picture["address"][:60]
    if base or re.match(r"[a-z][a-z0-9+.-]*:", address, re.IGNORECASE):
        return f'"{address}" is no web address'
    return f'"{address}" is relative, and the page does not tell its own address'


def _stem(picture: Image) -> str:
    """Return the name of a picture without its size: ``storm-1200x675.jpg`` is ``storm``."""
    address = picture.get("url") or picture.get("address") or ""
    path = re.sub(r"^(?:[a-z][a-z0-9+.-]*:)?(?://[^/?#]*)?|[?#].*", "", address.lower())
    name = PurePosixPath(path).stem
    parts = re.split("([-_.@])", name)
    while len(parts) > 1 and _SIZE.fullmatch(parts[-1]):
        del parts[-2:]
    return "".join(parts)
