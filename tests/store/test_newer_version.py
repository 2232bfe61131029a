"""A newer feedsvc upgrades the store under one that runs: it goes on reading, or says no."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import feedsvc
from feedsvc.cli.serve import begin
from feedsvc.config.store_settings import StoreSettings
from feedsvc.errors import StoreVersionError
from feedsvc.store.database import IN_FILE, NEWEST, Database
from feedsvc.store.versions import READABLE_SINCE
from tests.conftest import MakeStore, Newsroom, article, wanted
from tests.tools.postgres import PostgresServer

pytestmark = pytest.mark.engines

MIGRATION = f'''
"""The next migration."""

import sqlalchemy as sa
from alembic import op

revision = "0099"
down_revision = "{NEWEST}"


def upgrade() -> None:
'''
ADDS = """
    op.create_table("subjects", sa.Column("name", sa.Text, primary_key=True))
    op.add_column("articles", sa.Column("subject", sa.Text))
"""
RENAMES = """
    op.rename_table("listings", "placements")
"""

Upgrade = Callable[[Newsroom, str, str], None]


@pytest.fixture
def make_store(request: pytest.FixtureRequest) -> MakeStore:
    if request.param == "sqlite":
        return lambda: IN_FILE
    server: PostgresServer = request.getfixturevalue("postgres")
    return lambda: StoreSettings(url=server.own_database())


@pytest.fixture(scope="module")
def upgrade(tmp_path_factory: pytest.TempPathFactory) -> Upgrade:
    """Return a function that upgrades a store by a feedsvc with one migration more."""
    root = tmp_path_factory.mktemp("next")
    shutil.copytree(Path(feedsvc.__file__).parent, root / "feedsvc")
    store = root / "feedsvc" / "store"

    def upgrade(newsroom: Newsroom, change: str, readable_since: str) -> None:
        (store / "migrations/versions/0099_next.py").write_text(MIGRATION + change)
        for name, old, new in (
            ("database.py", f'NEWEST = "{NEWEST}"', 'NEWEST = "0099"'),
            ("versions.py", f'SINCE = "{READABLE_SINCE}"', f'SINCE = "{readable_since}"'),
        ):
            text = (Path(feedsvc.__file__).parent / "store" / name).read_text()
            assert old in text
            (store / name).write_text(text.replace(old, new))
        environ = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
        if newsroom.store.url:
            environ["FEEDSVC_STORE_URL"] = newsroom.store.url
        command = [sys.executable, "-m", "feedsvc", "db", "upgrade"]
        done = subprocess.run(
            command, check=False, cwd=newsroom.root, env=environ, capture_output=True, text=True
        )
        assert done.stdout == f"upgraded from {NEWEST} to 0099\n", done.stderr

    return upgrade


@pytest.fixture
def filled(newsroom: Newsroom) -> Newsroom:
    newsroom.write("world/a.md", article("Alpha"))
    newsroom.sync()
    return newsroom


def test_a_store_that_can_be_read_is_read_and_not_written(
    filled: Newsroom, upgrade: Upgrade
) -> None:
    client = filled.client()
    before = client.get("/world/rss.xml")
    with filled.database.publishing() as mine:
        assert mine
        assert filled.database.may_publish()
        upgrade(filled, ADDS, READABLE_SINCE)
        assert client.get("/world/rss.xml").data == before.data
        assert client.get("/world/atom.xml").status_code == 200
        assert client.get("/world/").status_code == 200
        assert client.get("/readyz").text == "ready\n"
        assert not filled.database.may_publish()
    filled.write("world/b.md", article("Bravo"))
    sentence = "was written by a newer feedsvc, so install that one; until then it is only read"
    with pytest.raises(StoreVersionError, match=sentence):
        filled.sync()
    with pytest.raises(StoreVersionError, match=sentence):
        filled.database.publishing().__enter__()
    replaced = Database(filled.config.state, filled.store)
    with replaced.reading():
        pass
    replaced.close()


def test_a_store_that_cannot_be_read_is_refused_with_a_sentence(
    filled: Newsroom, upgrade: Upgrade
) -> None:
    client = filled.client()
    client.get("/world/rss.xml")
    upgrade(filled, RENAMES, "0099")
    for address in ("/world/rss.xml", "/world/atom.xml", "/world/"):
        answer = client.get(address)
        assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    ready = client.get("/readyz")
    sentence = "not ready: the store is of another version of feedsvc\n"
    assert (ready.status_code, ready.text) == (503, sentence)
    with pytest.raises(StoreVersionError, match="newer feedsvc, so install that one"):
        filled.syndication.document(wanted("world"), filled.now)
    for start in (
        lambda: Database(filled.config.state, filled.store),
        lambda: begin(filled.config),
    ):
        with pytest.raises(StoreVersionError, match="newer feedsvc, so install that one"):
            start()
