"""``[media]``: where pictures and sounds are stored, and what that needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.config.load import load
from feedsvc.config.store_address import StoreAddress, store_address
from feedsvc.errors import ConfigError
from tests.conftest import CONFIG

URL = 'url = "https://media.quay.example/"\n'


def problem(root: Path, media: str) -> str:
    (root / "config.toml").write_text(f"{CONFIG}\n[media]\n{media}", encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load(root / "config.toml", environ={})
    return str(error.value)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("s3://b", StoreAddress("b", "")),
        ("s3://b/", StoreAddress("b", "")),
        ("s3://b/a/c/?region=eu-1", StoreAddress("b", "a/c", region="eu-1")),
        (
            "s3://b/a?endpoint=https://s3.quay.example:9000",
            StoreAddress("b", "a", "https://s3.quay.example:9000"),
        ),
    ],
)
def test_an_address_is_read(typed: str, wanted: StoreAddress) -> None:
    assert store_address(typed) == wanted


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("s3:///prefix", 'is "s3:///prefix", not like "s3://bucket/prefix"'),
        ("https://b.s3.amazonaws.com/a", "not like"),
        ("s3://key:secret@b/a", "has a user name; keys of access do not belong here; set AWS_"),
        ("s3://b?secret=x", 'has "secret"; after the question mark may be endpoint and region'),
        ("s3://b?endpoint=s3.quay.example", "which does not begin with https://"),
    ],
)
def test_a_wrong_address_is_refused(tmp_path: Path, typed: str, message: str) -> None:
    assert message in problem(tmp_path, f'store = "{typed}"\n{URL}')


def test_store_and_url_need_each_other(tmp_path: Path) -> None:
    assert "media.url: is missing; pictures are put into store" in problem(
        tmp_path, 'store = "shared"\n'
    )
    assert "media.store: is missing" in problem(tmp_path, URL)


@pytest.mark.parametrize(
    ("media", "message"),
    [
        ("renditions = true\n", 'needs Pillow; install "feedsvc[images]", or leave this out'),
        (f'store = "s3://b"\n{URL}', 'needs obstore; install "feedsvc[s3]", or name a folder'),
    ],
)
def test_a_missing_library_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, media: str, message: str
) -> None:
    monkeypatch.setattr("feedsvc.config.cross_checks.find_spec", lambda name: None)
    assert message in problem(tmp_path, media)
