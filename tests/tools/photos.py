"""Photographs as cameras and agencies make them, drawn by Pillow."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms


def picture(width: int, height: int, mode: str = "RGB", colour: Any = None) -> Image.Image:
    """Return a picture with grain, or of one colour."""
    if colour is not None:
        return Image.new(mode, (width, height), colour)
    grain = Image.effect_noise((max(1, width // 8), max(1, height // 8)), 80)
    return grain.resize((width, height)).convert(mode)


def encoded(image: Image.Image, format: str = "JPEG", **options: Any) -> bytes:
    data = BytesIO()
    image.save(data, format, **options)
    return data.getvalue()


@cache
def photo(width: int = 2400, height: int = 1600) -> bytes:
    """Return a photograph as a JPEG."""
    return encoded(picture(width, height), quality=95)


def turned(image: Image.Image, orientation: int) -> bytes:
    """Return a JPEG that is to be turned when it is shown."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(image, exif=exif)


def with_profile(image: Image.Image, profile: bytes) -> bytes:
    return encoded(image, icc_profile=profile)


def swapped_colours() -> bytes:
    """Return a profile in which the numbers of red mean green, and the other way round."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * profile[131], 12)}
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)
