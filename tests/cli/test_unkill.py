"""``feedsvc unkill``: a killed article is published again, and readers hear that it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from feedsvc.cli import main
from feedsvc.model.feed import FORMATS, Format
from tests.conftest import CONFIG, Newsroom, article, png, wanted
from tests.tools.documents import entries, tombstones

SENTENCE = "This story was withdrawn and is published again"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def unkill(*arguments: str) -> str:
    result = run("unkill", "world/a", *arguments)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def killed(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    """A newsroom with a killed story that readers had, as the real clock has it."""
    monkeypatch.chdir(newsroom.root)
    monkeypatch.setenv("FEEDSVC_CONFIG", str(newsroom.root / "config.toml"))
    newsroom.configure(CONFIG.replace('language = "en"', 'language = "en"\npages = true'))
    newsroom.write("world/a.png", png())
    newsroom.write("world/a.md", article("Alpha", "It rained.", image="{file: a.png}"))
    newsroom.now = datetime.now(UTC)
    newsroom.sync()
    assert run("kill", "world/a", "--note", "It was wrong.").exit_code == 0
    newsroom.now = datetime.now(UTC)
    return newsroom


def read(newsroom: Newsroom, format: Format = "rss", document: str = "newest") -> bytes:
    newsroom.now = datetime.now(UTC)
    request = wanted("world", format, document)  # type: ignore[arg-type]
    return newsroom.syndication.document(request, newsroom.now).body


@pytest.mark.parametrize("format", FORMATS)
def test_the_story_is_back_under_its_id_with_a_note(killed: Newsroom, format: Format) -> None:
    unkill("--note", "The complaint was about another story.")
    (entry,) = entries(read(killed, format))
    assert (entry.article_id, entry.title) == ("world/a", "Alpha")
    assert (
        f"<em>Restored: {SENTENCE} – The complaint was about another story.</em>" in entry.content
    )
    assert "It rained." in entry.content


def test_without_a_reason_the_note_is_the_sentence_alone(killed: Newsroom) -> None:
    unkill()
    assert f"<em>Restored: {SENTENCE}</em>" in entries(read(killed))[0].content


def test_the_sentence_is_in_the_language_of_the_article(killed: Newsroom) -> None:
    killed.write("world/a.md", article("Alpha", status="canceled", note="Mal.", language="es"))
    killed.sync()
    unkill()
    assert "había sido retirada y se publica de nuevo" in read(killed).decode()


def test_notice_tombstone_and_the_entry_about_the_kill_are_gone(killed: Newsroom) -> None:
    assert tombstones(read(killed, "atom")) == [("world/a", "It was wrong.")]
    unkill()
    body = read(killed, "atom")
    assert tombstones(body) == []
    assert b"It was wrong." not in body
    assert b"/:correction/" not in body


def test_it_is_dated_as_a_correction(killed: Newsroom) -> None:
    before = entries(read(killed, "atom"))[0].updated
    unkill()
    assert entries(read(killed, "atom"))[0].updated >= before
    (entry,) = entries(read(killed, document="corrections"))
    assert (entry.title, entry.summary) == ("Restored: Alpha", SENTENCE)


def test_its_page_and_its_picture_are_back(killed: Newsroom) -> None:
    assert killed.client().get("/world/a").status_code == 410
    unkill()
    killed.now = datetime.now(UTC)
    client = killed.client()
    page = client.get("/world/a")
    assert page.status_code == 200
    assert SENTENCE in page.text
    picture = killed.text("world").split('<enclosure url="https://feeds.quay.example')[1]
    with client.get(picture.split('"')[0]) as answer:
        assert answer.status_code == 200


def test_the_record_and_the_log_say_so(killed: Newsroom) -> None:
    output = unkill().splitlines()
    record = killed.record("world/a.md")
    assert "status:" not in record
    assert f"note: {SENTENCE}\n" in record
    assert output[0] == "wrote articles/world/a.md"
    assert output[1] == "publish world/a: changed /, /corrections, /world, /world/corrections"


def test_a_story_that_no_reader_had_is_published_without_a_note(killed: Newsroom) -> None:
    text = article("Beta", "It snowed.", status="canceled", note="Not yet.", updated="2026-11-22")
    killed.write("world/b.md", text)
    killed.sync()
    assert run("unkill", "world/b").exit_code == 0
    record = killed.record("world/b.md")
    assert record == article("Beta", "It snowed.")
    assert "It snowed." in read(killed).decode()


def test_a_story_that_is_not_killed_is_left_alone(killed: Newsroom) -> None:
    unkill()
    before = killed.read("world/a.md")
    result = run("unkill", "world/a")
    assert result.exit_code == 1
    assert result.output == (
        'feedsvc: "world/a" is usable; only a killed article is published again\n'
    )
    assert killed.read("world/a.md") == before


@pytest.mark.parametrize("between", ["", "draft", "withheld"])
def test_by_hand_the_corrections_list_the_kill_no_longer(killed: Newsroom, between: str) -> None:
    for status in filter(None, (between, "usable")):
        killed.write("world/a.md", article("Alpha", status=status))
        killed.sync()
    assert entries(read(killed, document="corrections")) == []


def test_it_can_be_killed_again_with_another_entry(killed: Newsroom) -> None:
    first = entries(read(killed))[1].article_id
    unkill()
    killed.write("world/a.md", article("Alpha", status="canceled", updated="2027-01-01"))
    killed.now = datetime(2027, 1, 1, 12, tzinfo=UTC)
    killed.sync()
    second = entries(killed.document("world").body)[1].article_id
    assert second.startswith("/:correction/")
    assert second != first
