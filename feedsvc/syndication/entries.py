"""Rendered entries: each is rendered once per format, then cached in memory and in the store."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from feedsvc.config.settings import Place
from feedsvc.formats import render
from feedsvc.formats.document import RenderedEntry, rendered_entry
from feedsvc.formats.entry import describe, describe_correction, last_update
from feedsvc.formats.fingerprint import entry_digest, ingredients_digest
from feedsvc.model.feed import Format, Link
from feedsvc.model.sized_cache import SizedCache
from feedsvc.model.validity import Validity
from feedsvc.store import articles, rendered_entries
from feedsvc.store.database import Connection
from feedsvc.store.history import Notice
from feedsvc.store.rendered_entries import NewRendering, Rendering
from feedsvc.store.write_behind import WriteBehind
from feedsvc.syndication.article_links import with_article_links
from feedsvc.syndication.feed_contents import FeedContents
from feedsvc.syndication.related import related_links, related_turns, stories_of

_OVERHEAD = 600
"""Bytes of memory that an entry takes besides its body."""


class CachedEntry(Struct, frozen=True):
    """An entry in one format, as it stands in any document."""

    rendered: RenderedEntry
    moments: Sequence[datetime]
    """When time alone changed or will change it or its feed."""
    validity: Validity


class RenderedEntries:
    """The rendered entries of one newsroom. Safe to share between threads.

    :param place: returns a section by its path.
    :param settings: a digest of the configuration that decides entries.
    :param memory: bytes of entries that are kept.
    """

    def __init__(
        self,
        place: Callable[[str], Place],
        settings: str,
        write_behind: WriteBehind,
        memory: int,
    ) -> None:
        self._place = place
        self._settings = settings
        self._write_behind = write_behind
        self._cache = SizedCache[tuple[str, Format], CachedEntry](
            memory, lambda entry: len(entry.rendered.body) + _OVERHEAD
        )

    def rendered(
        self, connection: Connection, contents: FeedContents, format: Format, now: datetime
    ) -> list[CachedEntry]:
        """Return the entries of a feed.

        :param connection: the transaction in which the contents were read, or a later one.
        """
        cached = self._cached(contents.entries, format, now)
        missing = {key: revision for key, revision in contents.entries if key not in cached}
        if missing:
            cached |= self._render(connection, missing, format, now)
        notices = self._notices(contents.corrections, format, now)
        entries = [*notices, *(cached[article_id] for article_id, _ in contents.entries)]
        kills = self._notices([kill for _, kill in contents.kills], format, now)
        for (position, _), entry in zip(reversed(contents.kills), reversed(kills), strict=True):
            entries.insert(position, entry)
        return entries

    def _cached(
        self, wanted: Sequence[tuple[str, int]], format: Format, now: datetime
    ) -> dict[str, CachedEntry]:
        """Return the entries in memory that are right, by their keys.

        :param wanted: keys with their revisions.
        """
        entries = self._cache.get_many([(key, format) for key, _ in wanted])
        return {
            key: entry
            for (key, revision), entry in zip(wanted, entries, strict=True)
            if entry and entry.validity.holds(revision, now)
        }

    def _notices(
        self, notices: Sequence[Notice], format: Format, now: datetime
    ) -> list[CachedEntry]:
        """Return the entries of corrections and kills."""
        keys = [(notice.key, notice.number) for notice in notices]
        cached = self._cached(keys, format, now)
        for notice, (key, revision) in zip(notices, keys, strict=True):
            if key not in cached:
                place = self._place(notice.article.section)
                entry = describe_correction(notice.article, notice.moment, notice.note, place)
                rendered = rendered_entry(render.render(entry, format))
                cached[key] = CachedEntry(rendered, (), Validity.starting(now, revision, ()))
                self._cache.put((key, format), cached[key])
        return [cached[key] for key, _ in keys]

    def _render(
        self, connection: Connection, wanted: Mapping[str, int], format: Format, now: datetime
    ) -> dict[str, CachedEntry]:
        """Return entries from the store, or rendered now and then to be kept there.

        :param wanted: ids of articles, each with its revision.
        """
        held = articles.get_many(connection, wanted)
        stored = rendered_entries.get_many(connection, format, list(wanted))
        candidates = articles.find(connection, stories_of(held.values()))
        entries: dict[str, CachedEntry] = {}
        new: list[NewRendering] = []
        for article_id, revision in wanted.items():
            article, links = held[article_id], list[Link]()
            if article.references:
                place = self._place(article.section)
                article = with_article_links(article, candidates, place, now)
                links = related_links(article, candidates, place, now)
            ingredients = ingredients_digest(article, links, format, self._settings)
            kept = stored.get(article_id)
            if kept is None or kept.ingredients != ingredients:
                entry = describe(article, links, self._place(article.section))
                digest = entry_digest(entry, format)
                data = kept.data if kept and kept.digest == digest else render.render(entry, format)
                kept = Rendering(ingredients, digest, data)
                new.append(NewRendering(article_id, format, revision, kept))
            turns = related_turns(article, candidates)
            entries[article_id] = CachedEntry(
                rendered_entry(kept.data),
                (last_update(article), *turns),
                Validity.starting(now, revision, turns),
            )
            self._cache.put((article_id, format), entries[article_id])
        self._write_behind.put(rendered_entries.keep, new)
        return entries
