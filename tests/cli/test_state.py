"""One newsroom has one store: commands say where it is, and notice another one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from feedsvc.cli import main
from feedsvc.config.load import load
from feedsvc.errors import ConfigError
from feedsvc.store.database import Database
from feedsvc.store.lock import is_published_elsewhere, publishing_mark, try_lock
from feedsvc.store.sqlite import FILE_NAME
from tests.conftest import CONFIG, article
from tests.tools.service import Service, until


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "newsroom"
    (root / "articles").mkdir(parents=True)
    (root / "articles" / "a.md").write_text(article("Alpha"))
    (root / "config.toml").write_text(CONFIG)
    monkeypatch.chdir(root)
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    return root


def run(*words: str) -> Any:
    return CliRunner().invoke(main, words)


def with_state(root: Path, folder: str) -> None:
    (root / "config.toml").write_text(f'{CONFIG}[server]\nstate = "{folder}"\n')


@pytest.mark.parametrize(
    ("given", "variable", "folder"),
    [
        ("", None, ".feedsvc"),
        ("", "/var/lib/feedsvc", "/var/lib/feedsvc"),
        ("var/store", None, "var/store"),
        ("/srv/store", "/var/lib/feedsvc", "/srv/store"),
    ],
)
def test_the_state_folder_is_the_same_for_all_who_read_the_configuration(
    root: Path, given: str, variable: str | None, folder: str
) -> None:
    with_state(root, given)
    environ = {"STATE_DIRECTORY": variable} if variable else {}
    assert load(root / "config.toml", environ=environ).state == root / folder


@pytest.mark.parametrize("folder", [".", "..", "articles", "articles/state", "media"])
def test_a_folder_of_the_newsroom_is_refused(root: Path, folder: str) -> None:
    with_state(root, folder)
    with pytest.raises(ConfigError, match=r"config.toml:\d+:1: server.state: is .* for feedsvc al"):
        load(root / "config.toml", environ={})


@pytest.mark.parametrize("words", [("log",), ("show", "a"), ("backup", "copy")])
def test_a_command_that_reads_makes_no_store(root: Path, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.exit_code == 1
    assert "there is no store" in result.stderr
    assert not (root / ".feedsvc").exists()


def test_a_dry_run_makes_no_store(root: Path) -> None:
    assert run("sync", "--dry-run").stdout == "would read      articles/a.md\n"
    assert not (root / ".feedsvc").exists()


def test_a_store_that_was_never_filled_is_not_copied(root: Path) -> None:
    Database(root / ".feedsvc").close()
    result = run("backup", "copy")
    assert (result.exit_code, "was never filled" in result.stderr) == (1, True)
    assert not (root / "copy").exists()


def test_commands_use_the_store_of_the_service(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("sync")
    assert run("backup", "copy").exit_code == 0
    monkeypatch.setenv("STATE_DIRECTORY", str(root.parent / "state"))
    service = Service(root).wait()
    try:
        monkeypatch.delenv("STATE_DIRECTORY")
        until(lambda: is_published_elsewhere(root / ".feedsvc", root / "config.toml"))
        for words in (("backup", "other"), ("restore", "copy")):
            result = run(*words)
            assert result.exit_code == 1
            assert "publishes this newsroom into another store than" in result.stderr
        assert "problem  configuration  a process publishes into another" in run("doctor").stdout

        with_state(root, str(root.parent / "state"))
        until(lambda: "replacing all processes" in service.log.read_text())
        until(lambda: not is_published_elsewhere(root.parent / "state", root / "config.toml"))
        until(lambda: run("backup", "other").exit_code == 0)
        text = run("doctor").stdout
        assert "publishes into another" not in text
        assert f"note     configuration  there is a store in {root}/.feedsvc, but" in text
    finally:
        service.end()


def test_one_store_elsewhere_is_no_problem(root: Path) -> None:
    with_state(root, "../state")
    run("sync")
    assert "another" not in run("doctor").stdout
    assert run("doctor").exit_code == 0


def test_two_stores_without_a_setting_are_a_problem(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("sync")
    monkeypatch.setenv("STATE_DIRECTORY", str(root.parent / "state"))
    run("sync")
    assert (root.parent / "state" / FILE_NAME).exists()
    result = run("doctor")
    assert result.exit_code == 1
    assert f"problem  configuration  there is a store in {root}/.feedsvc, but" in result.stdout


def test_without_a_configuration_there_is_no_mark(tmp_path: Path) -> None:
    with publishing_mark(tmp_path / "config.toml"):
        assert not is_published_elsewhere(tmp_path, tmp_path / "config.toml")


def test_the_publisher_of_this_store_is_not_elsewhere(root: Path) -> None:
    config = root / "config.toml"
    with publishing_mark(config):
        assert is_published_elsewhere(root, config)
        with try_lock(root / "writer.lock"):
            assert not is_published_elsewhere(root, config)
