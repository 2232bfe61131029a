"""GIF (89a): comments and the data of applications go, the pictures stay."""

from feedsvc.ingest.pictures.picture import MAX_TEXT, DamagedPictureError, Picture

_HEAD = 13
"""Bytes of the signature and the description of the screen."""
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_COMMENT, _APPLICATION = 0xFE, 0xFF
_KEPT_APPLICATIONS = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")
"""Repetitions of animations, and colour profiles."""


def pick(picture: Picture) -> None:
    """Publish a GIF without the data that does not show the pictures."""
    position = _HEAD + _colours(picture.at(10, 1)[0])
    picture.keep(0, position)
    while True:
        start = position
        kind = picture.at(start, 1)[0]
        if kind == _TRAILER:
            picture.keep(start, start + 1)
            return picture.end(start + 1)
        if kind == _IMAGE:
            data = start + 11 + _colours(picture.at(start + 9, 1)[0])
            picture.keep(start, data)
            try:
                position = _end(picture, data)
            except DamagedPictureError:
                picture.keep(data, picture.size)  # of an incomplete picture, which may be shown
                raise
            picture.keep(data, position)
        elif kind == _EXTENSION:
            position = _end(picture, start + 2)
            _pick_extension(picture, start, position)
        else:
            raise DamagedPictureError


def _pick_extension(picture: Picture, start: int, end: int) -> None:
    label, application = picture.at(start + 1, 1)[0], picture.up_to(start + 3, 11)
    data = picture.up_to(start, min(end - start, MAX_TEXT))
    if label == _COMMENT:
        picture.remove(data, "a comment")
    elif label == _APPLICATION and application not in _KEPT_APPLICATIONS:
        picture.remove(data)
    else:
        picture.keep(start, end)


def _colours(flags: int) -> int:
    """Return the length of a table of colours."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _end(picture: Picture, position: int) -> int:
    """Return the end of a sequence of blocks, each after its length."""
    while length := picture.at(position, 1)[0]:
        picture.count()
        position += 1 + length
    return position + 1
