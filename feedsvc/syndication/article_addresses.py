"""Decide what the address of an article answers: 200, 301, 404 or 410."""

from __future__ import annotations

from msgspec import Struct


class ReadElsewhere(Struct, frozen=True):
    """An article is read at another address now."""

    url: str
