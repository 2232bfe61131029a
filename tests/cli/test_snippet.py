from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from feedsvc.cli import main
from tests.conftest import CONFIG, Newsroom, article

SITE = """\
<link rel="alternate" type="application/rss+xml" title="The Daily Quay (RSS)" \
href="https://feeds.quay.example/rss.xml">
<link rel="alternate" type="application/atom+xml" title="The Daily Quay (Atom)" \
href="https://feeds.quay.example/atom.xml">
"""
JSON = """\
<link rel="alternate" type="application/feed+json" title="The Daily Quay (JSON)" \
href="https://feeds.quay.example/feed.json">
"""
EUROPE = """\
<link rel="alternate" type="application/rss+xml" title="Europe – The Daily Quay (RSS)" \
href="https://feeds.quay.example/world/europe/rss.xml">
<link rel="alternate" type="application/atom+xml" title="Europe – The Daily Quay (Atom)" \
href="https://feeds.quay.example/world/europe/atom.xml">
"""
EUROPE_JSON = """\
<link rel="alternate" type="application/feed+json" title="Europe – The Daily Quay (JSON)" \
href="https://feeds.quay.example/world/europe/feed.json">
"""


@pytest.fixture
def newsroom(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    newsroom.write("world/europe/a.md", article("Tunnel"))
    monkeypatch.setenv("FEEDSVC_CONFIG", str(newsroom.root / "config.toml"))
    return newsroom


def snippet(*words: str) -> Result:
    return CliRunner().invoke(main, ["snippet", *words])


@pytest.mark.parametrize("synced", [True, False])
def test_a_section_has_its_own_feeds_and_then_the_sites(newsroom: Newsroom, synced: bool) -> None:
    if synced:
        newsroom.sync()
    for spelled in ("world/europe", "/world/europe/", " world/europe "):
        result = snippet(spelled)
        assert (result.exit_code, result.stdout) == (0, EUROPE + SITE + EUROPE_JSON)


@pytest.mark.parametrize("words", [(), ("",), ("/",)])
def test_without_a_section_the_tags_are_the_sites(
    newsroom: Newsroom, words: tuple[str, ...]
) -> None:
    result = snippet(*words)
    assert (result.exit_code, result.stdout) == (0, SITE + JSON)


def test_the_page_of_feeds_has_the_same_tags(newsroom: Newsroom) -> None:
    newsroom.sync()
    assert SITE + JSON in newsroom.client().get("/feeds").text


def test_titles_are_escaped(newsroom: Newsroom) -> None:
    newsroom.configure(CONFIG.replace("The Daily Quay", "A & 'B' <C>"))
    lines = snippet().stdout.splitlines()
    assert 'title="A &amp; &#x27;B&#x27; &lt;C&gt; (RSS)"' in lines[0]
    newsroom.configure(CONFIG + "\n[sections.world]\ntitle = 'The \"World\"'\n")
    newsroom.sync()
    assert 'title="The &quot;World&quot; – The Daily Quay (RSS)"' in snippet("world").stdout


def test_a_section_in_another_script_is_found_in_any_form(newsroom: Newsroom) -> None:
    newsroom.write("économie/a.md", article("Prix"))
    result = snippet("e\u0301conomie")
    assert 'title="Économie – The Daily Quay (Atom)"' in result.stdout
    assert 'href="https://feeds.quay.example/%C3%A9conomie/atom.xml"' in result.stdout


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("World/Europ", ' Did you mean "world/europe"?'),
        ("wrold", ' Did you mean "world"?'),
        ("quite-another", ""),
    ],
)
def test_an_unknown_section_is_refused(newsroom: Newsroom, typed: str, hint: str) -> None:
    result = snippet(typed)
    assert result.exit_code == 1
    assert result.output == (
        f'feedsvc: there is no section "{typed}" here; name one that readers can see, '
        f"such as those at /feeds.{hint}\n"
    )


def test_a_section_under_embargo_is_not_listed(newsroom: Newsroom) -> None:
    newsroom.write("secret/a.md", article("Secret", embargoed="2099-01-01"))
    newsroom.sync()
    result = snippet("secre")
    assert result.exit_code == 1
    assert "secret" not in result.output
