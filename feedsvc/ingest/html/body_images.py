"""The pictures of a body and the words that the record has about them."""

import re
from collections.abc import Mapping
from html import escape, unescape

from feedsvc.model.article import Image, shown_size
from feedsvc.model.text import plain_text

_IMAGE = re.compile(r'<img((?:\s[a-z-]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r'\s([a-z-]+)="([^"]*)"')
_SIZES = ("width", "height")
_ICON = 100
"""Pixels of width up to which a picture is an icon, which no list of articles should show."""
_LINKED = r"(?P<image><a\s[^>]*><img\s[^>]*></a>|<img\s[^>]*>)"
_ALONE = re.compile(
    rf"(?:<p>|(?P<figure><figure>))\s*{_LINKED}\s*(?(figure)"
    r"(?:<figcaption>(?P<caption>(?:(?!</?figcaption>).)*)</figcaption>\s*)?</figure>|</p>)",
    re.DOTALL,
)
"""A picture that is a paragraph or a figure of its own."""
_FOLLOWING = re.compile(r"\s*<p>\s*<(em|i|small)>[^<]*</\1>\s*</p>")
"""A paragraph behind a picture that has its caption, as people write it in Markdown."""
_INLINE = re.compile(rf"(?P<begin><p>\s*)?{_LINKED}")


def attributes(tag: str) -> dict[str, str]:
    """Return the attributes of a tag in clean HTML, without references."""
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(tag)}


def with_facts(body: str, images: Mapping[str, Image]) -> str:
    """Return a body whose pictures have the alternative texts and sizes that are known.

    None is wider than a text should show it, also by the size that was typed.

    :param images: by their addresses in the body.
    """

    def facts(tag: re.Match[str]) -> str:
        given = attributes(tag[1])
        image = images.get(given.get("src", ""), Image())
        alt = {"alt": image.alt} if image.alt and not given.get("alt") else {}
        if given.keys() & _SIZES:
            width, height = (pixels(given.get(name, "")) for name in _SIZES)
            image = Image(width=width, height=height)
        sizes = zip(_SIZES, shown_size(image.width, image.height), strict=True)
        more = given | alt | {name: str(size) for name, size in sizes if size}
        return tag[0] if more == given else f"<img{''.join(map(_attribute, more.items()))}>"

    return _IMAGE.sub(facts, body)


def with_words(body: str, images: Mapping[str, Image]) -> str:
    """Return a body whose pictures have their captions and credits, as far as it lacks them.

    :param images: by their addresses in the body; each is looked for once.
    """
    pending = {url: image for url, image in images.items() if image.caption or image.credit}

    def figure(alone: re.Match[str]) -> str:
        image = pending.pop(attributes(alone["image"]).get("src", ""), None)
        if image is None:
            return alone[0]
        following = _FOLLOWING.match(body, alone.end())
        near = plain_text(f"{alone['caption'] or ''} {following[0] if following else ''}")
        credit = "" if image.credit in near else image.credit
        caption = alone["caption"] or ("" if image.caption in near else _text(image.caption))
        return _figure(alone["image"], caption, credit) if caption or credit else alone[0]

    def inline(tag: re.Match[str]) -> str:
        image = pending.pop(attributes(tag[0]).get("src", ""), None)
        if image is None:
            return tag[0]
        near = plain_text(marked[tag.end() : marked.find("</p>", tag.end())])
        caption, credit = (it if it not in near else "" for it in (image.caption, image.credit))
        if not (caption or credit):
            return tag[0]
        if tag["begin"]:
            return f"{_figure(tag['image'], _text(caption), credit)}\n<p>"
        words = " ".join(part for part in (caption, credit) if part)
        return f"{tag[0]} <small>{_text(words)}</small>"

    marked = _ALONE.sub(figure, body) if pending else body
    return _INLINE.sub(inline, marked) if pending else marked


def _figure(image: str, caption: str, credit: str) -> str:
    """Return a figure from HTML, the credit from plain text."""
    small = f"<small>{_text(credit)}</small>" if credit else ""
    words = " ".join(part for part in (caption, small) if part)
    return f"<figure>{image}<figcaption>{words}</figcaption></figure>"


def _text(words: str) -> str:
    return escape(words, quote=False)


def _attribute(item: tuple[str, str]) -> str:
    return f' {item[0]}="{_text(item[1]).replace(chr(34), "&quot;")}"'


def first_image(body: str) -> tuple[str, str, str] | None:
    """Return the address, the alternative text and the caption of the first picture, if any.

    Icons do not count.
    """
    for tag in _IMAGE.finditer(body):
        given = attributes(tag[1])
        width = pixels(given.get("width", ""))
        if width is None or width > _ICON:
            url, alt = given.get("src", ""), given.get("alt", "")
            figures = (it for it in _ALONE.finditer(body) if it.start() < tag.start() < it.end())
            caption = next((it["caption"] for it in figures), None)
            return url, alt, plain_text(caption or "")
    return None


def pixels(value: str) -> int | None:
    """Return a size in pixels; None where it is none."""
    number = re.fullmatch(r"\s*([0-9]{1,6})(?:\.0+)?\s*(?:px)?\s*", value)
    return int(number[1]) if number else None
