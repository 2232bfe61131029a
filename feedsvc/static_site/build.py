"""The edition: all that ``serve`` answers with, as files for servers that give out files."""

from __future__ import annotations

import logging
import re
from functools import partial
from importlib.metadata import version
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from feedsvc.errors import FeedsvcError, NotFoundError
from feedsvc.formats.fingerprint import finished_with
from feedsvc.model.digests import etag
from feedsvc.model.feed import FILES, FORMATS
from feedsvc.model.paths import MEDIA, archive_path, corrections_path
from feedsvc.static_site.folder import FileState, Manifest, explaining_os_errors, stamp
from feedsvc.static_site.pages import page_documents
from feedsvc.static_site.redirect_rules import redirects
from feedsvc.web.http.content_codings import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from feedsvc.model.feed import Document, Format
    from feedsvc.static_site.folder import SiteFolder
    from feedsvc.web.services import Services

log = logging.getLogger(__name__)

_LAYOUT = 1
"""Of the folder; with another one all is made anew."""
_TRIES = 3
"""Times that everything is looked through while others go on publishing."""
_PAUSE = 0.1
"""Seconds between two looks whether anything changed: each is a look at a number in memory."""
_RETRY = 5.0
"""Seconds until what failed is tried again."""

_BESIDE = "index.html", "feeds.opml", "robots.txt", "favicon.ico"
_TAKEN = re.compile(
    rf"(?:{'|'.join(map(re.escape, (*_BESIDE, *FILES.values())))})"
    rf"(?:{'|'.join(map(re.escape, SUFFIXES.values()))})?"
)
"""What files are called that stand beside the folders of sections."""


class Done(NamedTuple):
    """What became of documents, pictures and sounds."""

    written: int
    unchanged: int
    deleted: int

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.written:,} written, {self.unchanged:,} unchanged, {self.deleted:,} deleted"


class _FeedFile(NamedTuple):
    """A feed in one format."""

    path: str
    """Of its file."""
    number: int
    make: Callable[[], tuple[Document, datetime | None]]
    """Returns it, and when time alone changes it."""


class StaticSite:
    """Keeps a folder in agreement with a newsroom's store."""

    def __init__(
        self,
        output: SiteFolder,
        services: Services,
        pages: Callable[[], dict[str, bytes]],
        render: Callable[[str], bytes],
    ) -> None:
        """Take the folder, and the parts of the application.

        :param pages: returns those for people, with what they need, by the paths of files.
        :param render: returns any other page, by its path.
        """
        self._output = output
        self._services = services
        self._pages = pages
        self._render = render
        self._numbers: dict[str, int] = {}
        self._beat: int | None = -1
        self._due: datetime | None = None
        config = services.config
        # Pages of articles tell of the configuration, which their own numbers know nothing of.
        looks = f"{version('feedsvc')} {finished_with(config)}" if config.pages else ""
        self._made_with = f"{_LAYOUT} {services.sections.store()} {config.feeds.url} {looks}"

    def build(self) -> Done:
        """Make the folder agree with the store, and look whether it is as it was left.

        :raises FeedsvcError: it cannot be written, or a section cannot be in an edition.
        """
        with explaining_os_errors(self._output.folder):
            for name, text in redirects(self._services.config).items():
                self._output.put(name, text)
        done = self._agree(look=True)
        for _ in range(_TRIES - 1):
            if self._beat == self._services.feeds.pulse.now():
                break
            more = self._agree(look=False)
            done = Done(done.written + more.written, more.unchanged, done.deleted + more.deleted)
        return done

    def follow(self, ended: Callable[[float], bool]) -> Iterator[Done]:
        """Keep the folder in agreement; yield what was done when that was anything.

        What cannot be written now is tried again.

        :param ended: waits for some seconds, and tells whether that was the end.
        """
        pause = _PAUSE
        while not ended(pause):
            pause = _PAUSE
            moved = self._beat != self._services.feeds.pulse.now()
            if not moved and (self._due is None or self._services.clock() < self._due):
                continue
            try:
                done = self._agree(look=False)
            except FeedsvcError as error:
                log.error("the edition is not as it should be, and will be soon: %s", error)
                self._beat, pause = -1, _RETRY
            else:
                if done.written or done.deleted:
                    yield done

    def _agree(self, *, look: bool) -> Done:
        """Write what changed, delete what is gone, and then say so in the manifest.

        Archives are written before the feeds that lead to them, and pictures before all.

        :param look: at the files, too, that nobody but this has touched.
        """
        syndication, now = self._services.feeds, self._services.clock()
        self._beat = syndication.pulse.now()
        last = max(self._numbers.values(), default=0)
        self._numbers |= syndication.changed_since(last)
        with explaining_os_errors(self._output.folder):
            after = Manifest("edition", self._made_with)
            written = self._bring(after, now, look=look)
            for feed in chain(self._feeds(now), self._printed(now)):
                written += self._write(feed, after, now, look=look)
            written += self._write_pages(after, now)
            deleted = self._output.sweep(after, look=look)
            if after != self._output.manifest:
                self._output.save(after)
        turns = (it.until for it in after.documents.values())
        self._due = min((it for it in turns if it and it > now), default=None)
        return Done(written, len(after.media) + len(after.documents) - written, deleted)

    def _bring(self, after: Manifest, now: datetime, *, look: bool) -> int:
        """Bring the newsroom's pictures and sounds; return how many were not there."""
        directory, output = self._services.sections, self._output
        brought = 0
        for path, digest in directory.served(now).items():
            # As it is part of addresses, but not escaped.
            place = f"{MEDIA[1:]}{digest}/{path}"
            found = stamp(directory.config.root / path)
            if found is None:
                continue
            same = found == output.manifest.media.get(place)
            if not same or (look and not output.has(place, found)):
                try:
                    source = directory.media(digest, path, now)
                except NotFoundError:
                    continue  # something else stands there by now, which nobody has told of yet
                output.bring(place, source.file)
                brought += 1
            after.media[place] = found
        return brought

    def _feeds(self, now: datetime) -> Iterator[_FeedFile]:
        """Yield every feed there is, section by section."""
        for section, archives in self._services.sections.archives(now).items():
            if any(map(_TAKEN.fullmatch, section.split("/"))):
                raise FeedsvcError(
                    f'the section "{section}" cannot be in an edition, where files have such '
                    "names; give its folder another one"
                )
            for number in range(1, archives + 2):
                yield from self._archive(section, number, now, full=number <= archives)
            yield from self._newest(section, now)

    def _printed(self, now: datetime) -> Iterator[_FeedFile]:
        """Yield the pages that people read, if they read them here."""
        return map(
            _FeedFile._make, page_documents(self._services, self._numbers, self._render, now)
        )

    def _newest(self, section: str, now: datetime) -> Iterator[_FeedFile]:
        syndication = self._services.feeds
        for path, make in (
            (corrections_path(section), syndication.corrections),
            (section, syndication.document),
        ):
            for format in FORMATS:
                made = partial(self._made, path, make, section, format, now)
                yield _FeedFile(_file(path, format), self._numbers.get(path, 0), made)

    def _made(
        self,
        path: str,
        make: Callable[[str, Format, datetime], Document],
        section: str,
        format: Format,
        now: datetime,
    ) -> tuple[Document, datetime | None]:
        document = make(section, format, now)
        kept = self._services.feeds.at_hand(path, format, now)
        # Where it has changed since, that is soon enough to make it again.
        return document, kept[1] if kept else now

    def _archive(
        self, section: str, number: int, now: datetime, *, full: bool
    ) -> Iterator[_FeedFile]:
        syndication, path = self._services.feeds, archive_path(section, number)
        own, whole = self._numbers.get(path), self._numbers.get(section, 0)
        for format in FORMATS:

            def make(format: Format = format) -> tuple[Document, datetime | None]:
                document, until = syndication.archive_until(section, number, format, now)
                if full:
                    return document, until
                # What is in none yet begins where the feed ends.
                _, turn = self._made(section, syndication.document, section, format, now)
                return document, min((it for it in (until, turn) if it), default=None)

            known = own if full and own is not None else max(own or 0, whole)
            yield _FeedFile(_file(path, format), known, make)

    def _write(self, feed: _FeedFile, after: Manifest, now: datetime, *, look: bool) -> bool:
        """Write a feed if it is another one than that which is there; tell whether it was."""
        output = self._output
        old = output.manifest.documents.get(feed.path)
        same = self._made_with == output.manifest.made_with
        stands = old is not None and same and old.stands(feed.number, now)
        if old and stands and (not look or output.holds(feed.path, old)):
            after.documents[feed.path] = old
            return False
        try:
            document, until = feed.make()
        except NotFoundError:
            return False  # it was there a moment ago
        modified = int(document.last_modified.timestamp())
        if document.media_type == "text/html":
            modified = self._dated(feed.path, document.etag, modified)
        made = FileState(feed.number, until, document.etag, modified, {})
        return self._keep(feed.path, document.body, made, after)

    def _write_pages(self, after: Manifest, now: datetime) -> int:
        """Write the pages, which tell of everything; return how many were other ones."""
        newest = self._services.feeds.document("", FORMATS[0], now).last_modified
        written = 0
        for path, body in self._pages().items():
            tag = etag(body)
            modified = self._dated(path, tag, int(newest.timestamp()))
            written += self._keep(path, body, FileState(0, None, tag, modified, {}), after)
        return written

    def _dated(self, path: str, etag: str, modified: int) -> int:
        """Return the date of a page: other bytes have another one, by which servers tell it."""
        old = self._output.manifest.documents.get(path)
        if old is None:
            return modified
        return old.modified if old.etag == etag else max(modified, old.modified + 1)

    def _keep(self, path: str, body: bytes, made: FileState, after: Manifest) -> bool:
        """Write a document, but only give it its date where its bytes are there; tell whether."""
        output = self._output
        old = output.manifest.documents.get(path)
        fresh = old is None or old.etag != made.etag or not output.holds(path, old)
        if old and not fresh:
            sizes = old.sizes
            if old.modified != made.modified:
                output.date(path, sizes, made.modified)
        else:
            sizes = output.write(path, body, made.modified)
        after.documents[path] = msgspec.structs.replace(made, sizes=sizes)
        return fresh


def _file(path: str, format: Format) -> str:
    return f"{path}/{FILES[format]}".lstrip("/")
