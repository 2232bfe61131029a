"""rss2email subscribes, and mails every new article, update, correction and withdrawal."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from pathlib import Path

import pytest

from tests.conftest import article
from tests.tools.programs import needed
from tests.tools.service import Service, until

pytestmark = pytest.mark.client

CONFIG = """\
[site]
title = "The Daily Quay"
url = "https://quay.example"

[log]
requests = "access.log"
"""
XML = ["rss", "atom"]
FERRY, TRAM, CRANE = "ferry", "tram", "crane"
WITHDRAWN = article("Crane Turns", "", status="canceled", note="It never turned.")


class Subscriber:
    """An rss2email of its own that delivers into a maildir."""

    def __init__(self, folder: Path, url: str, **options: str) -> None:
        self.program = needed("r2e", "rss2email")
        self.folder = folder
        self.mailbox = folder / "mail" / "INBOX" / "new"
        self.seen: set[Path] = set()
        settings = {
            "to": "desk@quay.example",
            "email-protocol": "maildir",
            "maildir-path": str(folder / "mail"),
            "verbose": "warning",
            **options,
        }
        lines = [f"{key} = {value}\n" for key, value in settings.items()]
        (folder / "mail").mkdir(parents=True)
        (folder / "r2e.cfg").write_text("".join(["[DEFAULT]\n", *lines]))
        self.run("add", "quay", url)

    def run(self, *words: str) -> None:
        """Run a command, which must report no error."""
        command = [self.program, "-c", "r2e.cfg", "-d", "r2e.json", *words]
        process = subprocess.run(
            command, cwd=self.folder, check=False, timeout=60, capture_output=True, text=True
        )
        assert (process.returncode, process.stdout + process.stderr) == (0, "")

    def poll(self) -> dict[str, EmailMessage]:
        """Fetch the feed once; return the mails that came of it, by the names of their records."""
        self.run("run")
        files = set(self.mailbox.iterdir()) - self.seen
        self.seen |= files
        parser = BytesParser(policy=policy.default)
        mails = [parser.parsebytes(file.read_bytes()) for file in files]
        return {mail["X-RSS-ID"].rpartition("/")[2]: mail for mail in mails}


class Section:
    """A section of its own for a test, with two articles."""

    def __init__(self, service: Service, name: str) -> None:
        self.name = name
        self.address = f"http://localhost:{service.port}/{name}"
        self._service = service
        self._folder = service.root / "articles" / name
        self._folder.mkdir()
        self.publish(FERRY, article("Ferry Late", "The ferry is two hours late."), "two hours")
        self.publish(TRAM, article("Tram Stops", "The tram has stopped."), "has stopped")

    def publish(self, name: str, record: str, text: str) -> None:
        """Write an article, and wait until the section's feeds have a text of it."""
        (self._folder / f"{name}.md").write_text(record)
        for format in XML:
            until(lambda format=format: self._service.shows(text, f"/{self.name}/{format}.xml"))

    def answered(self, *statuses: str) -> bool:
        """Return whether rss2email was answered with these statuses, as far as is logged."""
        lines = (self._service.root / "access.log").read_text().splitlines()
        theirs = [line for line in lines if "feedparser" in line and f"/{self.name}/" in line]
        return [line.split('" ')[1].split()[0] for line in theirs] == [*statuses]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    root = tmp_path_factory.mktemp("newsroom")
    (root / "articles").mkdir()
    (root / "config.toml").write_text(CONFIG)
    started = Service(root).wait()
    yield started
    started.end()


@pytest.fixture
def section(service: Service) -> Section:
    return Section(service, f"section{len(list((service.root / 'articles').iterdir()))}")


@pytest.mark.parametrize("format", XML)
def test_rss2email_mails_news_updates_corrections_and_kills(
    section: Section, tmp_path: Path, format: str
) -> None:
    url = f"{section.address}/{format}.xml"
    options = {"html-mail": "True", "reply-changes": "True"}
    reader = Subscriber(tmp_path / "reader", url, **options)
    first = reader.poll()
    subjects = {entry: mail["Subject"] for entry, mail in first.items()}
    assert subjects == {FERRY: "Ferry Late", TRAM: "Tram Stops"}
    assert "The ferry is two hours late." in first[FERRY].get_content()
    assert first[FERRY]["X-RSS-URL"] == f"https://quay.example/{section.name}/ferry"

    section.publish(CRANE, article("Crane Turns", "It turns."), "It turns.")
    assert [*reader.poll()] == [CRANE]

    keys = {"updated": "2026-11-22 09:00"}
    section.publish(FERRY, article("Ferry Late", "Three hours late.", **keys), "Three hours")
    updated = reader.poll()
    assert [*updated] == [FERRY]
    assert "Three hours late." in updated[FERRY].get_content()
    assert updated[FERRY]["In-Reply-To"] == first[FERRY]["Message-ID"]

    keys = {"updated": "2026-11-22 10:00", "note": "It stopped at noon."}
    section.publish(TRAM, article("Tram Stops", "It stood.", **keys), "at noon.")
    corrected = reader.poll()
    assert [*corrected] == [TRAM]
    assert "It stopped at noon." in corrected[TRAM].get_content()

    section.publish(CRANE, WITHDRAWN, "It never turned.")
    withdrawn = reader.poll()[CRANE].get_content()
    assert ("It never turned." in withdrawn, "It turns." in withdrawn) == (True, False)

    assert reader.poll() == {}
    until(lambda: section.answered(*["200"] * 5, "304"))


@pytest.mark.parametrize("format", XML)
def test_rss2email_mails_kills_also_where_it_mails_new_entries_alone(
    section: Section, tmp_path: Path, format: str
) -> None:
    url = f"{section.address}/{format}.xml"
    section.publish(CRANE, article("Crane Turns", "It turns."), "It turns.")
    reader = Subscriber(tmp_path / "reader", url)
    assert len(reader.poll()) == 3
    section.publish(CRANE, WITHDRAWN, "It never turned.")
    (about,) = reader.poll().values()
    assert about["Subject"].startswith("Withdrawn: ")
    assert "It never turned." in about["Subject"]


def test_rss2email_follows_an_old_address_and_keeps_the_new_one(
    section: Section, tmp_path: Path
) -> None:
    reader = Subscriber(tmp_path / "reader", f"{section.address}/feed")
    assert {*reader.poll()} == {FERRY, TRAM}
    section.publish(CRANE, article("Crane Turns", "It turns."), "It turns.")
    assert {*reader.poll()} == {CRANE}
    until(lambda: section.answered("301", "200", "200"))


@pytest.mark.parametrize("format", XML)
def test_rss2email_as_it_comes_mails_the_whole_text_and_mixes_no_authors(
    section: Section, tmp_path: Path, format: str
) -> None:
    keys = {
        "summary": "In short.",
        "byline": "[{name: Mara Oduya, email: mara@quay.example}, Jonas Lindqvist]",
    }
    section.publish(CRANE, article("Crane Turns", "It *turns* by night.", **keys), "by night")
    reader = Subscriber(tmp_path / "reader", f"{section.address}/{format}.xml")
    mail = reader.poll()[CRANE]
    name, address = parseaddr(mail["From"])
    assert "Jonas Lindqvist" in name
    assert address == "user@rss2email.invalid"  # rss2email's own: Mara Oduya's is not his
    assert mail.get_content().split("\n\n")[:2] == ["**In short.**", "It _turns_ by night."]
