"""The life of a newsroom: readers get the right documents after any actions in any order.

Hypothesis makes up the lives; tests.tools.model says what every document must hold.
"""

from __future__ import annotations

import dataclasses
import os
import re
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from werkzeug.test import TestResponse

from feedsvc.config.store_settings import StoreSettings
from feedsvc.model.feed import FILES, FORMATS, WITH_TOMBSTONES, Document, Format
from feedsvc.model.paths import FeedPath
from feedsvc.model.report import Report
from feedsvc.publishing import sync
from feedsvc.store.database import Database
from feedsvc.store.sqlite import FILE_NAME
from feedsvc.web.app import create_app
from tests.conftest import CONFIG, NOW, KeptIn, Newsroom, wanted
from tests.tools.documents import Entry, Fetched, entries, previous, tombstones
from tests.tools.model import SECTIONS, TOKEN, TOPIC, WITHDRAWN, NewsroomModel, Record, Story
from tests.tools.postgres import PostgresServer

ITEMS, HELD = 3, 2
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


class Walk(NamedTuple):
    """All documents of a section, as a reader walks back through them."""

    newest: list[Entry]
    waiting: list[Entry]
    archives: dict[int, list[Entry]]
    tombstones: dict[int, list[tuple[str, str]]]

    def all(self) -> list[Entry]:
        held = [entry for archive in self.archives.values() for entry in archive]
        return [*self.newest, *self.waiting, *held]


@cache
def empty_store() -> bytes:
    """Return a store that only lacks articles: to make one takes longer than most lives."""
    with tempfile.TemporaryDirectory() as folder:
        Database(Path(folder)).close()
        return (Path(folder) / FILE_NAME).read_bytes()


BACK = st.sampled_from([0, 1, 3600, 7200, 86400, 3 * 86400, 40 * 86400])
AHEAD = st.sampled_from([1, 60, 3600, 86400, 3 * 86400])
OFFSET = st.one_of(BACK.map(lambda it: -it), BACK.map(lambda it: -it), AHEAD).map(
    lambda seconds: timedelta(seconds=seconds)
)
SECTION = st.sampled_from(SECTIONS)
INDEX = st.integers(0, 11)
MAYBE = st.none() | OFFSET
LOOK = st.sampled_from(["everywhere", "near", "near", ""])
"""Where a sync looks after something was done, if there is one at once."""


class Life(RuleBasedStateMachine):
    """One newsroom from its first day on."""

    sections = (*SECTIONS, TOPIC)
    kept_in: KeptIn = "folder"

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.words = 0
        self.stamps = NOW.timestamp() * 2
        self.newsroom: Newsroom
        self.deleted: dict[str, Record] = {}

    def teardown(self) -> None:
        if hasattr(self, "newsroom"):
            for database in self.databases():
                database.close()
        self.folder.cleanup()

    def databases(self) -> list[Database]:
        """Return the stores that all is published in; the documents of each must be the same."""
        return [self.newsroom.database]

    def make_stores(self) -> None:
        """Make empty stores in the places of the ones that were there."""
        self.newsroom.database.close()
        for file in self.newsroom.config.state.iterdir():
            file.unlink()
        (self.newsroom.config.state / FILE_NAME).write_bytes(empty_store())
        self.newsroom.database = Database(self.newsroom.config.state)

    def publish(self, publish: Callable[..., Report | None] = sync.sync, **options: Any) -> None:
        for database in self.databases():
            publish(database, self.newsroom.config, self.newsroom.now, **options)

    def ask(self, url: str) -> TestResponse:
        """Return the answer to a request, which is the same of each store."""
        answer, *others = [client.get(url) for client in self.clients]
        for other in others:
            assert (other.status_code, other.data) == (answer.status_code, answer.data), url
            for name in ("ETag", "Last-Modified", "Cache-Control", "Location", "Expires"):
                assert other.headers.get(name) == answer.headers.get(name), (url, name)
        return answer

    @initialize(
        hours=st.sampled_from([0, 0, 2]),
        notice=st.sampled_from([2, 1, 0]),
        tombstone=st.sampled_from([3, 5, 0]),
        first=st.integers(0, 12),
        formats=st.sampled_from([*combinations(FORMATS, 2)]),
    )
    def open_newsroom(
        self, hours: int, notice: int, tombstone: int, first: int, formats: tuple[Format, ...]
    ) -> None:
        """Begin with some stories, and with readers of two formats, which must agree."""
        self.formats = formats
        self.hours = hours
        self.days = f"kill_notice = {notice}\ntombstone = {tombstone}\n"
        self.model = NewsroomModel(notice * DAY, tombstone * DAY)
        root = Path(self.folder.name)
        state = root / ".feedsvc"
        state.mkdir()
        (state / FILE_NAME).write_bytes(empty_store())
        self.newsroom = Newsroom(root, self.config(ITEMS, HELD), self.kept_in)
        for number in range(first):
            self.save(self.fresh(SECTIONS[number % 4], -30 * DAY + number * HOUR))
        self.pages: set[str] = set()
        self.model.sync(self.newsroom.now, cold=True)
        self.begin()

    def config(self, items: int, held: int) -> str:
        self.items = items
        limits = f"items = {items}\nhours = {self.hours}\narchive_items = {held}\n"
        served = CONFIG.replace('language = "en"', "pages = true")
        return served.replace("items = 30\n", limits + self.days)

    def begin(self) -> None:
        """Read the files into an empty store, as readers that know nothing yet come along."""
        self.start()
        self.seen: dict[str, list[Fetched]] = {}

    def start(self) -> None:
        """Start the service; its archives may be others than before."""
        self.publish()
        self.clients = [
            create_app(self.newsroom.config, database, lambda: self.newsroom.now).test_client()
            for database in self.databases()
        ]
        self.resume: dict[tuple[str, Format], str] = {}
        self.archived: dict[str, dict[str, tuple[object, ...]]] = {}
        self.frozen: dict[str, set[str]] = {}
        self.earlier: dict[str, list[Story]] = {}

    def word(self, kind: str) -> str:
        self.words += 1
        return f"{kind}{self.words}x"

    def fresh(self, section: str, offset: timedelta, **more: Any) -> Record:
        headline = self.word("H")
        number = self.words
        article_id = f"n{number}" if number % 2 else f"{section}/n{number}".lstrip("/")
        moment = self.newsroom.now + offset
        more.setdefault("keyword", "" if number % 3 else "Blue Whales")
        return Record(article_id, section, headline, self.word("B"), published=moment, **more)

    def save(self, record: Record) -> None:
        file = self.newsroom.write(record.path, record.text())
        self.stamps += 1  # two writes at once must differ, however coarse this machine's clock is
        if self.kept_in == "folder":
            os.utime(file, (self.stamps, self.stamps))
        self.model.files[record.path] = record

    def sync(self, look: str = "everywhere", *changed: Record) -> None:
        if look:
            paths = {record.path for record in changed} if look == "near" else None
            near = None if paths is None else {f"articles/{path}" for path in paths}
            self.publish(near=near)
            self.model.sync(self.newsroom.now, paths)

    def pick(self, index: int) -> Record:
        files = list(self.model.files.values())
        return files[index % len(files)]

    def edit(self, index: int, look: str, **changes: Any) -> None:
        record = dataclasses.replace(self.pick(index), broken=False)
        record = dataclasses.replace(record, **changes)
        record = self.ordered(record)
        self.save(record)
        self.sync(look, record)

    def ordered(self, record: Record) -> Record:
        """Return the record with dates that fit together."""
        least = record.released
        if record.updated:  # a later one would wait
            updated = max(record.published, min(record.updated, self.newsroom.now))
            record = dataclasses.replace(record, updated=updated)
        if record.expires and record.expires < least:
            record = dataclasses.replace(record, expires=least)
        return record

    def then(self, offset: timedelta | None) -> datetime | None:
        return None if offset is None else self.newsroom.now + offset

    def has_files(self) -> bool:
        return bool(self.model.files)

    @rule(section=SECTION, offset=OFFSET, embargoed=MAYBE, expires=MAYBE, look=LOOK)
    def write(
        self,
        section: str,
        offset: timedelta,
        embargoed: timedelta | None,
        expires: timedelta | None,
        look: str,
    ) -> None:
        ends = {"embargoed": self.then(embargoed), "expires": self.then(expires)}
        record = self.ordered(self.fresh(section, offset, **ends))
        self.save(record)
        self.sync(look, record)

    @rule(section=SECTION, count=st.integers(2, 9), offset=OFFSET, lasts=st.none() | AHEAD)
    def write_many(self, section: str, count: int, offset: timedelta, lasts: int | None) -> None:
        for number in range(count):
            record = self.fresh(section, offset - number * HOUR)
            if lasts and number % 2:
                record = self.ordered(
                    dataclasses.replace(record, expires=self.newsroom.now + lasts * SECOND)
                )
            self.save(record)
        self.sync()

    @precondition(has_files)
    @rule(index=INDEX, offset=OFFSET, noted=st.booleans(), look=LOOK)
    def correct(self, index: int, offset: timedelta, noted: bool, look: str) -> None:
        updated = self.newsroom.now + min(offset, timedelta())  # a later one waits until then
        note = self.word("C") if noted else ""
        self.edit(index, look, updated=updated, note=note, body=self.word("B"))

    @precondition(has_files)
    @rule(index=INDEX, look=LOOK)
    def touch(self, index: int, look: str) -> None:
        self.edit(index, look, body=self.word("B"))

    @precondition(has_files)
    @rule(index=INDEX, look=LOOK)
    def retitle(self, index: int, look: str) -> None:
        self.edit(index, look, headline=self.word("H"))

    @precondition(has_files)
    @rule(index=INDEX, other=INDEX, by_headline=st.booleans(), look=LOOK)
    def relate(self, index: int, other: int, by_headline: bool, look: str) -> None:
        story = self.pick(other)
        related = story.headline if by_headline else story.article_id
        self.edit(index, look, related="" if story == self.pick(index) else related)

    @precondition(has_files)
    @rule(index=INDEX, offset=OFFSET, look=LOOK)
    def date(self, index: int, offset: timedelta, look: str) -> None:
        self.edit(index, look, published=self.then(offset))

    @precondition(has_files)
    @rule(index=INDEX, offset=MAYBE, look=LOOK)
    def embargo(self, index: int, offset: timedelta | None, look: str) -> None:
        self.edit(index, look, embargoed=self.then(offset))

    @precondition(has_files)
    @rule(index=INDEX, offset=MAYBE, look=LOOK)
    def expire(self, index: int, offset: timedelta | None, look: str) -> None:
        self.edit(index, look, expires=self.then(offset))

    @precondition(has_files)
    @rule(index=INDEX, offset=MAYBE, look=LOOK)
    def kill(self, index: int, offset: timedelta | None, look: str) -> None:
        updated = self.pick(index).updated if offset is None else self.then(offset)
        self.edit(index, look, status="canceled", note=self.word("C"), updated=updated)

    @precondition(has_files)
    @rule(index=INDEX, status=st.sampled_from(["usable", "usable", "withheld", "draft"]), look=LOOK)
    def put(self, index: int, status: str, look: str) -> None:
        self.edit(index, look, status=status)

    @precondition(has_files)
    @rule(index=INDEX, keyword=st.sampled_from(["Blue Whales", "blue whales", ""]), look=LOOK)
    def tag(self, index: int, keyword: str, look: str) -> None:
        self.edit(index, look, keyword=keyword)

    @precondition(has_files)
    @rule(index=INDEX, section=SECTION, look=LOOK)
    def move(self, index: int, section: str, look: str) -> None:
        self.edit(index, look, section=section or None)

    @precondition(has_files)
    @rule(index=INDEX, folder=SECTION, look=LOOK)
    def rename(self, index: int, folder: str, look: str) -> None:
        record = self.pick(index)
        if "/" in record.article_id or record.folder == folder or record.broken:
            return
        new = dataclasses.replace(record, folder=folder)
        if new.path in self.model.known:
            return
        self.lose(record)
        self.deleted.pop(record.path)
        self.save(new)
        self.sync(look, record, new)

    def lose(self, record: Record) -> None:
        self.newsroom.delete(record.path)
        self.deleted[record.path] = self.model.files.pop(record.path)

    @precondition(has_files)
    @rule(index=INDEX, look=LOOK)
    def delete(self, index: int, look: str) -> None:
        record = self.pick(index)
        self.lose(record)
        self.sync(look, record)

    @precondition(lambda self: len(self.deleted) > 3)
    @rule()
    def restore_all(self) -> None:
        for record in self.deleted.values():
            self.save(record)
        self.deleted.clear()
        self.sync()

    @precondition(lambda self: self.deleted)
    @rule(index=INDEX, look=LOOK)
    def restore(self, index: int, look: str) -> None:
        record = self.deleted.pop(list(self.deleted)[index % len(self.deleted)])
        self.save(record)
        self.sync(look, record)

    @precondition(has_files)
    @rule(index=INDEX, look=LOOK)
    def spoil(self, index: int, look: str) -> None:
        record = dataclasses.replace(self.pick(index), broken=True)
        self.save(record)
        self.sync(look, record)

    @precondition(lambda self: self.kept_in == "folder" and self.has_files())
    @rule()
    def lose_the_disk(self) -> None:
        articles, elsewhere = self.newsroom.root / "articles", self.newsroom.root / "elsewhere"
        articles.rename(elsewhere)
        self.publish()
        elsewhere.rename(articles)

    @precondition(has_files)
    @rule(kept=st.integers(0, 3), meant=st.booleans())
    def lose_most(self, kept: int, meant: bool) -> None:
        """Delete nearly all files: nothing happens without a confirmation."""
        for record in list(self.model.files.values())[kept:]:
            self.lose(record)
        self.publish(sync.accept_deletions if meant else sync.sync)
        self.model.sync(self.newsroom.now, accepted=meant)

    def pass_until(self, moment: datetime) -> None:
        """Let time pass; what is done in the same second, a date cannot tell apart."""
        if moment > self.newsroom.now:
            self.newsroom.now = moment
            for seen in self.fetched:
                self.seen.setdefault(seen.url, []).append(seen)

    @rule(seconds=st.sampled_from([1, 30, 60, 3600, 5 * 3600, 86400, 4 * 86400, 20 * 86400]))
    def wait(self, seconds: int) -> None:
        self.pass_until(self.newsroom.now + timedelta(seconds=seconds))

    @precondition(lambda self: self.model.next_moments(self.newsroom.now))
    @rule(index=st.integers(0, 3), early=st.booleans())
    def wait_until_something_happens(self, index: int, early: bool) -> None:
        turns = self.model.next_moments(self.newsroom.now)
        moment = turns[index % len(turns)]
        self.pass_until(moment - SECOND if early else moment)

    @rule()
    def sync_only(self) -> None:
        self.sync()

    @rule()
    def tick(self) -> None:
        self.publish(sync.tick)

    @rule()
    def make_the_store_anew(self) -> None:
        records = self.newsroom.records
        texts = {it: self.newsroom.record(it) for it in records.paths() if not records.in_files}
        self.make_stores()
        for path, text in texts.items():
            self.newsroom.write(path, text)
        self.model.start_over(self.newsroom.now)
        self.begin()

    @rule(items=st.sampled_from([ITEMS, 2, 5]), held=st.sampled_from([HELD, 1, 4]))
    def change_the_configuration(self, items: int, held: int) -> None:
        self.newsroom.configure(self.config(items, held))
        self.start()
        self.model.sync(self.newsroom.now)

    # What must hold after each of these.

    @invariant()
    def readers_have_what_they_should(self) -> None:
        if not hasattr(self, "newsroom"):
            return
        self.fetched: list[Fetched] = []
        allowed = self.model.allowed_words(self.newsroom.now)
        for section in self.sections:
            for format in self.formats:
                self.check_corrections(section, format)
                self.go_on(section, format)
                walk = self.walk(section, format)
                if walk:
                    self.check_walk(section, format, walk)
        self.check_pages(allowed)
        for seen in self.fetched:
            words = set(TOKEN.findall(seen.body.decode()))
            assert words <= allowed, (seen.url, words - allowed)

    def check_pages(self, allowed: set[str]) -> None:
        """Check the answer at every address that ever was one of a page."""
        now = self.newsroom.now
        self.pages |= {it.record.page for it in self.model.stories.values()}
        listed = set[str]()
        for page in sorted(self.pages):
            answer = self.ask(f"/{page}")
            status, word = self.model.answer_at(page, now)
            assert answer.status_code == status, (page, status, word)
            if status == 308:
                assert answer.location == f"https://quay.example/{word}"
            else:
                assert word in answer.text, (page, word)
            words = set(TOKEN.findall(answer.text))
            if status == 410:  # of a page that is gone only the note is left
                words = {it for it in words if it[0] != "C"}
                assert not words
            assert words <= allowed, (page, words - allowed)
            if status == 200:
                listed.add(f"https://quay.example/{page}")
        months = self.ask("/sitemap.xml").text
        urls = re.findall("<loc>https://quay.example(.*?)</loc>", months)
        sitemaps = "".join(self.ask(url).text for url in urls)
        assert set(re.findall("<loc>(.*?)</loc>", sitemaps)) == listed

    def get(self, url: str) -> Fetched | None:
        """Ask as a reader does; None where there is no such document."""
        answer = self.ask(url)
        if answer.status_code == 404:
            return None
        assert answer.status_code == 200, (url, answer.status_code)
        modified = answer.last_modified
        assert modified
        seen = Fetched(url, answer.data, modified)
        assert modified <= self.newsroom.now
        for then in self.seen.get(url, ()):
            # A reader of another version must see the change by the date alone.
            changed = then.words() != seen.words()
            assert not changed or then.modified < modified, f"{url} changed in secret"
        self.fetched.append(seen)
        return seen

    def dated(self, document: Document) -> datetime:
        """Return the date of an answer: a second change in one second is dated ahead."""
        return min(document.last_modified, self.newsroom.now)

    def walk(self, section: str, format: Format) -> Walk | None:
        first = self.get(f"/{section}/{FILES[format]}".replace("//", "/"))
        if first is None:
            assert not any(it.is_shown(self.newsroom.now) for it in self.model.stories_in(section))
            assert not self.model.tombstones(section, self.newsroom.now)
            return None
        fresh = self.newsroom.document(section, format)
        assert (fresh.body, self.dated(fresh)) == (first.body, first.modified)
        body = first.body
        if format in WITH_TOMBSTONES:
            assert tombstones(body) == self.model.tombstones(section, self.newsroom.now)
        walk = Walk(self.without_kills(section, entries(body)), [], {}, {})
        url = self.resume[section, format] = previous(body)
        while url:
            seen = self.get(url)
            assert seen, url
            body = seen.body
            page = entries(body)
            archive = int(re.findall(r"archive/(\d+)/", url)[0])
            if "before" in url:
                walk.waiting.extend(page)
                assert page
            else:
                assert not walk.archives or archive == min(walk.archives) - 1
                walk.archives[archive] = page
                walk.tombstones[archive] = tombstones(body)
            url = previous(body)
        assert not walk.archives or min(walk.archives) == 1
        return walk

    def without_kills(self, section: str, inside: list[Entry]) -> list[Entry]:
        """Check the entries about kills in a newest feed, and return the others."""
        about = [it for it in inside if it.article_id.startswith("/:correction/")]
        expected = self.model.kills(section, self.newsroom.now)
        assert [(it.article_id, it.title) for it in about] == expected, section
        rest = [it for it in inside if it not in about]
        shown = {it.article_id: index for index, it in enumerate(inside)}
        for entry in about:
            notice = entry.article_id.split("/", 3)[3]
            assert shown.get(notice, -1) < shown[entry.article_id]
        return rest

    def go_on(self, section: str, format: Format) -> None:
        """Go on from where a reader was before the last things happened."""
        url = self.resume.pop((section, format), "")
        begun = re.findall(r"before=(\d+)\.(.*)", url)
        article_ids: list[str] = []
        while url:
            seen = self.get(url)
            assert seen, url
            article_ids += [it.article_id for it in entries(seen.body)]
            url = previous(seen.body)
        for released, article_id in begun:
            for story in self.model.stories_in(section):
                if story.is_usable(self.newsroom.now) and story.sort_key() > (
                    -int(released),
                    article_id,
                ):
                    times = article_ids.count(story.record.article_id)
                    assert times == 1, (section, story.record.article_id, article_ids)

    def check_walk(self, section: str, format: Format, walk: Walk) -> None:
        now, inside = self.newsroom.now, self.model.stories_in(section)
        shown = [it for it in inside if it.is_shown(now)]
        by_id = {it.record.article_id: it for it in shown}
        for entry in walk.all():
            assert entry.article_id in by_id, (section, entry)
            self.check_entry(entry, by_id[entry.article_id], format)
        article_ids = [entry.article_id for entry in walk.all()]
        for article_id, story in by_id.items():
            times = article_ids.count(article_id)
            assert times == 1 or (story.killed and times == 2), (section, article_id, times)
        self.check_places(section, walk, shown)
        stones = self.model.tombstones(section, now)
        for archive, named in walk.tombstones.items():
            assert set(named) <= set(stones), (section, archive)
            if format in WITH_TOMBSTONES:
                held = {it.article_id for it in walk.archives[archive]}
                assert {it for it in stones if it[0] in held} <= set(named)

    def check_places(self, section: str, walk: Walk, shown: list[Story]) -> None:
        """Check that each story is among the newest, before the next archive, or in an archive."""
        archive_of = {it.article_id: n for n, page in walk.archives.items() for it in page}
        free = [it.article_id for it in [*walk.newest, *walk.waiting]]
        frozen = {it.record.article_id for it in shown if it.killed} & archive_of.keys() - set(free)
        expected = [
            it for it in shown if it.record.article_id not in (frozen if it.killed else archive_of)
        ]
        assert free == [it.record.article_id for it in expected], section
        assert len(walk.newest) == self.window(expected), section
        self.check_archives(section, archive_of, frozen)

    def check_archives(self, section: str, archive_of: dict[str, int], frozen: set[str]) -> None:
        """Check that stories stay in their archive, and that only old ones are archived."""
        before, was = self.archived.get(section), self.frozen.get(section, set())
        lost = {record.article_id for record in self.deleted.values()}
        held = {
            article_id: state
            for article_id, state in (before or {}).items()
            if article_id in archive_of or article_id in lost
        }
        stories = self.model.stories_in(section)
        # An action begins with the releases that are due: it sees the stories as they were before.
        out = [it for it in [*self.earlier.get(section, ()), *stories] if self.out(it)]
        for story in stories:
            article_id, record = story.record.article_id, story.record
            if article_id in archive_of:
                state = (
                    archive_of[article_id],
                    story.killed,
                    record.released,
                    record.effective_section,
                )
                known = held.setdefault(article_id, state)
                assert known == state or known[1:] != state[1:], (section, article_id)
                held[article_id] = state
            fresh = frozen - was if story.killed else archive_of.keys() - (before or {}).keys()
            if before is not None and article_id in fresh:
                newer = {it.record.article_id for it in out if it.sort_key() < story.sort_key()}
                assert len(newer) >= 2 * self.items, (section, article_id)
        self.archived[section], self.frozen[section] = held, frozen
        self.earlier[section] = [dataclasses.replace(it) for it in stories]

    def out(self, story: Story) -> bool:
        """Return whether readers had a story, even if it is hidden now, or see its notice."""
        record, now = story.record, self.newsroom.now
        return (record.status == "usable" and record.released <= now) or story.shows_notice(now)

    def window(self, stories: list[Story]) -> int:
        """Return how many of a section's stories are its newest."""
        if not stories:
            return 0
        edge = stories[0].sort_key()[0] + self.hours * 3600
        return max(min(self.items, len(stories)), sum(it.sort_key()[0] <= edge for it in stories))

    def check_entry(self, entry: Entry, story: Story, format: Format) -> None:
        record, now = story.record, self.newsroom.now
        if story.killed:
            assert (entry.title, entry.summary) == (WITHDRAWN, record.note or WITHDRAWN)
            assert entry.related == []
            updated = max(story.killed, record.released)
        else:
            assert entry.title == record.headline
            assert record.body in entry.content
            assert (record.note in entry.content) == (
                record.corrected > record.released or not record.note
            )
            other = self.model.named_story(record.related)
            assert entry.related == (
                [other.record.headline] if other and other.is_usable(now) else []
            )
            updated = max(record.corrected, record.released)
        assert format == "rss" or entry.updated == updated.isoformat()

    def check_corrections(self, section: str, format: Format) -> None:
        expected = self.model.corrections(section, self.newsroom.now)[: self.items]
        path = f"/{FeedPath(section, 'corrections')}/{FILES[format]}"
        seen = self.get(path)
        if seen is None:
            assert not expected
            return
        fresh = self.newsroom.syndication.document(
            wanted(section, format, "corrections"), self.newsroom.now
        )
        assert (fresh.body, self.dated(fresh)) == (seen.body, seen.modified)
        shown = [(it.article_id, it.title, it.summary) for it in entries(seen.body)]
        assert shown == expected, path


class LifeInStore(Life):
    """The same where the records are in the store."""

    kept_in: KeptIn = "database"


Life.TestCase.settings = settings(
    max_examples=10,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    # To shrink a life that failed takes far longer than to read it as it was.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
LifeInStore.TestCase.settings = settings(Life.TestCase.settings, max_examples=2)
test_life = Life.TestCase
test_life_in_store = LifeInStore.TestCase


class LifeOnBoth(Life):
    """The life of a newsroom whose store is in a file, and another one in PostgreSQL."""

    server: PostgresServer

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.make = self.stack.enter_context(self.server.databases())
        self.second = self.open_second()

    def open_second(self) -> Database:
        return Database(Path(self.folder.name) / "second", StoreSettings(url=self.make()))

    def databases(self) -> list[Database]:
        return [*super().databases(), self.second]

    def make_stores(self) -> None:
        super().make_stores()
        self.second.close()
        self.second = self.open_second()

    def teardown(self) -> None:
        self.second.close()
        super().teardown()
        self.stack.close()


@pytest.mark.postgres
def test_all_documents_of_a_life_are_the_same_from_postgresql(postgres: PostgresServer) -> None:
    LifeOnBoth.server = postgres
    few = settings(Life.TestCase.settings, max_examples=2)
    run_state_machine_as_test(LifeOnBoth, settings=few)  # pyright: ignore[reportUnknownVariableType]
