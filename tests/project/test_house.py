"""The house rules that no linter knows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "feedsvc").rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_is_longer_than_300_lines(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 300


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = {"utils", "util", "helpers", "common", "misc", "manager", "base"}
    assert [path for path in MODULES if path.stem in vague] == []


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("feedsvc", {"flask", "sqlalchemy", "feedgen", "msgspec"}),
        ("feedsvc.cli", {"flask", "sqlalchemy", "feedgen", "uvicorn"}),
        ("feedsvc.cli.check", {"flask", "sqlalchemy", "feedgen", "uvicorn"}),
        ("feedsvc.cli.import_", {"flask", "sqlalchemy", "feedgen", "trafilatura"}),
        ("feedsvc.cli.kill", {"flask", "feedgen", "babel", "prometheus_client", "uvicorn"}),
        ("feedsvc.cli.log", {"flask", "feedgen", "babel", "prometheus_client", "uvicorn"}),
        ("feedsvc.cli.show", {"flask", "feedgen", "babel", "prometheus_client", "uvicorn"}),
        ("feedsvc.store.database", {"flask", "alembic"}),
    ],
)
def test_what_is_heavy_is_imported_only_where_it_is_needed(module: str, heavy: set[str]) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert heavy & set(told.stdout.split()) == set()


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
