"""The jobs that ask other servers: shown, tried again, given up, and done by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from feedsvc.cli import main
from feedsvc.store import outbox
from tests.conftest import MakeNewsroom, Newsroom, article, png
from tests.push.test_pictures import config_of, enclosure
from tests.tools.other_server import OtherServer, picture, status


@pytest.fixture
def server() -> Iterator[OtherServer]:
    with OtherServer().running() as server:
        yield server


@pytest.fixture
def newsroom(make_newsroom: MakeNewsroom, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    """Return a newsroom, which is the folder the command is called in."""
    newsroom = make_newsroom("quay", config_of("measure"))
    monkeypatch.chdir(newsroom.root)
    newsroom.now = datetime.now(UTC)
    return newsroom


def run(*options: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, ["jobs", *options])
    assert result.exit_code == code, result.output
    return result.output


def test_each_job_is_a_line_with_its_state_and_its_error(newsroom: Newsroom) -> None:
    now = newsroom.now
    later = datetime(2199, 1, 2, 3, 4, tzinfo=UTC)
    with newsroom.database.writing() as connection:
        for number, key in enumerate(["gone", "away", "asked"]):
            outbox.add(connection, "picture", [f"https://{key}.example/{number}.png"], now)
            [job] = outbox.claim(connection, 1, now)
            if key == "gone":
                outbox.bury(connection, job, "is answered 410")
            elif key == "away":
                outbox.postpone(connection, job, later, "is answered 503")
        outbox.add(connection, "picture", ["https://new.example/n.png"], now)
    lines = [re.split(r"\s{2,}", line.strip()) for line in run().splitlines()]
    assert [line[1:] for line in lines] == [
        ["failed", "picture", "https://gone.example/0.png", "(1 try: is answered 410)"],
        [
            "waits until 2199-01-02 03:04",
            "picture",
            "https://away.example/1.png",
            "(1 try: is answered 503)",
        ],
        ["under way", "picture", "https://asked.example/2.png"],
        ["due", "picture", "https://new.example/n.png"],
    ]
    assert [line.split()[0] for line in run("--failed").splitlines()] == [lines[0][0]]


def test_where_there_is_no_job_that_is_a_sentence(newsroom: Newsroom) -> None:
    assert run() == "No job waits.\n"
    assert run("--failed") == "No job failed.\n"


def test_a_failed_job_is_done_once_it_is_tried_again(
    newsroom: Newsroom, server: OtherServer
) -> None:
    server.answers["/a.png"] = status(410)
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    assert run("--work") == "1 jobs done or tried; changed nothing\n"
    assert "(1 try: is answered 410)" in run("--failed")
    check = CliRunner().invoke(main, ["check"])
    assert f'"{server.url("/a.png")}" could not be fetched (is answered 410)' in check.output
    server.answers["/a.png"] = picture(png())
    assert run("--retry-all") == "1 failed jobs are tried again\n"
    assert run("--work") == "1 jobs done or tried; changed /\n"
    assert enclosure(newsroom) is not None
    assert run() == "No job waits.\n"


def test_one_job_is_tried_again_and_another_given_up(newsroom: Newsroom) -> None:
    with newsroom.database.writing() as connection:
        outbox.add(
            connection, "picture", ["https://a.example/", "https://b.example/"], newsroom.now
        )
        first, second = outbox.claim(connection, 2, newsroom.now)
        outbox.bury(connection, first, "is answered 410")
        outbox.bury(connection, second, "is answered 410")
    assert run("--retry", str(first.id), "--drop", str(second.id)) == (
        "1 jobs are tried again\n1 jobs are given up\n"
    )
    [line] = run().splitlines()
    assert re.split(r"\s{2,}", line.strip()) == [str(first.id), "due", "picture", first.key]


@pytest.mark.parametrize("option", ["--retry", "--drop"])
def test_an_id_that_no_job_has_changes_nothing(newsroom: Newsroom, option: str) -> None:
    with newsroom.database.writing() as connection:
        later = newsroom.now + timedelta(days=1)
        outbox.add(connection, "picture", ["https://a.example/"], later)
        [job] = outbox.jobs(connection)
    output = run(option, str(job.id), option, "77", code=1)
    assert f"not all of these are jobs: {job.id}, 77; nothing was changed" in output
    assert "waits until" in run()
