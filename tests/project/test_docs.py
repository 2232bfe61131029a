"""Documentation is a contract: it is true, and it is complete."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec import structs

from feedsvc import errors
from feedsvc.cli import COMMANDS, main
from feedsvc.config.load import TABLES, load
from feedsvc.config.settings import RedirectRule, SectionSettings
from feedsvc.config.source_settings import SourceSettings
from feedsvc.ingest import timed_reader
from feedsvc.ingest.html import nesting
from feedsvc.ingest.record import body, fields, keys, markdown_file, value_types
from feedsvc.model import paths
from feedsvc.model.paths import COMING, GUESSES, RESERVED
from tests.conftest import CONFIG, NOW, Newsroom, wanted

ROOT = Path(__file__).parents[2]
PLACEHOLDERS = {
    "<path:section>": "SECTION",
    "<int:number>": "N",
    "<int(min=1):part>": "N",
    "<int(min=2):part>": "N",
    "<int(fixed_digits=4):year>": "YEAR",
    "<int(fixed_digits=2):month>": "MONTH",
    "<digest>": "DIGEST",
    "<path:path>": "PATH",
    "<path:filename>": "FILE",
    "<path:article_id>": "ID",
    "<name>": "NAME",
    "<secret>": "SECRET",
    "<path:media_id>": "MEDIA",
}
"""Of addresses in docs/urls.md."""
SETTINGS = {
    **TABLES,
    "redirects": RedirectRule,
    "sections": SectionSettings,
    "sources": SourceSettings,
}
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
CHANGES = (ROOT / "CHANGES.md").read_text(encoding="utf-8")
CONTRIBUTING = DOCS["contributing.md"]


def rows(text: str) -> set[str]:
    """Return the code in the first cells of tables."""
    return {
        name
        for line in text.splitlines()
        if line.startswith("|")
        for name in re.findall(r"`([^`]+)`", line.split("|")[1])
    }


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_every_key_of_a_record_is_documented_and_no_other() -> None:
    assert rows(DOCS["record.md"]) == set(keys.RECORD)
    assert f"at most {fields.MAX_RELATED};" in DOCS["record.md"]


def test_the_limits_of_a_record_are_documented() -> None:
    limits = DOCS["record.md"].partition("\n## Limits\n")[2].partition("\n## ")[0]
    for limit in (
        f"{markdown_file.MAX_FRONT_MATTER:,} characters of front matter",
        f"{value_types.MAX_LINE:,} characters of a headline",
        f"{paths.MAX_DEPTH} parts of a section",
        f"{paths.MAX_NAME} bytes of a part",
        *(f"{fields.MAX_ITEMS[key]} " for key in ("keywords", "byline", "media", "images")),
        f"{body.MAX_FILES:,} files",
        f"{nesting.MAX_NESTING} elements",
        f"{timed_reader.LEAST_TIME:.0f} seconds to read a file",
        f"{errors.MAX_PROBLEMS} problems",
    ):
        assert limit in limits


@pytest.mark.parametrize(
    "keys", [fields.IMAGE, fields.MEDIA, fields.RELATED, fields.COMMENTS, fields.PERSON]
)
def test_every_key_within_a_key_is_documented(keys: dict[str, Any]) -> None:
    for key in keys:
        assert re.search(rf"[{{, ]{key}[,}} ]", DOCS["record.md"]), key


def test_every_key_of_the_configuration_is_documented_and_no_other() -> None:
    parts = re.split(r"\n## `\[+(\w+)[^`]*`", DOCS["config.md"])
    documented = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert documented.keys() == SETTINGS.keys()
    for table, settings in SETTINGS.items():
        fields = {field.encode_name: field for field in structs.fields(settings)}
        assert rows(documented[table]) == fields.keys()
        for key, default in re.findall(r"^\| `(\w+)` \| (.*?) \|", documented[table], re.MULTILINE):
            assert (default == "**needed**") is fields[key].required, key
            if re.fullmatch(r"`(?!\[\w)[^`]+`", default):  # a value, and not the name of a key
                value = tomllib.loads(f"_ = {default.strip('`')}")["_"]
                given = fields[key].default
                assert (list(given) if isinstance(given, tuple) else given) == value, key


def test_every_reserved_name_is_documented() -> None:
    names = DOCS["config.md"].rpartition("reserved names:")[2]
    assert set(re.findall(r"`(\w+)`", names)) == RESERVED | COMING


def test_the_sample_configuration_shows_every_key() -> None:
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    for settings in SETTINGS.values():
        for field in structs.fields(settings):
            assert re.search(rf"^(# )?{field.encode_name} = ", text, re.MULTILINE), field.name


def test_every_command_is_in_the_readme_and_no_other() -> None:
    commands = [name for name in rows(README) if name.startswith("feedsvc ")]
    assert {name.removeprefix("feedsvc ") for name in commands} == set(COMMANDS)


def test_every_guess_is_in_the_readme() -> None:
    assert {f"/{guess}" for guess in GUESSES} <= rows(README)


def test_every_address_of_the_readme_is_answered(newsroom: Newsroom) -> None:
    newsroom.configure(CONFIG.replace("[feeds]", "pages = true\n[feeds]"))
    for path in ("world/europe/a.md", "world/flood.md"):
        newsroom.write(path, "---\nheadline: A\npublished: 2026-11-01\n---\n")
    newsroom.sync()
    client = newsroom.client()
    addresses = [name for name in rows(README) if name.startswith("/") and "…" not in name]
    assert len(addresses) > 10
    for address in addresses:
        assert client.get(address).status_code in (200, 301), address


FEEDS = [
    "SECTION",
    *(
        f"{place}{document}"
        for place in ("", "SECTION/")
        for document in ("archive/N", "corrections")
    ),
]
"""The paths of feeds, as the documentation writes them."""


def test_every_address_is_documented_and_no_other(newsroom: Newsroom) -> None:
    def spelled(rule: str) -> set[str]:
        """Return the addresses of a rule as the documentation writes them."""
        if "<path:feed>" in rule:
            return {it for feed in FEEDS for it in spelled(rule.replace("<path:feed>", feed))}
        for converter, name in PLACEHOLDERS.items():
            rule = rule.replace(converter, name)
        if choice := re.search(r"<any\(([^)]*)\):\w+>", rule):
            words = (word.strip(" '\"") for word in choice[1].split(","))
            return {it for word in words for it in spelled(rule.replace(choice[0], word, 1))}
        return {rule.rstrip("/") or "/"}

    rules = newsroom.client().application.url_map.iter_rules()
    there = {address for rule in rules for address in spelled(rule.rule)}
    assert not {address for address in there if "<" in address}
    assert rows(DOCS["urls.md"]) == there


def test_the_listing_shows_every_room() -> None:
    listing = next(block for block in blocks(CONTRIBUTING, "text") if "feedsvc/" in block)
    rooms = re.findall(r"^  (\w+)/", listing, re.MULTILINE)
    assert set(rooms) == {path.parent.name for path in (ROOT / "feedsvc").glob("*/__init__.py")}


def test_the_picture_of_the_layers_shows_the_contract() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (layers,) = (it["layers"] for it in contracts if it["type"] == "layers")
    picture = next(block for block in blocks(CONTRIBUTING, "text") if "__main__ ·" in block)
    shown = [line.strip().split(" · ") for line in picture.splitlines()]
    assert shown == [layer.split(" | ") for layer in layers]


@pytest.mark.parametrize("page", ["contributing.md", "design.md"])
def test_every_module_that_is_named_exists(page: str) -> None:
    rooms = "|".join(path.parent.name for path in (ROOT / "feedsvc").glob("*/__init__.py"))
    names = re.findall(rf"`((?:{rooms})(?:\.\w+)+)`", DOCS[page])
    assert names
    for name in names:
        module = ROOT / "feedsvc" / name.replace(".", "/")
        assert module.with_suffix(".py").exists() or module.is_dir(), name


def test_every_promise_names_tests_that_exist() -> None:
    promises = [line for line in DOCS["security.md"].splitlines() if line.startswith("| ")][1:]
    assert promises
    for promise in promises:
        files = re.findall(r"\]\(\.\./(tests/[^)]+)\)", promise)
        code = "".join((ROOT / file).read_text(encoding="utf-8") for file in files)
        assert files, promise
        for name in re.findall(r"`(test_\w+)`", promise):
            assert f"def {name}(" in code, name


def test_every_dependency_is_in_the_design() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = DOCS["design.md"].partition("## Dependencies")[2].lower()
    for requirement in project["dependencies"]:
        assert re.split("[>=;~]", requirement)[0] in named, requirement


def test_every_recipe_links_to_code_and_to_a_test() -> None:
    recipes = CONTRIBUTING.partition("## Recipes\n")[2].partition("\n## ")[0].strip().split("\n\n")
    assert len(recipes) == 9
    for recipe in recipes:
        links = re.findall(r"\]\(([^)]+)\)", recipe)
        assert any(link.startswith("../feedsvc/") for link in links), recipe
        assert any(link.startswith("../tests/") for link in links), recipe


def test_links_lead_to_files_that_are_there() -> None:
    for base, text in ((ROOT, README), *((ROOT / "docs", text) for text in DOCS.values())):
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (base / target).exists(), target


def test_the_example_of_a_record_is_right(newsroom: Newsroom) -> None:
    (record,) = blocks(README, "markdown")
    newsroom.write("local/a.md", record.replace("harbour-bridge.jpg", "a.svg"))
    newsroom.write("local/a.svg", '<svg xmlns="http://www.w3.org/2000/svg"/>')
    assert newsroom.sync().problems == ()


def test_the_example_of_problems_is_what_check_prints(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = '---\nheadline: Mayor says no\npublished: 11/10/2026\n\nsumary: "A"\n---\n'
    newsroom.write("local/bridge.md", record)
    monkeypatch.setenv("FEEDSVC_CONFIG", str(newsroom.root / "config.toml"))
    result = CliRunner().invoke(main, ["check"])
    (example,) = (block for block in blocks(README, "text") if "bridge.md" in block)
    assert result.stdout == example


@pytest.fixture(scope="module")
def quay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quay") / "newsroom"
    result = CliRunner().invoke(main, ["init", "--sample", str(folder)])
    assert result.exit_code == 0
    return folder


def test_the_excerpt_of_a_feed_is_of_that_feed(quay: Path) -> None:
    from feedsvc.publishing import sync
    from feedsvc.store.database import Database
    from feedsvc.syndication.feeds import Feeds

    config = load(quay / "config.toml", environ={})
    database = Database(config.state)
    sync.sync(database, config, NOW)
    feed = Feeds(config, database).document(wanted("local", "rss"), NOW).body.decode()
    database.close()
    lines = [line.strip() for line in feed.splitlines()]
    (excerpt,) = blocks(README, "xml")
    at = lines.index("<title>Harbour Bridge Reopens After Three-Year Repair</title>") - 1
    for line in excerpt.splitlines():
        if line.strip() != "…":
            at = lines.index(line.strip(), at)


def test_what_serve_prints_is_in_the_readme(quay: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from feedsvc.cli import serve

    config = load(quay / "config.toml", environ={"STATE_DIRECTORY": str(quay / "fresh")})
    printed: list[str] = []
    monkeypatch.setattr("click.echo", lambda text, err, nl: printed.append(text + "\n" * nl))
    serve.begin(config)
    example = next(block for block in blocks(README, "console") if "./run serve" in block)
    assert "".join(printed) == example.removeprefix("$ ./run serve\n")


def test_the_sample_configuration_and_the_starts_are_toml() -> None:
    for path in (ROOT / "config.toml", ROOT / "feedsvc/cli/starter/config.toml"):
        tomllib.loads(path.read_text(encoding="utf-8"))


def test_nothing_is_installed_from_a_package_index_that_does_not_have_it() -> None:
    for text in (README, CHANGES, *DOCS.values()):
        for command in re.findall(r"\bpip install +([^\n#`]+)", text):
            assert command.split()[-1].startswith((".", "~")), command


def test_the_changes_name_the_version() -> None:
    from importlib.metadata import version

    assert f"## {version('feedsvc')}" in CHANGES


def test_the_benchmarks_that_the_documentation_names_are_there() -> None:
    named = set(re.findall(r"\./run bench (\w+)", "".join(DOCS.values())))
    listed = subprocess.run(
        [sys.executable, "-m", "benchmarks"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert named
    assert named <= set(listed.split())
