"""The heap of a process is limited."""

from __future__ import annotations

import ctypes
import platform
from types import SimpleNamespace

import pytest

from feedsvc.server.memory import limit_heaps


def test_the_library_accepts_every_option(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[int, int] = {}

    def mallopt(name: int, value: int) -> int:
        given[name] = value
        return 1

    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace(mallopt=mallopt))
    assert limit_heaps()
    assert given == {-8: 2, -3: 131072, -1: 131072}


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_this_library_has_the_options() -> None:
    assert limit_heaps()


def test_another_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace())
    assert not limit_heaps()
