"""The wheel: everything that runs is in it, and a newsroom begun from it is served."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.build import build_wheel

from tests.tools.service import Service

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        wheel = build_wheel(str(folder))
    finally:
        os.chdir(before)
    with zipfile.ZipFile(folder / wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_holds_data_pages_styles_migrations_and_the_sample_newsroom(
    unpacked: Path,
) -> None:
    package = unpacked / "feedsvc"
    for name in (
        "formats/translations.toml",
        "web/templates/feeds.html",
        "web/static/feedsvc.css",
        "store/migrations/script.py.mako",
        "store/migrations/versions/0007_media_uses.py",
        "cli/starter/config.toml",
        "cli/newsroom/config.toml",
    ):
        assert (package / name).is_file(), name
    assert len(list((package / "cli" / "newsroom" / "articles").rglob("*.md"))) >= 24
    assert not list(unpacked.rglob("test_*.py"))


def test_a_newsroom_begun_from_the_wheel_is_served(
    unpacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(unpacked))
    monkeypatch.chdir(tmp_path)
    code = "import feedsvc; print(feedsvc.__file__)"
    where = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert where.startswith(str(unpacked))
    for options in ([], ["--sample"]):
        newsroom = tmp_path / f"newsroom{len(options)}"
        subprocess.run(
            [sys.executable, "-m", "feedsvc", "init", str(newsroom), *options],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        service = Service(newsroom).wait()
        assert service.get("/rss.xml")[0] == 200
        assert service.get("/feeds")[0] == 200
        assert service.get("/static/feedsvc.css")[0] == 200
        service.end()
