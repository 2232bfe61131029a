from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from feedsvc.cli import init, main
from feedsvc.config.load import load
from feedsvc.ingest.check import check
from feedsvc.ingest.files import walk
from feedsvc.ingest.records import RecordFolder
from tests.conftest import NOW


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["init", *arguments])


@pytest.mark.parametrize("options", [[], ["--sample"]])
def test_a_new_newsroom_is_right_from_the_start(tmp_path: Path, options: list[str]) -> None:
    folder = tmp_path / "new" / "newsroom"
    result = run(str(folder), *options)
    assert result.exit_code == 0, result.output
    assert f"cd {folder}" in result.output
    config = load(folder / "config.toml", environ={})
    paths = list(walk(config.articles))
    assert len(paths) == 3 if not options else len(paths) >= 24
    problems = check(config, RecordFolder.of(config), paths, NOW)
    assert [str(problem) for problem in problems if not problem.note] == []


def test_the_start_explains_itself_in_comments(tmp_path: Path) -> None:
    run(str(tmp_path / "newsroom"))
    for file in (tmp_path / "newsroom").rglob("*.*"):
        if file.suffix in (".md", ".toml"):
            assert sum("#" in line for line in file.read_text().splitlines()) >= 2, file


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    assert run(str(tmp_path)).exit_code == 0
    assert (tmp_path / "config.toml").is_file()


def test_the_folder_of_the_command_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(".").output == "A newsroom is in this folder. Publish it:\n  feedsvc serve\n"


def test_nothing_that_is_there_is_touched(tmp_path: Path) -> None:
    kept = tmp_path / "notes.txt"
    kept.write_text("mine")
    for target in (tmp_path, kept):
        result = run(str(target))
        assert result.exit_code == 1
        assert "is there already, and nothing in it is touched" in result.output
    assert sorted(tmp_path.iterdir()) == [kept]


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run(str(tmp_path / "file" / "newsroom"))
    assert result.exit_code == 1
    assert "cannot be made: Not a directory" in result.output


def test_the_sample_newsroom_stands_in_the_package_or_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (init.newsroom() / "articles").is_dir()
    monkeypatch.setattr(init, "files", lambda _package: tmp_path)
    assert init.newsroom() == tmp_path.parents[1]
    (tmp_path / "newsroom").mkdir()
    assert init.newsroom() == tmp_path / "newsroom"


def test_the_starts_dates_are_in_the_past(tmp_path: Path) -> None:
    run(str(tmp_path / "newsroom"))
    text = "".join(file.read_text() for file in (tmp_path / "newsroom/articles").rglob("*.md"))
    for line in text.splitlines():
        if line.startswith("published:"):
            day = line.split()[1]
            assert datetime.fromisoformat(day) < datetime(2026, 11, 23)
