"""Newsrooms for tests: a folder, a configuration, a store, and the moment it is there."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pytest
from hypothesis import settings

from feedsvc.config.load import load
from feedsvc.config.settings import Config
from feedsvc.config.store_settings import StoreSettings
from feedsvc.ingest.files import is_record
from feedsvc.ingest.records import Records, RecordWrite
from feedsvc.model.feed import Document, Format
from feedsvc.model.paths import FeedPath, FeedRequest, below_articles
from feedsvc.model.report import Report
from feedsvc.publishing import sync
from feedsvc.publishing.newsroom_records import newsroom_records
from feedsvc.store.database import IN_FILE, Database
from feedsvc.store.sqlite import FILE_NAME
from feedsvc.syndication.feeds import Feeds
from feedsvc.web.app import create_app
from tests.tools import reuse
from tests.tools.golden import FOLDER, Golden
from tests.tools.object_store import KEYS, S3Server
from tests.tools.postgres import PostgresServer, postgres_server

# Tests run side by side: how long an example takes says nothing.
settings.register_profile("gate", deadline=None)
settings.load_profile("gate")

reuse.reuse_builders()
reuse.reuse_templates()
reuse.reuse_statements()
reuse.reuse_compressed_texts()

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

CONFIG = """\
[site]
title = "The Daily Quay"
url = "https://quay.example"
language = "en"
timezone = "Europe/Lisbon"

[feeds]
url = "https://feeds.quay.example"
items = 30
"""


def png(width: int = 2, height: int = 1, colour: int = 0) -> bytes:
    """Return a picture of one colour."""
    rows = b"".join(b"\0" + bytes([colour]) * width for _ in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def article(headline: str = "Harbour Opens", body: str = "Ships came in.", **keys: str) -> str:
    """Return a record; values stand in it as they are."""
    keys = {"published": "2026-11-21 08:30", **keys}
    lines = "".join(f"{key}: {value}\n" for key, value in keys.items() if value)
    return f"---\nheadline: {headline}\n{lines}---\n{body}\n"


def wanted(
    place: str = "",
    format: Format = "rss",
    document: Literal["newest", "archive", "corrections"] = "newest",
    number: int = 0,
    before: str = "",
) -> FeedRequest:
    """Return the request for a feed."""
    return FeedRequest(FeedPath(place, document, number), format, before)


@cache
def empty_store() -> bytes:
    """Return the file of an empty store: to make one takes longer than most tests."""
    with TemporaryDirectory() as folder:
        Database(Path(folder)).close()
        return (Path(folder) / FILE_NAME).read_bytes()


KeptIn = Literal["folder", "database"]


class Newsroom:
    """A folder of articles with its store, at a moment the test decides."""

    def __init__(
        self,
        root: Path,
        config: str = CONFIG,
        kept_in: KeptIn = "folder",
        store: StoreSettings = IN_FILE,
    ) -> None:
        self.root = root
        self.store = store
        self.now = NOW
        self.kept_in: KeptIn = kept_in
        if kept_in == "folder":
            (root / "articles").mkdir()
        self.configure(config)
        self.open()

    def open(self) -> None:
        """Open the store, an empty one where it is missing."""
        state = self.config.state
        if not state.exists():
            state.mkdir()
            if not self.store.url:
                (state / FILE_NAME).write_bytes(empty_store())
        self.database = Database(state, self.store)

    def configure(self, text: str) -> None:
        if self.kept_in == "database" and 'in = "database"' not in text:
            text = f"{text}\n[articles]\n" if "[articles]" not in text else text
            text = text.replace("[articles]\n", '[articles]\nin = "database"\n')
        (self.root / "config.toml").write_text(text, encoding="utf-8")
        environ = {"FEEDSVC_STORE_URL": self.store.url} if self.store.url else {}
        self.config: Config = load(self.root / "config.toml", environ=environ)

    @property
    def records(self) -> Records:
        return newsroom_records(self.config, self.database)

    def read(self, path: str) -> bytes | None:
        """Return the record at a path below articles/; None where there is none."""
        return self.records.read(path).data

    def record(self, path: str) -> str:
        """Return the text of a record that there is."""
        return (self.read(path) or b"").decode()

    def delete(self, path: str) -> None:
        """Delete a record as other programs do."""
        self.records.delete(path)

    def write(self, path: str, data: str | bytes = "") -> Path:
        """Write an article below articles/, or any file below the newsroom's folder."""
        record = below_articles(path)
        if self.kept_in == "database" and is_record(record) and not path.startswith("media/"):
            text = data if isinstance(data, bytes) else data.encode()
            self.records.save(RecordWrite(record, self.read(record), text))
            return self.config.articles / record
        folder = self.root if path.startswith(("media/", "articles/")) else self.root / "articles"
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        return file

    def sync(self) -> Report:
        return sync.sync(self.database, self.config, self.now)

    @property
    def syndication(self) -> Feeds:
        return Feeds(self.config, self.database)

    def document(self, section: str = "", format: Format = "rss") -> Document:
        return self.syndication.document(wanted(section, format), self.now)

    def text(self, section: str = "", format: Format = "rss") -> str:
        return self.document(section, format).body.decode()

    def kept(self, section: str = "", format: Format = "rss") -> str:
        """Return a feed as text, with its rendered entries in the store."""
        feeds = self.syndication
        document = feeds.document(wanted(section, format), self.now)
        feeds.write_behind.flush()
        return document.body.decode()

    def client(self):
        return create_app(self.config, self.database, lambda: self.now).test_client()


@pytest.fixture(scope="session")
def postgres():
    """Return a server of PostgreSQL, one for each process that runs tests."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def store(postgres: PostgresServer) -> Iterator[StoreSettings]:
    """Return the settings of a store in a database of its own."""
    with postgres.databases() as make:
        yield StoreSettings(url=make())


MakeStore = Callable[[], StoreSettings]


@pytest.fixture
def kept_in() -> KeptIn:
    """Return where newsrooms keep their records; ``IN_BOTH`` runs a test with each."""
    return "folder"


IN_BOTH = pytest.mark.parametrize("kept_in", ["folder", "database"])


@pytest.fixture
def make_store(request: pytest.FixtureRequest):
    """Return what makes stores: in files, and in tests marked ``engines`` in PostgreSQL, too."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield lambda: IN_FILE
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.databases() as make:
        yield lambda: StoreSettings(url=make())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "make_store" in metafunc.fixturenames and metafunc.definition.get_closest_marker("engines"):
        engines = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
        metafunc.parametrize("make_store", engines, indirect=True)


@pytest.fixture
def newsroom(tmp_path: Path, kept_in: KeptIn, make_store: MakeStore):
    room = Newsroom(tmp_path, kept_in=kept_in, store=make_store())
    yield room
    room.database.close()


@pytest.fixture
def make_newsroom(tmp_path: Path, kept_in: KeptIn, make_store: MakeStore):
    rooms: list[Newsroom] = []

    def make(name: str, config: str = CONFIG, kept_in: KeptIn = kept_in) -> Newsroom:
        root = tmp_path / name
        root.mkdir()
        rooms.append(Newsroom(root, config, kept_in, make_store()))
        return rooms[-1]

    yield make
    for room in rooms:
        room.database.close()


MakeNewsroom = Callable[..., Newsroom]


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory):
    """Return an object store that is shared by all tests of a process."""
    server = S3Server(tmp_path_factory.mktemp("s3"))
    yield server
    server.stop()


@pytest.fixture
def s3(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """Return the object store, whose keys of access are in the environment."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    return s3_server


LONGEST = ("test_crash.py", "test_life.py")
"""Modules with a test of a minute or longer. They begin first, so no worker waits at the end."""

WAITING = ("server", "whole")
"""Folders of tests that wait for processes: other tests use the processors meanwhile."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(
        key=lambda item: (item.path.name not in LONGEST, item.path.parent.name not in WAITING)
    )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="Rewrite the golden documents; read the diff."
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Return the golden documents, which --update-golden rewrites."""
    return Golden(FOLDER, update=bool(request.config.getoption("--update-golden")))
