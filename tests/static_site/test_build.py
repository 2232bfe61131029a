"""A static site is everything that ``serve`` answers, byte for byte, as files."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from feedsvc.errors import FeedsvcError, NotFoundError
from feedsvc.model import paths
from feedsvc.model.feed import FILES, FORMATS
from feedsvc.model.paths import GUESSES, FeedRequest
from feedsvc.model.validity import MadeFeed
from feedsvc.static_site import folder
from feedsvc.static_site.build import BuildResult, StaticSite
from feedsvc.static_site.folder import SiteFolder, opened_folder
from feedsvc.static_site.pages import page_files as site_pages
from feedsvc.static_site.redirect_rules import redirect_rules
from feedsvc.syndication.feeds import Feeds
from feedsvc.web.app import create_app, page, page_files
from feedsvc.web.http.content_codings import SUFFIXES
from feedsvc.web.services import KEY
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article, png
from tests.tools import pictures
from tests.web.http.test_content_codings import decode

SMALL = CONFIG.replace("items = 30", "items = 2\nhours = 0\narchive_items = 2")
PUBLIC = {"base_url": "https://feeds.quay.example"}


def static_site(room: Newsroom, out: SiteFolder) -> StaticSite:
    app = create_app(room.config, room.database, lambda: room.now)
    return StaticSite(out, app.extensions[KEY], partial(page_files, app), partial(page, app))


def build(room: Newsroom, name: str = "out") -> BuildResult:
    with opened_folder(room.root / name) as out:
        return static_site(room, out).build()


def files(root: Path) -> dict[str, Path]:
    """Return every file below a folder, by its path there."""
    return {str(it.relative_to(root)): it for it in sorted(root.rglob("*")) if it.is_file()}


def states(root: Path) -> dict[str, tuple[int, int, int]]:
    found = {path: file.stat() for path, file in files(root).items()}
    return {path: (it.st_ino, it.st_mtime_ns, it.st_size) for path, it in found.items()}


@pytest.fixture
def room(make_newsroom: MakeNewsroom) -> Newsroom:
    """Return a newsroom with archives, corrections, a picture, and a section in another script."""
    room = make_newsroom("room", SMALL)
    for day in range(1, 10):
        room.write(f"world/{day}.md", article(f"Story {day}", published=f"2026-11-0{day}"))
    room.write("world/europe/a.md", article("Tunnel", image="{file: a.png}", related="[world/9]"))
    room.write("world/europe/a.png", png())
    room.write("мир/b.md", article("Мост", updated="2026-11-22", note="It was *not* the bridge."))
    room.sync()
    return room


def served(room: Newsroom) -> dict[str, str]:
    """Return the addresses of the documents of a site, by the paths of their files."""
    found = {
        path: "/" + quote(path)
        for path in files(room.root / "out/site")
        if not path.endswith((*SUFFIXES.values(), "index.html"))
    }
    return {**found, "index.html": "/feeds", "feeds/index.html": "/feeds"}


def same(room: Newsroom) -> None:
    """Compare a site with the answers of serve: every document, in every coding."""
    client, site = room.client(), room.root / "out/site"
    documents = served(room)
    suffixes = {"": "identity", **{suffix: coding for coding, suffix in SUFFIXES.items()}}
    for path, address in documents.items():
        answer = client.get(address, headers={"Accept-Encoding": "identity"}, **PUBLIC)
        assert answer.status_code == 200, address
        for suffix, coding in suffixes.items():
            file = site / f"{path}{suffix}"
            if not suffix or file.is_file():
                body = decode(coding, file.read_bytes()) if suffix else file.read_bytes()
                # There is no sitemap, which would have to follow the clock, nor a section's page,
                # nor anybody to answer a search.
                data = re.sub(rb"Sitemap: .*\n", b"", answer.data)
                data = re.sub(rb'(<h2[^>]*>)<a href="/[^"]+">(.*?)</a>', rb"\1\2", data)
                data = re.sub(rb"(?s)<form.*</form>\n", b"", data)
                assert body == data, file
                if path.endswith(".xml"):
                    date = parsedate_to_datetime(answer.headers["Last-Modified"])
                    assert file.stat().st_mtime_ns == date.timestamp() * 10**9, file
        coded = {suffix for suffix in SUFFIXES.values() if (site / f"{path}{suffix}").is_file()}
        text = not path.startswith("media/") and len(answer.data) >= 256
        assert coded == (set(SUFFIXES.values()) if text else set()), path
        answer.close()
    assert set(feeds(client)) <= set(documents.values())
    pattern = re.compile(rb"/media/[^\"<\\]+")
    named = {m.decode() for path in documents for m in pattern.findall((site / path).read_bytes())}
    assert named <= set(documents.values())


def feeds(client: Any) -> list[str]:
    """Return the address of every feed, corrections and archives that serve answers."""
    page = client.get("/feeds", **PUBLIC).text
    pattern = rf'data-copy="{PUBLIC["base_url"]}([^"]*)/rss.xml"'
    sections: list[str] = re.findall(pattern, page)
    found: list[str] = []
    for section in sections:
        paths = [section, f"{section}/corrections"]
        number = 1
        while client.get(f"{section}/archive/{number}/rss.xml").status_code == 200:
            paths.append(f"{section}/archive/{number}")
            number += 1
        found += [f"{path}/{FILES[format]}" for path in paths for format in FORMATS]
    assert len(sections) > 1
    return found


def test_it_is_what_serve_answers(room: Newsroom) -> None:
    done = build(room)
    same(room)
    paths = files(room.root / "out/site")
    assert "world/archive/3/atom.xml.br" in paths
    assert "world/archive/4/atom.xml" in paths  # what is in no archive yet
    assert "world/archive/5/atom.xml" not in paths
    assert "мир/corrections/rss.xml" in paths
    assert not {"static/copy.js", "static/feedsvc.css", "index.html"} - set(paths)
    assert not {"feeds.opml", ".well-known/feeds", "robots.txt", "favicon.ico"} - set(paths)
    assert ".well-known/security.txt" not in paths
    assert len(served(room)) == done.written
    assert (done.unchanged, done.deleted) == (0, 0)
    assert sorted(it.name for it in (room.root / "out").iterdir()) == [
        "build.lock", "manifest.json", "redirects.caddy", "redirects.nginx", "site",
    ]  # fmt: skip


def test_problems_are_only_in_it_where_everybody_may_see_them(room: Newsroom) -> None:
    room.write("world/wrong.md", article("[A] wrong"))
    room.sync()
    build(room)
    page = room.root / "out/site/feeds/index.html"
    assert "put the headline in quotes" not in page.read_text()
    room.configure(SMALL.replace("[feeds]", "show_problems = true\n[feeds]"))
    room.sync()
    build(room)
    assert "put the headline in quotes" in page.read_text()
    same(room)


def test_it_has_what_the_configuration_says_of_icon_and_contact(room: Newsroom) -> None:
    more = 'icon = "/icon.png"\nsecurity_contact = "desk@quay.example"\n[feeds]'
    room.configure(SMALL.replace("[feeds]", more))
    room.sync()
    build(room)
    same(room)
    paths = files(room.root / "out/site")
    assert "favicon.ico" not in paths  # no server of files would lead on from it
    assert paths[".well-known/security.txt"].read_text().startswith("Contact: mailto:desk@quay")


@pytest.fixture
def sound(room: Newsroom) -> Path:
    """Publish an article with a sound; return the newsroom's file."""
    room.write("world/sound.md", article("Sound", media="[{file: a.mp3}]"))
    file = room.write("world/a.mp3", b"ID3\4\0\0")
    room.sync()
    return file


def test_sounds_and_films_are_the_newsrooms_own_files(room: Newsroom, sound: Path) -> None:
    build(room)
    (copy,) = (room.root / "out/site").rglob("a.mp3")
    assert copy.samefile(sound)
    assert copy.relative_to(room.root / "out/site").parts[0] == "media"


def test_a_picture_is_a_copy_that_overwriting_the_newsrooms_file_leaves_alone(
    room: Newsroom,
) -> None:
    build(room)
    (picture,) = (room.root / "out/site").rglob("a.png")
    before, source = picture.read_bytes(), room.config.articles / "world/europe/a.png"
    source.write_bytes(pictures.png())
    assert picture.read_bytes() == before


def test_a_picture_that_an_earlier_build_linked_becomes_a_copy(room: Newsroom) -> None:
    build(room)
    (picture,) = (room.root / "out/site").rglob("a.png")
    picture.unlink()
    picture.hardlink_to(room.config.articles / "world/europe/a.png")
    assert build(room).written == 1
    assert not picture.samefile(room.config.articles / "world/europe/a.png")
    assert build(room).written == 0


def test_a_picture_is_in_it_without_its_metadata(room: Newsroom) -> None:
    source = room.write("world/europe/a.png", pictures.png())
    room.sync()
    build(room)
    (picture,) = (room.root / "out/site").rglob("a.png")
    assert picture.read_bytes() == pictures.png(clean=True)
    assert picture.stat().st_mtime_ns == source.stat().st_mtime_ns
    assert build(room).written == 0
    picture.write_bytes(b"damaged")
    assert build(room).written == 1
    assert picture.read_bytes() == pictures.png(clean=True)
    same(room)


@pytest.mark.parametrize("keys", [{"status": "withheld"}, {"image": ""}])
def test_a_picture_that_no_article_shows_any_more_is_deleted(
    room: Newsroom, keys: dict[str, str]
) -> None:
    build(room)
    record = room.config.articles / "world/europe/a.md"
    lines = [it for it in record.read_text().splitlines() if it.partition(":")[0] not in keys]
    lines[1:1] = [f"{key}: {value}" for key, value in keys.items() if value]
    record.write_text("\n".join(lines))
    room.sync()
    build(room)
    assert not list((room.root / "out").rglob("a.png"))


@pytest.mark.parametrize("why", ["another disk", "mode"])
def test_sounds_are_copied_where_they_cannot_be_linked(
    room: Newsroom, sound: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    if why == "mode":
        sound.chmod(0o600)
    else:
        monkeypatch.setattr(Path, "hardlink_to", refuse)
    build(room)
    (copy,) = (room.root / "out/site").rglob("a.mp3")
    assert not copy.samefile(sound)
    assert copy.stat().st_mtime_ns == sound.stat().st_mtime_ns
    assert copy.stat().st_mode & 0o004
    assert build(room).written == 0
    same(room)


def archives_made(
    monkeypatch: pytest.MonkeyPatch, error: NotFoundError | None = None
) -> list[FeedRequest]:
    """Return the archives that are made from now on, each of which may be gone."""
    archives, make = list[FeedRequest](), Feeds.made

    def made(self: Feeds, wanted: FeedRequest, now: datetime) -> MadeFeed:
        if wanted.path.document == "archive":
            archives.append(wanted)
            if error:
                raise error
        return make(self, wanted, now)

    monkeypatch.setattr(Feeds, "made", made)
    return archives


def test_what_did_not_change_is_neither_written_nor_made(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build(room)
    before = states(room.root / "out")
    made = archives_made(monkeypatch)
    again = build(room)
    assert again == (0, first.written, 0)
    assert states(room.root / "out") == before
    assert made == []


def test_only_what_changed_is_written(room: Newsroom) -> None:
    build(room)
    before = states(room.root / "out/site")
    room.now += timedelta(minutes=1)
    room.write("world/europe/c.md", article("Ferry", published="2026-11-23"))
    room.sync()
    done = build(room)
    after = states(room.root / "out/site")
    # A date that moves alone leaves the file the one that it was.
    changed = {path for path in after if after[path][0] != before.get(path, (0,))[0]}
    documents = {
        path.removesuffix(".gz").removesuffix(".br").removesuffix(".zst") for path in changed
    }
    assert len(documents) == done.written
    assert {"rss.xml", "world/rss.xml", "world/europe/atom.xml", "index.html"} <= documents
    assert {it for it in documents if it.startswith(("мир", "world/archive/1", "static"))} == set()
    same(room)


def test_a_killed_article_and_its_picture_are_nowhere(room: Newsroom) -> None:
    build(room)
    room.now += timedelta(minutes=1)
    note = "It was wrong."
    killed = article(
        "Tunnel", "Ships came in.", status="canceled", note=note, image="{file: a.png}"
    )
    room.write("world/europe/a.md", killed)
    room.sync()
    assert build(room).deleted == 1
    assert not list((room.root / "out").rglob("a.png"))
    assert not (room.root / "out/site/media").exists()
    for path, file in files(room.root / "out").items():
        coding = next((it for it, suffix in SUFFIXES.items() if path.endswith(suffix)), None)
        body = decode(coding, file.read_bytes()) if coding else file.read_bytes()
        assert b"Tunnel" not in body, path
    same(room)


def test_what_is_no_longer_part_of_the_site_is_deleted(room: Newsroom) -> None:
    room.configure(SMALL + '[sections."sport/rowing"]\n')
    room.sync()
    build(room)
    assert (room.root / "out/site/sport/rowing/rss.xml.gz").is_file()
    room.configure(SMALL.replace("archive_items = 2", "archive_items = 3"))
    room.sync()
    (room.root / "out/site/stray/deep").mkdir(parents=True)
    (room.root / "out/site/stray/deep/rss.xml.gz").write_text("of a build that was cut off")
    build(room)
    assert not (room.root / "out/site/sport").exists()
    assert not (room.root / "out/site/stray").exists()
    same(room)


def test_another_picture_has_another_address(room: Newsroom) -> None:
    build(room)
    room.now += timedelta(minutes=1)
    (before,) = (room.root / "out/site").rglob("a.png")
    room.write("world/europe/new.png", png(colour=7)).rename(
        room.config.articles / "world/europe/a.png"
    )
    assert build(room).deleted == 1  # nobody has told of the new one yet
    room.sync()
    build(room)
    (after,) = (room.root / "out/site").rglob("a.png")
    assert after != before
    same(room)


def test_a_picture_that_is_gone_is_gone(room: Newsroom) -> None:
    build(room)
    (room.config.articles / "world/europe/a.png").unlink()
    build(room)
    assert not list((room.root / "out").rglob("a.png"))


def test_a_picture_that_was_damaged_is_brought_again(room: Newsroom) -> None:
    build(room)
    (picture,) = (room.root / "out/site").rglob("a.png")
    picture.unlink()
    picture.write_text("half")
    assert build(room).written == 1
    same(room)


@pytest.mark.parametrize("path", ["world/rss.xml", "world/archive/1/atom.xml.br", "index.html"])
def test_what_was_damaged_is_written_again(room: Newsroom, path: str) -> None:
    build(room)
    file = room.root / "out/site" / path
    file.unlink() if path.endswith("br") else file.write_text("half")
    assert build(room).written == 1
    same(room)


def test_time_alone_changes_what_it_changes(room: Newsroom) -> None:
    room.write("world/late.md", article("Late", embargoed="2026-11-23 14:00"))
    room.write("world/short.md", article("Short", expires="2026-11-23 13:00"))
    room.write("secret/s.md", article("Secret", embargoed="2026-11-23 14:00"))
    room.sync()
    build(room)
    same(room)
    assert not (room.root / "out/site/secret").exists()
    world = room.root / "out/site/world/rss.xml"
    assert ("Late" in world.read_text(), "Short" in world.read_text()) == (False, True)
    room.now += timedelta(hours=3)  # nobody synchronises
    build(room)
    assert ("Late" in world.read_text(), "Short" in world.read_text()) == (True, False)
    assert (room.root / "out/site/secret/rss.xml").is_file()
    same(room)


def test_another_configuration_makes_everything_anew(room: Newsroom) -> None:
    build(room)
    room.configure(SMALL.replace("The Daily Quay", "The Quay").replace("//feeds.", "//f."))
    room.sync()
    build(room)
    for path, file in files(room.root / "out/site").items():
        if path.endswith("xml"):
            assert "The Quay" in file.read_text(), path
            assert "https://feeds." not in file.read_text(), path
    before = states(room.root / "out/site")
    room.configure(SMALL.replace("The Daily Quay", "The Quay").replace("//feeds.", "//g."))
    build(room)  # as if another process had published with this already
    assert (
        states(room.root / "out/site")["world/archive/1/rss.xml"]
        != before["world/archive/1/rss.xml"]
    )


def test_a_page_that_changed_is_younger_than_before(room: Newsroom) -> None:
    build(room)
    page = room.root / "out/site/index.html"
    before = page.stat().st_mtime
    room.configure(SMALL + '[sections."rowing"]\n')
    build(room)
    assert "Rowing" in page.read_text()
    assert page.stat().st_mtime == before + 1


def test_a_date_alone_is_no_reason_to_write(room: Newsroom) -> None:
    build(room)
    before = states(room.root / "out/site")
    room.now += timedelta(minutes=5)
    room.configure(SMALL + "kill_notice = 6\n")
    room.sync()  # which dates all feeds anew, though nothing looks different
    assert build(room).written == 0
    after = states(room.root / "out/site")
    for path in ("world/archive/1/rss.xml", "world/rss.xml.gz"):
        assert (after[path][0], after[path][2]) == (before[path][0], before[path][2])
        assert after[path][1] > before[path][1]
    same(room)


def test_a_store_made_anew_is_another_one(room: Newsroom, make_newsroom: MakeNewsroom) -> None:
    build(room)
    room.database.close()
    shutil.rmtree(room.config.state)
    room.write("world/1.md", article("Story One", published="2026-11-01"))
    room.database = type(room.database)(room.config.state)
    room.sync()
    build(room)
    assert "Story One" in (room.root / "out/site/world/archive/1/rss.xml").read_text()
    same(room)


def test_the_same_newsroom_gives_the_same_files(room: Newsroom) -> None:
    build(room)
    build(room, "other")
    one, other = files(room.root / "out"), files(room.root / "other")
    assert one.keys() == other.keys()
    for path, file in one.items():
        assert file.read_bytes() == other[path].read_bytes(), path
        if path.startswith("site/"):
            assert file.stat().st_mtime_ns == other[path].stat().st_mtime_ns, path


@pytest.mark.parametrize(
    "content",
    [{"notes.txt": "mine"}, {"manifest.json": '{"name": "an app"}'}, {"manifest.json": "{"}],
)
def test_a_folder_that_is_something_else_is_not_touched(
    room: Newsroom, content: dict[str, str]
) -> None:
    folder = room.root / "out"
    folder.mkdir()
    for name, text in content.items():
        (folder / name).write_text(text)
    with pytest.raises(
        FeedsvcError, match="out is not empty, and no site built by feedsvc; nothing"
    ):
        build(room)
    assert {path: file.read_text() for path, file in files(folder).items()} == content


def test_a_folder_that_cannot_be_written_is_told(room: Newsroom) -> None:
    (room.root / "out").write_text("a file")
    with pytest.raises(FeedsvcError, match="out cannot be written: File exists"):
        build(room)


def test_two_builds_do_not_write_to_one_folder(room: Newsroom) -> None:
    with (
        opened_folder(room.root / "out"),
        pytest.raises(FeedsvcError, match='another "feedsvc build"'),
    ):
        build(room)


@pytest.mark.parametrize(
    "section",
    ["rss.xml", "world/atom.xml.gz", "feed.json.br", "index.html", "robots.txt"],
)
def test_a_section_called_like_a_file_is_refused(room: Newsroom, section: str) -> None:
    room.write(f"{section}/a.md", article("Odd"))
    name = section.rpartition("/")[2]
    assert [it.message for it in room.sync().problems if not it.note] == [
        f'from the folder: "{name}" is a name feedsvc needs for itself; choose another; '
        "or give the record a section"
    ]
    assert build(room).written


@pytest.mark.parametrize("slug", ["rss.xml.gz", "index.html.br", "robots.txt", "feeds"])
def test_a_page_called_like_a_file_is_left_out(newsroom: Newsroom, slug: str) -> None:
    newsroom.configure(HERE)
    newsroom.write("a.md", article("A"))
    newsroom.write("x.md", article("X", slug=slug))
    newsroom.sync()
    build(newsroom)
    newsroom.write("a.md", article("A", status="canceled", note="Wrong."))
    newsroom.sync()
    build(newsroom)
    assert not (newsroom.root / "out/site/a/index.html").exists()


def test_a_name_that_the_disk_refuses_stops_nothing_else(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    newsroom.configure(HERE)
    monkeypatch.setattr(paths, "MAX_NAME", 300)  # an older version published it
    newsroom.write("a.md", article("A"))
    newsroom.write("x.md", article("X", slug="x" * 300))
    newsroom.sync()
    with opened_folder(newsroom.root / "out") as out:
        site = static_site(newsroom, out)
        assert site.build().written
        assert site.build().written == 0
    assert (newsroom.root / "out/site/a/index.html").exists()
    assert caplog.text.count(f"{'x' * 300}/index.html' is left out: File name too long") == 1


class Crash(BaseException):
    pass


def crashing(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Let nothing go on once so many files were renamed."""
    rename, count = Path.rename, [0]

    def counted(self: Path, target: Any) -> Path:
        count[0] += 1
        if count[0] > after:
            raise Crash
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", counted)


@pytest.mark.parametrize("after", [0, 1, 3, 5, 30, 140])
def test_a_first_build_that_was_cut_off_is_finished_by_the_next(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    with monkeypatch.context() as patch:
        crashing(patch, after)
        with pytest.raises(Crash):
            build(room)
    build(room)
    same(room)
    assert sorted(it.name for it in (room.root / "out").iterdir())[0:2] == [
        "build.lock",
        "manifest.json",
    ]
    assert not (room.root / "out/fresh").exists()


@pytest.mark.parametrize("after", [0, 1, 2, 3, 4, 6, 14, 33])
def test_a_build_that_was_cut_off_leaves_whole_files_and_is_mended(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    build(room)
    old = {path: file.read_bytes() for path, file in files(room.root / "out/site").items()}
    picture = room.write("world/europe/b.png", png(colour=9))
    pixels = picture.read_bytes()
    room.now += timedelta(minutes=1)
    room.write("world/europe/a.md", article("Tunnel Floods", image="{file: b.png}"))
    room.sync()
    build(room, "whole")
    new = {path: file.read_bytes() for path, file in files(room.root / "whole/site").items()}
    with monkeypatch.context() as patch:
        crashing(patch, after)
        with pytest.raises(Crash):
            build(room)
    for path, file in files(room.root / "out/site").items():
        assert file.read_bytes() in (old.get(path), new.get(path)), path
    # What was cut off is undone: the next state is the first one once more.
    room.now += timedelta(minutes=1)
    room.write("world/europe/a.md", article("Tunnel", image="{file: a.png}", related="[world/9]"))
    room.sync()
    build(room)
    same(room)
    assert picture.read_bytes() == pixels


def test_what_is_published_meanwhile_is_written_too(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, left = SiteFolder.write, [2, 1, 0]

    def meanwhile(self: SiteFolder, path: str, body: bytes, modified: int) -> dict[str, int]:
        if path == "index.html" and left.pop(0):
            headline, published = f"New {len(left)}", f"2026-11-22 0{9 - len(left)}:00"
            room.write(f"world/{published[-5:]}.md", article(headline, published=published))
            room.sync()
        return write(self, path, body, modified)

    monkeypatch.setattr(SiteFolder, "write", meanwhile)
    build(room)
    assert left == []
    assert "New 1" in (room.root / "out/site/world/rss.xml").read_text()
    same(room)


def test_an_archive_that_is_gone_meanwhile_is_left_out(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    archives_made(monkeypatch, NotFoundError("there is no archive 1 here"))
    build(room)
    assert not list((room.root / "out/site").rglob("archive"))
    monkeypatch.undo()
    build(room)
    same(room)


def steps(*each: Callable[[], object]) -> Callable[[float], bool]:
    """Return what ``follow`` waits with: it does one thing at a time, and then ends."""
    left = list(each)

    def ended(_seconds: float) -> bool:
        if left:
            left.pop(0)()
            return False
        return True

    return ended


def test_following_writes_what_changes_and_no_more(room: Newsroom) -> None:
    def write() -> None:
        room.now += timedelta(minutes=1)
        room.write("world/europe/c.md", article("Ferry", embargoed="2026-11-23 14:00"))
        room.sync()

    def wait() -> None:
        room.now += timedelta(hours=3)

    def stir() -> None:
        with room.database.writing():
            pass

    with opened_folder(room.root / "out") as out:
        made = static_site(room, out)
        made.build()
        dones = list(made.follow(steps(lambda: None, write, lambda: None, wait, stir)))
    assert [bool(done.written) for done in dones] == [True]
    assert "Ferry" in (room.root / "out/site/world/europe/rss.xml").read_text()
    same(room)


def test_following_goes_on_when_nothing_can_be_written(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    def full() -> None:
        monkeypatch.setattr(folder.SiteFolder, "write", refuse)
        room.write("world/europe/c.md", article("Ferry"))
        room.sync()

    with opened_folder(room.root / "out") as out:
        made = static_site(room, out)
        made.build()
        (done,) = made.follow(steps(full, monkeypatch.undo))
    assert done.written
    assert "out cannot be written: No space left on device" in caplog.text
    same(room)


MOVED = [*GUESSES, *(f"{it}/" for it in GUESSES), *(f"{file}/" for file in FILES.values())]


@pytest.mark.parametrize("section", ["", "/world", "/world/europe", "/%D0%BC%D0%B8%D1%80"])
def test_the_redirects_are_those_of_serve(room: Newsroom, section: str) -> None:
    client, texts = room.client(), redirect_rules(room.config)
    nginx = re.findall(
        r'"~(\S+)" "\$\{\w+\}(/\w+\.(?:xml|json))\$\{\w+\}"', texts["redirects.nginx"]
    )
    caddy = re.findall(
        r"`(\S+)`\nredir \S+ \S+?\}(/\w+\.(?:xml|json))\{re\.\w+\.2\} 301", texts["redirects.caddy"]
    )
    for rules in (nginx, caddy):
        assert len(rules) == len(FORMATS)
        for guess in (*MOVED, *(f"{it}?x=1" for it in MOVED)):
            address = f"{section}/{guess}"
            answer = client.get(address)
            found = [
                match[1] + target + (match[2] or "")
                for pattern, target in rules
                if (match := re.match(pattern.replace("(?<", "(?P<"), address))
            ]
            assert (answer.status_code, [answer.headers["Location"]]) == (301, found), address
        for other in (
            "/rss.xml",
            "/feed.json",
            "/feeds",
            "/feeds/",
            "//evil.example/feed",
            "/\\evil/feed",
            "/a/feedx",
        ):
            assert not [it for it, _ in rules if re.match(it.replace("(?<", "(?P<"), other)], other


OLD = """
[urls]
style = ["wordpress", "ghost"]
rss = "/all/{section}.php"

[[redirects]]
from = "/{page}/old.rdf"
to = "/atom.xml"

[[redirects]]
from = "/podcast/{show}/x$y.php?a=1&b=2"
to = "https://pods.quay.example/$/{show}"

[[redirects]]
from = "/shows/{query}.rdf"
to = "https://pods.quay.example/{query}#newest"

[[redirects]]
from = "/tips.rdf"
gone = true

[[redirects]]
from = "/{section}"
to = "/rss.xml"

[sections."world/europe"]
was = ["abroad", "news/abroad"]
"""


def leads(texts: dict[str, str], address: str) -> tuple[str, str]:
    """Return where nginx and Caddy lead, as their documentation says of maps and matchers."""
    told: list[str] = []
    moved, gone = texts["redirects.nginx"].split("$feedsvc_gone")
    for lines in (gone, moved):
        for pattern, to in re.findall(r'"~(\S+)" "(.*)";', lines):
            if found := re.match(pattern.replace("(?<", "(?P<"), address):
                if to:
                    groups = found.groupdict()
                    told.append(re.sub(r"\$\{(\w+)\}", lambda it, of=groups: of[it[1]] or "", to))
                break
    shape = (
        r"@(\w+) (?:\{\s+)?vars_regexp \w+ \{http\.request\.uri\} `(.*)`\n"
        r"(?:    not vars_regexp \w+ \{http\.request\.uri\} `(.*)`\n\}\n)?"
        r"(?:redir @\1 (\S+) 301|respond @\1 410)\n"
    )
    for _, pattern, own, to in re.findall(shape, texts["redirects.caddy"]):
        found = re.match(pattern, address)
        if found and not (own and re.match(own, address)):
            filled = re.sub(r"\{re\.\w+\.(\d)\}", lambda it, of=found: of[int(it[1])] or "", to)
            return (told[0] if told else "", filled or "1")
    return (told[0] if told else "", "")


@pytest.mark.parametrize(
    ("address", "to"),
    [
        ("/x/old.rdf", "/atom.xml"),
        ("/x/old.rdf/?y", "/atom.xml?y"),
        ("/x/old.rdf?", "/atom.xml?"),
        ("/shows/tides.rdf?y=1", "https://pods.quay.example/tides?y=1#newest"),
        ("/podcast/tides/x$y.php?z=1&a=1&b=2", "https://pods.quay.example/%24/tides"),
        ("/podcast/tides/x$y.php?a=1&b=21", ""),
        ("/tips.rdf?x", "1"),
        ("/world", "/rss.xml"),
        ("/world/europe", "/rss.xml"),
        ("/world/europe/rss.xml", ""),
        ("/feeds", ""),
        ("/media/abc/a.png", ""),
        ("/world/feed", "/world/rss.xml"),
        ("/abroad/rss.xml", "/world/europe/rss.xml"),
        ("/abroad/archive/3/atom.xml?before=1", "/world/europe/archive/3/atom.xml?before=1"),
        ("/news/abroad/feed/", "/world/europe/rss.xml"),
        ("/category/world/europe/feed/atom/", "/world/europe/atom.xml"),
        ("/tag/world/rss/", "/world/rss.xml"),
        ("/?feed=atom", "/atom.xml"),
        ("/?feed=atomic", ""),
        ("/all/world.php", "/world/rss.xml"),
        ("/all.php", "/rss.xml"),
        ("//evil.example", ""),
        ("/\\evil.example", ""),
        ("/tag//evil.example/rss", ""),
    ],
)
def test_a_static_site_leads_from_old_addresses(room: Newsroom, address: str, to: str) -> None:
    room.configure(CONFIG + OLD)
    assert leads(redirect_rules(room.config), address) == (to, to)


HERE = CONFIG.replace('url = "https://quay.example"', 'tag = "quay.example,2026"')
"""A newsroom whose articles are read here."""


def test_where_articles_are_read_here_every_page_is_a_file(newsroom: Newsroom) -> None:
    newsroom.configure(HERE)
    newsroom.write("world/a.md", article("A & B", byline="Ada Quay", related="[world/later]"))
    newsroom.write("world/europe.md", article("Hidden by a section"))
    newsroom.write("world/europe/rss.md", article("Hidden by a feed"))
    newsroom.write("world/europe/ä b.md", article("Odd", id="odd", expires="2026-11-24 12:00Z"))
    newsroom.write("world/later.md", article("Later", published="2026-11-23 13:00Z"))
    newsroom.write("world/held.md", article("Held", status="withheld"))
    newsroom.sync()
    newsroom.write("world/twin.md", article("Twin", slug="a"))  # the same address
    newsroom.sync()
    build(newsroom)
    assert build(newsroom).written == 0
    site = newsroom.root / "out/site"
    client = newsroom.client()
    pages = {path for path in files(site) if path.endswith("index.html")}
    assert pages == {
        "index.html",
        "feeds/index.html",
        "author/ada-quay/index.html",
        "world/index.html",
        "world/a/index.html",
        "world/europe/index.html",
        "world/europe/ä b/index.html",
    }
    for path in pages - {"feeds/index.html"}:
        address = f"/{quote(path.removesuffix('index.html'))}"
        served = client.get(address)
        if served.status_code == 308:
            served = client.get(address.rstrip("/"))
        assert served.status_code == 200
        assert (site / path).read_bytes() == served.data
    listed = (site / "feeds/index.html").read_text()
    assert 'href="/world/"' in listed
    assert '<a href="/">Everything</a>' in listed
    assert "<form" not in listed


def test_pages_follow_what_they_show(newsroom: Newsroom) -> None:
    newsroom.configure(HERE)
    newsroom.write("world/a.md", article("A", related="[world/later]"))
    newsroom.write("world/b.md", article("B", expires="2026-11-24 12:00Z"))
    newsroom.write("world/later.md", article("Later", published="2026-11-23 13:00Z"))
    newsroom.sync()
    site = newsroom.root / "out/site"
    build(newsroom)
    assert build(newsroom).written == 0
    page = site / "world/a/index.html"
    first = page.stat().st_mtime_ns
    assert "Later" not in page.read_text()
    newsroom.now += timedelta(hours=2)
    newsroom.sync()
    build(newsroom)
    assert "Later" in page.read_text()
    assert page.stat().st_mtime_ns > first
    assert (site / "world/later/index.html").exists()
    newsroom.now += timedelta(days=1)
    newsroom.write("world/a.md", article("A", status="canceled"))
    newsroom.sync()
    build(newsroom)
    assert {path for path in files(site) if path.startswith("world/") and "index" in path} == {
        *(f"world/index.html{suffix}" for suffix in ("", *SUFFIXES.values())),
        *(f"world/later/index.html{suffix}" for suffix in ("", *SUFFIXES.values())),
    }
    newsroom.configure(HERE.replace("The Daily Quay", "The Weekly Quay"))
    newsroom.sync()
    build(newsroom)
    for path in ("index.html", "world/index.html", "world/later/index.html"):
        assert "The Weekly Quay" in (site / path).read_text()


def test_a_page_that_is_gone_a_moment_later_is_left_out(newsroom: Newsroom) -> None:
    newsroom.configure(HERE)
    newsroom.write("world/a.md", article("A"))
    newsroom.sync()
    app = create_app(newsroom.config, newsroom.database, lambda: newsroom.now)
    with pytest.raises(NotFoundError, match="there is no page at /world/none"):
        page(app, "/world/none")
    pages = {
        it.path: it.render
        for it in site_pages(app.extensions[KEY], {}, lambda _: b"", newsroom.now)
    }
    newsroom.write("world/a.md", article("A", status="canceled"))
    newsroom.sync()
    with pytest.raises(NotFoundError):
        pages["world/a/index.html"]()
