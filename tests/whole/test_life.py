"""A newsroom's life: whatever is done in whatever order, readers have exactly what they should.

A model in plain Python knows what was typed into which file, and says what every document must
hold at every moment. Hypothesis makes up the lives.
"""

from __future__ import annotations

import dataclasses
import re
import tempfile
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from feedsvc.model.feed import FILES, FORMATS, WITH_TOMBSTONES, Format
from feedsvc.model.paths import FeedPath
from feedsvc.publishing import sync
from feedsvc.store.database import Database
from feedsvc.store.sqlite import FILE_NAME
from feedsvc.web.app import create_app
from tests.conftest import CONFIG, NOW, Newsroom, wanted
from tests.tools import json_feed

HOST = "https://feeds.quay.example"
TAG = "tag:quay.example,2026:"
ITEMS, HELD = 3, 2
GRACE = timedelta(seconds=60)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
SECTIONS = ["", "world", "world/europe", "sport"]
TOPIC = "tag/blue-whales"
WITHDRAWN = "This story has been withdrawn"
OWN_DATE = re.compile(rb"<(lastBuildDate|updated)>.*?</\1>")
TOKEN = re.compile(r"[HBC]\d+x")


def above(section: str) -> list[str]:
    """Return a section and those above it."""
    return [it for it in SECTIONS if it in ("", section) or section.startswith(f"{it}/")]


@dataclasses.dataclass(frozen=True)
class Typed:
    """What somebody typed into a file. Every text in it is a word of its own."""

    own: str
    folder: str
    headline: str
    body: str
    published: datetime
    updated: datetime | None = None
    embargoed: datetime | None = None
    expires: datetime | None = None
    note: str = ""
    status: str = "usable"
    section: str | None = None
    keyword: str = ""
    related: str = ""
    """The id of a story, or its headline."""
    broken: bool = False

    @property
    def place(self) -> str:
        """The section."""
        return self.folder if self.section is None else self.section

    @property
    def feeds(self) -> set[str]:
        """The paths of those it is in."""
        return {*above(self.place), *([TOPIC] if self.keyword else [])}

    @property
    def page(self) -> str:
        """The path of its page."""
        return f"{self.place}/{self.own.rpartition('/')[2]}".lstrip("/")

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.own.rpartition('/')[2]}.md".lstrip("/")

    @property
    def released(self) -> datetime:
        return max(self.published, self.embargoed or self.published)

    @property
    def corrected(self) -> datetime:
        return self.updated or self.published

    def in_time(self, now: datetime) -> bool:
        return self.released <= now and (self.expires is None or now < self.expires)

    def usable(self, now: datetime) -> bool:
        return self.status == "usable" and self.in_time(now)

    def text(self) -> str:
        related = f"{{headline: {self.related}}}" if TOKEN.match(self.related) else self.related
        keys = {
            "id": "" if "/" in self.own else self.own,
            "headline": self.headline + (": wrong" if self.broken else ""),
            "published": f"{self.published:%FT%TZ}",
            "updated": self.updated and f"{self.updated:%FT%TZ}",
            "embargoed": self.embargoed and f"{self.embargoed:%FT%TZ}",
            "expires": self.expires and f"{self.expires:%FT%TZ}",
            "note": self.note,
            "status": self.status,
            "section": self.section,
            "keywords": self.keyword and f"[{self.keyword}]",
            "related": related and f"[{related}]",
        }
        lines = "".join(f"{key}: {value}\n" for key, value in keys.items() if value)
        return f"---\n{lines}---\n{self.body}\n"


@dataclasses.dataclass
class Story:
    """What is published of a file, or would be."""

    typed: Typed
    feeds: set[str]
    killed: datetime | None = None
    ends: datetime | None = None
    lost: bool = False
    """Its file is gone."""
    withdrawn: bool = False
    """Its file is wrong, but says that it must not be published."""

    @property
    def hidden(self) -> bool:
        return self.lost or self.withdrawn

    def usable(self, now: datetime) -> bool:
        return not self.hidden and self.typed.usable(now)

    def was_read(self, now: datetime) -> bool:
        """Tell whether readers had its page, or its notice there."""
        typed = self.typed
        return self.killed is not None or (typed.status == "usable" and typed.released <= now)

    def notice(self, now: datetime) -> bool:
        ends = self.ends
        return not self.hidden and self.killed is not None and ends is not None and now < ends

    def shown(self, now: datetime) -> bool:
        return self.usable(now) or self.notice(now)

    def place(self) -> tuple[float, str]:
        """Return what sorts stories as feeds do."""
        return -(self.killed or self.typed.released).timestamp(), self.typed.own


class Grave(NamedTuple):
    feeds: set[str]
    moment: datetime
    comment: str


class Desk:
    """The model: what there is to read, from what was typed."""

    def __init__(self, notice: timedelta, tombstone: timedelta) -> None:
        self.notice, self.tombstone = notice, tombstone
        self.files: dict[str, Typed] = {}
        self.read: dict[str, Typed] = {}
        self.missing: dict[str, datetime | None] = {}
        self.stories: dict[str, Story] = {}
        self.graves: dict[str, Grave] = {}
        self.told: dict[str, dict[datetime, str]] = {}
        self.left: dict[str, str] = {}
        """The ids of the stories that were at addresses last, where they are not now."""

    def anew(self, now: datetime) -> None:
        """Forget all but the files."""
        memories = self.read, self.missing, self.stories, self.graves, self.told, self.left
        for memory in memories:
            memory.clear()
        self.sync(now, cold=True)

    def sync(
        self,
        now: datetime,
        near: Collection[str] | None = None,
        *,
        cold: bool = False,
        accepted: bool = False,
    ) -> None:
        """Look at the files, or only at some, and at those that were gone."""
        for path, typed in self.files.items():
            if near is None or path in near:
                self._read(typed, now, cold)
                self.read[path] = typed
                self.missing.pop(path, None)
        gone = {
            path
            for path in self.read.keys() - self.files.keys()
            if near is None or path in near or path in self.missing
        }
        since = {path: self.missing.get(path) for path in gone}
        final = {path for path, moment in since.items() if moment and moment + GRACE <= now}
        refused = len(gone) > 3 and 2 * len(gone) > len(self.read) and not accepted
        for path in final:
            self._bury(path, now)
        for path in gone - final:
            self.missing[path] = None if refused else self.missing.get(path) or now
            story = self._at(path)
            if story:
                story.lost = not refused

    def _at(self, path: str) -> Story | None:
        return next((it for it in self.stories.values() if it.typed.path == path), None)

    def _read(self, typed: Typed, now: datetime, cold: bool) -> None:
        story = self._at(typed.path)
        if story:
            story.lost = False
        if typed.broken:
            if story and typed.status != "usable":
                story.withdrawn = True
        elif typed.status == "draft":
            if story:
                own = story.typed.own
                del self.stories[own]
                self.left = {page: it for page, it in self.left.items() if it != own}
        else:
            self._put(typed, now, cold)

    def _put(self, typed: Typed, now: datetime, cold: bool) -> None:
        own, before = typed.own, self.stories.get(typed.own)
        killed = self._killed(typed, before, now, cold) if typed.status == "canceled" else None
        ends = killed and killed + self.notice
        # Whoever had a story is told of its kill, whatever its file says by then.
        had = before.feeds if before and typed.status == "canceled" else set[str]()
        # But it is in one section alone.
        feeds = typed.feeds | (had & {TOPIC})
        if before and before.typed.page != typed.page and before.was_read(now):
            self.left[before.typed.page] = own
        self.stories[own] = Story(typed, feeds, killed, ends)
        self.graves.pop(own, None)
        if typed.status == "canceled" and before:
            self.told.pop(own, None)
        if killed:
            self.graves[own] = Grave(feeds, killed, typed.note)
            self.told[own] = {killed: typed.note}
        elif typed.status == "usable" and typed.corrected > typed.published:
            self.told.setdefault(own, {})[typed.corrected] = typed.note

    def _killed(
        self, typed: Typed, before: Story | None, now: datetime, cold: bool
    ) -> datetime | None:
        """Return since when readers have to be told of a kill; None where they never had it."""
        if before is None:
            return min(typed.corrected, now) if cold and typed.released <= now else None
        if before.typed.status == "canceled":
            return before.killed
        if before.typed.status == "withheld" or before.typed.released > now:
            return None
        return min(typed.corrected, now) if typed.corrected > before.typed.corrected else now

    def _bury(self, path: str, now: datetime) -> None:
        story = self._at(path)
        del self.read[path], self.missing[path]
        if story:
            typed = story.typed
            del self.stories[typed.own]
            self.told.pop(typed.own, None)
            if story.was_read(now):
                self.left[typed.page] = typed.own
            if typed.usable(now):
                self.graves[typed.own] = Grave(typed.feeds, now, "")

    def at(self, page: str, now: datetime) -> tuple[int, str]:
        """Return what is answered at the address of a page: a status, and a word in the answer."""
        here = [it for _, it in sorted(self.stories.items()) if it.typed.page == page]
        moved = self.stories.get(self.left.get(page, ""))
        for story in here:
            if story.usable(now):
                return 200, story.typed.headline
        if moved and moved.usable(now):
            return 308, moved.typed.page
        for story in [*here, *([moved] if moved else [])]:
            if story.killed:
                return 410, story.typed.note
            if story.was_read(now) and not story.typed.in_time(now):
                return 410, "no longer available"
        return (410, "") if page in self.left and not moved else (404, "")

    def inside(self, section: str) -> list[Story]:
        """Return a section's stories, whatever may be read of them, in the order of feeds."""
        found = [it for it in self.stories.values() if section in it.feeds]
        return sorted(found, key=Story.place)

    def corrections(self, section: str, now: datetime) -> list[tuple[str, str, str]]:
        """Return id, title and text of what the feed of corrections holds."""
        found = [
            (-told.timestamp(), own, self.stories[own], note)
            for own, notes in self.told.items()
            for told, note in notes.items()
            if own in self.stories and told <= now
        ]
        return [
            (
                f"/:correction/{int(-age)}/{own}",
                WITHDRAWN if it.killed else f"Correction: {it.typed.headline}",
                note or (WITHDRAWN if it.killed else "This story has been corrected"),
            )
            for age, own, it, note in sorted(found, key=lambda row: row[:2])
            if section in it.feeds and not it.hidden and (it.killed or it.typed.usable(now))
        ]

    def tombstones(self, section: str, now: datetime) -> list[tuple[str, str]]:
        """Return id and comment of what Atom says is deleted."""
        found = [
            (-grave.moment.timestamp(), own, grave.comment)
            for own, grave in self.graves.items()
            if section in grave.feeds and grave.moment > now - self.tombstone
        ]
        return [(own, comment) for _, own, comment in sorted(found)]

    def words(self, now: datetime) -> set[str]:
        """Return every word that may stand in a document."""
        found = {
            note
            for own, notes in self.told.items()
            for told, note in notes.items()
            if (it := self.stories.get(own)) and told <= now and not it.hidden
            if it.killed or it.usable(now)
        }
        found |= {it.comment for it in self.graves.values() if it.moment > now - self.tombstone}
        for story in self.stories.values():
            typed = story.typed
            if story.usable(now):
                found |= {typed.headline, typed.body}
                found |= {typed.note} if typed.corrected > typed.published else set()
                if not self.meant(typed.related):  # then it is named without a link
                    found.add(typed.related)
            elif story.notice(now):
                found.add(typed.note)
        return found

    def meant(self, related: str) -> Story | None:
        """Return the story that another one names, if there is one, whether readers may or not."""
        return next(
            (
                it
                for own, it in self.stories.items()
                if related in (own, it.typed.headline)
                if not it.hidden and it.typed.status != "canceled"
            ),
            None,
        )

    def turns(self, now: datetime) -> list[datetime]:
        """Return the moments to come at which something changes by itself, or may."""
        found: list[datetime | None] = [since and since + GRACE for since in self.missing.values()]
        found += [grave.moment + self.tombstone for grave in self.graves.values()]
        for story in self.stories.values():
            typed = story.typed
            found += [typed.released, typed.expires, typed.updated, story.ends]
        return sorted({it for it in found if it and it > now})


class Entry(NamedTuple):
    """What a reader makes of an item or an entry."""

    own: str
    title: str
    summary: str
    content: str
    updated: str
    related: list[str]


class Seen(NamedTuple):
    """A document as somebody had it."""

    url: str
    body: bytes
    modified: datetime

    def words(self) -> bytes:
        """Return all but the feed's own date, which what has expired takes along when it goes."""
        return OWN_DATE.sub(b"", self.body, count=1)


ATOM, RSS_CONTENT = "{http://www.w3.org/2005/Atom}", "{http://purl.org/rss/1.0/modules/content/}"
DELETED = "{http://purl.org/atompub/tombstones/1.0}"


def entries(body: bytes) -> list[Entry]:
    if body.startswith(b"{"):
        return [
            Entry(
                each.id.removeprefix(TAG),
                each.title,
                each.summary,
                each.content[0].value,
                each.updated,
                [link.title for link in each.links if link.rel == "related"],
            )
            for each in json_feed.parse(body).entries
        ]
    root, found = ElementTree.fromstring(body), list[Entry]()
    for each in [*root.iter("item"), *root.iter(f"{ATOM}entry")]:
        rss = each.tag == "item"

        def text(name: str, other: str, each: ElementTree.Element = each, rss: bool = rss) -> str:
            return each.findtext(name if rss else ATOM + other) or ""

        related = [
            it.get("title", "") for it in each.iter(f"{ATOM}link") if it.get("rel") == "related"
        ]
        found.append(
            Entry(
                text("guid", "id").removeprefix(TAG),
                text("title", "title"),
                text("description", "summary"),
                text(f"{RSS_CONTENT}encoded", "content"),
                text("-", "updated"),
                related,
            )
        )
    return found


def tombstones(body: bytes) -> list[tuple[str, str]]:
    if body.startswith(b"{"):
        deleted = json_feed.load(body).get("_feedsvc", {}).get("deleted", [])
        return [(it["id"].removeprefix(TAG), it.get("note", "")) for it in deleted]
    root = ElementTree.fromstring(body)
    return [
        (it.get("ref", "").removeprefix(TAG), it.findtext(f"{DELETED}comment") or "")
        for it in root.iter(f"{DELETED}deleted-entry")
    ]


def previous(body: bytes) -> str:
    if body.startswith(b"{"):
        return json_feed.load(body).get("next_url", "").removeprefix(HOST)
    root = ElementTree.fromstring(body)
    found = [*root.findall(f"{ATOM}link"), *root.findall(f"channel/{ATOM}link")]
    links = {link.get("rel"): link.get("href", "") for link in found}
    return links.get("prev-archive", "").removeprefix(HOST)


class Walk(NamedTuple):
    """All documents of a section, as a reader finds them on the way back."""

    newest: list[Entry]
    waiting: list[Entry]
    archives: dict[int, list[Entry]]
    graves: dict[int, list[tuple[str, str]]]

    def all(self) -> list[Entry]:
        held = [entry for found in self.archives.values() for entry in found]
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

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.words = 0
        self.stamps = NOW.timestamp() * 2
        self.room: Newsroom
        self.gone: dict[str, Typed] = {}

    def teardown(self) -> None:
        if hasattr(self, "room"):
            self.room.database.close()
        self.folder.cleanup()

    @initialize(
        hours=st.sampled_from([0, 0, 2]),
        notice=st.sampled_from([2, 1, 0]),
        tombstone=st.sampled_from([3, 5, 0]),
        first=st.integers(0, 12),
        forms=st.sampled_from([*combinations(FORMATS, 2)]),
    )
    def found(
        self, hours: int, notice: int, tombstone: int, first: int, forms: tuple[Format, ...]
    ) -> None:
        """Begin with some stories, and readers of two formats: of each, every act is the same."""
        self.forms = forms
        self.hours = hours
        self.days = f"kill_notice = {notice}\ntombstone = {tombstone}\n"
        self.desk = Desk(notice * DAY, tombstone * DAY)
        root = Path(self.folder.name)
        state = root / ".feedsvc"
        state.mkdir()
        (state / FILE_NAME).write_bytes(empty_store())
        self.room = Newsroom(root, self.config(ITEMS, HELD))
        for number in range(first):
            self.save(self.fresh(SECTIONS[number % 4], -30 * DAY + number * HOUR))
        self.pages: set[str] = set()
        self.desk.sync(self.room.now, cold=True)
        self.begin()

    def config(self, items: int, held: int) -> str:
        self.items = items
        limits = f"items = {items}\nhours = {self.hours}\narchive_items = {held}\n"
        served = CONFIG.replace('language = "en"', "pages = true")
        return served.replace("items = 30\n", limits + self.days)

    def begin(self) -> None:
        """Read the files into an empty store, as readers that know nothing yet come along."""
        self.start()
        self.seen: dict[str, list[Seen]] = {}

    def start(self) -> None:
        """Start the service; its archives may be others than before."""
        self.room.sync()
        self.client = create_app(
            self.room.config, self.room.database, lambda: self.room.now
        ).test_client()
        self.left: dict[tuple[str, Format], str] = {}
        self.held: dict[str, dict[str, tuple[object, ...]]] = {}
        self.frozen: dict[str, set[str]] = {}
        self.stood: dict[str, list[Story]] = {}

    def word(self, kind: str) -> str:
        self.words += 1
        return f"{kind}{self.words}x"

    def fresh(self, section: str, offset: timedelta, **more: Any) -> Typed:
        headline = self.word("H")
        number = self.words
        own = f"n{number}" if number % 2 else f"{section}/n{number}".lstrip("/")
        moment = self.room.now + offset
        more.setdefault("keyword", "" if number % 3 else "Blue Whales")
        return Typed(own, section, headline, self.word("B"), published=moment, **more)

    def save(self, typed: Typed) -> None:
        file = self.room.write(typed.path, typed.text())
        self.stamps += 1  # two writes at once must differ, however coarse this machine's clock is
        import os

        os.utime(file, (self.stamps, self.stamps))
        self.desk.files[typed.path] = typed

    def sync(self, look: str = "everywhere", *changed: Typed) -> None:
        if look:
            paths = {typed.path for typed in changed} if look == "near" else None
            near = None if paths is None else {f"articles/{path}" for path in paths}
            sync.sync(self.room.database, self.room.config, self.room.now, near=near)
            self.desk.sync(self.room.now, paths)

    def pick(self, index: int) -> Typed:
        files = list(self.desk.files.values())
        return files[index % len(files)]

    def edit(self, index: int, look: str, **changes: Any) -> None:
        typed = dataclasses.replace(self.pick(index), broken=False)
        typed = dataclasses.replace(typed, **changes)
        typed = self.ordered(typed)
        self.save(typed)
        self.sync(look, typed)

    def ordered(self, typed: Typed) -> Typed:
        """Return it with dates that fit together."""
        least = typed.released
        if typed.updated and typed.updated < typed.published:
            typed = dataclasses.replace(typed, updated=typed.published)
        if typed.expires and typed.expires < least:
            typed = dataclasses.replace(typed, expires=least)
        return typed

    def then(self, offset: timedelta | None) -> datetime | None:
        return None if offset is None else self.room.now + offset

    def has_files(self) -> bool:
        return bool(self.desk.files)

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
        typed = self.ordered(self.fresh(section, offset, **ends))
        self.save(typed)
        self.sync(look, typed)

    @rule(section=SECTION, count=st.integers(2, 9), offset=OFFSET, lasts=st.none() | AHEAD)
    def write_many(self, section: str, count: int, offset: timedelta, lasts: int | None) -> None:
        for number in range(count):
            typed = self.fresh(section, offset - number * HOUR)
            if lasts and number % 2:
                typed = self.ordered(
                    dataclasses.replace(typed, expires=self.room.now + lasts * SECOND)
                )
            self.save(typed)
        self.sync()

    @precondition(has_files)
    @rule(index=INDEX, offset=OFFSET, noted=st.booleans(), look=LOOK)
    def correct(self, index: int, offset: timedelta, noted: bool, look: str) -> None:
        updated = self.then(offset)
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
        related = story.headline if by_headline else story.own
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
        typed = self.pick(index)
        if "/" in typed.own or typed.folder == folder or typed.broken:
            return
        new = dataclasses.replace(typed, folder=folder)
        if new.path in self.desk.read:
            return
        self.lose(typed)
        self.gone.pop(typed.path)
        self.save(new)
        self.sync(look, typed, new)

    def lose(self, typed: Typed) -> None:
        (self.room.root / "articles" / typed.path).unlink()
        self.gone[typed.path] = self.desk.files.pop(typed.path)

    @precondition(has_files)
    @rule(index=INDEX, look=LOOK)
    def delete(self, index: int, look: str) -> None:
        typed = self.pick(index)
        self.lose(typed)
        self.sync(look, typed)

    @precondition(lambda self: len(self.gone) > 3)
    @rule()
    def restore_all(self) -> None:
        for typed in self.gone.values():
            self.save(typed)
        self.gone.clear()
        self.sync()

    @precondition(lambda self: self.gone)
    @rule(index=INDEX, look=LOOK)
    def restore(self, index: int, look: str) -> None:
        typed = self.gone.pop(list(self.gone)[index % len(self.gone)])
        self.save(typed)
        self.sync(look, typed)

    @precondition(has_files)
    @rule(index=INDEX, look=LOOK)
    def spoil(self, index: int, look: str) -> None:
        typed = dataclasses.replace(self.pick(index), broken=True)
        self.save(typed)
        self.sync(look, typed)

    @precondition(has_files)
    @rule()
    def lose_the_disk(self) -> None:
        articles, elsewhere = self.room.root / "articles", self.room.root / "elsewhere"
        articles.rename(elsewhere)
        self.room.sync()
        elsewhere.rename(articles)

    @precondition(has_files)
    @rule(kept=st.integers(0, 3), meant=st.booleans())
    def lose_most(self, kept: int, meant: bool) -> None:
        """Delete nearly all files: nothing happens, unless somebody says that it is meant."""
        for typed in list(self.desk.files.values())[kept:]:
            self.lose(typed)
        room, now = self.room, self.room.now
        sync.sync(room.database, room.config, now, accept_deletions=meant)
        self.desk.sync(now, accepted=meant)

    def pass_until(self, moment: datetime) -> None:
        """Let time pass; what is done in the same second, a date cannot tell apart."""
        if moment > self.room.now:
            self.room.now = moment
            for seen in self.fetched:
                self.seen.setdefault(seen.url, []).append(seen)

    @rule(seconds=st.sampled_from([1, 30, 60, 3600, 5 * 3600, 86400, 4 * 86400, 20 * 86400]))
    def wait(self, seconds: int) -> None:
        self.pass_until(self.room.now + timedelta(seconds=seconds))

    @precondition(lambda self: self.desk.turns(self.room.now))
    @rule(index=st.integers(0, 3), early=st.booleans())
    def wait_until_something_happens(self, index: int, early: bool) -> None:
        turns = self.desk.turns(self.room.now)
        moment = turns[index % len(turns)]
        self.pass_until(moment - SECOND if early else moment)

    @rule()
    def sync_only(self) -> None:
        self.sync()

    @rule()
    def tick(self) -> None:
        sync.tick(self.room.database, self.room.config, self.room.now)

    @rule()
    def make_the_store_anew(self) -> None:
        self.room.database.close()
        for file in self.room.config.state.iterdir():
            file.unlink()
        (self.room.config.state / FILE_NAME).write_bytes(empty_store())
        self.room.database = Database(self.room.config.state)
        self.desk.anew(self.room.now)
        self.begin()

    @rule(items=st.sampled_from([ITEMS, 2, 5]), held=st.sampled_from([HELD, 1, 4]))
    def change_the_configuration(self, items: int, held: int) -> None:
        self.room.configure(self.config(items, held))
        self.start()
        self.desk.sync(self.room.now)

    # What must hold after each of these.

    @invariant()
    def readers_have_what_they_should(self) -> None:
        if not hasattr(self, "room"):
            return
        self.fetched: list[Seen] = []
        allowed = self.desk.words(self.room.now)
        for section in self.sections:
            for format in self.forms:
                self.check_corrections(section, format)
                self.go_on(section, format)
                walk = self.walk(section, format)
                if walk:
                    self.check_walk(section, format, walk)
        self.check_pages(allowed)
        for seen in self.fetched:
            found = set(TOKEN.findall(seen.body.decode()))
            assert found <= allowed, (seen.url, found - allowed)

    def check_pages(self, allowed: set[str]) -> None:
        """See that every address that ever was one of a page is answered as it should be."""
        now = self.room.now
        self.pages |= {it.typed.page for it in self.desk.stories.values()}
        listed = set[str]()
        for page in sorted(self.pages):
            answer = self.client.get(f"/{page}")
            status, word = self.desk.at(page, now)
            assert answer.status_code == status, (page, status, word)
            if status == 308:
                assert answer.location == f"https://quay.example/{word}"
            else:
                assert word in answer.text, (page, word)
            found = set(TOKEN.findall(answer.text))
            if status == 410:  # of what is gone only the note is left, for as long as it is gone
                found = {it for it in found if it[0] != "C"}
                assert not found
            assert found <= allowed, (page, found - allowed)
            if status == 200:
                listed.add(f"https://quay.example/{page}")
        months = self.client.get("/sitemap.xml").text
        urls = re.findall("<loc>https://quay.example(.*?)</loc>", months)
        told = "".join(self.client.get(url).text for url in urls)
        assert set(re.findall("<loc>(.*?)</loc>", told)) == listed

    def get(self, url: str) -> Seen | None:
        """Ask as a reader does; None where there is no such document."""
        answer = self.client.get(url)
        if answer.status_code == 404:
            return None
        assert answer.status_code == 200, (url, answer.status_code)
        modified = answer.last_modified
        assert modified
        seen = Seen(url, answer.data, modified)
        assert modified <= self.room.now
        for then in self.seen.get(url, ()):
            # Whoever had another version would ask for this one, by its date alone.
            changed = then.words() != seen.words()
            assert not changed or then.modified < modified, f"{url} changed in secret"
        self.fetched.append(seen)
        return seen

    def walk(self, section: str, format: Format) -> Walk | None:
        first = self.get(f"/{section}/{FILES[format]}".replace("//", "/"))
        if first is None:
            assert not any(it.shown(self.room.now) for it in self.desk.inside(section))
            assert not self.desk.tombstones(section, self.room.now)
            return None
        fresh = self.room.document(section, format)
        assert (fresh.body, fresh.last_modified) == (first.body, first.modified)
        body = first.body
        if format in WITH_TOMBSTONES:
            assert tombstones(body) == self.desk.tombstones(section, self.room.now)
        walk = Walk(entries(body), [], {}, {})
        url = self.left[section, format] = previous(body)
        while url:
            seen = self.get(url)
            assert seen, url
            body = seen.body
            found = entries(body)
            number = int(re.findall(r"archive/(\d+)/", url)[0])
            if "before" in url:
                walk.waiting.extend(found)
                assert found
            else:
                assert not walk.archives or number == min(walk.archives) - 1
                walk.archives[number] = found
                walk.graves[number] = tombstones(body)
            url = previous(body)
        assert not walk.archives or min(walk.archives) == 1
        return walk

    def go_on(self, section: str, format: Format) -> None:
        """Go on from where a reader was before the last things happened."""
        url = self.left.pop((section, format), "")
        begun = re.findall(r"before=(\d+)\.(.*)", url)
        found: list[str] = []
        while url:
            seen = self.get(url)
            assert seen, url
            found += [it.own for it in entries(seen.body)]
            url = previous(seen.body)
        for released, own in begun:
            for story in self.desk.inside(section):
                if story.usable(self.room.now) and story.place() > (-int(released), own):
                    assert found.count(story.typed.own) == 1, (section, story.typed.own, found)

    def check_walk(self, section: str, format: Format, walk: Walk) -> None:
        now, inside = self.room.now, self.desk.inside(section)
        shown = [it for it in inside if it.shown(now)]
        by_id = {it.typed.own: it for it in shown}
        for entry in walk.all():
            assert entry.own in by_id, (section, entry)
            self.check_entry(entry, by_id[entry.own], format)
        found = [entry.own for entry in walk.all()]
        for own, story in by_id.items():
            times = found.count(own)
            assert times == 1 or (story.killed and times == 2), (section, own, times)
        self.check_places(section, walk, shown)
        stones = self.desk.tombstones(section, now)
        for number, graves in walk.graves.items():
            assert set(graves) <= set(stones), (section, number)
            if format in WITH_TOMBSTONES:
                held = {it.own for it in walk.archives[number]}
                assert {it for it in stones if it[0] in held} <= set(graves)

    def check_places(self, section: str, walk: Walk, shown: list[Story]) -> None:
        """See that each stands among the newest, before the next archive, or in one, as it must."""
        number_of = {it.own: number for number, found in walk.archives.items() for it in found}
        free = [it.own for it in [*walk.newest, *walk.waiting]]
        frozen = {it.typed.own for it in shown if it.killed} & number_of.keys() - set(free)
        expected = [it for it in shown if it.typed.own not in (frozen if it.killed else number_of)]
        assert free == [it.typed.own for it in expected], section
        assert len(walk.newest) == self.window(expected), section
        self.check_archives(section, number_of, frozen)

    def check_archives(self, section: str, number_of: dict[str, int], frozen: set[str]) -> None:
        """See that what is in an archive stays in it, and that only what is old comes into one."""
        before, was = self.held.get(section), self.frozen.get(section, set())
        lost = {typed.own for typed in self.gone.values()}
        held = {
            own: state for own, state in (before or {}).items() if own in number_of or own in lost
        }
        stories = self.desk.inside(section)
        # An act begins with what came by itself, and finds the stories as they stood before it.
        out = [it for it in [*self.stood.get(section, ()), *stories] if self.out(it)]
        for story in stories:
            own, typed = story.typed.own, story.typed
            if own in number_of:
                state = number_of[own], story.killed, typed.released, typed.place
                known = held.setdefault(own, state)
                assert known == state or known[1:] != state[1:], (section, own)
                held[own] = state
            fresh = frozen - was if story.killed else number_of.keys() - (before or {}).keys()
            if before is not None and own in fresh:
                newer = {it.typed.own for it in out if it.place() < story.place()}
                assert len(newer) >= 2 * self.items, (section, own)
        self.held[section], self.frozen[section] = held, frozen
        self.stood[section] = [dataclasses.replace(it) for it in stories]

    def out(self, story: Story) -> bool:
        """Return whether readers had a story, whatever hides it now, or read of its end."""
        typed, now = story.typed, self.room.now
        return (typed.status == "usable" and typed.released <= now) or story.notice(now)

    def window(self, stories: list[Story]) -> int:
        """Return how many of a section's stories are its newest."""
        if not stories:
            return 0
        edge = stories[0].place()[0] + self.hours * 3600
        return max(min(self.items, len(stories)), sum(it.place()[0] <= edge for it in stories))

    def check_entry(self, entry: Entry, story: Story, format: Format) -> None:
        typed, now = story.typed, self.room.now
        if story.killed:
            assert (entry.title, entry.summary) == (WITHDRAWN, typed.note or WITHDRAWN)
            assert entry.related == []
            updated = max(story.killed, typed.published)
        else:
            assert entry.title == typed.headline
            assert typed.body in entry.content
            assert (typed.note in entry.content) == (
                typed.corrected > typed.published or not typed.note
            )
            other = self.desk.meant(typed.related)
            assert entry.related == ([other.typed.headline] if other and other.usable(now) else [])
            updated = typed.corrected
        assert format == "rss" or entry.updated == updated.isoformat()

    def check_corrections(self, section: str, format: Format) -> None:
        expected = self.desk.corrections(section, self.room.now)[: self.items]
        path = f"/{FeedPath(section, 'corrections')}/{FILES[format]}"
        seen = self.get(path)
        if seen is None:
            assert not expected
            return
        fresh = self.room.syndication.document(
            wanted(section, format, "corrections"), self.room.now
        )
        assert (fresh.body, fresh.last_modified) == (seen.body, seen.modified)
        found = [(it.own, it.title, it.summary) for it in entries(seen.body)]
        assert found == expected, path


Life.TestCase.settings = settings(
    max_examples=10,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    # To shrink a life that failed takes far longer than to read it as it was.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
test_life = Life.TestCase
