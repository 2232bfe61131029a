"""``feedsvc check`` prints every problem, and its exit code says whether there is one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from feedsvc.cli import main
from tests.conftest import CONFIG, article


@pytest.fixture
def newsroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty newsroom, which is the folder the command is called in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "articles").mkdir()
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def write(newsroom: Path, path: str, text: str) -> None:
    file = newsroom / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def check(*paths: str) -> Result:
    return CliRunner().invoke(main, ["check", *paths])


WRONG = article(slug="a b")
SLUG = 'slug: "a b" must be letters, digits and hyphens, such as harbour-bridge'


def test_a_newsroom_without_problems_has_none_printed(newsroom: Path) -> None:
    for name in ("a", "b"):
        write(newsroom, f"articles/{name}.md", article())
    result = check()
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "2 articles, 0 problems\n"


def test_every_problem_of_every_file_is_printed(newsroom: Path) -> None:
    write(newsroom, "articles/b.md", article("Mayor", slug="a b", expires="a: b"))
    write(newsroom, "articles/world/a.json", '{"headline": "A"}')
    write(newsroom, "articles/a.md", article(related="[c]"))
    result = check()
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        'articles/a.md:1:1: note: related: there is no article "c"; it is left out of the feeds.',
        f"articles/b.md:4:1: {SLUG}",
        'articles/b.md:5:1: expires: "a: b" is not a date; write it like 2026-11-21 or '
        "2026-11-21 08:30",
        'articles/b.md:5:10: expires: put the expires in quotes: expires: "a: b" (a colon and a '
        "space begin a new key)",
        "articles/world/a.json:1:1: published: is missing; add published: 2026-11-21 08:30",
    ]
    assert result.stderr == "3 articles, 4 problems, 1 note\n"


def test_a_note_is_no_failure(newsroom: Path) -> None:
    write(newsroom, "articles/a.md", article(related="[nowhere]"))
    result = check()
    assert result.exit_code == 0
    assert result.stdout == (
        'articles/a.md:1:1: note: related: there is no article "nowhere"; it is left out of the '
        "feeds.\n"
    )
    assert result.stderr == "1 article, 0 problems, 1 note\n"


@pytest.mark.parametrize(
    ("paths", "places"),
    [
        (["articles/a.md"], ["a.md"]),
        (["articles/world"], ["world/b.md", "world/europe/c.md"]),
        (["articles/world/", "articles/world/b.md", "articles/a.md"],
         ["a.md", "world/b.md", "world/europe/c.md"]),
        (["articles"], ["a.md", "world/b.md", "world/europe/c.md"]),
        (["./articles/../articles/a.md"], ["a.md"]),
    ],
)  # fmt: skip
def test_files_and_folders_can_be_named(
    newsroom: Path, paths: list[str], places: list[str]
) -> None:
    for place in ("a.md", "world/b.md", "world/europe/c.md"):
        write(newsroom, f"articles/{place}", WRONG)
    result = check(*paths)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [f"articles/{place}:4:1: {SLUG}" for place in places]
    count = (
        "1 article, 1 problem"
        if len(places) == 1
        else f"{len(places)} articles, {len(places)} problems"
    )
    assert result.stderr == f"{count}\n"


def test_a_named_file_is_compared_with_all_others(newsroom: Path) -> None:
    write(newsroom, "articles/a.md", article(id="x", related="[c]"))
    write(newsroom, "articles/b.md", article(id="x", slug="a b"))
    write(newsroom, "articles/c.md", article())
    write(newsroom, "articles/d.md", article(id="c"))
    assert check("articles/a.md").stderr == "1 article, 0 problems\n"
    result = check("articles/d.md")
    assert result.stdout == (
        'articles/d.md:1:1: id: "c" is already the id of articles/c.md; give one of the two '
        "another id\n"
    )


@pytest.mark.parametrize("path", ["articles/a.txt", "articles/_a.md", "articles/.a.md"])
def test_a_file_that_is_no_article_is_an_error(newsroom: Path, path: str) -> None:
    write(newsroom, path, "x")
    result = check(path)
    assert result.exit_code == 1
    assert result.stderr == (
        f"feedsvc: {path} is no article file; one ends in .md or .json and begins with no . or _\n"
    )


def test_a_path_outside_is_an_error(
    newsroom: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "a.md"
    elsewhere.write_text(article())
    for path in (str(elsewhere), "config.toml"):
        result = check(path)
        assert result.exit_code == 1
        assert result.stderr == f"feedsvc: {path} is not below {newsroom}/articles\n"


def test_a_path_that_does_not_exist_is_an_error(newsroom: Path) -> None:
    result = check("articles/none.md")
    assert result.exit_code == 2
    assert "Path 'articles/none.md' does not exist." in result.stderr


def test_a_newsroom_without_articles_is_an_error(newsroom: Path) -> None:
    (newsroom / "articles").rmdir()
    result = check()
    assert result.exit_code == 1
    assert result.stderr == (
        f"feedsvc: there is no folder {newsroom}/articles; articles belong in it\n"
    )


def test_a_redirect_that_would_never_be_used_is_a_problem(newsroom: Path) -> None:
    froms = [
        "/world",
        "/world/europe/",
        "/world/a",
        "/sport",
        "/gone",
        "/world/{slug}",
        "/world?x=1",
    ]
    tables = "".join(f'[[redirects]]\nfrom = "{old}"\nto = "/feeds"\n' for old in froms)
    write(newsroom, "articles/world/europe/b.md", article("B"))
    write(newsroom, "articles/world/a.md", article("A"))
    messages: dict[str, list[str]] = {}
    for pages in ("", "pages = true\n"):
        text = CONFIG.replace("[feeds]", f"{pages}[feeds]") + tables + "[sections.sport]\n"
        write(newsroom, "config.toml", text)
        messages[pages] = re.sub(
            r"config.toml:\d+:1: redirects.from: ", "", check().stdout
        ).splitlines()
    advice = "which no redirect can hide; take it out"
    sections = [
        f'"{page}" is the page of a section, {advice}'
        for page in ("/world", "/world/europe/", "/sport", "/world?x=1")
    ]
    assert messages[""] == sections
    page = f'"/world/a" is the page of articles/world/a.md, {advice}'
    assert messages["pages = true\n"] == [*sections[:2], page, *sections[2:]]


def test_a_wrong_configuration_is_an_error(newsroom: Path) -> None:
    write(newsroom, "config.toml", '[site]\ntitle = "A"\nurll = "https://a.example"\n')
    result = check()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        'feedsvc: config.toml:3:1: site.urll: is not a key of [site]. Did you mean "url"?\n'
    )


def test_the_command_can_be_called(newsroom: Path) -> None:
    write(newsroom, "articles/a.md", article(slug="a b", summary="“é”"))
    done = subprocess.run(
        [sys.executable, "-m", "feedsvc", "check"], capture_output=True, check=False, cwd=newsroom
    )
    assert done.returncode == 1
    assert done.stdout.decode() == f"articles/a.md:4:1: {SLUG}\n"
    assert done.stderr == b"1 article, 1 problem\n"


def test_checking_changes_nothing(newsroom: Path) -> None:
    write(newsroom, "articles/a.md", article())
    before = sorted(newsroom.rglob("*"))
    check()
    assert sorted(newsroom.rglob("*")) == before


def test_an_old_name_of_a_section_that_still_has_articles_is_a_problem(newsroom: Path) -> None:
    names = 'was = ["abroad", "arts", "overseas"]'
    write(newsroom, "config.toml", f"{CONFIG}[sections.world]\n{names}\n")
    write(newsroom, "articles/abroad/europe/a.md", article())
    write(newsroom, "articles/arts/notes.txt", "")
    result = check()
    line = CONFIG.count("\n") + 2
    assert (result.exit_code, result.stdout) == (
        1,
        f'config.toml:{line}:1: sections.world.was: "abroad" has articles still, so its feeds '
        "stay where they are; move articles/abroad to articles/world\n",
    )
    assert result.stderr == "1 article, 1 problem\n"
    assert check("articles/abroad").exit_code == 0


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\x1b[31m", "a\\x1b[31m"),
        ("a\nb", "a\\nb"),
        ("a\x85b", "a\\x85b"),
        ("a\u202eb", "a\\u202eb"),
    ],
)
def test_no_name_of_a_file_controls_the_terminal(newsroom: Path, name: str, shown: str) -> None:
    write(newsroom, f"articles/{name}.md", article(id="a"))
    assert check().stdout == (
        f"articles/{shown}.md:1:1: the file's name has characters that cannot be seen; rename it\n"
    )
    result = CliRunner().invoke(main, ["sync", "--dry-run"])
    assert result.stdout == f"would read      articles/{shown}.md\n"
    result = CliRunner().invoke(main, ["show", name])
    assert not set("\x1b\x85\u202e") & set(result.output)
    assert result.output.count("\n") == 1


def test_of_very_many_problems_the_first_are_printed_and_none_is_long(newsroom: Path) -> None:
    key = "x" * 5000
    write(
        newsroom,
        "articles/a.json",
        "{" + ", ".join([f'"{key}": 1'] * 300) + "}",
    )
    write(newsroom, "articles/b.md", article(image=f"{{url: https://{'é' * 3000}:x}}"))
    lines = check().stdout.splitlines()
    assert len(lines) == 102
    assert all(len(line) < 700 for line in lines)
    assert lines[0] == (
        "articles/a.json:1:1: has more problems than these 100; solve them, and the rest is shown"
    )


BODY = """The gate shut at six.

<div hidden>

Desk: **call the keeper back** before this goes out.

</div>

  <iframe src="https://charts.example/1"></iframe>

Twice <span style="display: none">spare</span> and <span style="display: none">spare</span>.
"""


def test_what_readers_do_not_get_is_noted_at_its_place_and_is_no_problem(newsroom: Path) -> None:
    write(newsroom, "articles/a.md", article(body=BODY))
    result = check()
    hidden = "is left out, as on the page"
    assert result.stdout.splitlines() == [
        f"articles/a.md:7:1: note: body: the hidden <div> {hidden}",
        "articles/a.md:13:3: note: body: the frame of charts.example is left out; readers get a "
        "link to it",
        f"articles/a.md:15:7: note: body: the hidden <span> {hidden}",
        f"articles/a.md:15:52: note: body: the hidden <span> {hidden}",
    ]
    assert result.stderr == "1 article, 0 problems, 4 notes\n"
    assert result.exit_code == 0


def test_a_note_about_html_in_json_has_its_place_in_the_file(newsroom: Path) -> None:
    body = json.dumps('<p>Ö</p>\n<p hidden="">b</p><iframe srcdoc="c">', ensure_ascii=False)
    text = f'{{"headline": "A", "published": "2026-11-21 08:30",\n "body_html": {body}}}'
    write(newsroom, "articles/a.json", text)
    assert [line.partition(" note")[0] for line in check().stdout.splitlines()] == [
        "articles/a.json:2:26:",
        "articles/a.json:2:46:",
    ]


def test_what_is_not_found_in_the_file_is_noted_at_the_body(newsroom: Path) -> None:
    body = json.dumps("<p>Ö</p><p hidden title='Ö'>b</p>")
    text = f'{{"headline": "A", "published": "2026-11-21 08:30",\n "body_html": {body}}}'
    write(newsroom, "articles/a.json", text)
    assert check().stdout.startswith("articles/a.json:2:2: note: body: the hidden <p>")


@pytest.mark.parametrize("body", ["<script src='https://polls.example/1.js'></script>", "<svg/>"])
def test_a_body_of_which_nothing_is_left_is_a_problem(newsroom: Path, body: str) -> None:
    write(newsroom, "articles/a.md", article(body=body))
    result = check()
    assert result.stdout.splitlines()[0] == (
        "articles/a.md:5:1: body: nothing of it is left for readers; the notes say what is left out"
    )
    assert result.exit_code == 1


def test_an_empty_body_is_no_problem(newsroom: Path) -> None:
    write(newsroom, "articles/a.md", article(body="<p>&nbsp;</p><!-- later -->"))
    assert check().stderr == "1 article, 0 problems\n"
