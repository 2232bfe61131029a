"""Sources in config.toml: systems that send their articles."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.config.load import load
from feedsvc.config.source_settings import SourceSettings
from feedsvc.errors import ConfigError
from tests.conftest import CONFIG

SECRET = "a-secret-of-the-desk"
SOURCE = f'[[sources]]\nname = "desk"\nkind = "superdesk"\nsecret = "{SECRET}"\n'


def sources(folder: Path, text: str, **environ: str) -> tuple[SourceSettings, ...]:
    (folder / "config.toml").write_text(f"{CONFIG}\n{text}", encoding="utf-8")
    return load(folder, environ=environ).sources


def problems(folder: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        sources(folder, text, **environ)
    return [str(it) for it in caught.value.problems]


def test_a_source_has_its_name_its_kind_and_its_secret(tmp_path: Path) -> None:
    [source] = sources(tmp_path, SOURCE)
    assert (source.name, source.kind, source.secret) == ("desk", "superdesk", SECRET)
    assert source.withdraws == {"unpublish": "withhold", "delete": "delete", "kill": "kill"}


def test_a_secret_may_stand_in_a_file_or_in_the_environment(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}-1\n")
    (tmp_path / "other").write_text(f"{SECRET}-2\n")
    text = SOURCE.replace('"desk"', '"my-desk"').replace(
        f'secret = "{SECRET}"', 'secret_file = "secret"'
    )
    assert sources(tmp_path, text)[0].secret == f"{SECRET}-1"
    variable = "FEEDSVC_SOURCES_MY_DESK_SECRET"
    file = {f"{variable}_FILE": str(tmp_path / "other")}
    assert sources(tmp_path, text, **file)[0].secret == f"{SECRET}-2"
    assert sources(tmp_path, text, **file, **{variable: SECRET})[0].secret == SECRET


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('name = "desk"', 'name = "My Desk"', "small letters, digits and hyphens"),
        ('name = "desk"', f'name = "{"x" * 201}"', "small letters, digits and hyphens"),
        ('"superdesk"', '"superdisk"', "must be"),
        (f'secret = "{SECRET}"', 'secret = "short"', "16 characters or more"),
        (f'secret = "{SECRET}"', "", "FEEDSVC_SOURCES_DESK_SECRET"),
        (f'secret = "{SECRET}"', 'secret_file = "none"', '"none" gives no secret: No such file'),
        (f'secret = "{SECRET}"', 'secret_file = "."', "gives no secret"),
        ('"superdesk"', '"wordpress"', 'add url = "https://quay.example"'),
        ("name", "poll = 0\nname", "must be a whole number from 1 to 1440"),
        ("name", 'credit = "("\nname', "is no regular expression"),
        ("name", 'credit = "Photo"\nname', "must have one group"),
        ("name", 'sections = "sport"\nname', "must be a table"),
        ("name", 'sections = {x = "Big Words"}\nname', "is not a section"),
        ("name", 'sections = {x = "*"}\nname', "one * may stand"),
        ("name", 'sections = {"*x*" = "sport"}\nname', "one * may stand"),
        ("name", 'default_section = "a b"\nname', "is not a section"),
        ("name", 'withdraws = {unpublsh = "kill"}\nname', 'Did you mean "unpublish"?'),
        ("name", 'withdraws = {x = "kill"}\nname', "Known are unpublish, delete, kill."),
        ("name", 'withdraws = {kill = "hide"}\nname', "must be"),
    ],
)
def test_a_mistake_is_reported_with_its_remedy(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    [problem] = problems(tmp_path, SOURCE.replace(old, new, 1))
    assert sentence in problem


def test_two_sources_of_one_name_are_reported_at_their_lines(tmp_path: Path) -> None:
    redirects = '[[redirects]]\nfrom = "/x"\ngone = true\n'
    [problem] = problems(tmp_path, f"{SOURCE}{redirects}{SOURCE}")
    lines = f"{CONFIG}\n{SOURCE}{redirects}".count("\n")
    assert problem.startswith(f"config.toml:{lines + 2}:1: sources.name: ")
    assert "twice" in problem


def test_codes_lead_to_sections(tmp_path: Path) -> None:
    table = (
        '[sources.sections]\n"A*" = "first"\na1 = "whole"\n"*-news" = "news/*"\n'
        '"x*y" = "between"\n"*" = "rest"\n'
    )
    [source] = sources(tmp_path, f'{SOURCE}default_section = "other"\n{table}')
    for codes, section in (
        (["A1"], "whole"),
        (["a2"], "first"),
        (["z", "a2"], "first"),
        (["Town Hall-News"], "news/town-hall"),
        (["-news"], "rest"),
        (["xy"], "between"),
        (["b"], "rest"),
        ([], "other"),
    ):
        assert source.section(codes) == section, codes
    assert source.section([], "named") == "named"
