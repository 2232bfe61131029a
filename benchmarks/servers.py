"""The servers that are compared: nginx, feedsvc and the rivals, all on one core."""

from __future__ import annotations

import gzip
import json
import shutil
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import IO, TYPE_CHECKING, Any, Self

from lxml import etree

from benchmarks.newsroom import Newsroom, make
from benchmarks.processes import HERE, environment, family, memory, spent
from benchmarks.publish import SECTIONS
from feedsvc.model.paths import FeedPath, FeedRequest
from feedsvc.publishing import sync

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

NAMES = {
    "nginx": "nginx",
    "sendfile": "nginx, sendfile and tcp_nopush",
    "lane": "feedsvc serve",
    "gunicorn": "feedsvc, gunicorn",
    "granian": "feedsvc, granian",
    "flask": "Flask and feedgen, gunicorn",
    "django": "Django, gunicorn",
}
PUBLISHING = ("lane", "gunicorn", "granian")
_NGINX = """\
worker_processes 1; daemon off; pid {root}/nginx.pid; error_log {root}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; types {{ application/rss+xml xml; }} gzip_static on;
  {sending} keepalive_requests 100000000;
  client_body_temp_path {root}/t; proxy_temp_path {root}/t; fastcgi_temp_path {root}/t;
  uwsgi_temp_path {root}/t; scgi_temp_path {root}/t;
  server {{ listen 127.0.0.1:{port} backlog=2048; root {www}; }}
}}
"""
_SENDING = {"nginx": "sendfile off;", "sendfile": "sendfile on; tcp_nopush on;"}
_GUNICORN = "-m gunicorn --worker-class gthread --workers 1 --threads 4 --backlog 2048 --bind"
_GRANIAN = "-m granian --interface wsgi --http 1 --no-ws --workers 1 --log-level warning --port"
_RIVALS = {
    "flask": "benchmarks.rivals.flask_feedgen:app",
    "django": "benchmarks.rivals.django_feed:app",
}
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_WWW, _FEEDS = "www", "feeds.json"


class Stage:
    """A folder with the newsroom that all servers serve, and the servers that were started.

    :param size: articles of the newsroom, which is made and read into its store.
    :param feeds: more lines for the ``[feeds]`` of its configuration.
    """

    def __init__(self, folder: Path, core: int, size: int, feeds: str = "") -> None:
        self.folder = folder
        self.core = core
        self.titles: dict[str, list[str]] = {}
        self._running: list[Server] = []
        folder.chmod(0o755)  # nginx gives its rights away
        self._newsroom = make(folder, size)
        with (self._newsroom / "config.toml").open("a") as config:
            config.write(feeds)  # below its last table, [feeds]
        newsroom = Newsroom(self._newsroom)
        sync.sync(newsroom.database, newsroom.config, datetime.now(UTC))
        self._write_out(newsroom)
        newsroom.database.close()

    def _write_out(self, newsroom: Newsroom) -> None:
        """Write the feeds as files for nginx, and their articles for the rivals."""
        known: dict[str, Any] = {}
        for section in SECTIONS:
            body = newsroom.syndication.document(
                FeedRequest(FeedPath(section), "rss"), datetime.now(UTC)
            ).body
            file = self.folder / _WWW / section / "rss.xml"
            file.parent.mkdir(parents=True)
            file.write_bytes(body)
            file.with_suffix(".xml.gz").write_bytes(gzip.compress(body, 6))
            channel = etree.fromstring(body)[0]
            articles = [_article(item) for item in channel.iterfind("item")]
            title, link = channel.findtext("title"), channel.findtext("link")
            known[section] = {"title": title, "link": link, "articles": articles}
            self.titles[f"/{section}/rss.xml"] = [it["title"] for it in articles]
        (self.folder / _FEEDS).write_text(json.dumps(known), encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in self._running:
            server.end()

    def start(self, kind: str, workers: int = 1) -> Server:
        """Start a server; its output goes into a file."""
        port = free_port()
        home = self.folder / f"at-{port}"
        if kind in PUBLISHING:
            shutil.copytree(self._newsroom, home)
        else:
            home.mkdir()
        words = list(self._words(kind, port, home, workers))
        # Gunicorn loads its rivals by their names, from the project's folder.
        place = home if kind in PUBLISHING else HERE
        server = Server(kind, port, home, ["taskset", "-c", str(self.core), *words], place)
        self._running.append(server)
        return server

    def _words(self, kind: str, port: int, home: Path, workers: int) -> Iterator[str]:
        if kind in _SENDING:
            www, file = self.folder / _WWW, home / "nginx.conf"
            sending = _SENDING[kind]
            file.write_text(_NGINX.format(root=home, port=port, www=www, sending=sending))
            yield from ("nginx", "-c", str(file), "-p", str(home))
            return
        yield sys.executable
        if kind == "lane":
            yield from ("-m", "feedsvc", "serve", "--workers", str(workers), "--port", str(port))
        elif kind == "granian":
            yield from (*_GRANIAN.split(), str(port), "feedsvc.wsgi:app")
        else:
            app = _RIVALS.get(kind, "feedsvc.wsgi:app")
            yield from (*_GUNICORN.split(), f"127.0.0.1:{port}", app)


class Server:
    """A server that runs, with all its processes."""

    def __init__(self, kind: str, port: int, home: Path, words: list[str], place: Path) -> None:
        self.kind = kind
        self.name = NAMES[kind]
        self.port = port
        self.home = home
        self.output = home / "output.txt"
        self._out: IO[bytes] = self.output.open("wb")
        self._process = subprocess.Popen(
            words,
            cwd=place,
            env={**environment(), "RIVAL_FEEDS": str(home.parent / _FEEDS)},
            stdout=self._out,
            stderr=subprocess.STDOUT,
        )
        self.pid = self._process.pid

    def wait(self) -> None:
        """Wait until it listens."""
        for _ in range(600):
            if self._process.poll() is not None:
                raise SystemExit(f"{self.name} ended:\n{self.output.read_text()[-2000:]}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise SystemExit(f"{self.name} does not listen")

    def runs(self) -> bool:
        return self._process.poll() is None

    def spent(self) -> float:
        """Return the processor time of all its processes, in seconds."""
        return spent(family(self.pid))

    def memory(self) -> tuple[float, float]:
        """Return the memory of all its processes in bytes: the sum of RSS, and PSS."""
        each = [memory(pid) for pid in family(self.pid)]
        return sum(it["VmRSS"] for it in each), sum(it["Pss"] for it in each)

    def settle(self) -> None:
        """Wait until the server is idle, so that the next one has the core alone."""
        before, deadline = -1.0, time.monotonic() + 120
        while (now := self.spent()) - before > 0.015 and time.monotonic() < deadline:
            before = now
            time.sleep(0.2)

    def end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._out.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _article(item: Any) -> dict[str, str]:
    """Return the parts of an article that the rivals need."""
    moment = parsedate_to_datetime(item.findtext("pubDate") or "")
    return {
        "title": item.findtext("title") or "",
        "link": item.findtext("link") or "",
        "id": item.findtext("guid") or "",
        "summary": item.findtext("description") or "",
        "content": item.findtext(_CONTENT) or "",
        "published": moment.isoformat(),
    }
