"""Find the media file at an address."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct


class MediaFile(Struct, frozen=True):
    """A picture or sound of the newsroom, ready to be sent."""

    file: Path
    type: str
    url: str
    """Its address now: the root-relative one with its digest."""
    current: bool
    """Whether that is the address it was asked for at."""
