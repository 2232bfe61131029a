"""Importers of subscription lists take every feed of ``/feeds.opml``, well named."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import etree

from tests.tools.programs import needed
from tests.tools.service import Service, serve_sample

pytestmark = pytest.mark.client

PAPER = "The Daily Quay"

Feeds = dict[str, tuple[str, list[str]]]
"""Name and folders of each feed that an importer takes, by address."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    started = serve_sample(tmp_path_factory.mktemp("quay"))
    yield started
    started.end()


@pytest.fixture(scope="module")
def titles(service: Service) -> dict[str, str]:
    """Return the own title of the feed of every section, and of the corrections, by address."""
    files = (service.root / "articles").rglob("*.md")
    folders = {file.parent.relative_to(service.root / "articles") for file in files}
    sections = {parent for folder in folders for parent in [folder, *folder.parents]}
    paths = {section.as_posix() for section in sections} - {"."} | {"corrections"}
    assert {"culture", "culture/books", "world/europe"} < paths
    titles: dict[str, str] = {}
    for path in paths:
        feed = etree.fromstring(service.get(f"/{path}/rss.xml")[2].encode())
        title = feed.findtext("channel/title")
        assert title
        titles[f"http://localhost:{service.port}/{path}/rss.xml"] = title
    return titles


def an_address_makes_a_leaf(outline: etree._Element, folders: list[str]) -> Feeds:
    """Take feeds as Miniflux, Tiny Tiny RSS, yarr, RSS Guard, Akregator and Liferea do."""
    name = outline.get("text") or outline.get("title") or ""
    if address := outline.get("xmlUrl"):
        return {address: (name, folders)}
    return within(outline, [*folders, name] if name else folders, an_address_makes_a_leaf)


def children_make_a_folder(outline: etree._Element, folders: list[str]) -> Feeds:
    """Take feeds as CommaFeed does."""
    name = outline.get("title") or outline.get("text") or ""
    if not len(outline):
        return {outline.attrib["xmlUrl"]: (name, folders)}
    return within(outline, [*folders, name] if name else folders, children_make_a_folder)


def only_the_type_counts(outline: etree._Element, folders: list[str]) -> Feeds:
    """Take feeds as Thunderbird does."""
    name = outline.get("title") or outline.get("text") or ""
    if outline.get("type") == "rss":
        return {outline.attrib["xmlUrl"]: (name, folders)}
    return within(outline, [*folders, name] if name else folders, only_the_type_counts)


Rule = Callable[[etree._Element, list[str]], Feeds]


def within(outline: etree._Element, folders: list[str], rule: Rule) -> Feeds:
    feeds: Feeds = {}
    for child in outline.findall("outline"):
        feeds |= rule(child, folders)
    return feeds


@pytest.mark.parametrize(
    "rule", [an_address_makes_a_leaf, children_make_a_folder, only_the_type_counts]
)
def test_every_rule_takes_every_feed_into_the_folder_of_the_paper(
    service: Service, titles: dict[str, str], rule: Rule
) -> None:
    body = etree.fromstring(service.get("/feeds.opml")[2].encode()).find("body")
    assert body is not None
    assert within(body, [], rule) == {url: (title, [PAPER]) for url, title in titles.items()}
    assert len(set(titles.values())) == len(titles)
    assert all(PAPER in title for title in titles.values())


def listed(service: Service, folder: Path) -> str:
    """Save the list as a file, and return its name."""
    (folder / "feeds.opml").write_text(service.get("/feeds.opml")[2], encoding="utf-8")
    return "feeds.opml"


def test_newsboat_imports_every_feed_with_its_folder(
    service: Service, titles: dict[str, str], tmp_path: Path
) -> None:
    command = [needed("newsboat"), "-u", "urls", "-c", "cache.db", "-C", "config"]
    for file in ("urls", "config"):
        (tmp_path / file).write_text("")
    environ = {**os.environ, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "TERM": "xterm"}
    command += ["-i", listed(service, tmp_path)]
    subprocess.run(command, cwd=tmp_path, env=environ, check=True, timeout=60)
    lines = (tmp_path / "urls").read_text().splitlines()
    assert sorted(lines) == sorted(f'{url} "{PAPER}"' for url in titles)


def test_sfeed_imports_every_feed_by_its_title(
    service: Service, titles: dict[str, str], tmp_path: Path
) -> None:
    program = needed("sfeed_opml_import", "sfeed")
    with (tmp_path / listed(service, tmp_path)).open() as opml:
        config = subprocess.check_output([program], stdin=opml, text=True, timeout=60)
    feeds = re.findall(r"^\s*feed '(.*)' '(.*)'$", config, re.MULTILINE)
    assert {url: name for name, url in feeds} == titles


def test_rss2email_imports_every_feed(
    service: Service, titles: dict[str, str], tmp_path: Path
) -> None:
    command = [needed("r2e", "rss2email"), "-c", "r2e.cfg", "-d", "r2e.json"]
    (tmp_path / "r2e.cfg").write_text("[DEFAULT]\nto = desk@quay.example\nverbose = warning\n")
    imported = [*command, "opmlimport", listed(service, tmp_path)]
    subprocess.run(imported, cwd=tmp_path, check=True, timeout=60)
    feeds = subprocess.check_output([*command, "list"], cwd=tmp_path, text=True, timeout=60)
    assert sorted(re.findall(r"http\S+", feeds)) == sorted(titles)
