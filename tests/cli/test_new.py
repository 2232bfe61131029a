"""``feedsvc new`` begins an article, and every command knows the newsroom that its folder is in."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from feedsvc.cli import main
from feedsvc.config.load import load
from feedsvc.errors import ConfigError
from feedsvc.publishing import edit_article
from tests.conftest import CONFIG, Newsroom, article


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def newsroom(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    monkeypatch.chdir(newsroom.root)
    newsroom.now = datetime.now(UTC)
    newsroom.write("sport/rowing/regatta.md", article("Regatta", published="2026-01-20"))
    newsroom.write("world/flood.md", article("Flood", published="2026-01-21"))
    newsroom.sync()
    return newsroom


def test_a_draft_is_written_and_its_path_is_printed(newsroom: Newsroom) -> None:
    result = run("new", "world", "Ferry: Ends “Early”")
    assert (result.exit_code, result.stderr) == (0, "")
    path = result.stdout.strip()
    assert re.fullmatch(r"articles/world/\d{4}-\d\d-\d\d-ferry-ends-early\.md", path)
    assert newsroom.sync().problems == ()
    assert "Ferry" not in newsroom.text()
    assert run("check").exit_code == 0


def test_a_draft_is_published_without_its_status(newsroom: Newsroom) -> None:
    file = newsroom.root / run("new", "world", "Ferry: Ends Early").stdout.strip()
    text = file.read_text()
    file.write_text(re.sub("status: draft.*\n", "", text) + "The last ferry left.\n")
    newsroom.now = datetime.now(UTC)
    assert newsroom.sync().problems == ()
    assert "<title>Ferry: Ends Early</title>" in newsroom.text("world")


def test_a_draft_is_never_written_over(newsroom: Newsroom) -> None:
    path = run("new", "world", "Ferry").stdout.strip()
    (newsroom.root / path).write_text("kept")
    again = run("new", "world", "Ferry")
    assert again.exit_code == 1
    assert again.output == (
        f"feedsvc: {path} is there already; open it, or choose another headline\n"
    )
    assert (newsroom.root / path).read_text() == "kept"


def test_a_section_that_is_new_is_noted(newsroom: Newsroom) -> None:
    newsroom.configure(CONFIG + '[sections.culture]\ntitle = "Culture"\n')
    assert run("new", "wrold", "Ferry").stderr == (
        'note: wrold is a new section. Did you mean "world"?\n'
    )
    for section in ("world", "culture", "/"):
        result = run("new", section, "Another")
        assert (result.exit_code, result.stderr) == (0, "")
    assert len([*newsroom.config.articles.glob("*-another.md")]) == 1


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("World News", "Ferry"), 2, '"World News" is not a section; write it in lower case'),
        (("archive", "Ferry"), 2, '"archive" is a name feedsvc needs for itself'),
        (("world", " "), 1, "the headline is empty; write one in quotes"),
        (("world/flood.md", "Ferry"), 1, "cannot be written: "),
    ],
)
def test_a_draft_that_cannot_be_written_is_a_sentence(
    newsroom: Newsroom, arguments: tuple[str, ...], status: int, sentence: str
) -> None:
    assert newsroom.root.is_dir()
    result = run("new", *arguments)
    assert result.exit_code == status
    assert sentence in result.output


def test_commands_work_in_every_folder_of_the_newsroom(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = newsroom.root / "articles/sport/rowing"
    monkeypatch.chdir(folder)
    assert load(environ={}).root == newsroom.root
    assert run("new", "sport/rowing", "Sculls").stdout.endswith("-sculls.md\n")
    assert len([*folder.glob("*-sculls.md")]) == 1
    assert "2 articles, 0 problems" in run("check", ".").output
    assert "id           sport/rowing/regatta" in run("show", "regatta.md").output


def test_a_folder_without_articles_is_no_newsroom(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = newsroom.root / "articles/tools"
    other.mkdir()
    (other / "config.toml").write_text("[other]\n")
    (other / "deep").mkdir()
    monkeypatch.chdir(other / "deep")
    assert load(environ={}).root == newsroom.root
    monkeypatch.chdir(other)
    with pytest.raises(ConfigError):  # it is in this very folder
        load(environ={})


def test_without_a_newsroom_above_this_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=f"there is no config.toml in {tmp_path.resolve()}"):
        load(environ={})


@pytest.mark.parametrize("name", ["flood", "flood.md", "world/flood", "articles/world/flood.md"])
def test_a_unique_name_of_a_file_is_enough(newsroom: Newsroom, name: str) -> None:
    assert newsroom.root.is_dir()
    assert "id           world/flood" in run("show", name).output
    assert run("kill", name, "--note", "Wrong.").output.startswith("wrote articles/world/flood.md")
    assert "kill" in run("log", name).output


def test_the_end_of_a_path_is_enough(newsroom: Newsroom) -> None:
    assert newsroom.root.is_dir()
    assert "id           sport/rowing/regatta" in run("show", "rowing/regatta.md").output
    assert run("show", "egatta").exit_code == 1


def test_a_name_that_several_files_have_is_answered_with_them(newsroom: Newsroom) -> None:
    newsroom.write("sport/flood.md", article("Flood of Goals", published="2026-01-22"))
    newsroom.sync()
    for command in (("show", "flood"), ("kill", "flood", "--note", "Wrong.")):
        assert run(*command).output == (
            'feedsvc: "flood" may be sport/flood.md or world/flood.md; give more of the path\n'
        )


def test_the_file_in_this_folder_comes_first(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.write("sport/flood.md", article("Flood of Goals", published="2026-01-22"))
    newsroom.sync()
    monkeypatch.chdir(newsroom.root / "articles/sport")
    assert "id           sport/flood" in run("show", "flood.md").output
    assert "id           world/flood" in run("show", "../world/flood.md").output


def test_a_file_that_was_not_published_yet_is_known_by_its_name(newsroom: Newsroom) -> None:
    newsroom.write("world/europe/ferry.md", article("Ferry", published="2026-01-22"))
    ferry = edit_article.find(newsroom.config, newsroom.database, "ferry.md")
    assert ferry.id == "world/europe/ferry"
