"""``feedsvc import``."""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from feedsvc.cli import import_, main

PAGES = Path(__file__).parent.parent / "data" / "pages"
FERRY = str(PAGES / "ferry-w3m.txt")
NAME = "2023-03-21-ferry-crews-vote-to-return-after-nine-days-on-the-quay-union.md"
PLACE = f"articles/news/islands/{NAME}"


@pytest.fixture(autouse=True)
def newsroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config.toml").write_text('[site]\ntitle = "Quay"\nurl = "https://quay.example"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(main, ["import", *arguments], input=stdin)


def test_a_page_becomes_a_file_in_the_newsroom(newsroom: Path) -> None:
    result = run(FERRY)
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{PLACE}\n", "")
    assert (newsroom / PLACE).read_text().startswith("---\nheadline: Ferry Crews Vote")


def test_the_newsroom_may_be_elsewhere(newsroom: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (newsroom / "elsewhere").mkdir()
    monkeypatch.chdir(newsroom / "elsewhere")
    assert run(FERRY).exit_code == 1
    assert run("--config", "../config.toml", FERRY).exit_code == 0
    monkeypatch.setenv("FEEDSVC_CONFIG", str(newsroom / "config.toml"))
    assert run("--replace", FERRY).exit_code == 0
    assert (newsroom / PLACE).exists()


def test_a_record_is_never_replaced_without_the_option(newsroom: Path) -> None:
    run(FERRY)
    (newsroom / PLACE).write_text("mine")
    result = run(FERRY)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"feedsvc: {FERRY}: ")
    assert "is there already; --replace writes over it" in result.stderr
    assert (newsroom / PLACE).read_text() == "mine"
    assert run("--replace", FERRY).exit_code == 0
    assert (newsroom / PLACE).read_text() != "mine"


def test_print_writes_a_json_object_on_a_line_for_each_page_and_needs_no_newsroom(
    newsroom: Path,
) -> None:
    (newsroom / "config.toml").unlink()
    result = run("--print", FERRY, str(PAGES / "bare.html"))
    records = [json.loads(line) for line in result.stdout.splitlines()]
    golden = [PAGES / "ferry-w3m.txt.json", PAGES / "bare.html.json"]
    expected = [json.loads(path.read_text())["fields"] for path in golden]
    files = [FERRY, str(PAGES / "bare.html")]
    assert records == [{"file": file, **it} for file, it in zip(files, expected, strict=True)]
    assert not (newsroom / "articles").exists()


def test_a_page_is_read_from_standard_input() -> None:
    result = run("--print", "-", stdin=Path(FERRY).read_bytes())
    assert json.loads(result.stdout)["section"] == "news/islands"


def test_the_section_can_be_given(newsroom: Path) -> None:
    result = run("--section", "world/europe", "--explain", FERRY)
    assert result.stdout.startswith("articles/world/europe/2023-03-21-ferry")
    assert "  section ← --section\n" in result.stderr
    assert "section: world/europe" in (newsroom / result.stdout.strip()).read_text()


def test_a_section_that_is_none_is_refused() -> None:
    result = run("--section", "World Europe", FERRY)
    assert result.exit_code == 2
    assert "write it in lower case" in result.stderr


def test_explain_says_where_each_field_was_found() -> None:
    result = run("--print", "--explain", FERRY, str(PAGES / "jsonld-graph.html"))
    assert f"{FERRY}:\n  headline ← lines 10–11\n" in result.stderr
    assert "  published ← line 19\n" in result.stderr
    assert "  headline ← <h1>\n" in result.stderr


def test_a_page_without_a_date_becomes_a_draft_and_says_so(newsroom: Path) -> None:
    page = str(PAGES / "pasted.txt")
    result = run(page)
    place = "articles/weather/first-frost-closes-the-mountain-road-to-sella.md"
    assert result.stdout == f"{place}\n"
    assert result.stderr.startswith(f"feedsvc: {place}: is a draft; published is not set: line 5")
    assert "status: draft\n" in (newsroom / place).read_text()
    assert run("--print", page).stderr.startswith(f"feedsvc: {page}: is a draft")


def test_each_page_that_fails_is_reported_and_the_others_are_read(newsroom: Path) -> None:
    (newsroom / "empty.html").write_bytes(b"")
    result = run("empty.html", "missing.html", FERRY)
    assert result.exit_code == 1
    assert result.stdout == f"{PLACE}\n"
    assert result.stderr == (
        "feedsvc: empty.html: is empty\nfeedsvc: missing.html: No such file or directory\n"
    )


def test_a_folder_that_cannot_be_written_is_an_error(newsroom: Path) -> None:
    (newsroom / "articles").write_text("a file")
    result = run(FERRY)
    assert result.exit_code == 1
    assert "articles" in result.stderr


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"headline": "x"}', "is JSON, not an article page"),
        ("[{}]", "is JSON, not an article page"),
        ("<?xml version='1.0'?><rss version='2.0'/>", "is a feed (RSS), not an article page"),
        ("<!-- x -->\n<feed xmlns='http://www.w3.org/2005/Atom'/>", "is a feed (Atom)"),
        ("<rdf:RDF xmlns:rdf='x'/>", "is a feed (RSS)"),
        ("<opml version='2.0'/>", "is a list of feeds (OPML)"),
        ("<?xml version='1.0'?><urlset/>", "is a sitemap"),
        ("<h1>Rain Stops the Match</h1><p>It rained.</p>", "has 2 words of text, an article at"),
        (f"<h1>Log in</h1><p>{'Word ' * 60}.</p>", 'is a page of the site itself ("Log in")'),
        (
            "<h1>The News of the Day</h1>"
            + "".join(
                f"<p>For purpose {number} our partners and others need cookies on this device.</p>"
                for number in range(9)
            ),
            'is a page of the site itself ("The News of the Day")',
        ),
        (
            "<h1>News</h1>"
            + "".join(
                f"<h2><a href=/{number}>Story</a></h2><p>The council of town number {number} voted "
                "for a new library on Tuesday.</p>"
                for number in range(9)
            ),
            "lists stories and tells none",
        ),
        (
            "<h1>News</h1><main>"
            + "".join(f"<p><a href=/{number}>A story of the day</a></p>" for number in range(12)),
            "has 0 words of text",
        ),
    ],
)
def test_a_file_that_is_no_article_is_refused_with_a_reason(
    newsroom: Path, content: str, reason: str
) -> None:
    (newsroom / "page.html").write_text(content)
    result = run("--print", "page.html")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"feedsvc: page.html: {reason}")
    assert result.stderr.count("\n") == 1


def test_a_short_article_is_one_where_the_page_states_so_for_machines(newsroom: Path) -> None:
    page = "<h1>Rain Stops the Match</h1><p>" + "It rained all day. " * 6
    (newsroom / "shown.html").write_text(page)
    (newsroom / "stated.html").write_text(
        "<html><script type='application/ld+json'>"
        '{"@type": "NewsArticle", "datePublished": "2025-01-01T10:00:00Z"}</script>' + page
    )
    assert run("--print", "stated.html").exit_code == 0
    assert run("--print", "shown.html").exit_code == 1


def test_the_records_are_the_same_for_any_number_of_processes(newsroom: Path) -> None:
    pages = sorted(map(str, PAGES.glob("*.*")))
    one, three = (run("--print", "--jobs", jobs, *pages) for jobs in ("1", "3"))
    assert (one.stdout, one.stderr, one.exit_code) == (three.stdout, three.stderr, 1)
    assert one.stdout.count("\n") > 5


def test_a_page_too_large_to_be_one_is_not_read(newsroom: Path) -> None:
    with (newsroom / "large.html").open("wb") as file:
        file.truncate(20_000_001)
    result = run("--print", "large.html", FERRY)
    assert result.stderr == "feedsvc: large.html: is larger than 20 MB, so it is no page\n"
    assert '"file": "' + FERRY in result.stdout


def test_an_error_that_is_not_expected_stops_no_other_page() -> None:
    result = run("--print", "--jobs", "1", "page\0.html", FERRY)
    assert result.exit_code == 1
    assert result.stderr == (
        "feedsvc: page\\x00.html: could not be read (ValueError: embedded null byte)\n"
    )
    assert "Ferry Crews" in result.stdout


def test_a_process_that_is_killed_costs_only_its_page(newsroom: Path) -> None:
    os.mkfifo("slow.html")

    def kill_readers() -> None:
        for _ in range(2):
            with Path("slow.html").open("wb"):
                for process in multiprocessing.active_children():
                    process.kill()
                    process.join()

    killer = threading.Thread(target=kill_readers)
    killer.start()
    result = run("--print", "--jobs", "2", "slow.html", FERRY)
    killer.join()
    assert result.stderr == ("feedsvc: slow.html: could not be read (its process was killed)\n")
    assert "Ferry Crews" in result.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_command(newsroom: Path, number: signal.Signals) -> None:
    os.mkfifo("slow.html")
    command = [sys.executable, "-m", "feedsvc", "import", "--print", "--jobs", "2"]
    process = subprocess.Popen(
        [*command, "slow.html", "slow.html"], stderr=subprocess.PIPE, process_group=0
    )
    with Path("slow.html").open("wb"):  # opens when a process reads it
        send = os.killpg if number == signal.SIGINT else os.kill
        send(process.pid, number)
        # Ends when no process has stderr open any longer.
        errors = process.communicate(timeout=20)[1]
    assert b"Traceback" not in errors


def test_on_a_terminal_several_pages_show_a_progress_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

        def __getattr__(self, name: str) -> object:
            return getattr(stream, name)

    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", Terminal())
    import_.command.main(["--print", FERRY, FERRY], standalone_mode=False)
    assert "Reading pages" in stream.getvalue()
    assert capsys.readouterr().out.count('"headline": "Ferry Crews Vote') == 2
