"""``[cdn]``: the token, the servers, and keys that are wrong beside each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.config.cdn_settings import CdnSettings
from feedsvc.config.load import load
from feedsvc.errors import ConfigError
from tests.conftest import CONFIG


def read(folder: Path, keys: str, **environ: str) -> CdnSettings:
    (folder / "config.toml").write_text(f"{CONFIG}\n[cdn]\n{keys}\n", encoding="utf-8")
    return load(folder / "config.toml", environ=environ).cdn


FASTLY = 'purge = "fastly"\nservice = "abc"\n'


@pytest.mark.parametrize(
    ("keys", "header", "hosts"),
    [
        ("", "", {}),
        ('tags = "cache-tag"\nservers = "http://a.example"', "cache-tag", {}),
        (
            f'{FASTLY}token = "t"',
            "surrogate-key",
            {"api.fastly.com": "https://api.fastly.com"},
        ),
        (
            f'{FASTLY}token = "t"\nservers = "https://gate.example/fastly/"',
            "surrogate-key",
            {"gate.example": "https://gate.example/fastly"},
        ),
        (
            'purge = "varnish"\ntags = "surrogate-key"\n'
            'servers = ["http://10.0.0.1:6081/", "http://10.0.0.2:6081"]',
            "surrogate-key",
            {"10.0.0.1:6081": "http://10.0.0.1:6081", "10.0.0.2:6081": "http://10.0.0.2:6081"},
        ),
    ],
)
def test_the_header_and_the_servers_follow_the_cdn(
    tmp_path: Path, keys: str, header: str, hosts: dict[str, str]
) -> None:
    cdn = read(tmp_path, keys)
    assert (cdn.header, cdn.hosts) == (header, hosts)


def test_the_token_is_in_a_file_or_in_the_environment(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from-file\n")
    assert read(tmp_path, f'{FASTLY}token_file = "secret"').token == "from-file"
    assert read(tmp_path, FASTLY, FEEDSVC_CDN_TOKEN_FILE="secret").token == "from-file"
    assert read(tmp_path, f'{FASTLY}token_file = "secret"', FEEDSVC_CDN_TOKEN="12").token == "12"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ('purge = "akamai"', 'purge: must be "fastly", "cloudflare", "bunny", "varnish", '),
        (
            FASTLY,
            'token: is missing; add token_file = "…", or set FEEDSVC_CDN_TOKEN or ',
        ),
        (
            'purge = "cloudflare"\ntoken = "t"',
            'service: is missing; add service = "…", the id of the zone',
        ),
        (
            f'{FASTLY}token = "t"\ntags = "cdn-tag"',
            'tags: is "cdn-tag", but fastly reads "surrogate-key"; leave this out',
        ),
        (
            'purge = "varnish"',
            'servers: is missing; add the address to which requests go: servers = ["http://…"]',
        ),
        (
            'purge = "bunny"\nservice = "1/2"\ntoken = "t"',
            'service: "1/2" must be letters, digits, "-" and "_", as the CDN shows it',
        ),
        (f'{FASTLY}token = "a b"', "token: must be letters, digits and signs of ASCII without"),
        (f'{FASTLY}token = "tök"', "token: must be letters, digits and signs of ASCII without"),
        (f'{FASTLY}token_file = "none"', 'token_file: "none" gives no token: No such file'),
        (f'{FASTLY}token_file = "wrong"', 'token_file: "wrong" gives no token: must be letters'),
        (
            'purge = "webhook"\nservers = ["http://a.example/1", "http://a.example/2"]',
            "servers: names a host and port twice; leave one of the addresses out",
        ),
        ('purge = "webhook"\nservers = "http://a.example/?b"', 'must end with its path: no "?"'),
    ],
)
def test_keys_that_cannot_work_are_reported(tmp_path: Path, keys: str, message: str) -> None:
    (tmp_path / "wrong").write_text("a b")
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, keys)
    [problem] = caught.value.problems
    assert message in str(problem)
    assert problem.key.startswith("cdn.")
