"""The sizes of pictures: which one a text, a list and an enclosure show."""

import re
from collections.abc import Mapping, Sequence
from html import escape, unescape

from feedsvc.model.article import MAX_SHOWN, Article, shown_size
from feedsvc.model.feed import MediaObject, PictureFile
from feedsvc.model.urls import Urls

_LIST = 640
"""Pixels of width of a picture in a list of articles, on a dense screen."""
_COLUMN = 720
"""Pixels of width of the column in which readers and pages show a text."""
_IMAGE = re.compile(r'<img((?:\s[a-z-]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r'\s([a-z-]+)="([^"]*)"')

Sizes = Mapping[str, tuple[PictureFile, ...]]
"""The sizes of pictures, the narrowest first, by their absolute addresses."""


def sizes_of(article: Article, urls: Urls) -> Sizes:
    """Return the sizes of the pictures of an article, and of its body."""
    sizes: dict[str, tuple[PictureFile, ...]] = {}
    for size in article.renditions:
        url = urls.file(size, article.media_at)
        file = PictureFile(url, size.type, size.length, size.width, size.height)
        picture = urls.media(size.of, article.media_at)
        sizes[picture] = (*sizes.get(picture, ()), file)
    return sizes


def fitting(sizes: Sequence[PictureFile], width: int = MAX_SHOWN) -> PictureFile:
    """Return the widest of several sizes up to a width; the narrowest if all are wider."""
    return next((it for it in reversed(sizes) if it.width <= width), sizes[0])


def thumbnail(sizes: Sequence[PictureFile]) -> PictureFile | None:
    """Return the size for lists; None where there is one size alone."""
    return fitting(sizes, _LIST) if sizes else None


def image(item: MediaObject) -> str:
    """Return a picture as HTML."""
    given = {"src": escape(item.url), "alt": escape(item.alt)}
    sizes = zip(("width", "height"), shown_size(item.width, item.height), strict=True)
    given |= {name: str(pixels) for name, pixels in sizes if pixels}
    return _tag(given | _source_set(given, item.sizes))


def with_sizes(body: str, sizes: Sizes) -> str:
    """Return clean HTML whose pictures name all their sizes."""

    def sized(tag: re.Match[str]) -> str:
        given = dict(_ATTRIBUTE.findall(tag[1]))
        files = sizes.get(unescape(given.get("src", "")), ())
        if not files:
            return tag[0]
        shown = fitting(files)
        given["src"] = escape(shown.url)
        if "height" in given and given.get("width", "").isdecimal():
            # The height of a turned picture is another one.
            given["height"] = str(max(1, round(int(given["width"]) * shown.height / shown.width)))
        return _tag(given | _source_set(given, files))

    return _IMAGE.sub(sized, body) if sizes else body


def _source_set(given: Mapping[str, str], files: Sequence[PictureFile]) -> dict[str, str]:
    """Return the attributes that name all sizes of a picture (HTML, ``srcset`` and ``sizes``)."""
    if not files:
        return {}
    width = given.get("width", "")
    shown = min(int(width) if width.isdecimal() else MAX_SHOWN, _COLUMN)
    sources = ", ".join(f"{escape(it.url)} {it.width}w" for it in files)
    return {"srcset": sources, "sizes": f"(max-width: {shown}px) 100vw, {shown}px"}


def _tag(attributes: Mapping[str, str]) -> str:
    return "<img" + "".join(f' {name}="{value}"' for name, value in attributes.items()) + ">"
