"""Articles that other systems send: the newest version wins, in any order.

An article is found again by its ``origin``, also in a store that was made anew. A version that
comes late changes nothing, a withdrawal is remembered, and a repeated request is carried out once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import cast

from msgspec.structs import replace

from feedsvc.config.settings import Config
from feedsvc.config.source_settings import Event, SourceSettings, Withdrawal
from feedsvc.errors import BusyError, FeedsvcError, RefusedError
from feedsvc.model.publisher import Publisher
from feedsvc.model.pushed_article import PushedArticle
from feedsvc.publishing.push_results import PERMANENT, Outcome
from feedsvc.publishing.pushed_content import PushedContent
from feedsvc.publishing.pushed_story import Story, origin_ids
from feedsvc.publishing.stored_record import Expected, StoredRecord
from feedsvc.publishing.writes import Write, Writer
from feedsvc.store import guids, origins, sources
from feedsvc.store.database import Database
from feedsvc.store.sources import Refusal, SentState

PATIENCE = 20.0
"""Seconds that a request waits for others of the same source."""
_PAUSE = 1.0
"""Seconds after which a request without a signature is counted again: each count is a write."""
log = logging.getLogger(__name__)


class Pushes:
    """Takes the articles that other systems send. Safe to share between threads."""

    def __init__(
        self, config: Config, database: Database, writer: Writer, clock: Callable[[], datetime]
    ) -> None:
        self._config = config
        self._database = database
        self._writer = writer
        self._clock = clock
        self._counted = 0.0

    def receive(
        self, source: SourceSettings, read: Callable[[], Sequence[PushedArticle]]
    ) -> list[Outcome]:
        """Publish or withdraw articles; return a result for each.

        :param read: returns the articles of the request, or raises a RefusedError.
        :raises FeedsvcError: one can never be accepted, and the others were, where it is one of
            ``PERMANENT``; else something cannot be done now, and all may be sent again.
        """
        try:
            articles = read()
        except RefusedError as error:
            self.refuse(source, "", str(error))
            raise
        outcomes: list[Outcome] = []
        refused: FeedsvcError | None = None
        with self._turn(source):
            for article in articles:
                try:
                    outcomes.append(self._take(source, article))
                except PERMANENT as error:
                    refused = error
                    self.refuse(source, article.id, str(error))
        if refused:
            raise refused
        return outcomes

    def refuse(self, source: SourceSettings, article_id: str, reason: str) -> None:
        """Record that an article was refused."""
        now = self._clock()
        log.warning("source %s: %s is refused: %s", source.name, article_id or "a request", reason)
        with self._database.writing(counted=False) as connection:
            sources.count(connection, source.name, "refused", now)
            sources.refuse(connection, source.name, Refusal(now, article_id, reason))

    def count_unsigned(self, source: SourceSettings) -> None:
        """Count a request without the right signature, at most one in a second."""
        if time.monotonic() - self._counted >= _PAUSE:
            self._counted = time.monotonic()
            now = self._clock()
            self._database.offer(lambda it: sources.count(it, source.name, "unsigned", now))

    @contextmanager
    def _turn(self, source: SourceSettings) -> Generator[None]:
        """Wait until no other request of a source is carried out.

        :raises BusyError: that takes too long.
        """
        with self._database.lock(f"source-{source.name}.lock", PATIENCE) as mine:
            if not mine:
                raise BusyError("another article of this source is being taken; try again")
            yield

    def _take(self, source: SourceSettings, article: PushedArticle) -> Outcome:
        story = self._story(source, article)
        outcome = self._withdraw(story) if article.act != "publish" else self._publish(story)
        before = story.states.get(article.id)
        with self._database.writing(counted=False) as connection:
            sources.count(connection, source.name, outcome.result, story.now)
            if outcome.result != "ignored" and (before is None or before.revised <= story.revised):
                event = "" if article.act == "publish" else article.act
                state = SentState(story.revised, event, article.note)
                sources.put_state(connection, source.name, article.id, state)
        if outcome.result == "ignored":
            log.info("source %s: %s is ignored: %s", source.name, article.id, outcome.detail)
        return outcome

    def _story(self, source: SourceSettings, article: PushedArticle) -> Story:
        """Return an article that was sent with all that is known of it."""
        by = Publisher(name=source.name, scopes=frozenset({"admin"}), created=self._clock())
        names = [it for it in (article.id, article.former) if it]
        guid = str(article.values.get("guid") or "")
        with self._database.reading() as connection:
            owners = [origins.find(connection, source.name, it) for it in names]
            if not any(owners) and guid:
                owners = [guids.owners(connection, [guid]).get(guid)]
            ids = [*dict.fromkeys(filter(None, owners))]
            records = [self._writer.find(it, by) for it in ids]
            known = {it for record in records for it in origin_ids(record, source.name)}
            states = sources.states(connection, source.name, {*names, *known})
        return Story(
            source=source,
            article=article,
            # Two, where an article came before the one that joins it to an earlier one.
            records=tuple(reversed(records)),
            states=states,
            write=Write(by=by),
            now=self._clock(),
        )

    def _publish(self, story: Story) -> Outcome:
        content = PushedContent(self._config, self._writer, story)
        withdrawn = story.withdrawn
        if withdrawn and story.revised <= withdrawn.revised:
            return self._keep_out(story, withdrawn)
        if story.stored and story.revised < story.stored:
            return self._late(story, content)
        content.check_not_withdrawn_here()
        values = content.published(self._related(story))
        record = story.record
        if record is None:
            written = self._writer.create(values, story.write, lambda _: None)
        elif record.content is None:
            written = self._writer.put(record.id, values, _as_read(record, story.write))
        else:
            write = _as_read(record, story.write)
            written = self._writer.change(record.id, lambda _: values, write)
        self._join(story)
        changed = record is None or written.etag != record.etag
        return Outcome(
            id=story.article.id,
            result="stored" if changed else "unchanged",
            article=written.id,
            created=written.created,
        )

    def _keep_out(self, story: Story, withdrawn: SentState) -> Outcome:
        """Withdraw the story of a version whose withdrawal came before it."""
        article = story.article
        with self._database.writing(counted=False) as connection:
            for name in filter(None, (article.id, article.former)):
                known = story.states.get(name)
                if known is None or known.revised < withdrawn.revised:
                    sources.put_state(connection, story.source.name, name, withdrawn)
        if story.record and (story.stored or withdrawn.revised) < withdrawn.revised:
            event = cast("Event", withdrawn.withdrawn)
            replayed = replace(
                article, act=event, revised=withdrawn.revised, note=withdrawn.note, values={}
            )
            self._withdraw(replace(story, article=replayed))
        return self._ignored(story, "it was withdrawn there after this version")

    def _late(self, story: Story, content: PushedContent) -> Outcome:
        """Add to a story that an earlier version of it exists, which readers never had."""
        record = story.record
        if record and record.content and record.status == "usable":
            write = _as_read(record, story.write)
            self._writer.change(record.id, lambda _: content.preceded(), write)
        self._join(story)
        return self._ignored(story, "a newer version came before")

    def _join(self, story: Story) -> None:
        """Delete the second record of a story, whose versions came in another order."""
        for record in story.records[1:]:
            if record.data is not None:
                self._writer.delete(record.id, _as_read(record, story.write))
            self._writer.patch(story.records[0].id, {"origin": story.origin()}, story.write)

    def _ignored(self, story: Story, detail: str) -> Outcome:
        own_id = story.record.id if story.record else ""
        return Outcome(id=story.article.id, result="ignored", article=own_id, detail=detail)

    def _withdraw(self, story: Story) -> Outcome:
        if story.record is None:
            detail = "it is not here; if it comes later, it stays out"
            return Outcome(id=story.article.id, result="withdrawn", detail=detail)
        if story.stored and story.revised < story.stored:
            return self._ignored(story, "a newer version came before")
        way = story.source.withdraws[cast("Event", story.article.act)]
        for record in story.records:
            self._withdraw_record(story, record.id, way)
        return Outcome(id=story.article.id, result="withdrawn", article=story.record.id)

    def _withdraw_record(self, story: Story, article_id: str, way: Withdrawal) -> None:
        record = self._writer.find(article_id, story.write.by)
        if record.data is None or record.status == "canceled":  # gone or killed already
            return
        if way == "delete":
            self._writer.delete(article_id, _as_read(record, story.write))
            return
        values = PushedContent(self._config, self._writer, story).withdrawn(record, way)
        write = _as_read(record, story.lenient)
        if record.content is None:
            self._writer.put(article_id, values, write)
        else:
            self._writer.change(article_id, lambda _: values, write)

    def _related(self, story: Story) -> list[str | dict[str, str]]:
        """Return related articles as a record names them: by id, else by headline."""
        result: list[str | dict[str, str]] = []
        with self._database.reading() as connection:
            for related in story.article.related:
                own_id = origins.find(connection, story.source.name, related.id)
                if own_id and own_id not in [it.id for it in story.records]:
                    result.append(own_id)
                elif not own_id and related.headline:
                    result.append({"headline": related.headline})
        return [it for number, it in enumerate(result) if it not in result[:number]]


def _as_read(record: StoredRecord, write: Write) -> Write:
    """Return a write that fails if a person has changed the record since it was read."""
    if record.data is None:
        return write
    return replace(write, expected=Expected(frozenset({record.etag})))
