"""Pictures, sounds and films of items in ninjs, which stand in their associations."""

import html
from collections.abc import Callable, Mapping
from typing import Any, cast

from feedsvc.importers.payload import first, line, mapping, mappings, words_of

Asset = Callable[[str], str]
"""Returns the file of a picture or sound by its id in the other system; empty for none."""
_Item = Mapping[str, Any]
_PICTURES = ("picture", "graphic")
_RECORDINGS = ("audio", "video")
_FEATURED = ("featuremedia", "featured", "main")
"""Names of the association that is the lead picture."""
_MOST = 500
"""Associations of one item that are read: no record has more pictures."""
_LARGEST = 10**7
"""Pixels on a side: no picture has more."""
_EMPTY: _Item = {}


def associated(item: _Item) -> dict[str, _Item]:
    """Return the associated items by their names, in their order."""
    given: Any = item.get("associations")
    if isinstance(given, dict):
        named = [(name, mapping(it)) for name, it in cast("dict[str, Any]", given).items()]
    else:
        listed = enumerate(mappings(given))
        named = [(line(it.get("name")) or str(number), it) for number, it in listed]
    return dict([(name, it) for name, it in named if it][:_MOST])


def pictures_and_sounds(item: _Item, body: str, asset: Asset) -> dict[str, Any]:
    """Return the values of the keys of a record for pictures, sounds and films.

    :param body: the text; a picture in it is not listed again.
    """
    parts = associated(item)
    pictures: dict[str, dict[str, Any]] = {}
    for name, part in parts.items():
        if line(part.get("type")) in _PICTURES and (picture := _picture(part, asset)):
            pictures[name] = picture
    lead = next((it for it in (*_FEATURED, *pictures) if it in pictures), "")
    others = [it for name, it in pictures.items() if name != lead and _source(it) not in body]
    recordings = [it for it in parts.values() if line(it.get("type")) in _RECORDINGS]
    media = [medium for it in recordings if (medium := _medium(it, asset))]
    return {"image": pictures.get(lead), "images": others or None, "media": media or None}


def with_files(body: str, item: _Item, asset: Asset) -> str:
    """Return a text whose pictures are the files that were sent."""
    for part in associated(item).values():
        for rendition in _renditions(part).values():
            address, file = line(rendition.get("href")), _file(rendition, asset)
            if address and file:
                for typed in (html.escape(address), address):
                    body = body.replace(f'"{typed}"', f'"{file}"').replace(
                        f"'{typed}'", f"'{file}'"
                    )
    return body


def _renditions(part: _Item) -> dict[str, _Item]:
    """Return the renditions of a picture by their names."""
    given: Any = part.get("renditions")
    if isinstance(given, dict):
        return {name: mapping(it) for name, it in cast("dict[str, Any]", given).items()}
    return {line(it.get("name")) or str(n): it for n, it in enumerate(mappings(given))}


def _original(part: _Item) -> _Item:
    """Return the rendition ``original``, else the widest."""
    renditions = _renditions(part)
    widest = max(renditions.values(), key=lambda it: _number(it.get("width")), default=_EMPTY)
    return renditions.get("original") or widest


def _number(value: Any) -> float:
    """Return a number, which parsed JSON has as a text; 0 in the place of anything else."""
    try:
        number = float(value) if isinstance(value, str) else 0.0
    except ValueError:
        return 0.0
    return number if abs(number) < _LARGEST else 0.0  # NaN is less than nothing


def _file(rendition: _Item, asset: Asset) -> str:
    media = line(rendition.get("media"))
    return asset(media) if media else ""


def _place(rendition: _Item, asset: Asset) -> dict[str, str]:
    """Return where a picture or sound is: its file here, else its address; empty for nowhere."""
    if file := _file(rendition, asset):
        return {"file": file}
    address = line(rendition.get("href"))
    return {"url": address} if address.startswith(("http://", "https://")) else {}


def _source(picture: Mapping[str, Any]) -> str:
    return str(picture.get("file") or picture.get("url"))


def _picture(part: _Item, asset: Asset) -> dict[str, Any] | None:
    rendition = _original(part)
    place: dict[str, Any] = dict(_place(rendition, asset))
    if not place:
        return None
    width, height = _number(rendition.get("width")), _number(rendition.get("height"))
    if "url" in place and width >= 1 and height >= 1:
        place |= {"width": f"{width:.0f}", "height": f"{height:.0f}"}
    words = {
        "caption": _wording(part, "description"),
        "credit": first(part.get("byline"), part.get("by"), part.get("copyrightholder")),
        "alt": words_of(first(part.get("body_text"), part.get("alttext"))),
    }
    point = mapping(rendition.get("poi"))
    if point and width >= 1 and height >= 1:
        across = min(1.0, max(0.0, _number(point.get("x")) / width))
        down = min(1.0, max(0.0, _number(point.get("y")) / height))
        place["focus"] = [f"{across:.4f}", f"{down:.4f}"]
    return {**place, **{key: text for key, text in words.items() if text}}


def _wording(part: _Item, key: str) -> str:
    listed = mappings(part.get(f"{key}s"))
    return words_of(first(part.get(f"{key}_text"), *(it.get("value") for it in listed)))


def _medium(part: _Item, asset: Asset) -> dict[str, str] | None:
    place = _place(_original(part), asset)
    title = first(part.get("headline"), _wording(part, "headline"))
    return {**place, **({"title": title} if title else {})} if place else None
