"""Fingerprints cover all the code that decides an article or a feed (so upgrades show at once)."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import grimp
import pytest

import feedsvc
from feedsvc.formats.fingerprint import RENDERING, rendering_code
from feedsvc.ingest.fingerprint import READING
from feedsvc.model.digests import code_digest, version_of


@pytest.mark.parametrize(
    ("module", "rooms"),
    [("feedsvc.syndication.feeds", RENDERING), ("feedsvc.ingest.article_file", READING)],
)
def test_every_module_that_decides_bytes_is_in_a_room_of_the_fingerprint(
    module: str, rooms: Sequence[str]
) -> None:
    graph = grimp.build_graph("feedsvc", cache_dir=None)
    reached = {name.split(".")[1] for name in graph.find_upstream_modules(module) if "." in name}
    assert reached - {"store"} <= {*rooms}


@pytest.mark.parametrize(
    ("changed", "rooms"),
    [
        ("syndication/feed_head.py", RENDERING),
        ("formats/namespaces/media.py", RENDERING),
        ("formats/translations.toml", RENDERING),
        ("model/text.py", READING),
        ("model/urls.py", READING),
        ("ingest/html/sanitize.py", READING),
        ("errors.py", READING),
    ],
)
def test_another_version_of_a_file_is_another_digest(
    tmp_path: Path, changed: str, rooms: Sequence[str]
) -> None:
    package = tmp_path / "feedsvc"
    shutil.copytree(Path(feedsvc.__file__).parent, package)
    before = code_digest(rooms, ["1.0"], package)
    assert code_digest(rooms, ["1.0"]) == before
    with (package / changed).open("a") as file:
        file.write("#")
    assert code_digest(rooms, ["1.0"], package) != before


@pytest.mark.parametrize("file", ["dist-info/METADATA", "egg-info/PKG-INFO"])
def test_another_version_of_a_library_is_another_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    digests = set[str]()
    for version in ("1.0", "1.1", "1.1"):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        metadata = folder / f"quaylib-{version}.{file}"
        metadata.parent.mkdir(parents=True)
        metadata.write_text(f"Metadata-Version: 2.1\nName: quaylib\nVersion: {version}\n\nQuays.\n")
        with monkeypatch.context() as patched:
            patched.syspath_prepend(folder)
            digests.add(code_digest([], [version_of("quaylib")]))
    assert len(digests) == 2


@pytest.mark.parametrize(
    "place",
    [
        "babel.__version__",
        "feedsvc.formats.feedgen_xml.FEEDGEN_VERSION",
        "lxml.etree.__version__",
        "msgspec.__version__",
    ],
)
def test_another_version_of_a_library_that_renders_is_another_digest(
    monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    before = rendering_code.__wrapped__()
    monkeypatch.setattr(place, "99.0")
    assert rendering_code.__wrapped__() != before
