"""The configurations of docs/cdn.md: a change reaches readers through the real Varnish at once."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import pytest

from feedsvc.config.cdn_settings import CdnSettings
from feedsvc.model.cache_tags import feed_tag, media_tag
from feedsvc.push.cdn_requests import CDNS
from feedsvc.push.http_client import HttpClient
from feedsvc.push.http_values import Limits, Request
from tests.conftest import CONFIG, article, png
from tests.project.test_docs import DOCS, blocks
from tests.tools.other_server import OtherServer, status
from tests.tools.programs import needed_file
from tests.tools.service import Service, free_port, until

pytestmark = pytest.mark.client

WHOLE, BAN, PICTURES = blocks(DOCS["cdn.md"], "vcl")
VARNISH = shutil.which("varnishd") or "/usr/sbin/varnishd"  # which is not in everybody's path
FEEDS = ("", "world/", "world/europe/", "sport/", "tag/ships/")
PATHS = [f"/{feed}{file}" for feed in FEEDS for file in ("rss.xml", "atom.xml", "feed.json")]


class Answer(NamedTuple):
    status: int
    cache: str
    tags: str
    body: str


class Varnish:
    """Varnish with a configuration of the documentation, in front of a service at a port."""

    def __init__(self, folder: Path, vcl: str, behind: int) -> None:
        needed_file(VARNISH, "varnish")
        self.port = free_port()
        assert '.port = "8000"' in vcl
        config = folder / "default.vcl"
        config.write_text(vcl.replace('.port = "8000"', f'.port = "{behind}"'))
        options = ["-F", "-j", "none", "-n", str(folder / "work"), "-s", "malloc,16m"]
        addresses = ["-a", f"127.0.0.1:{self.port}", "-T", "none", "-f", str(config)]
        with (folder / "log").open("wb") as log:
            command = [VARNISH, *options, *addresses]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        until(lambda: self.get("/livez"))

    def get(self, path: str, **headers: str) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request("GET", path, headers=sent)
            answer = connection.getresponse()
            body = answer.read().decode("utf-8", "replace")
            names = answer.headers
            return Answer(answer.status, names["X-Cache"], names.get("xkey", ""), body)
        finally:
            connection.close()

    def fill(self, paths: list[str]) -> None:
        """Ask for answers until all are in the cache."""
        until(lambda: not self.missing(paths))

    def missing(self, paths: list[str]) -> set[str]:
        """Return the answers that were not in the cache."""
        return {path for path in paths if self.get(path).cache != "HIT"}

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def varnish(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Varnish]:
    with closing(Varnish(tmp_path_factory.mktemp("varnish"), WHOLE, port)) as started:
        yield started


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, port: int, varnish: Varnish
) -> Iterator[Service]:
    root = tmp_path_factory.mktemp("newsroom")
    cdn = f'[cdn]\npurge = "varnish"\nservers = "http://127.0.0.1:{varnish.port}"\n'
    pages = CONFIG.replace('url = "https://quay.example"\n', "")
    (root / "config.toml").write_text(f"{pages}[cache]\nshared = 3600\nleast = 600\n{cdn}")
    for section in ("world/europe", "sport"):
        folder = root / "articles" / section
        folder.mkdir(parents=True)
        (folder / "first.md").write_text(article(f"First of {section}", keywords="[Ships]"))
    (root / "articles/sport/goal.png").write_bytes(png())
    (root / "articles/sport/goal.md").write_text(article("A Goal", image="goal.png"))
    started = Service(root, port=port).wait()
    until(lambda: started.shows("A Goal"))
    yield started
    started.end()


def idle(service: Service) -> None:
    """Wait until all that was changed is purged."""
    until(lambda: service.shows('feedsvc_jobs{state="waiting"} 0.0', "/metrics"))


def write(service: Service, path: str, text: str) -> None:
    """Write an article at once."""
    file = service.root / "articles" / path
    partial = file.with_suffix(".partial")
    partial.write_text(text)
    partial.replace(file)


def feeds_of(*places: str) -> set[str]:
    return {path for path in PATHS if path.rpartition("/")[0] in places}


def test_a_publish_reaches_the_next_reader_and_all_other_feeds_stay_cached(
    service: Service, varnish: Varnish
) -> None:
    others = ["/sport/first", "/world/europe/first", "/corrections/rss.xml", "/sport/goal"]
    idle(service)
    varnish.fill([*PATHS, *others, "/world/new"])
    write(service, "world/new.md", article("A New Bridge"))
    until(lambda: service.shows("A New Bridge", "/world/rss.xml"))
    until(lambda: varnish.get("/world/new").status == 200, 1)
    until(lambda: "A New Bridge" in varnish.get("/world/rss.xml").body, 1)
    changed = feeds_of("", "/world") - {"/world/rss.xml"}
    assert varnish.missing([*PATHS, *others]) == changed
    assert "A New Bridge" in varnish.get("/rss.xml").body


def test_a_kill_drops_page_and_picture_too(service: Service, varnish: Varnish) -> None:
    picture = re.findall(r"/media/[^\"]+goal\.png", service.get("/sport/rss.xml")[2])[0]
    idle(service)
    varnish.fill([*PATHS, "/sport/goal", "/sport/first", picture])
    killed = article("A Goal", image="goal.png", status="canceled", note="It never fell.")
    write(service, "sport/goal.md", killed)
    until(lambda: service.get("/sport/goal")[0] == 410)
    until(lambda: varnish.get(picture).status == 410, 1)
    assert varnish.get("/sport/goal").status == 410
    assert varnish.missing([*PATHS, "/sport/first"]) == feeds_of("", "/sport")


def test_a_person_is_redirected_and_readers_see_no_tags(varnish: Varnish) -> None:
    varnish.fill(["/world/rss.xml"])
    person = {"Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert varnish.get("/world/rss.xml", **person).status in (302, 303, 307)
    assert varnish.get("/world/rss.xml")[1:3] == ("HIT", "")


def send(request: Request) -> None:
    answer = HttpClient("test", allow_private=True).send(request, bytes, Limits(4096, 10))
    assert answer.status == 200


def test_readers_get_what_is_stale_and_not_withdrawn_while_feedsvc_is_down(tmp_path: Path) -> None:
    server = OtherServer()
    server.other = status(200, b"old", Cache_Control="max-age=600", xkey="feed:/ feedsvc")
    with closing(Varnish(tmp_path, WHOLE, server.port)) as varnish:

        def purge(*, soft: bool) -> tuple[int, str]:
            address = f"http://127.0.0.1:{varnish.port}"
            settings = CdnSettings(purge="varnish")
            send(CDNS["varnish"].request(settings, address, [feed_tag("")], soft))
            answer = varnish.get("/rss.xml")
            return answer.status, answer.body

        with server.running():
            varnish.fill(["/rss.xml"])
            server.other = status(503, b"broken")
            assert purge(soft=True) == (200, "old")
        assert purge(soft=True) == (200, "old")
        assert purge(soft=False)[0] == 503


def test_bans_do_the_same_without_another_module(service: Service, tmp_path: Path) -> None:
    block = re.compile(r'    if \(req\.method == "PURGE"\) \{.*?\n    \}\n', re.DOTALL)
    vcl, count = block.subn(lambda _: BAN, WHOLE.replace("import xkey;\n", ""))
    assert count == 1
    with closing(Varnish(tmp_path, vcl, service.port)) as varnish:
        varnish.fill(PATHS)
        address = f"http://127.0.0.1:{varnish.port}"
        tags = [feed_tag("world"), feed_tag("tag/ships"), feed_tag("sp.rt"), 'a"&&(|']
        settings = CdnSettings(purge="varnish-ban")
        send(CDNS["varnish-ban"].request(settings, address, tags, False))
        assert varnish.missing(PATHS) == feeds_of("/world", "/tag/ships")


def test_pictures_of_an_object_store_are_purged_by_the_tags_that_varnish_gives_them(
    tmp_path: Path,
) -> None:
    digest, name = "9c2edce1d19a4564", "articles/world/flood.jpg"
    wanted, other = f"/pictures/{digest}/{name}", f"/pictures/{digest}/articles/world/ferry.jpg"
    bucket = OtherServer()
    bucket.other = status(200, b"picture", Cache_Control="max-age=600")
    with bucket.running(), closing(Varnish(tmp_path, WHOLE + PICTURES, bucket.port)) as varnish:
        varnish.fill([wanted, other])
        settings, address = CdnSettings(purge="varnish"), f"http://127.0.0.1:{varnish.port}"
        send(CDNS["varnish"].request(settings, address, [media_tag(digest, name)], False))
        assert varnish.missing([wanted, other]) == {wanted}
