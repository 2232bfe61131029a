"""The addresses of pictures, players and embeds, which scripts of a page would load."""

import re
from collections.abc import Iterable, Mapping
from html import unescape
from urllib.parse import unquote, urlsplit

from feedsvc.model.players import PLAYERS

_LAZY = ("data-src", "data-lazy-src", "data-original", "data-lazy")
_LAZY_SETS = ("data-srcset", "data-lazy-srcset")
_SURE_KEYS = (
    "data-instgrm-permalink data-embed-url data-embed-src data-iframe-src data-pym-src "
    "data-child-src data-oembed-url data-video-url"
).split()
"""Attributes that only embeds have; words in such an element stand there until a script runs."""
_EMBED_KEYS = [
    *_SURE_KEYS,
    *"data-href data-permalink data-url data-src data-link url href src cite".split(),
]
"""Attributes in which embeds have their address."""
_MAKERS = {
    "amp-dailymotion": ("data-videoid", "https://www.dailymotion.com/embed/video/"),
    "amp-instagram": ("data-shortcode", "https://www.instagram.com/p/"),
    "amp-twitter": ("data-tweetid", "https://twitter.com/i/status/"),
    "amp-vimeo": ("data-videoid", "https://player.vimeo.com/video/"),
    "amp-youtube": ("data-videoid", "https://www.youtube.com/embed/"),
    "flourish-embed": ("data-src", "https://public.flourish.studio/"),
    "infogram-embed": ("data-id", "https://infogram.com/"),
    "lite-vimeo": ("videoid", "https://player.vimeo.com/video/"),
    "lite-youtube": ("videoid", "https://www.youtube.com/embed/"),
    "youtube-video": ("videoid", "https://www.youtube.com/embed/"),
}
"""Embeds by element or class: the attribute of their id, and the address it belongs to."""
_EMBED = re.compile(
    r"(?:^|[\s_-])(?:embed|elfsight|fb-(?:post|video)|twitter-(?:tweet|video|timeline)"
    r"|instagram-media|reddit-card|tiktok-)",
    re.IGNORECASE,
)
"""Classes of elements that a script fills."""
_PROMOTION = re.compile(r"share|social|like|follow|comment|newsletter", re.IGNORECASE)
"""Classes of elements that a script fills with no part of the article."""

_BACKGROUND = re.compile(r"background(?:-image)?\s*:[^;]*?url\(\s*([^()\s]+)\s*\)", re.IGNORECASE)
"""The address of a picture behind the words of an element, by style."""
BACKGROUNDS = ("style", "background", "data-bg", "data-background", "data-background-image")
"""Attributes in which it stands."""

_CANDIDATES = re.compile(r",\s+|(?<=\d[wx]),|,$")
"""A separator of the pictures in a ``srcset``."""
_DESCRIPTOR = re.compile(r"(\d+(?:\.\d+)?)[wx]")
_PLACEHOLDER = re.compile(r"(?:data|about):", re.IGNORECASE)
"""The beginning of an address in the place of one that a script loads later."""
_WEB = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_DELAYED = re.compile(r"data-.*(?:src|url)", re.IGNORECASE)
"""Attributes in which a frame that waits for consent has its address."""


def real_address(attributes: Mapping[str, str]) -> str:
    """Return the address that a script would load, else the plain one."""
    lazy = [attributes.get(name, "") for name in _LAZY]
    lazy += [_largest(attributes.get(name, "")) for name in _LAZY_SETS]
    plain = [attributes.get("src", ""), _largest(attributes.get("srcset", ""))]
    # Some scripts keep settings where others keep the address.
    typed = [each for each in lazy if re.search("[./]", each) and each[0] not in "{["] + plain
    addresses = (unescape(each).strip() for each in typed)
    return next((it for it in addresses if it and not _PLACEHOLDER.match(it)), "")


def frame_address(attributes: Mapping[str, str]) -> str:
    """Return the address of a frame, which may wait until a reader agrees to it."""
    delayed = (value for name, value in attributes.items() if _DELAYED.fullmatch(name))
    return real_address(attributes) or _first_web(delayed)


def part_address(attributes: Mapping[str, str]) -> str:
    """Return the address of an element that readers do not know; empty if none."""
    names = ("src", "href", "data", "codebase")
    return next((unescape(attributes[name]).strip() for name in names if attributes.get(name)), "")


def is_embed(attributes: Mapping[str, str]) -> bool:
    """Return whether an element is one that a script fills, by its class or its attributes."""
    given = not attributes.keys().isdisjoint(_SURE_KEYS)
    return given or _EMBED.search(attributes.get("class", "")) is not None


def embed_address(name: str, attributes: Mapping[str, str]) -> str:
    """Return the address that an embed has in its attributes; empty if none."""
    classes = unescape(attributes.get("class", ""))
    for maker in (name, *classes.split()):
        key, base = _MAKERS.get(maker, ("", ""))
        number = attributes.get(key, "")
        if re.fullmatch(r"[\w/-]+", number):
            return base + number
    if _PROMOTION.search(classes):
        return ""
    return _first_web(attributes.get(key, "") for key in _EMBED_KEYS)


def background_address(attributes: Mapping[str, str]) -> str:
    """Return the address of the picture behind the words of an element; empty if none."""
    styled = _BACKGROUND.search(unescape(attributes.get("style", "")))
    typed = [styled[1]] if styled else []
    typed += [attributes[name] for name in BACKGROUNDS[1:] if name in attributes]
    addresses = (re.sub(r"^url\(|\)$", "", unescape(each)).strip("\"' ") for each in typed)
    return next((it for it in addresses if re.search("[./]", it) and it[:5] != "data:"), "")


def _first_web(values: Iterable[str]) -> str:
    addresses = (unescape(value).strip() for value in values)
    return next((it for it in addresses if _WEB.match(it)), "")


def _largest(candidates: str) -> str:
    """Return the largest picture of a ``srcset``."""
    parts = (part.split() for part in _CANDIDATES.split(candidates))
    images = [(_size(part[1:]), part[0]) for part in parts if part]
    return max(images, key=lambda image: image[0])[1] if images else ""


def _size(descriptors: list[str]) -> float:
    size = _DESCRIPTOR.fullmatch(descriptors[0]) if descriptors else None
    return float(size[1]) if size else 1.0


def plays(address: str) -> bool:
    """Return whether an address is one of a player that readers allow in a frame."""
    parts = urlsplit(address)
    known = PLAYERS.get(parts.netloc.lower(), "//")
    path = unquote(parts.path)
    return parts.scheme == "https" and path.startswith(known) and ".." not in path


def host(address: str) -> str:
    """Return the host of an address; the address itself where it has none."""
    try:
        return urlsplit(address).hostname or address
    except ValueError:
        return address


def path(address: str) -> str:
    """Return the path of an address, without escapes; empty where that is no address."""
    try:
        return unquote(urlsplit(address).path)
    except ValueError:
        return ""


def site(address: str) -> str:
    """Return the name that hosts of one site share: ``quay`` of ``cdn.quay.example``."""
    labels = host(address).split(".")
    if len(labels) < 2:
        return ""
    return labels[-2] if len(labels[-2]) > 3 else ".".join(labels[-3:-1])


def quoted(url: str) -> str:
    """Return an address as it stands in HTML."""
    return re.sub('[&<>"]', lambda char: f"&#{ord(char[0])};", url).replace("&#38;", "&amp;")
