"""Pictures and sounds have the type of their first bytes, and stay inside the newsroom."""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.ingest.media import Library, Measure, media_type
from tests.conftest import png
from tests.tools import pictures

GIF = b"GIF89a" + struct.pack("<HH", 7, 5) + b"\0\0\0;"
JPEG = (
    b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
    b"\xff\xc0\0\x0b\x08" + struct.pack(">HH", 11, 13) + b"\1\1\x11\0\xff\xd9"
)
WEBP = (
    b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0"
    + (16).to_bytes(3, "little")
    + (8).to_bytes(3, "little")
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"/>'
XML = b'<?xml version="1.0"?>\n'
DOCTYPE = b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">\n'


def box(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1"


def avif(width: int, height: int) -> bytes:
    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", 8 + len(data)) + kind + data

    ispe = part(b"ispe", b"\0\0\0\0" + struct.pack(">II", width, height))
    meta = part(b"meta", b"\0\0\0\0" + part(b"iprp", part(b"ipco", ispe)))
    return part(b"ftyp", b"avif\0\0\0\0avifmif1") + meta


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (JPEG, "image/jpeg"),
        (png(), "image/png"),
        (GIF, "image/gif"),
        (b"GIF87a", "image/gif"),
        (WEBP, "image/webp"),
        (box(b"avif"), "image/avif"),
        (box(b"avis"), "image/avif"),
        (SVG, "image/svg+xml"),
        (b"<svg>", "image/svg+xml"),
        (b"\xef\xbb\xbf" + SVG, "image/svg+xml"),
        (XML + SVG, "image/svg+xml"),
        (XML + b"<!-- drawn\nby hand -->\n" + DOCTYPE + SVG, "image/svg+xml"),
        (b"ID3\4\0\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xf3\x40", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"\xff\xf9\x50", "audio/aac"),
        (box(b"M4A "), "audio/mp4"),
        (box(b"M4B "), "audio/mp4"),
        (box(b"isom"), "video/mp4"),
        (box(b"mp42"), "video/mp4"),
        (box(b"qt  "), "video/quicktime"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"OggS" + b"\0" * 24 + b"OpusHead", "audio/ogg"),
        (b"OggS" + b"\0" * 24 + b"\x80theora", "video/ogg"),
        (b"fLaC\0\0\0\x22", "audio/flac"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1B\xf2\x81\4B\xf3\x81\x08B\x82\x84webm",
         "video/webm"),
        # Feeds do not carry these.
        (b"", ""),
        (b"\x1aE\xdf\xa3\x9fB\x82\x88matroska", ""),
        (b"RIFF\0\0\0\0AVI LIST", ""),
        (b"%PDF-1.7", "application/pdf"),
        (b"<html><svg></svg></html>", ""),
        (b"<svgx>", ""),
        (b"just words", ""),
        (b"\xff\xd8", ""),
    ],
)  # fmt: skip
def test_the_first_bytes_decide_the_media_type(data: bytes, kind: str) -> None:
    assert media_type(data) == kind


@pytest.fixture
def library(tmp_path: Path) -> Library:
    (tmp_path / "articles" / "world").mkdir(parents=True)
    (tmp_path / "media").mkdir()
    return Library(tmp_path)


def measure(library: Library, file: Path, data: bytes) -> Measure:
    file.write_bytes(data)
    return library.measure(file)


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (png(12, 34), (12, 34)),
        (GIF, (7, 5)),
        (JPEG, (13, 11)),
        (WEBP, (17, 9)),
        (SVG, (30, 20)),
        (avif(40, 30), (40, 30)),
        (b"<svg>", (None, None)),
        (b"\xff\xfb\x90\x64", (None, None)),
    ],
)
def test_a_picture_is_measured(
    library: Library, tmp_path: Path, data: bytes, size: tuple[int | None, int | None]
) -> None:
    facts = measure(library, tmp_path / "media" / "a.bin", data)
    assert (facts.width, facts.height) == size
    assert facts.length == len(data)
    assert facts.digest == hashlib.sha256(data).hexdigest()[:16]
    assert facts.path == "media/a.bin"


@pytest.mark.parametrize("data", [png(12, 34)[:18], JPEG[:16]])
def test_a_picture_that_breaks_off_has_no_size(
    library: Library, tmp_path: Path, data: bytes
) -> None:
    facts = measure(library, tmp_path / "media" / "a.bin", data)
    assert (facts.width, facts.height) == (None, None)
    assert [*facts.notes("a.jpg")] == [
        '"a.jpg" is incomplete or damaged; readers get as much as can be read'
    ]


@pytest.mark.parametrize("make", [pictures.jpeg, pictures.png, pictures.webp, pictures.gif])
def test_length_and_digest_are_those_of_what_is_published(
    library: Library, tmp_path: Path, make: Callable[..., bytes]
) -> None:
    data, clean = make(), make(clean=True)
    facts = measure(library, tmp_path / "media" / "a.bin", data)
    assert facts.length == len(clean)
    assert facts.digest == hashlib.sha256(clean).hexdigest()[:16]
    assert facts.original == hashlib.sha256(data).hexdigest()[:16]
    (note,) = facts.notes("a.jpg")
    assert note.startswith('"a.jpg" is published without ')
    assert note.endswith(", the position where it was taken; the file stays as it is") or (
        make is pictures.png
    )
    assert (tmp_path / "media" / "a.bin").read_bytes() == data


def test_a_pipe_in_the_place_of_a_picture_is_not_waited_for(
    library: Library, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "media" / "a.png")
    assert library.find("a.png", "flood.md")[0] is None
    with pytest.raises(ValueError, match="is no plain file"):
        library.measure(tmp_path / "media" / "a.png")


def test_the_suffix_of_a_name_decides_nothing(library: Library, tmp_path: Path) -> None:
    assert measure(library, tmp_path / "media" / "a.jpg", png()).type == "image/png"
    assert measure(library, tmp_path / "media" / "b.png", b"words").type == ""


@given(
    st.sampled_from([JPEG[:20], png()[:16], GIF[:6], WEBP[:16], SVG[:5], box(b"avif"), b"", XML]),
    st.binary(max_size=60),
)
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_measured(
    tmp_path_factory: pytest.TempPathFactory, head: bytes, rest: bytes
) -> None:
    root = tmp_path_factory.getbasetemp()
    facts = measure(Library(root), root / "any", head + rest)
    assert facts.length <= len(head + rest)
    assert (facts.width or 1) > 0


def test_a_file_that_did_not_change_is_not_read_again(library: Library, tmp_path: Path) -> None:
    file = tmp_path / "media" / "a.png"
    first = measure(library, file, png(2, 1))
    assert library.measure(file) is first


def test_a_file_that_is_replaced_by_another_is_read_again(library: Library, tmp_path: Path) -> None:
    file, other = tmp_path / "media" / "a.png", tmp_path / "media" / "b.png"
    first = measure(library, file, png(2, 1))
    other.write_bytes(png(2, 1, colour=9).ljust(first.length)[: first.length])
    before = file.stat()
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(file)
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    assert library.measure(file).digest != first.digest


def test_very_many_comments_before_a_drawing_take_no_time() -> None:
    assert media_type(b"<!---->" * 9000 + b"<svg>") == "image/svg+xml"
    assert media_type(b"<!---->" * 9000 + b"<foo>") == ""
    assert media_type(b"<!--") == ""


def test_a_file_that_changed_is_measured_again(library: Library, tmp_path: Path) -> None:
    file = tmp_path / "media" / "a.png"
    first = measure(library, file, png(2, 1))
    second = measure(library, file, png(30, 20))
    assert second.digest != first.digest
    assert (second.width, second.height) == (30, 20)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("articles/world/a.png", "a.png"),
        ("articles/world/pictures/a.png", "pictures/a.png"),
        ("articles/a.png", "../a.png"),
        ("media/a.png", "a.png"),
        ("media/deep/a.png", "deep/a.png"),
        ("media/a.png", "../../media/a.png"),
        ("media/a.png", "media/a.png"),
        ("articles/world/a.png", "articles/world/a.png"),
        ("articles/world/a.png", "./a.png"),
    ],
)
def test_a_file_is_beside_its_article_or_in_media(
    library: Library, tmp_path: Path, place: str, name: str
) -> None:
    file = tmp_path / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(png())
    assert library.find(name, "world/flood.md")[0] == file.resolve()


def test_the_file_beside_the_article_comes_before_that_in_media(
    library: Library, tmp_path: Path
) -> None:
    for place in ("articles/world/a.png", "media/a.png"):
        (tmp_path / place).write_bytes(png())
    file, places = library.find("a.png", "world/flood.md")
    assert file == tmp_path.resolve() / "articles/world/a.png"
    assert places == ["articles/world/a.png", "media/a.png"]


def test_a_missing_file_is_reported_with_the_places_it_could_be_in(library: Library) -> None:
    assert library.find("media/a.png", "flood.md") == (
        None,
        ["articles/media/a.png", "media/media/a.png", "media/a.png"],
    )


def test_a_folder_is_no_file(library: Library, tmp_path: Path) -> None:
    (tmp_path / "media" / "a.png").mkdir()
    assert library.find("a.png", "flood.md")[0] is None
    assert library.find("media", "flood.md")[0] is None


@pytest.mark.parametrize("name", ["/etc/passwd", "", "."])
def test_a_name_is_relative(library: Library, name: str) -> None:
    with pytest.raises(ValueError, match="must be relative") as caught:
        library.find(name, "world/flood.md")
    assert str(caught.value) == f'"{name}" must be relative to the article or to media/'


@pytest.mark.parametrize("name", ["../../config.toml", "../../../etc/passwd", "a/../../../../b"])
def test_a_name_that_leads_out_is_refused(library: Library, tmp_path: Path, name: str) -> None:
    (tmp_path / "config.toml").write_text("")
    with pytest.raises(ValueError, match="leads out") as caught:
        library.find(name, "world/flood.md")
    assert str(caught.value) == (f'"{name}" leads out of articles/ and media/; copy the file there')


def test_a_link_that_leads_out_is_refused(library: Library, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png())
    (tmp_path / "media" / "a.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(ValueError, match="link out") as caught:
        library.find("a.png", "flood.md")
    assert str(caught.value) == (
        '"a.png" is a link out of articles/ and media/; copy the file there'
    )


def test_a_link_inside_the_newsroom_is_followed(library: Library, tmp_path: Path) -> None:
    (tmp_path / "media" / "b.png").write_bytes(png())
    (tmp_path / "articles" / "a.png").symlink_to("../media/b.png")
    assert library.find("a.png", "flood.md")[0] == tmp_path.resolve() / "articles/a.png"
