"""A newsroom in plain Python: from the files alone, it knows the contents of every document."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

GRACE = timedelta(seconds=60)
SECTIONS = ["", "world", "world/europe", "sport"]
TOPIC = "tag/blue-whales"
WITHDRAWN = "This story has been withdrawn"
TOKEN = re.compile(r"[HBC]\d+x")


def above(section: str) -> list[str]:
    """Return a section and the sections above it."""
    return [it for it in SECTIONS if it in ("", section) or section.startswith(f"{it}/")]


@dataclasses.dataclass(frozen=True)
class Record:
    """The content of an article file. Every text in it is a unique word."""

    article_id: str
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
    def effective_section(self) -> str:
        """Return the section the article is in."""
        return self.folder if self.section is None else self.section

    @property
    def feeds(self) -> set[str]:
        """Return the paths of the feeds the article is in."""
        return {*above(self.effective_section), *([TOPIC] if self.keyword else [])}

    @property
    def page(self) -> str:
        """Return the path of the article's page."""
        return f"{self.effective_section}/{self.article_id.rpartition('/')[2]}".lstrip("/")

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.article_id.rpartition('/')[2]}.md".lstrip("/")

    @property
    def released(self) -> datetime:
        return max(self.published, self.embargoed or self.published)

    @property
    def corrected(self) -> datetime:
        return self.updated or self.published

    def is_in_time(self, now: datetime) -> bool:
        return self.released <= now and (self.expires is None or now < self.expires)

    def is_usable(self, now: datetime) -> bool:
        return self.status == "usable" and self.is_in_time(now)

    def text(self) -> str:
        related = f"{{headline: {self.related}}}" if TOKEN.match(self.related) else self.related
        keys = {
            "id": "" if "/" in self.article_id else self.article_id,
            "headline": f"[{self.headline}] wrong" if self.broken else self.headline,
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
    """An article as it is published, or as it would be."""

    record: Record
    feeds: set[str]
    killed: datetime | None = None
    ends: datetime | None = None
    lost: bool = False
    """Whether its file is gone."""
    withdrawn: bool = False
    """Whether its file is wrong, but says that it must not be published."""

    @property
    def hidden(self) -> bool:
        return self.lost or self.withdrawn

    def is_usable(self, now: datetime) -> bool:
        return not self.hidden and self.record.is_usable(now)

    def was_public(self, now: datetime) -> bool:
        """Return whether readers had its page, or its notice there."""
        record = self.record
        return self.killed is not None or (record.status == "usable" and record.released <= now)

    def shows_notice(self, now: datetime) -> bool:
        ends = self.ends
        return not self.hidden and self.killed is not None and ends is not None and now < ends

    def is_shown(self, now: datetime) -> bool:
        return self.is_usable(now) or self.shows_notice(now)

    def sort_key(self) -> tuple[float, str]:
        """Return the key by which feeds sort their stories."""
        return -(self.killed or self.record.released).timestamp(), self.record.article_id


def kill_title(story: Story) -> str:
    """Return the title of the entry about a kill."""
    record = story.record
    published = record.published.astimezone(ZoneInfo("Europe/Lisbon"))
    time = "" if f"{published:%T}" == "00:00:00" else f", {published:%H:%M}"
    note = f" – {record.note}" if record.note else ""
    return f"Withdrawn: {published.day} {published:%B %Y}{time}{note}"


class Removal(NamedTuple):
    """A story that was withdrawn or deleted, as tombstones name it."""

    feeds: set[str]
    moment: datetime
    comment: str


class NewsroomModel:
    """The expected state of every document, computed from the files alone."""

    def __init__(self, notice: timedelta, tombstone: timedelta) -> None:
        self.notice, self.tombstone = notice, tombstone
        self.files: dict[str, Record] = {}
        self.known: dict[str, Record] = {}
        self.missing: dict[str, datetime | None] = {}
        self.accepted: set[str] = set()
        """The missing files that a person confirmed to be gone."""
        self.stories: dict[str, Story] = {}
        self.removals: dict[str, Removal] = {}
        self.corrected: dict[str, dict[datetime, str]] = {}
        self.former_pages: dict[str, str] = {}
        """The id of the story that was last at each address it has left."""
        self.left: dict[str, set[str]] = {}
        """By the ids of stories that are not killed, the feeds that readers had them in before."""

    def start_over(self, now: datetime) -> None:
        """Forget everything but the files, as an empty store does."""
        for state in (self.known, self.missing, self.stories, self.removals):
            state.clear()
        for memory in (self.accepted, self.corrected, self.former_pages, self.left):
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
        """Read all files, or only the given ones, and handle missing files."""
        for path, record in self.files.items():
            if near is None or path in near:
                self._read(record, now, cold)
                self.known[path] = record
                self.missing.pop(path, None)
                self.accepted.discard(path)
        gone = {
            path
            for path in self.known.keys() - self.files.keys()
            if near is None or path in near or path in self.missing
        }
        since = {path: self.missing.get(path) for path in gone}
        final = {path for path, moment in since.items() if moment and moment + GRACE <= now}
        judged = {path for path in gone - self.accepted if self._story_of(path)}
        count = len(self.stories) - len({it for it in gone & self.accepted if self._story_of(it)})
        refused = len(judged) > 3 and 2 * len(judged) > count and not accepted
        for path in final:
            self._delete(path, now)
        for path in gone - final:
            kept = refused and path in judged
            self.missing[path] = None if kept else self.missing.get(path) or now
            if accepted:
                self.accepted.add(path)
            if story := self._story_of(path):
                story.lost = not kept
                if story.lost:
                    self._leave(story, now)

    def _story_of(self, path: str) -> Story | None:
        return next((it for it in self.stories.values() if it.record.path == path), None)

    def _read(self, record: Record, now: datetime, cold: bool) -> None:
        story = self._story_of(record.path)
        if story:
            story.lost = False
        if record.broken:
            if story and record.status != "usable":
                self._leave(story, now)
                story.withdrawn = True
        elif record.status == "draft":
            if story:
                self._leave(story, now)
                article_id = story.record.article_id
                if story.killed:
                    self.corrected.pop(article_id, None)
                del self.stories[article_id]
                pages = self.former_pages.items()
                self.former_pages = {page: it for page, it in pages if it != article_id}
        else:
            self._put(record, now, cold)

    def _put(self, record: Record, now: datetime, cold: bool) -> None:
        article_id, before = record.article_id, self.stories.get(record.article_id)
        killed = self._killed(record, before, now, cold) if record.status == "canceled" else None
        ends = killed and killed + self.notice
        # A kill reaches every feed that had the story, also if its file has changed since.
        had = (
            self.left.pop(article_id, set()) | (before.feeds if before else set())
            if killed
            else set()
        )
        feeds = record.feeds | had
        if before and before.record.page != record.page and before.was_public(now):
            self.former_pages[before.record.page] = article_id
        self.stories[article_id] = story = Story(record, feeds, killed, ends)
        if before and before.was_public(now) and not killed:
            stays = feeds if story.was_public(now) else set()
            self.left[article_id] = self.left.get(article_id, set()) | (before.feeds - stays)
        self.removals.pop(article_id, None)
        if before and (record.status == "canceled" or before.killed):
            self.corrected.pop(article_id, None)
        if killed:
            self.removals[article_id] = Removal(feeds, killed, record.note)
            self.corrected[article_id] = {killed: record.note}
        elif record.status == "usable" and record.note and record.corrected > record.released:
            self.corrected.setdefault(article_id, {})[record.corrected] = record.note

    def _killed(
        self, record: Record, before: Story | None, now: datetime, cold: bool
    ) -> datetime | None:
        """Return the moment of a kill; None where readers never had the story."""
        left = self.left.get(record.article_id)
        if before is None:
            known = cold and record.released <= now
            return now if left else min(record.corrected, now) if known else None
        if before.record.status == "canceled":
            return before.killed
        if not left and (before.record.status == "withheld" or before.record.released > now):
            return None
        return min(record.corrected, now) if record.corrected > before.record.corrected else now

    def _leave(self, story: Story, now: datetime) -> None:
        """Remember the feeds of a story that leaves all of them."""
        if story.was_public(now) and not story.killed:
            self.left.setdefault(story.record.article_id, set()).update(story.feeds)

    def _delete(self, path: str, now: datetime) -> None:
        story = self._story_of(path)
        del self.known[path], self.missing[path]
        self.accepted.discard(path)
        if story:
            record = story.record
            del self.stories[record.article_id]
            self.corrected.pop(record.article_id, None)
            if story.was_public(now):
                self.former_pages[record.page] = record.article_id
            if record.is_usable(now):
                self.removals[record.article_id] = Removal(record.feeds, now, "")

    def answer_at(self, page: str, now: datetime) -> tuple[int, str]:
        """Return the answer at the address of a page: its status, and a word in it."""
        here = [it for _, it in sorted(self.stories.items()) if it.record.page == page]
        moved = self.stories.get(self.former_pages.get(page, ""))
        for story in here:
            if story.is_usable(now):
                return 200, story.record.headline
        if moved and moved.is_usable(now):
            return 308, moved.record.page
        for story in [*here, *([moved] if moved else [])]:
            if story.killed:
                return 410, story.record.note
            if story.was_public(now) and not story.record.is_in_time(now):
                return 410, "no longer available"
        return (410, "") if page in self.former_pages and not moved else (404, "")

    def stories_in(self, section: str) -> list[Story]:
        """Return all stories of a section, hidden ones too, in the order of feeds."""
        stories = [it for it in self.stories.values() if section in it.feeds]
        return sorted(stories, key=Story.sort_key)

    def corrections(self, section: str, now: datetime) -> list[tuple[str, str, str]]:
        """Return id, title and text of each entry of the corrections feed."""
        corrections = [
            (-moment.timestamp(), article_id, self.stories[article_id], note)
            for article_id, notes in self.corrected.items()
            for moment, note in notes.items()
            if article_id in self.stories and moment <= now
        ]
        return [
            (
                f"/:correction/{int(-age)}/{article_id}",
                kill_title(story) if story.killed else f"Correction: {story.record.headline}",
                note or (WITHDRAWN if story.killed else "This story has been corrected"),
            )
            for age, article_id, story, note in sorted(corrections, key=lambda row: row[:2])
            if section in story.feeds and not story.hidden
            if story.killed or story.record.is_usable(now)
        ]

    def kills(self, section: str, now: datetime) -> list[tuple[str, str]]:
        """Return id and title of the entry about each kill of a section, in the order of feeds."""
        return [
            (
                f"/:correction/{int(story.killed.timestamp())}/{story.record.article_id}",
                kill_title(story),
            )
            for story in self.stories_in(section)
            if story.killed and story.shows_notice(now)
        ]

    def tombstones(self, section: str, now: datetime) -> list[tuple[str, str]]:
        """Return id and comment of each tombstone of a section."""
        removals = [
            (-removal.moment.timestamp(), article_id, removal.comment)
            for article_id, removal in self.removals.items()
            if section in removal.feeds and removal.moment > now - self.tombstone
        ]
        return [(article_id, comment) for _, article_id, comment in sorted(removals)]

    def allowed_words(self, now: datetime) -> set[str]:
        """Return every word that may stand in a document."""
        words = {
            note
            for article_id, notes in self.corrected.items()
            for moment, note in notes.items()
            if (story := self.stories.get(article_id)) and moment <= now and not story.hidden
            if story.killed or story.is_usable(now)
        }
        words |= {it.comment for it in self.removals.values() if it.moment > now - self.tombstone}
        for story in self.stories.values():
            record = story.record
            if story.is_usable(now):
                words |= {record.headline, record.body}
                words |= {record.note} if record.corrected > record.released else set()
                if not self.named_story(record.related):  # then it is named without a link
                    words.add(record.related)
            elif story.shows_notice(now):
                words.add(record.note)
        return words

    def named_story(self, related: str) -> Story | None:
        """Return the story that another one names as related, readable or not."""
        return next(
            (
                story
                for article_id, story in self.stories.items()
                if related in (article_id, story.record.headline)
                if not story.hidden and story.record.status != "canceled"
            ),
            None,
        )

    def next_moments(self, now: datetime) -> list[datetime]:
        """Return the future moments at which time alone may change a document."""
        moments: list[datetime | None] = [
            since and since + GRACE for since in self.missing.values()
        ]
        moments += [removal.moment + self.tombstone for removal in self.removals.values()]
        for story in self.stories.values():
            record = story.record
            moments += [record.released, record.expires, record.updated, story.ends]
        return sorted({it for it in moments if it and it > now})
