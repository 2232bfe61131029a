"""Another server, which answers as a test says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tools.other_server import OtherServer


@pytest.fixture
def server() -> Iterator[OtherServer]:
    with OtherServer().running() as server:
        yield server
