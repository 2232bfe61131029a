"""Pictures with all that a camera, a telephone and an editor's program write into them."""

from __future__ import annotations

import struct
import zlib

SECRETS = (b"GPS", b"Ann Owner", b"SN-4711", b"maker", b"thumb", b"Remark", b"Press", b"behind")
"""Words in the metadata of the pictures here, none of which a reader may get."""

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/" GPSLatitude="38,42N" creator="Ann Owner"/>'
ICC = b"ICC_PROFILE\0\1\1" + b"profile" * 40


def exif(orientation: int = 6, order: str = ">") -> bytes:
    """Return EXIF data with an orientation, a position, an owner and a thumbnail."""
    words = b"Ann Owner SN-4711 maker GPSPosition thumb\0"
    entries = [
        (0x0112, 3, 1, struct.pack(f"{order}HH", orientation, 0)),
        (0x013B, 2, len(words), struct.pack(f"{order}I", 50)),
        (0x8825, 4, 1, struct.pack(f"{order}I", 92)),
    ]
    packed = b"".join(struct.pack(f"{order}HHI", *entry[:3]) + entry[3] for entry in entries)
    head = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(f"{order}IH", 8, len(entries))
    return head + packed + struct.pack(f"{order}I", 0) + words + b"\0" * 40


def minimal_exif(orientation: int) -> bytes:
    """Return EXIF data that holds an orientation alone."""
    return bytes.fromhex("4d4d002a0000000800010112000300000001") + struct.pack(
        ">HHI", orientation, 0, 0
    )


def segment(marker: int, data: bytes) -> bytes:
    """Return a segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


JFIF = segment(0xE0, b"JFIF\0\1\2\0\0\1\0\1\0\0")
_TABLES = segment(0xDB, bytes(65)) + segment(0xC0, b"\x08\0\x0b\0\x0d\1\1\x11\0")
_SCAN = segment(0xDA, b"\1\1\0\0\x3f\0") + b"pixels\xff\0more\xff\xd0pixels"
END = b"\xff\xd9"


def jpeg(*, clean: bool = False, orientation: int = 6) -> bytes:
    """Return a JPEG with metadata, or as it should be published."""
    if clean:
        turned = segment(0xE1, b"Exif\0\0" + minimal_exif(orientation))
        kept = JFIF + (turned if orientation > 1 else b"") + segment(0xE2, ICC)
        return b"\xff\xd8" + kept + segment(0xEE, b"Adobe\0\x64\0\0\0\0\1") + _TABLES + _SCAN + END
    return b"".join(
        [
            b"\xff\xd8",
            segment(0xE0, b"JFIF\0\1\2\0\0\1\0\1\1\1thumb"),
            segment(0xE0, b"JFXX\0thumb"),
            segment(0xE1, b"Exif\0\0" + exif(orientation)),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
            segment(0xE2, ICC),
            segment(0xE2, b"MPF\0maker"),
            segment(0xED, b"Photoshop 3.0\x008BIM Press"),
            segment(0xEE, b"Adobe\0\x64\0\0\0\0\1maker"),
            segment(0xFE, b"Remark"),
            _TABLES,
            _SCAN,
            segment(0xFE, b"Remark"),
            END,
            b"behind: GPS",
        ]
    )


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def png_parts(width: int = 2) -> tuple[bytes, bytes, bytes]:
    """Return beginning, pixels and end of a PNG."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * (width + 1)))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"sRGB", b"\0"), pixels, chunk(b"IEND", b"")


def png(*, clean: bool = False, orientation: int = 6) -> bytes:
    """Return a PNG with metadata, or as it should be published."""
    head, pixels, end = png_parts()
    if clean:
        return head + chunk(b"eXIf", minimal_exif(orientation)) + pixels + end
    texts = [
        chunk(b"eXIf", exif(orientation, "<")),
        chunk(b"tEXt", b"Author\0Ann Owner"),
        chunk(b"zTXt", b"Remark\0\0" + zlib.compress(b"Press")),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
        chunk(b"tIME", bytes(7)),
        chunk(b"prVt", b"maker"),
    ]
    return b"".join([head, *texts, pixels, chunk(b"tEXt", b"Remark\0GPS"), end, b"behind"])


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """Return a WebP of chunks."""
    data = b"".join(
        struct.pack("<4sI", kind, len(content)) + content + b"\0" * (len(content) % 2)
        for kind, content in chunks
    )
    return struct.pack("<4sI4s", b"RIFF", 4 + len(data), b"WEBP") + data


def webp(*, clean: bool = False, orientation: int = 6) -> bytes:
    """Return a WebP with metadata, or as it should be published."""
    flags = 0x20 | 0x08 | (0 if clean else 0x04)
    size = bytes([flags, 0, 0, 0]) + (16).to_bytes(3, "little") + (8).to_bytes(3, "little")
    pixels = (b"VP8L", b"\x2f\x10\0\2\0pixels")
    if clean:
        return riff((b"VP8X", size), (b"ICCP", ICC), pixels, (b"EXIF", minimal_exif(orientation)))
    return (
        riff(
            (b"VP8X", size),
            (b"ICCP", ICC),
            pixels,
            (b"EXIF", b"Exif\0\0" + exif(orientation)),
            (b"XMP ", XMP),
            (b"mAKR", b"maker"),
        )
        + b"behind"
    )


def gif(*, clean: bool = False) -> bytes:
    """Return a GIF with metadata, or as it should be published."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    repeats = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    image = b"\x21\xf9\4\0\0\0\0\0" + b"\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
    if clean:
        return head + repeats + image + image + b";"
    xmp = b"\x21\xff\x0bXMP DataXMP" + XMP + b"\1" + bytes(range(255, -1, -1)) + b"\0"
    other = b"\x21\xff\x0bMAKERmaker1\x05maker\0"
    return b"".join(
        [head, repeats, b"\x21\xfe\6Remark\0", image, xmp, other, image, b";", b"behind GPS"]
    )


def box(kind: bytes, data: bytes, *, large: bool = False) -> bytes:
    """Return a box of ISO 14496-12."""
    if large:
        return struct.pack(">I4sQ", 1, kind, 16 + len(data)) + data
    return struct.pack(">I4s", 8 + len(data), kind) + data


def avif(*, clean: bool = False, wide: bool = False, inside: bool = False) -> bytes:
    """Return an AVIF with metadata, or as it should be published.

    :param wide: with the largest forms of its numbers.
    :param inside: with the metadata inside of the box of metadata.
    """
    secret = struct.pack(">I", 6) + b"Exif\0\0" + exif()
    empty = bytes.fromhex("00000000 4d4d002a 00000008 0000 00000000")
    items = [
        (b"av01", b"pixels" * 9, b"pixels" * 9),
        (b"Exif", secret, empty.ljust(len(secret), b"\0")),
        (b"mime", XMP, b"\0" * len(XMP)),
        (b"Exif", b"maker", b"\0" * 5),
    ]
    data = [item[2 if clean else 1] for item in items]
    width, index = ("I", 4) if wide else ("H", 0)
    entries = b"".join(
        box(
            b"infe",
            bytes([3 if wide else 2, 0, 0, 0]) + struct.pack(f">{width}H4s", number, 0, item[0]),
        )
        for number, item in enumerate(items)
    )
    head = bytes([int(wide), 0, 0, 0]) + struct.pack(f">{width}", len(items))
    moved = box(b"idat", b"".join(data)) if inside else b""

    def metadata(start: int) -> bytes:
        version = 2 if wide else int(inside)
        place = bytes([version, 0, 0, 0, 0x44, 0x40 | index])
        place += struct.pack(f">{width}", len(items))
        for number, content in enumerate(data):
            place += struct.pack(f">{width}", number)
            place += struct.pack(">H", int(inside)) if version else b""
            place += struct.pack(">HIH", 0, start, 1) + b"\0" * index
            place += struct.pack(">II", sum(map(len, data[:number])), len(content))
        parts = box(b"hdlr", bytes(24)) + box(b"iinf", head + entries) + box(b"iloc", place)
        return box(b"meta", bytes(4) + parts + moved)

    begin = box(b"ftyp", b"avif\0\0\0\0mif1")
    length = len(begin) + len(metadata(0)) + (16 if wide else 8)
    mdat = b"" if inside else box(b"mdat", b"".join(data), large=wide)
    return begin + metadata(0 if inside else length) + mdat
