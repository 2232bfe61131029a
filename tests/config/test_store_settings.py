"""The address of the database may stand in config.toml, in the environment, and in files."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.config.load import load
from feedsvc.errors import ConfigError
from tests.conftest import CONFIG

A, B = (
    "postgresql+psycopg://a:secret@one/news",
    "postgresql+psycopg://b@two:5433/news?sslmode=require",
)
PLAIN = B.replace("+psycopg", "")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "url.txt").write_text(f"{PLAIN}\n")
    return tmp_path


def url(root: Path, table: str, environ: dict[str, str]) -> str:
    (root / "config.toml").write_text(f"{CONFIG}[store]\n{table}")
    return load(root / "config.toml", environ).store.url


@pytest.mark.parametrize(
    ("table", "environ", "expected"),
    [
        ("", {}, ""),
        ('url = ""', {}, ""),
        (f'url = "{A}"', {}, A),
        (f'url = "{PLAIN}"', {}, B),
        (f'url = "{PLAIN.replace("postgresql", "postgres")}"', {}, B),
        ('url_file = "url.txt"', {}, B),
        (f'url = "{A}"\nurl_file = "url.txt"', {}, A),
        (f'url = "{A}"', {"FEEDSVC_STORE_URL": PLAIN}, B),
        (f'url = "{A}"', {"FEEDSVC_STORE_URL_FILE": "url.txt"}, B),
        (f'url = "{A}"', {"FEEDSVC_STORE_URL": ""}, ""),
        ('url_file = "url.txt"', {"FEEDSVC_STORE_URL": A}, A),
        (f'url = "{A}"', {"DATABASE_URL": PLAIN}, A),
        ("", {"DATABASE_URL": PLAIN}, B),
        ("", {"DATABASE_URL_FILE": "url.txt"}, B),
        ("", {"DATABASE_URL": "mysql://of@another/program"}, ""),
    ],
)
def test_the_nearest_address_is_used(
    root: Path, table: str, environ: dict[str, str], expected: str
) -> None:
    assert url(root, table, environ) == expected


@pytest.mark.parametrize(
    ("table", "environ", "place"),
    [
        ('url = "sqlite:///secret.db"', {}, "config.toml:11:1: store.url: is not the address"),
        ('url = "postgresql://a:secret@one"', {}, "store.url: is not the address of a database"),
        ('url = "postgresql://a:secret@one:port/b"', {}, "store.url: is not the address of a"),
        ('url_file = "none.txt"', {}, '/none.txt" gives no address: No such file'),
        ("", {"FEEDSVC_STORE_URL": "secret"}, "FEEDSVC_STORE_URL:1:1: url: is not the address"),
        ("", {"DATABASE_URL": "postgres://a:secret@one"}, "DATABASE_URL:1:1: is not the address"),
        ("", {"DATABASE_URL_FILE": "none.txt"}, '/none.txt" gives no address: No such file'),
    ],
)
def test_an_address_that_is_none_is_reported_without_its_password(
    root: Path, table: str, environ: dict[str, str], place: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        url(root, table, environ)
    assert place in str(refused.value)
    assert "secret" not in str(refused.value)
