"""Smaller copies of single pictures: their sizes, their colours, and pictures made to do harm."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from feedsvc.model.renditions import Resized
from feedsvc.push.resizing import resized
from tests.conftest import png
from tests.tools.photos import encoded, photo, picture, swapped_colours, turned, with_profile

RED = (250, 10, 10)
GREEN = (10, 250, 10)


def copies(folder: Path, data: bytes) -> tuple[Resized, dict[str, Image.Image]]:
    result = resized(BytesIO(data), folder)
    return result, {
        name: Image.open(BytesIO((folder / name).read_bytes())) for name in result.names
    }


def colour(image: Image.Image) -> str:
    """Return the strongest of the colours of the middle of a picture."""
    pixel = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    return max(zip(pixel, ("red", "green", "blue"), strict=True))[1]


def test_a_photograph_gets_every_width_below_its_own(tmp_path: Path) -> None:
    result, made = copies(tmp_path, photo(2400, 1600))
    assert (result.width, result.height, result.shown) == (2400, 1600, True)
    sizes = {name: (it.format, it.size) for name, it in made.items()}
    assert sizes == {
        "320.jpg": ("JPEG", (320, 213)),
        "640.jpg": ("JPEG", (640, 427)),
        "1200.jpg": ("JPEG", (1200, 800)),
        "1920.jpg": ("JPEG", (1920, 1280)),
    }


def test_the_same_picture_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
        assert resized(BytesIO(photo(800, 600)), folder).names == ("320.jpg", "640.jpg")
    assert (first / "640.jpg").read_bytes() == (second / "640.jpg").read_bytes()


def test_a_picture_that_is_to_be_turned_is_turned(tmp_path: Path) -> None:
    upper, whole = picture(800, 300, colour=RED), picture(800, 600, colour=GREEN)
    whole.paste(upper, (0, 0))
    result, made = copies(tmp_path, turned(whole, 6))
    assert (result.width, result.height, result.shown) == (600, 800, False)
    assert {name: it.size for name, it in made.items()} == {
        "320.jpg": (320, 427),
        "600.jpg": (600, 800),
    }
    small = made["320.jpg"]
    assert small.getexif() == {}
    assert [colour(small.crop(box)) for box in ((0, 0, 99, 427), (221, 0, 320, 427))] == [
        "green",
        "red",
    ]


def test_a_profile_becomes_that_of_the_web(tmp_path: Path) -> None:
    _, made = copies(tmp_path, with_profile(picture(700, 500, colour=RED), swapped_colours()))
    assert colour(made["320.jpg"]) == "green"
    profile = made["320.jpg"].info["icc_profile"]
    assert b"s\0R\0G\0B" in profile or b"sRGB" in profile


@pytest.mark.parametrize("profile", [b"no profile", swapped_colours()[:200]])
def test_a_damaged_profile_changes_no_colour(tmp_path: Path, profile: bytes) -> None:
    _, made = copies(tmp_path, with_profile(picture(700, 500, colour=RED), profile))
    assert colour(made["320.jpg"]) == "red"


def test_printers_colours_become_those_of_screens(tmp_path: Path) -> None:
    data = encoded(picture(300, 200, "CMYK", (0, 255, 255, 0)))
    result, made = copies(tmp_path, data)
    assert not result.shown
    assert list(made) == ["300.jpg"]
    assert (made["300.jpg"].mode, colour(made["300.jpg"])) == ("RGB", "red")


@pytest.mark.parametrize(
    ("mode", "value", "wanted", "suffix"),
    [
        ("L", 200, (200, 200, 200), "jpg"),
        ("1", 1, (255, 255, 255), "jpg"),
        ("P", 0, (0, 0, 0), "jpg"),
        ("LA", (200, 128), (200, 200, 200), "webp"),
        ("RGBA", (*RED, 128), RED, "webp"),
        ("RGBA", (*RED, 255), RED, "jpg"),
        ("I;16", 200 * 256, (200, 200, 200), "jpg"),
    ],
)
def test_pictures_of_all_depths_keep_their_look(
    tmp_path: Path, mode: str, value: object, wanted: tuple[int, int, int], suffix: str
) -> None:
    whole = picture(700, 500, mode, value)
    data = encoded(whole, "PNG", compress_level=0)
    result, made = copies(tmp_path, data)
    assert result.names == (f"320.{suffix}", f"640.{suffix}")
    pixel = made[f"640.{suffix}"].convert("RGB").getpixel((320, 100))
    assert isinstance(pixel, tuple)
    assert all(abs(one - other) < 12 for one, other in zip(pixel, wanted, strict=True))


def test_a_copy_that_is_no_smaller_than_the_picture_is_none(tmp_path: Path) -> None:
    result, _ = copies(tmp_path, png(1000, 700))
    assert (result.names, result.width) == ((), 1000)


def test_a_heavy_picture_gets_a_copy_of_its_own_width(tmp_path: Path) -> None:
    data = encoded(picture(1000, 700), "PNG", compress_level=0)
    assert len(data) > 2_000_000
    assert copies(tmp_path, data)[0].names == ("320.jpg", "640.jpg", "1000.jpg")


def test_a_picture_of_a_kind_that_many_readers_do_not_show_becomes_a_jpeg(tmp_path: Path) -> None:
    result, _ = copies(tmp_path, encoded(picture(500, 300), "AVIF"))
    assert (result.names, result.shown) == (("320.jpg", "500.jpg"), False)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_a_picture_that_moves_is_left_as_it_is(tmp_path: Path, format: str) -> None:
    frames = [picture(700, 500, colour=it) for it in (RED, GREEN)]
    data = encoded(frames[0], format, save_all=True, append_images=frames[1:])
    assert copies(tmp_path, data)[0] == Resized(700, 500)


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    data = png(2, 2)
    size = struct.pack(">II", 100_000, 100_000)
    bomb = data.replace(struct.pack(">II", 2, 2), size)
    bomb = bomb[:29] + struct.pack(">I", zlib.crc32(bomb[12:29])) + bomb[33:]
    assert copies(tmp_path, bomb)[0].fault == (
        "has 100,000 × 100,000 pixels; 100,000,000 are the most"
    )


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff" + bytes(100), photo(800, 600)[:500]])
def test_a_damaged_picture_has_no_copies(tmp_path: Path, data: bytes) -> None:
    result, _ = copies(tmp_path, data)
    assert result.names == ()
    assert result.fault.startswith("cannot be decoded (")
