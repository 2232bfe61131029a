"""``feedsvc load``, and the other commands where records are kept in the store."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from feedsvc.cli import main
from tests.cli.test_push import contents, documents, folder, nested, paths
from tests.conftest import KeptIn, MakeNewsroom, Newsroom, article, png

assert folder  # a fixture


@pytest.fixture
def kept_in() -> KeptIn:
    return "database"


@pytest.fixture
def there(make_newsroom: MakeNewsroom, folder: Newsroom, monkeypatch: pytest.MonkeyPatch):
    newsroom = make_newsroom("there", (folder.root / "config.toml").read_text())
    monkeypatch.chdir(newsroom.root)
    return newsroom


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [*map(str, words)])


@pytest.mark.parametrize("filled", [False, True])
def test_a_folder_that_is_loaded_gives_the_same_files_and_feeds(
    folder: Newsroom, there: Newsroom, *, filled: bool
) -> None:
    if filled:
        there.sync()
    result = run("load", folder.root)
    assert result.exit_code == 0, result.output
    assert "32 loaded or here already, 0 refused" in result.stderr
    assert contents(there) == contents(folder)
    every = paths(folder) | paths(there)
    assert documents(there, every) == documents(folder, every)
    again = run("load", folder.root)
    assert (again.exit_code, again.stdout) == (0, "0 read, 0 withdrawn; changed nothing\n")


def test_nothing_is_written_over_without_the_option(folder: Newsroom, there: Newsroom) -> None:
    there.write("local/g.md", article("Mine"))
    there.write("media/ferry.png", png(3))
    before = contents(there)
    result = run("load", folder.root)
    assert result.exit_code == 1
    taken = "is here with other bytes; --replace writes over it"
    for name in ("articles/local/g.md", "media/ferry.png"):
        assert f"feedsvc: {name}: {taken}" in result.stderr
        assert contents(there)[name] == before[name]
    assert "30 loaded or here already, 2 refused" in result.stderr
    assert run("load", "--replace", folder.root).exit_code == 0
    assert contents(there) == contents(folder)


def test_a_file_that_cannot_be_loaded_stops_no_other(there: Newsroom, tmp_path: Path) -> None:
    records = tmp_path / "records"
    records.mkdir()
    (records / "good.md").write_text(article("Good"))
    (records / "gone.md").symlink_to("nowhere")
    (records / "pipe.md").symlink_to("/dev/null")
    (records / "folder.png").write_bytes(png())
    (records / "file").mkdir()
    (records / "file/a.png").write_bytes(png())
    (records / "bad.md").write_text("---\nheadline: Bad\n---\n")
    (there.root / "articles/folder.png").mkdir(parents=True)
    (there.root / "articles/file").touch()
    result = run("load", records)
    assert result.exit_code == 1
    assert "feedsvc: articles/gone.md: cannot be read: No such file" in result.stderr
    assert "feedsvc: articles/pipe.md: is no plain file" in result.stderr
    assert "feedsvc: articles/folder.png: cannot be read: Is a directory" in result.stderr
    both = "feedsvc: articles/file/a.png: cannot be both a file and a folder"
    assert both in result.stderr
    assert "articles/bad.md:1:1: published: is missing" in result.stderr
    assert there.record("good.md") == article("Good")


def test_a_folder_that_cannot_be_read_is_named(
    there: Newsroom, folder: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDSVC_CONFIG", str(there.root / "config.toml"))
    monkeypatch.chdir(nested(folder.root / "articles", 4000))
    Path("e" * 100).mkdir()
    result = run("load", folder.root)
    assert (result.exit_code, "cannot be read: File name too" in result.stderr) == (1, True)


def test_a_wrong_folder_and_records_in_files_are_refused(
    folder: Newsroom, there: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "none is no folder; name the one of a newsroom" in run("load", "none").stderr
    monkeypatch.chdir(folder.root)
    result = run("load", ".")
    assert (result.exit_code, result.stderr) == (
        1,
        'feedsvc: records are files here; to load some, set [articles] in = "database"\n',
    )


def test_commands_work_without_a_folder_of_articles(there: Newsroom) -> None:
    path = run("new", "world", "Ferry").stdout.strip()
    assert path.startswith("articles/world/")
    assert "status: draft" in there.record(path.removeprefix("articles/"))
    assert "is there already" in run("new", "world", "Ferry").stderr
    there.write("world/a.md", article("Alpha", "Ships came."))
    assert run("sync").stdout == "2 read, 0 withdrawn; changed /, /world\n"
    assert run("correct", "world/a", "--note", "A name.").exit_code == 0
    assert "note: A name." in there.record("world/a.md")
    assert run("move", "world/a", "local").exit_code == 0
    assert (there.read("world/a.md"), "id: world/a" in there.record("local/a.md")) == (None, True)
    killed = run("kill", "articles/local/a.md", "--note", "Wrong.")
    assert killed.exit_code == 0, killed.output
    assert "status: canceled" in there.record("local/a.md")
    there.now = datetime.now(UTC)
    assert "Ships came." not in there.text("local")
    assert not (there.root / "articles").exists()


def test_check_names_the_places_in_records(there: Newsroom) -> None:
    there.write("world/a.md", article("Alpha"))
    there.write("world/b.md", article("Beta", sumary="x"))
    problem = 'articles/world/b.md:4:1: sumary: is not a key of a record. Did you mean "summary"?'
    for words, count in (
        ((), "2 articles"),
        (("articles/world",), "2 articles"),
        (("articles/world/b.md",), "1 article"),
    ):
        result = run("check", *words)
        assert result.exit_code == 1
        assert result.stdout == f"{problem}\n"
        assert result.stderr == f"{count}, 1 problem\n"
    assert run("check", "articles/none.md").exit_code == 2
    (there.root / "articles").mkdir()
    (there.root / "articles/a.docx").touch()
    assert run("check", "articles/world/a.md").exit_code == 0
    assert "is no article file" in run("check", "articles/a.docx").stderr


def test_the_doctor_counts_records_and_sees_unused_files(there: Newsroom) -> None:
    there.write("world/a.md", article("Alpha"))
    there.sync()
    result = run("doctor")
    assert "articles       1 records in the store" in result.stdout
    assert "loses all records, with their versions and the log; so make backups" in result.stdout
    assert "not used" not in result.stdout
    (there.root / "articles").mkdir()
    (there.root / "articles/old.md").write_text(article())
    unused = "has records that are not used; load them, if they are new, or move them away"
    assert f"{there.root}/articles {unused}" in run("doctor").stdout


def test_programs_that_edit_files_are_told_that_there_are_none(there: Newsroom) -> None:
    result = run("cms-config")
    assert (result.exit_code, result.stderr) == (
        1,
        'feedsvc: these edit files, but [articles] in is "database"\n',
    )


def test_a_backup_has_all_records(there: Newsroom, tmp_path: Path) -> None:
    there.write("world/a.md", article("Alpha"))
    there.sync()
    assert run("backup", tmp_path / "copy.sqlite").exit_code == 0
    there.write("world/a.md", article("Other"))
    there.write("world/b.md", article("Beta"))
    there.sync()
    there.database.close()
    assert run("restore", tmp_path / "copy.sqlite").exit_code == 0
    there.open()
    assert [*there.records.paths()] == ["world/a.md"]
    there.sync()
    assert ">Alpha<" in there.text("world")
    assert ">Beta<" not in there.text("world")


def test_saved_pages_become_records(there: Newsroom) -> None:
    page = Path(__file__).parents[1] / "data/pages/ferry-w3m.txt"
    place = run("import", page).stdout.strip().removeprefix("articles/")
    assert "headline: Ferry Crews Vote" in there.record(place)
    assert "--replace writes over it" in run("import", page).stderr
    there.write(place, "mine")
    assert run("import", "--replace", page).exit_code == 0
    assert "headline: Ferry Crews Vote" in there.record(place)
