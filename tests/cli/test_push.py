"""The commands that copy a newsroom into a folder, and send a folder to a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from feedsvc.cli import main
from feedsvc.model.feed import FORMATS
from feedsvc.model.paths import FeedPath, FeedRequest
from feedsvc.store import feeds
from tests.conftest import CONFIG, IN_BOTH, MakeNewsroom, Newsroom, article, png
from tests.tools.api_server import serving, token
from tests.tools.other_server import OtherServer, one_after_the_other, status

MANY = f"{CONFIG.replace('items = 30', 'items = 3')}hours = 0\narchive_items = 2\n"


@pytest.fixture
def folder(make_newsroom: MakeNewsroom) -> Newsroom:
    """A newsroom with an article of each kind, and full archives."""
    newsroom = make_newsroom("here", MANY, "folder")
    for number in range(20):
        day = f"2026-10-{1 + number * 7 % 20:02}"
        newsroom.write(f"world/{20 - number}.md", article(f"Story {number}", published=day))
    newsroom.write("world/flood.png", png())
    newsroom.write("media/ferry.png", png(9))
    newsroom.write("world/flood.md", article("Flood", "![Water](flood.png)", id="a-flood"))
    newsroom.write("local/ferry.json", '{"headline": "Ferry", "published": "2026-11-01"}\n')
    newsroom.write("local/a.md", article("A", image="{file: ferry.png, alt: F}", guid="old 7"))
    newsroom.write("local/b.md", article("B", related="[local/a]", updated="2026-11-22", note="N"))
    newsroom.write("local/c.md", article("C", embargoed="2026-12-24"))
    newsroom.write("local/d.md", article("D", status="withheld"))
    newsroom.write("local/e.md", article("E", status="draft"))
    newsroom.write("local/f.md", article("F", status="canceled", note="No."))
    newsroom.write("local/g.md", article("G", body="x  \r\n y", language="en  # as typed"))
    newsroom.write("local/h.md", article("H", expires="2026-11-22"))
    newsroom.sync()
    return newsroom


@pytest.fixture
def there(make_newsroom: MakeNewsroom) -> Newsroom:
    newsroom = make_newsroom("there", MANY)
    newsroom.sync()
    return newsroom


@pytest.fixture
def server(there: Newsroom) -> Iterator[str]:
    with serving(there) as address:
        yield address


def run(newsroom: Newsroom, *words: object, secret: str = "") -> Result:
    environ = {"FEEDSVC_CONFIG": str(newsroom.root / "config.toml"), "FEEDSVC_TOKEN": secret}
    return CliRunner().invoke(main, [*map(str, words)], env=environ)


def push(there: Newsroom, address: str, folder: Path, *words: str) -> Result:
    return run(there, "push", folder, "--to", address, *words, secret=token(there, "admin"))


def contents(place: Path | Newsroom) -> dict[str, bytes]:
    """Return the files below the folders of a newsroom that are published, and its records."""
    root = place.root if isinstance(place, Newsroom) else place
    places = (root / "articles", root / "media")
    files = (it for place in places for it in place.rglob("*") if it.is_file())
    copied = {it.relative_to(root).as_posix(): it.read_bytes() for it in files}
    if isinstance(place, Newsroom) and place.kept_in == "database":
        assert not any(it.endswith((".md", ".json")) for it in copied)
        records = {it: place.read(it) or b"" for it in place.records.paths()}
        copied |= {f"articles/{path}": data for path, data in records.items()}
    return copied


def paths(newsroom: Newsroom) -> set[str]:
    """Return the paths of all feeds of a newsroom."""
    with newsroom.database.reading() as connection:
        kinds = ("section", "topic", "archive", "corrections")
        return {path for kind in kinds for path in feeds.all_paths(connection, kind)}


def documents(newsroom: Newsroom, paths: set[str]) -> dict[str, bytes]:
    """Return feeds in every format."""
    syndication = newsroom.syndication
    return {
        f"{path} {format}": syndication.document(
            FeedRequest(FeedPath.parse(path), format), newsroom.now
        ).body
        for path in paths
        for format in FORMATS
    }


@IN_BOTH
def test_an_export_that_is_pushed_gives_the_same_files_and_feeds(
    folder: Newsroom, there: Newsroom, server: str, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    exported = run(folder, "export", copy)
    assert (exported.exit_code, exported.stdout) == (0, f"32 files are in {copy}\n")
    assert contents(copy) == contents(folder.root)
    assert (copy / "config.toml").read_text() == MANY
    pushed = push(there, server, copy)
    assert pushed.exit_code == 0, pushed.output
    assert "32 sent, 0 there already, 0 refused" in pushed.stderr
    assert "added articles/local/c.md" in pushed.stdout.splitlines()
    assert contents(there) == contents(folder.root)
    every = paths(folder) | paths(there)  # that of the archive being filled may have no row yet
    assert sum("archive" in it for it in every) > 12
    assert documents(there, every) == documents(folder, every)
    assert b"No." in documents(there, {"corrections"})["corrections rss"]
    again = tmp_path / "again"
    assert run(there, "export", again).exit_code == 0
    assert contents(again) == contents(copy)


def test_a_second_push_writes_nothing(there: Newsroom, server: str, folder: Newsroom) -> None:
    push(there, server, folder.root)
    stamps = {it: it.stat().st_mtime_ns for it in there.root.rglob("articles/**/*")}
    with there.database.reading() as connection:
        before = feeds.revision(connection, "")
    again = push(there, server, folder.root)
    assert again.exit_code == 0
    assert (again.stdout, again.stderr) == ("", "0 sent, 32 there already, 0 refused\n")
    assert {it: it.stat().st_mtime_ns for it in stamps} == stamps
    with there.database.reading() as connection:
        assert feeds.revision(connection, "") == before


@IN_BOTH
def test_only_changed_files_are_sent(there: Newsroom, server: str, folder: Newsroom) -> None:
    push(there, server, folder.root)
    folder.write("local/g.md", article("Other"))
    folder.write("media/ferry.png", png(5))
    result = push(there, server, folder.root)
    assert result.stdout == "changed media/ferry.png\nchanged articles/local/g.md\n"
    assert "Other" in there.text("local")


@IN_BOTH
def test_a_trial_changes_nothing(there: Newsroom, server: str, folder: Newsroom) -> None:
    there.write("local/a.md", article("Before"))
    there.sync()
    before = contents(there)
    folder.write("local/bad.md", "---\nheadline: Bad\n---\n")
    result = push(there, server, folder.root, "--dry-run")
    lines = result.stdout.splitlines()
    assert contents(there) == before
    assert "would be sent media/ferry.png" in lines
    assert "would be added articles/local/g.md" in lines
    assert "would be sent after its pictures, and checked then articles/world/flood.md" in lines
    assert "articles/local/bad.md: published: is missing" in result.stderr
    assert "32 would be sent, 0 there already, 1 refused" in result.stderr
    assert result.exit_code == 1


def test_a_bad_record_stops_no_other(there: Newsroom, server: str, tmp_path: Path) -> None:
    folder = tmp_path / "records" / "local"
    folder.mkdir(parents=True)
    (folder / "a.md").write_text(article("Good"))
    (folder / "b.md").write_text("---\nheadline: Bad\n---\n")
    (folder / "c.md").write_bytes(article("Latin é").encode("latin-1"))
    (folder / "d\n.md").write_text(article("Odd"))
    (folder / "e.md").symlink_to("nowhere")
    (folder / "f.png").write_bytes(png())
    (folder / "g.png").write_text("a text")
    (folder / "h.png").symlink_to("nowhere")
    (folder / ".h.png").write_bytes(png())
    (folder / f"{'i' * 210}.png").write_bytes(png())
    result = push(there, server, folder.parent)
    assert result.exit_code == 1
    assert result.stdout == "added articles/local/f.png\nadded articles/local/a.md\n"
    lines = result.stderr.splitlines()
    assert [it.removeprefix("feedsvc: articles/local/")[:22] for it in lines] == [
        "d\\n.md: has characters",
        "e.md: cannot be read: ",
        "iiiiiiiiiiiiiiiiiiiiii",
        "c.md: is not UTF-8; sa",
        "b.md: published: is mi",
        "2 sent, 0 there alread",
    ]
    assert sorted(contents(there)) == ["articles/local/a.md", "articles/local/f.png"]


def test_the_token_and_the_address_must_be_right(
    there: Newsroom, server: str, folder: Newsroom, tmp_path: Path
) -> None:
    def failure(address: str, secret: str, place: Path = folder.root) -> str:
        result = run(there, "push", place, "--to", address, secret=secret)
        assert result.exit_code == 1
        return result.stderr

    reader, good = token(there, "read"), token(there, "admin")
    assert "mistyped, expired or revoked" in failure(server, "fsk_x")
    assert "needs a token with the scope" in failure(server, reader)
    assert "is this the address of a feedsvc" in failure(f"{server}/other", good)
    assert "must begin with https://" in failure("ftp://127.0.0.1", good)
    assert "is no folder" in failure(server, good, tmp_path / "none")
    assert contents(there) == {}


def test_a_busy_server_is_waited_for(there: Newsroom, folder: Newsroom) -> None:
    with OtherServer().running() as busy:
        busy.other = one_after_the_other(status(503, Retry_After="1"), status(401))
        result = run(there, "push", folder.root, "--to", busy.url(""), secret="fsk_x")
    assert "feedsvc: is answered 503; trying again in 1 s" in result.stderr
    assert len(busy.requests) == 2


def test_a_token_of_a_section_sends_its_part(
    there: Newsroom, server: str, folder: Newsroom
) -> None:
    secret = token(there, "write", "media", "kill", sections=("local",))
    result = run(there, "push", folder.root, "--to", server, secret=secret)
    assert result.exit_code == 1
    assert "added articles/local/a.md" not in result.stdout  # its picture is below media/
    assert "added articles/local/b.md" in result.stdout
    assert {it.split("/")[1] for it in contents(there)} == {"local"}


def test_an_export_needs_an_empty_folder_elsewhere(folder: Newsroom, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "a").touch()
    for target, message in (
        (full, "is there and not empty"),
        (full / "a", "is there and not empty"),
        (folder.root / "articles/copy", "is below articles/ or media/"),
    ):
        result = run(folder, "export", target)
        assert (result.exit_code, message in result.stderr) == (1, True)
    assert [it.name for it in full.iterdir()] == ["a"]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run(folder, "export", empty).exit_code == 0


def test_an_export_names_the_ids_that_only_the_store_knows(
    folder: Newsroom, tmp_path: Path
) -> None:
    (folder.root / "articles/local/b.md").rename(folder.root / "articles/world/b.md")
    folder.sync()
    result = run(folder, "export", tmp_path / "copy")
    assert result.exit_code == 0
    assert 'articles/world/b.md: only the store knows its id; write "id: local/b"' in result.stderr


def test_an_export_leaves_out_lines_that_may_be_secrets_and_a_config_that_would_not_be_read(
    folder: Newsroom, tmp_path: Path
) -> None:
    def export(name: str, description: str) -> Result:
        text = MANY.replace("[feeds]", f"description = {description}\n[feeds]")
        (folder.root / "config.toml").write_text(text)
        return run(folder, "export", tmp_path / name)

    result = export("some", '"""\ntoken = \'fsk_1\'\n"""')
    assert "config.toml: token is left out; write it into the copy" in result.stderr
    assert (result.exit_code, "fsk_1" in (tmp_path / "some/config.toml").read_text()) == (0, False)
    result = export("none", '"""\ntoken = \'fsk_1\' """')
    assert "config.toml is left out: write token on a line of its own there" in result.stderr
    assert (result.exit_code, (tmp_path / "none/config.toml").exists()) == (1, False)


def nested(folder: Path, length: int) -> Path:
    """Make folders in each other until the path of the last one has some length."""
    while len(str(folder)) < length - 252:
        folder /= "d" * 250
    folder /= "d" * (length - len(str(folder)) - 1)
    folder.mkdir(parents=True)
    return folder


def test_an_export_goes_on_after_a_file_that_cannot_be_copied(
    folder: Newsroom, tmp_path: Path
) -> None:
    place = nested(folder.root / "articles", 4000)
    (place / "a.md").write_text(article("Deep"))
    target = tmp_path / ("c" * 200)
    result = run(folder, "export", target)
    assert (result.exit_code, "a.md cannot be copied: File name too" in result.stderr) == (1, True)
    assert len(contents(target)) == 32


def test_folders_that_cannot_be_read_are_named(
    folder: Newsroom,
    there: Newsroom,
    server: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(nested(folder.root / "articles", 4000))
    Path("e" * 100).mkdir()
    for result in (run(folder, "export", tmp_path / "copy"), push(there, server, folder.root)):
        assert (result.exit_code, "cannot be read: File name too long" in result.stderr) == (
            1,
            True,
        )
    assert contents(there) == {}
