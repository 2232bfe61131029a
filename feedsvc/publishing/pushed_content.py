"""The content of a record that another system sends again and again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from feedsvc.config.settings import Config
from feedsvc.config.source_settings import Withdrawal
from feedsvc.errors import ConflictError, Finding, RefusedError
from feedsvc.formats.translations import translate
from feedsvc.ingest.files import is_json
from feedsvc.ingest.record.content import Content, content_from
from feedsvc.publishing import acts, moments
from feedsvc.publishing.pushed_story import Story, origin_ids
from feedsvc.publishing.stored_record import StoredRecord
from feedsvc.publishing.writes import Writer

_DATED = ("origin", "updated", "note", "published", "status", "id")
"""Keys that say nothing about whether the text for readers changed."""
_WITHDRAWN = ("canceled", "withheld")
_BLANK_LINE = re.compile(r"\n(?=[ \t]*\n)")


class PushedContent:
    """Makes the content of the record of a story."""

    def __init__(self, config: Config, writer: Writer, story: Story) -> None:
        self._config = config
        self._writer = writer
        self._story = story

    def check_not_withdrawn_here(self) -> None:
        """Check that no person withdrew the story: no system publishes it again by itself.

        :raises ConflictError: a person did.
        """
        story = self._story
        for record in story.records:
            names = origin_ids(record, story.source.name)
            states = (story.states[it] for it in names if it in story.states)
            newest = max(states, default=None)
            if record.status in _WITHDRAWN and not (newest and newest.withdrawn):
                killed = record.status == "canceled"
                advice = f"feedsvc unkill {record.id}" if killed else "take its status out"
                raise ConflictError(
                    f'"{record.id}" was withdrawn here, so it stays out; to publish it again, '
                    f"{advice}"
                )

    def published(self, related: Sequence[str | Mapping[str, str]]) -> Content:
        """Return the content of a story that is published, in its newest version.

        :param related: its related articles as a record names them.
        :raises RefusedError: it has no section here.
        """
        story, article = self._story, self._story.article
        before = self._before()
        values = {
            **before,
            **article.values,
            "section": self._section(before),
            "origin": story.origin(story.record),
        }
        if related:
            values["related"] = [*related]
        if isinstance(listed := values.get("sections"), list):
            others = [it for it in cast("list[Any]", listed)[1:] if it != values["section"]]
            values["sections"] = [values["section"], *others]
        stamp = acts.stamp(self._config, story.moment)
        appeared = self._appeared() if article.dates_updates else None
        values["published"] = appeared or values.get("published") or stamp
        values.pop("status", None)
        values |= self._dated(before, values, stamp)
        return self._content(values)

    def preceded(self) -> Content:
        """Return the content of a story of which an earlier version came late."""
        story, article = self._story, self._story.article
        before, newest = self._before(), story.newest
        values = {**before, "origin": story.origin(story.record)}
        if not article.dates_updates or newest is None:
            return self._content(values)
        values["published"] = self._appeared(article.values.get("published"))
        # A first version that differs proves that the version before it was a correction.
        if "updated" not in before and self._differs(before, {**before, **article.values}):
            state = story.states.get(article.id)
            stored = min(story.stored or story.now, story.now)
            values["updated"] = acts.stamp(self._config, stored)
            values["note"] = state.note if state else ""
        return self._content(values)

    def withdrawn(self, record: StoredRecord, way: Withdrawal) -> Content:
        """Return the content of a record that is withdrawn."""
        story, now = self._story, self._story.moment
        article = record.article
        content = record.content or {
            "headline": (article.headline if article else "") or "–",
            "published": acts.stamp(self._config, article.published if article else now),
            "section": article.section if article else "",
        }
        if way == "kill":
            changes = acts.kill(self._config, story.article.note, now)
        else:
            changes = {"status": "withheld"}
        return self._content({**content, **changes, "origin": story.origin(record)})

    def _before(self) -> Content:
        """Return the newest content of the story, without keys that belong to one file."""
        story = self._story
        newest = story.newest
        content = dict((newest.content if newest else None) or {})
        if newest is not story.record:
            content.pop("id", None)
            content.pop("slug", None)
        return content

    def _section(self, before: Content) -> str:
        source, article = self._story.source, self._story.article
        section = source.section(article.codes, str(article.values.get("section") or ""))
        if section or (before.get("section") and not article.codes):
            return section or before["section"]
        codes = ", ".join(article.codes[:5]) or "none"
        message = f"it has no section here: its codes and names are {codes}; add one of them to "
        advice = f'sections of the source "{source.name}" in config.toml, or a default_section'
        raise RefusedError([Finding("", message + advice)])

    def _dated(self, before: Content, values: Content, stamp: str) -> Content:
        """Return ``updated`` and ``note`` of a version."""
        story, article = self._story, self._story.article
        record = story.record
        if record and record.data is not None and record.status == "canceled":
            return self._restored(record, stamp)
        if not article.dates_updates:
            return {}
        if record is None or record.data is None:
            is_update = article.former or article.corrected
            note = article.note if article.corrected and not article.former else ""
            return {"updated": stamp, "note": note} if is_update else {}
        current = self._writer.article(record)
        if (story.stored and story.revised <= story.stored) or not self._differs(before, values):
            return {}
        if current is None or current.status != "usable" or current.released > story.now:
            return {}
        return acts.correct(self._config, current, self._note(), story.moment)

    def _restored(self, record: StoredRecord, stamp: str) -> Content:
        """Return the dates of a killed article that is published again."""
        killed = record.article
        if killed is None or killed.killed is None:  # no reader had it
            return {"note": "", "updated": ""}
        language = killed.language or self._config.language(killed.section)
        sentence, note = translate("restored", language), self._story.article.note
        return {"note": f"{sentence} – {note}" if note else sentence, "updated": stamp}

    def _note(self) -> str | None:
        """Return the notice of a correction; None for an update, and for one that is old."""
        article, state = self._story.article, self._story.states.get(self._story.article.id)
        is_new = article.note and not (state and state.note == article.note)
        known = {id_ for it in self._story.records for id_ in self._ids(it)}
        return article.note if is_new and article.id in known else None

    def _ids(self, record: StoredRecord) -> list[str]:
        return origin_ids(record, self._story.source.name)

    def _differs(self, before: Content, values: Content) -> bool:
        """Return whether two versions differ for readers."""
        first, second = self._content(before), self._content(values)
        keys = {*first, *second}.difference(_DATED)
        return any(first.get(key) != second.get(key) for key in keys)

    def _appeared(self, *others: str | None) -> str | None:
        """Return when the first version was published; None where there is none yet."""
        known = ((it.content or {}).get("published") for it in self._story.records)
        stamps = [str(it) for it in (*known, *others) if it]
        return min(stamps, key=lambda it: moments.parse(it, self._config), default=None)

    def _content(self, values: Mapping[str, Any]) -> Content:
        """Return content as the file of the record can hold it."""
        content = content_from({key: it for key, it in values.items() if it is not None})
        record = self._story.record
        if markup := content.get("body_html"):
            content.pop("body", None)
            if record and record.data is not None and not is_json(record.path):
                del content["body_html"]
                content["body"] = _in_markdown(markup)
        return content


def _in_markdown(markup: str) -> str:
    """Return HTML as a text in Markdown that means the same: one block of HTML (CommonMark §4.6).

    Such a block ends at a blank line, so there is none.
    """
    lines = _BLANK_LINE.sub("\n<!-- -->", markup)
    return f"<div>\n{lines}\n</div>"
