"""The static site: everything that ``serve`` answers with, as files for other servers."""

import errno
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from importlib.metadata import version
from itertools import chain
from typing import NamedTuple

from feedsvc.errors import FeedsvcError, NotFoundError
from feedsvc.formats.fingerprint import finished_with
from feedsvc.model.digests import etag
from feedsvc.model.feed import FILES, FORMATS, Format
from feedsvc.model.paths import INDEX, MEDIA, FeedPath, FeedRequest
from feedsvc.model.published_file import ChangedError
from feedsvc.static_site.bucket import SiteBucket
from feedsvc.static_site.folder import (
    FileState,
    Manifest,
    Rendered,
    SiteFile,
    SiteFolder,
    explaining_os_errors,
    stamp,
)
from feedsvc.static_site.pages import page_files
from feedsvc.static_site.redirect_rules import redirect_rules
from feedsvc.web.services import Services

log = logging.getLogger(__name__)

_LAYOUT = 1
"""The version of the folder's layout; with another one all files are written again."""
_PASSES = 3
"""Passes over everything while other processes go on publishing, at most."""
_PAUSE = 0.1
"""Seconds between two looks at the change counter, which is a number in memory."""
_RETRY = 5.0
"""Seconds until a failed write is tried again."""

_NAME_ERRORS = {errno.EEXIST, errno.EISDIR, errno.ENAMETOOLONG, errno.ENOTDIR}
"""Errors about the name of one document, which must not stop all others."""


class BuildResult(NamedTuple):
    """The numbers of documents, pictures and sounds that a build dealt with."""

    written: int
    unchanged: int
    deleted: int

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.written:,} written, {self.unchanged:,} unchanged, {self.deleted:,} deleted"


class StaticSite:
    """Keeps a folder in agreement with a newsroom's store.

    :param folder: the folder of the site, or its place in an object store.
    :param services: the parts of the application.
    :param fixed_files: returns the pages and files that belong to no section, by their paths.
    :param render: returns the page at a path.
    """

    def __init__(
        self,
        folder: SiteFolder | SiteBucket,
        services: Services,
        fixed_files: Callable[[], dict[str, bytes]],
        render: Callable[[str], bytes],
    ) -> None:
        self._folder = folder
        self._services = services
        self._fixed_files = fixed_files
        self._render = render
        self._revisions: dict[FeedPath, int] = {}
        self._change: int | None = -1
        self._due: datetime | None = None
        self._refused: set[str] = set()
        config = services.config
        # Pages of articles depend on the configuration, which their revisions do not count.
        looks = f"{version('feedsvc')} {finished_with(config)}" if config.pages else ""
        store = services.status.store_name()
        self._made_with = f"{_LAYOUT} {store} {config.feeds.url} {looks}"

    def build(self) -> BuildResult:
        """Make the folder agree with the store, and replace files that are not as they were left.

        :raises FeedsvcError: it cannot be written.
        """
        with explaining_os_errors(self._folder.path):
            for name, text in redirect_rules(self._services.config).items():
                self._folder.put(name, text)
        passes = [self._update(verify=True)]
        while len(passes) < _PASSES and self._change != self._services.feeds.pulse.now():
            passes.append(self._update(verify=False))
        written, _, deleted = (sum(numbers) for numbers in zip(*passes, strict=True))
        return BuildResult(written, passes[-1].unchanged, deleted)

    def follow(self, ended: Callable[[float], bool]) -> Iterator[BuildResult]:
        """Keep the folder in agreement; yield a result whenever files were written or deleted.

        A failed write is tried again.

        :param ended: waits for some seconds, and returns whether to stop.
        """
        pause = _PAUSE
        while not ended(pause):
            pause = _PAUSE
            changed = self._change != self._services.feeds.pulse.now()
            if not changed and (self._due is None or self._services.clock() < self._due):
                continue
            try:
                done = self._update(verify=False)
            except FeedsvcError as error:
                log.error("the site is out of date; trying again in %.0f s: %s", _RETRY, error)
                self._change, pause = -1, _RETRY
            else:
                if done.written or done.deleted:
                    yield done

    def _update(self, *, verify: bool) -> BuildResult:
        """Write files that changed, delete files that must go, then save the manifest.

        Archives are written before the feeds that lead to them, and pictures before all.

        :param verify: whether to look at files on the disk too, and not only at the manifest.
        """
        feeds, now = self._services.feeds, self._services.clock()
        self._change = feeds.pulse.now()
        last = max(self._revisions.values(), default=0)
        self._revisions |= feeds.changed_since(last)
        with explaining_os_errors(self._folder.path):
            after = Manifest("edition", self._made_with)
            written = self._add_media(after, now, verify=verify)
            pages = page_files(self._services, self._revisions, self._render, now)
            for file in chain(self._feeds(now), pages):
                written += self._write(file, after, now, verify=verify)
            written += self._write_fixed_files(after, now)
            deleted = self._folder.sweep(after, verify=verify)
            if after != self._folder.manifest:
                self._folder.save(after)
        turns = (it.until for it in after.documents.values())
        self._due = min((it for it in turns if it and it > now), default=None)
        return BuildResult(written, len(after.media) + len(after.documents) - written, deleted)

    def _add_media(self, after: Manifest, now: datetime, *, verify: bool) -> int:
        """Put the newsroom's pictures and sounds into the folder; return how many were missing."""
        media_files, folder = self._services.media_files, self._folder
        added = 0
        for known in media_files.served(now):
            # The path in its address, but not escaped.
            target = f"{MEDIA[1:]}{known.digest}/{known.path}"
            source = media_files.source(known)
            state = stamp(source)
            if state is None:
                continue
            # A picture that is overwritten in place may hold data that readers must not get.
            linked = not known.type.startswith("image/")
            there = state == folder.manifest.media.get(target)
            if there and verify:
                written = known.length, state[1]
                there = folder.holds_media(target, written, source, linked=linked)
            if not there:
                try:
                    with media_files.open(known) as content:
                        folder.add(target, content, known.type, source if linked else None)
                except (NotFoundError, ChangedError):
                    continue  # the file changed, and its record was not read again yet
                added += 1
            after.media[target] = state
        return added

    def _feeds(self, now: datetime) -> Iterator[SiteFile]:
        """Yield every feed there is, section by section."""
        for section, archives in self._services.sections.archives(now).items():
            newest = FeedPath(section)
            whole = self._revisions.get(newest, 0)
            numbered = [FeedPath(section, "archive", it) for it in range(1, archives + 2)]
            for path in (*numbered, FeedPath(section, "corrections"), newest):
                # The archive that is being filled begins where the feed ends.
                shown = [path, newest] if path.number > archives else [path]
                revision = max(self._revisions.get(it, 0) for it in shown)
                if path.number:
                    revision = revision or whole
                for format in FORMATS:
                    render = partial(self._rendered, shown, format, now)
                    yield SiteFile(f"{path}/{FILES[format]}".lstrip("/"), revision, render)

    def _rendered(self, paths: Sequence[FeedPath], format: Format, now: datetime) -> Rendered:
        """Return the first of some feeds, valid until time changes any of them."""
        made = [self._services.feeds.made(FeedRequest(path, format), now) for path in paths]
        turns = [validity.until for _, validity in made if validity.until]
        document = made[0].document
        until = min(turns, default=None)
        return Rendered(document.body, document.etag, document.last_modified, until)

    def _write(self, file: SiteFile, after: Manifest, now: datetime, *, verify: bool) -> bool:
        """Write a document if it changed; return whether it did."""
        folder = self._folder
        old = folder.manifest.documents.get(file.path)
        same = self._made_with == folder.manifest.made_with
        valid = old is not None and same and old.is_valid(file.revision, now)
        if old and valid and (not verify or folder.holds(file.path, old)):
            after.documents[file.path] = old
            return False
        is_page = file.path.endswith(INDEX)
        try:
            rendered = file.render().dated(now)
            return self._keep(file.path, file.revision, rendered, after, is_page=is_page)
        except NotFoundError:
            return False  # it was there a moment ago
        except OSError as error:
            if error.errno not in _NAME_ERRORS:
                raise
            if file.path not in self._refused:
                log.error("%r is left out: %s; choose another name", file.path, error.strerror)
            self._refused.add(file.path)
            return False

    def _write_fixed_files(self, after: Manifest, now: datetime) -> int:
        """Write the pages that depend on everything; return how many changed."""
        feeds = self._services.feeds
        newest = min(feeds.document(FeedRequest(FeedPath(""), FORMATS[0]), now).last_modified, now)
        return sum(
            self._keep(path, 0, Rendered(body, etag(body), newest, None), after, is_page=True)
            for path, body in self._fixed_files().items()
        )

    def _keep(
        self, path: str, revision: int, rendered: Rendered, after: Manifest, *, is_page: bool
    ) -> bool:
        """Write a document, or only its date if it is the same; return whether it changed.

        :param is_page: it gets a later date whenever its bytes change.
        """
        folder = self._folder
        old = folder.manifest.documents.get(path)
        modified = int(rendered.modified.timestamp())
        if is_page and old:
            same = old.etag == rendered.etag
            modified = old.modified if same else max(modified, old.modified + 1)
        changed = old is None or old.etag != rendered.etag or not folder.holds(path, old)
        if old and not changed:
            sizes = old.sizes
            if old.modified != modified:
                folder.date(path, sizes, modified)
        else:
            sizes = folder.write(path, rendered.body, modified)
        state = FileState(revision, rendered.until, rendered.etag, modified, sizes)
        after.documents[path] = state
        return changed
