"""Readers get pictures without anything that says where, when and by whom they were taken."""

from __future__ import annotations

import io
import random
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.ingest.media import media_type
from feedsvc.ingest.pictures import PublishedParts, picture, published_parts
from feedsvc.model.published_file import ZEROS
from tests.tools import pictures
from tests.tools.pictures import (
    JFIF,
    SECRETS,
    avif,
    chunk,
    gif,
    jpeg,
    png,
    png_parts,
    segment,
    webp,
)

ARTICLES = Path(__file__).parents[3] / "articles"
MAKERS: dict[str, Callable[..., bytes]] = {
    "jpeg": jpeg,
    "png": png,
    "webp": webp,
    "gif": gif,
    "avif": avif,
}
NAMES: dict[str, list[str]] = {
    "jpeg": ["EXIF", "IPTC", "a comment", "a thumbnail", "data of an application"],
    "png": ["EXIF", "data of an application", "texts", "the time of its last change"],
    "webp": ["EXIF", "data of an application"],
    "gif": ["a comment", "data of an application"],
    "avif": ["EXIF"],
}
"""Names of what is left out, besides the ones that all formats have."""
POSITION = "the position where it was taken"


def parts(data: bytes) -> PublishedParts:
    file = io.BytesIO(data)
    return published_parts(file, media_type(data), len(data))


def published(data: bytes) -> bytes:
    return b"".join(
        part if isinstance(part, bytes) else _bytes(data, *part) for part in parts(data).parts
    )


def _bytes(data: bytes, start: int, length: int) -> bytes:
    return bytes(length) if start == ZEROS else data[start : start + length]


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_only_what_shows_the_picture_is_published(make: Callable[..., bytes]) -> None:
    data = make()
    assert [word for word in SECRETS if word in published(data)] == []
    assert published(data) == make(clean=True)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_clean_picture_is_published_whole(make: Callable[..., bytes]) -> None:
    data = make(clean=True)
    assert parts(data) == PublishedParts(((0, len(data)),))


@pytest.mark.parametrize("kind", [".jpg", ".png", ".webp"])
def test_pictures_of_a_real_program_are_published_whole(kind: str) -> None:
    files = list(ARTICLES.rglob(f"*{kind}"))
    assert files
    for file in files:
        data = file.read_bytes()
        assert parts(data) == PublishedParts(((0, len(data)),)), file


@pytest.mark.parametrize("name", ["local/harbour-bridge.jpg", "world/tamarey-light.jpg"])
def test_a_real_photograph_keeps_every_byte_of_its_own(name: str) -> None:
    data = (ARTICLES / name).read_bytes()
    metadata = segment(0xE1, b"Exif\0\0" + pictures.exif(1)) + segment(0xFE, b"Remark")
    assert published(data[:2] + metadata + data[2:] + b"behind") == data


@pytest.mark.parametrize("name", MAKERS)
def test_each_thing_that_is_left_out_has_a_name(name: str) -> None:
    names = {*NAMES[name], "XMP", "data behind its end", POSITION}
    if name == "avif":
        names.remove("data behind its end")
    assert parts(MAKERS[name]()).removed == tuple(sorted(names))


@pytest.mark.parametrize("orientation", [2, 3, 8])
@pytest.mark.parametrize("make", [jpeg, png, webp])
def test_the_orientation_stays(make: Callable[..., bytes], orientation: int) -> None:
    assert published(make(orientation=orientation)) == make(clean=True, orientation=orientation)


@pytest.mark.parametrize("orientation", [0, 1, 9, 40000])
def test_an_orientation_that_turns_nothing_goes(orientation: int) -> None:
    assert published(jpeg(orientation=orientation)) == jpeg(clean=True, orientation=1)
    assert b"eXIf" not in published(png(orientation=orientation))
    data = published(webp(orientation=orientation))
    assert (b"EXIF" in data, data[20] & 0x0C) == (False, 0)


@pytest.mark.parametrize(
    "exif", [b"MM", b"XX\0*\0\0\0\x08", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff\1"]
)
def test_exif_that_cannot_be_read_goes(exif: bytes) -> None:
    head, pixels, end = png_parts()
    assert published(head + chunk(b"eXIf", exif) + pixels + end) == head + pixels + end


def test_an_orientation_in_a_webp_without_the_extended_header_goes() -> None:
    pixels = (b"VP8L", b"\x2f\x10\0\2\0pixels")
    data = pictures.riff(pixels, (b"EXIF", pictures.exif()))
    assert published(data) == pictures.riff(pixels)


def test_a_thumbnail_in_the_jfif_header_goes_alone() -> None:
    head = segment(0xE0, b"JFIF\0\1\2\0\0\1\0\1\1\1thumb")
    clean = jpeg(clean=True)
    assert published(clean.replace(JFIF, head)) == clean


def test_a_jfif_header_that_is_too_short_goes() -> None:
    clean = jpeg(clean=True)
    short = clean.replace(JFIF, segment(0xE0, b"JFIF\0\1"))
    assert published(short) == clean.replace(JFIF, b"")


def test_bytes_between_segments_go() -> None:
    clean = jpeg(clean=True)
    assert published(clean.replace(JFIF, JFIF + b"GPS" * 100)) == clean
    assert published(clean.replace(JFIF, JFIF + b"\xff\xd8")) == clean


def test_an_incomplete_photograph_is_shown_as_far_as_it_goes() -> None:
    data = jpeg(clean=True)[:-9]
    assert parts(data) == PublishedParts(((0, len(data)),))
    assert published(jpeg()[:-23]).endswith(b"pixels")


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_picture_that_breaks_off_shows_nothing_else(make: Callable[..., bytes]) -> None:
    data, clean = make(), make(clean=True)
    for end in range(16, len(data)):
        shown = published(data[:end])
        assert [word for word in SECRETS if word in shown] == [], end
        assert len(shown) <= max(len(clean), end)


@pytest.mark.parametrize("make", [jpeg, png, webp, gif])
def test_a_picture_that_breaks_off_is_named_damaged(make: Callable[..., bytes]) -> None:
    assert parts(make(clean=True)[:25]).damaged


def test_a_png_that_breaks_off_in_its_pixels_shows_what_there_is() -> None:
    head, pixels, _ = png_parts()
    data = head + chunk(b"tEXt", b"Remark\0GPS") + pixels[:-6]
    assert published(data) == head + pixels[:-6]


def test_a_gif_that_breaks_off_in_its_pixels_shows_what_there_is() -> None:
    data = gif(clean=True)[:-4]
    assert published(data) == data
    assert parts(data).damaged


def test_an_unknown_block_of_a_gif_ends_it() -> None:
    data = gif(clean=True)
    assert published(data[:-1] + b"\x99GPS") == data[:-1]


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("wide", [False, True])
def test_an_avif_may_have_its_numbers_in_any_form(wide: bool, inside: bool) -> None:
    data = avif(wide=wide, inside=inside)
    assert published(data) == avif(clean=True, wide=wide, inside=inside)


@pytest.mark.parametrize("box", [b"meta", b"iinf", b"iloc"])
def test_an_avif_without_metadata_is_published_whole(box: bytes) -> None:
    data = avif().replace(box, b"skip")
    assert parts(data) == PublishedParts(((0, len(data)),))


def test_data_without_a_length_reaches_to_the_end() -> None:
    data, clean = avif(), avif(clean=True)
    length = struct.pack(">II", data.index(b"maker") - data.index(b"pixels"), 5)
    shown = published(data.replace(length, length[:4] + bytes(4)))
    assert shown == clean.replace(length, length[:4] + bytes(4))


def test_very_many_pieces_of_metadata_in_an_avif_take_no_time() -> None:
    place = bytes([0, 0, 0, 0, 0, 0]) + struct.pack(">H", 9)
    place += struct.pack(">HHH", 1, 0, 65_000) * 9
    old = avif()
    start = old.index(b"iloc")
    (size,) = struct.unpack(">I", old[start - 4 : start])
    data = old[: start - 4] + pictures.box(b"iloc", place) + old[start - 4 + size :]
    start = data.index(b"meta")
    begun = time.process_time()
    assert parts(data[: start - 4] + bytes(4) + data[start:] + bytes(20_000_000)).damaged
    assert time.process_time() - begun < 2


def test_a_box_that_is_shorter_than_its_head_ends_an_avif() -> None:
    data = avif()
    start = data.index(b"meta")
    assert parts(data[: start - 4] + b"\0\0\0\7" + data[start:]) == PublishedParts(
        (), whole=False, damaged=True
    )


@given(st.sampled_from([make() for make in MAKERS.values()]), st.randoms(use_true_random=False))
def test_any_damage_gives_a_part_of_the_file(data: bytes, dice: random.Random) -> None:
    spoiled = bytearray(data)
    for _ in range(dice.randint(1, 8)):
        spoiled[dice.randrange(4, len(data))] = dice.randrange(256)
    known = parts(bytes(spoiled))
    slices = [part for part in known.parts if isinstance(part, tuple)]
    assert all(length >= 0 and start + length <= len(data) for start, length in slices)
    assert all(start >= 0 or start == ZEROS for start, _ in slices)
    assert len(published(bytes(spoiled))) <= len(data)


HOSTILE = {
    "comments": (jpeg()[:2], segment(0xFE, b"")),
    "tables and comments": (jpeg()[:2], segment(0xFE, b"") + segment(0xDD, b"\0\1")),
    "gaps": (jpeg()[:2], segment(0xFE, b"") + b"gap"),
    "fill bytes": (jpeg()[:2], b"\xff" * 64),
    "stuffed bytes": (jpeg(clean=True)[:-2], b"\xff\0" * 64),
    "chunks": (png_parts()[0], chunk(b"tEXt", b"") + chunk(b"IDAT", b"")),
    "webp": (webp(clean=True)[:12], b"mAKR\0\0\0\0ALPH\0\0\0\0"),
    "blocks": (gif(clean=True)[:-4], b"\1\1" * 64),
    "extensions": (gif(clean=True)[:-1], b"\x21\xfe\0\x21\xf9\0"),
}


@pytest.mark.parametrize(("head", "block"), HOSTILE.values(), ids=HOSTILE)
def test_the_time_grows_with_the_length_alone(head: bytes, block: bytes) -> None:
    def seconds(size: int) -> float:
        data = head + block * (size // len(block))
        begun = time.process_time()
        parts(data)
        return time.process_time() - begun

    small = max(seconds(250_000), 0.01)
    assert seconds(2_000_000) < 8 * 4 * small


def test_parts_and_blocks_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    head, block = HOSTILE["tables and comments"]
    known = parts(head + block * 100_000)
    assert known.damaged
    assert len(known.parts) <= picture.MAX_PARTS + 1
    monkeypatch.setattr(picture, "MAX_BLOCKS", 100)
    assert parts(jpeg()[:2] + segment(0xFE, b"") * 101).damaged
