"""Fixtures of the tests of the store."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.tools.postgres import PostgresServer
from tests.tools.silent_proxy import SilentProxy


@pytest.fixture
def proxy(postgres: PostgresServer) -> Iterator[SilentProxy]:
    """Return a proxy in front of the database, which can drop what it gets without a word."""
    with closing(SilentProxy(postgres.folder)) as proxy:
        yield proxy
