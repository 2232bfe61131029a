"""The house rules that no linter knows."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "feedsvc").rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_is_longer_than_300_lines(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 300


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = {"utils", "util", "helpers", "common", "misc", "manager", "base"}
    assert [path for path in MODULES if path.stem in vague] == []


def test_the_package_and_the_stages_import_nothing_heavy() -> None:
    for name in ("", ".cli", ".feeds", ".ingest", ".model", ".store", ".web"):
        text = (ROOT / "feedsvc" / name.strip(".") / "__init__.py").read_text(encoding="utf-8")
        assert "import flask" not in text
        assert "sqlalchemy" not in text


def test_run_stays_short_enough_to_be_read() -> None:
    assert len((ROOT / "run").read_text(encoding="utf-8").splitlines()) <= 60


def test_run_without_a_word_lists_its_words() -> None:
    told = subprocess.run([ROOT / "run"], capture_output=True, text=True, check=True).stdout
    for word in ("install", "serve", "check", "test", "format", "bench"):
        assert f"\n  {word} " in told


def test_run_refuses_a_word_it_does_not_know() -> None:
    told = subprocess.run([ROOT / "run", "srve"], capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert "usage" in told.stdout
