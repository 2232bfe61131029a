"""Make smaller copies of a picture: the whole life of a process, which ends if that takes too long.

A picture may be made to fill any memory. So its size is looked at before it is decoded, and the
process has limits.
"""

from __future__ import annotations

import resource
import sys
from functools import cache
from io import SEEK_END, BytesIO
from pathlib import Path
from typing import IO, Any, cast

import msgspec
from PIL import Image, ImageCms, ImageOps

from feedsvc.model.renditions import HEAVIEST, MOST_PIXELS, WIDTHS, Resized

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
_UNUSUAL = ("AVIF",)
"""Formats that many readers do not show."""
_SECONDS = 60
"""Of processor time: a picture of 100 million pixels takes about ten."""
_MEMORY = 2 << 30
"""Bytes: a picture of 100 million pixels takes about a half."""
_ORIENTATION = 0x0112
"""The tag of EXIF that says how the picture is to be turned."""
_SIDEWAYS = (5, 6, 7, 8)
"""Orientations in which width and height change places."""
_QUALITY = 82
"""Of 100: above it files grow, and people see no difference."""
_DATE = slice(24, 36)
"""Where a colour profile has the moment at which it was made (ICC.1 §7.2.8)."""


def main() -> None:
    """Make copies of the picture at standard input, in this folder, and print the result."""
    for limit, most in ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CPU, _SECONDS)):
        hard = resource.getrlimit(limit)[1]
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (soft, hard))
    sys.stdout.buffer.write(msgspec.json.encode(resized(sys.stdin.buffer, Path())))


def resized(file: IO[bytes], folder: Path) -> Resized:
    """Make copies of a picture in a folder; the result says why there are none."""
    Image.MAX_IMAGE_PIXELS = None  # the limit here is another one
    try:
        with Image.open(file, formats=_FORMATS) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                most = f"{MOST_PIXELS:,} are the most"
                return Resized(fault=f"has {width:,} × {height:,} pixels; {most}")
            if getattr(image, "is_animated", False):
                return Resized(width, height)
            return _copies(image, file, folder)
    except Exception as error:  # noqa: BLE001  decoders raise all kinds for damaged pictures
        return Resized(fault=f"cannot be decoded ({error})")


def _copies(image: Image.Image, file: IO[bytes], folder: Path) -> Resized:
    length, orientation = file.seek(0, SEEK_END), image.getexif().get(_ORIENTATION, 1)
    width, height = image.size[::-1] if orientation in _SIDEWAYS else image.size
    shown = image.format not in _UNUSUAL and image.mode != "CMYK" and orientation == 1
    widths = [it for it in WIDTHS if it < width]
    if width <= WIDTHS[-1] and (not shown or length > HEAVIEST):
        widths.append(width)
    if widths and image.format == "JPEG":
        image.draft(image.mode, (WIDTHS[-1], WIDTHS[-1]))  # decodes no more pixels than are needed
    picture = _as_srgb(ImageOps.exif_transpose(image)) if widths else image
    names: list[str] = []
    for width_of_copy in widths:
        size = width_of_copy, max(1, round(height * width_of_copy / width))
        copy = _smaller(picture, size)
        name = f"{width_of_copy}.{'webp' if copy.mode == 'RGBA' else 'jpg'}"
        _save(copy, folder / name)
        if shown and (folder / name).stat().st_size >= length:
            break  # the picture itself is smaller than this copy and all wider ones
        names.append(name)
    return Resized(width, height, shown, tuple(names))


def _as_srgb(image: Image.Image) -> Image.Image:
    """Return a picture in the colours of the web, in red, green and blue; perhaps with alpha."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):  # 16 bits
        image = image.point(_eight_bits).convert("L")  # pyright: ignore[reportUnknownMemberType]
    if image.mode in ("P", "1", "LA", "PA", "La", "RGBa"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if profile:
        image = _converted(image, profile)
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    return image if image.mode in ("RGB", "RGBA") else image.convert("RGB")


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    """Return a picture in the colours that its profile means; as it is where that is unusable."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        wide = ImageCms.ImageCmsProfile(BytesIO(profile))
        changed = ImageCms.profileToProfile(image, wide, _srgb(), outputMode=mode)
    except (ImageCms.PyCMSError, OSError):
        return image
    return changed or image


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    made = cast("Any", ImageCms.createProfile("sRGB"))  # pyright: ignore[reportUnknownMemberType]
    return ImageCms.ImageCmsProfile(made)


def _save(image: Image.Image, file: Path) -> None:
    """Save a copy with the profile of the web, which is the same at any moment."""
    profile = bytearray(_srgb().tobytes())
    profile[_DATE] = bytes(len(profile[_DATE]))
    options = {"method": 4} if image.mode == "RGBA" else {"optimize": True, "progressive": True}
    image.save(file, None, icc_profile=bytes(profile), quality=_QUALITY, **options)


def _smaller(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    lanczos = Image.Resampling.LANCZOS
    return picture.resize(size, lanczos, reducing_gap=3)  # pyright: ignore[reportUnknownMemberType]


def _eight_bits(value: float) -> float:
    return value / 256
