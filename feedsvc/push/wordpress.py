"""Fetch posts from sites with WordPress: the ones of pings, and all that changed meanwhile.

All clients may read published posts there, so nothing has to be installed, and no password is
needed. A post that is gone, or not public any more, is withdrawn while the site still shows others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from feedsvc.config.settings import Config
from feedsvc.config.source_settings import SourceSettings
from feedsvc.errors import FeedsvcError, FetchError
from feedsvc.importers import payload
from feedsvc.importers.wordpress import WordPress, identity
from feedsvc.model.pushed_article import PushedArticle, SentAct
from feedsvc.publishing import moments
from feedsvc.publishing.pings import JOB
from feedsvc.publishing.push_results import PERMANENT, Receiver
from feedsvc.push.http_client import HttpClient
from feedsvc.push.http_values import Limits, Request
from feedsvc.store import key_values, origins, outbox, sources
from feedsvc.store.database import Database
from feedsvc.store.outbox import Job

LIMITS = Limits(size=100_000_000, seconds=60)
"""A hundred long posts. Redirects are not followed: another host is not the site."""
PAGE = 100
"""Posts in one answer; WordPress gives no more."""
_EMBED = "_embed=author,wp:featuredmedia,wp:term"
_HIDDEN = (401, 403)
"""Answers about a post that is there, and is not public."""
_GONE = (404, 410)
_BUSY = timedelta(seconds=2)
"""After which a site that is being asked is asked for another post."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


class Progress(Struct, frozen=True):
    """How far the posts of a site were fetched, in the order of their changes."""

    since: str = ""
    """The last moment of a change, as WordPress writes it, in UTC; empty before the first."""
    seen: list[str] = []
    """The ids of posts that were fetched as they were at that moment."""
    page: int = 1
    """More than 1 while many posts have the same moment."""
    checked: int = 0
    """The id below which it is looked next which known posts are still there; 0 for all."""
    tried: list[str] = []
    """The ids of new posts of the site that are not here, as they were refused."""
    bare: list[str] = []
    """The ids of posts that were fetched again, as their pictures had been deleted there."""

    @property
    def query(self) -> str:
        """Return the query for the next part of the list, with the last second once more."""
        query = f"?{_EMBED}&per_page={PAGE}&orderby=modified&order=asc&page={self.page}"
        if not self.since:
            return query
        before = datetime.fromisoformat(self.since) - timedelta(seconds=1)
        return f"{query}&modified_after={before.isoformat()}Z"

    def following(self, posts: Sequence[Mapping[str, Any]]) -> Progress:
        """Return the progress after a part of the list.

        Where many posts have the same moment, this may take several parts.
        """
        last = max([self.since, *map(_modified, posts)])
        seen = [identity(it) for it in posts if _modified(it) == last]
        if last > self.since:
            return replace(self, since=last, seen=seen, page=1)
        page = self.page + 1 if len(posts) >= PAGE else 1
        return replace(self, seen=[*dict.fromkeys((*self.seen, *seen))], page=page)


class WordPressSites:
    """Does the jobs about posts. Safe to share between threads."""

    def __init__(
        self,
        config: Config,
        database: Database,
        client: HttpClient,
        receiver: Receiver,
        clock: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._sources = {it.name: it for it in config.sources if it.kind == "wordpress"}
        self._database = database
        self._client = client
        self._clock = clock
        self._receiver = receiver
        self._next_look: dict[str, datetime] = {}
        self._locks = {name: Lock() for name in self._sources}
        """By source, held while its site is asked, so that a slow one waits for itself."""
        self.count = len(self._sources)

    def look(self) -> None:
        """Add a job for each site whose changed posts are to be looked for now."""
        now = self._clock()
        due = [it for it in self._sources if self._next_look.get(it, now) <= now]
        if due:
            with self._database.writing(counted=False) as connection:
                outbox.add(connection, JOB, due, now)
        for name in due:
            self._next_look[name] = now + timedelta(minutes=self._sources[name].poll)

    def busy(self) -> tuple[str, ...]:
        """Return the beginnings of the keys of jobs that wait, as their site is being asked."""
        return tuple(f"{name}/" for name, lock in self._locks.items() if lock.locked())

    def work(self, job: Job) -> None:
        """Do a job: fetch one post, or a part of all that have changed; later for a busy site.

        :raises FetchError: the site gives no answer that can be used.
        """
        name, _, post_id = job.key.partition("/")
        lock = self._locks.get(name)
        if lock is None:  # of an earlier configuration
            self._finish(job)
        elif lock.acquire(blocking=False):
            try:
                self._ask(self._sources[name], post_id, job)
            finally:
                lock.release()
        else:
            with self._database.writing(counted=False) as connection:
                outbox.defer(connection, job, self._clock() + _BUSY)

    def _ask(self, source: SourceSettings, post_id: str, job: Job) -> None:
        again: list[str] = []
        if post_id:
            self._fetch(source, post_id)
        else:
            again = self._fetch_changed(source)
        self._finish(job, again)

    def _finish(self, job: Job, again: Iterable[str] = ()) -> None:
        with self._database.writing(counted=False) as connection:
            outbox.finish(connection, job)
            outbox.add(connection, JOB, again, self._clock())

    def _fetch(self, source: SourceSettings, post_id: str) -> None:
        status, post = self._get(source, f"/{post_id}?{_EMBED}", *_HIDDEN, *_GONE)
        if status not in (*_HIDDEN, *_GONE):
            if identity(payload.mapping(post)) != post_id:
                raise FetchError("is answered with another post")
            self._receive(source, payload.mapping(post))
            return
        with self._database.reading() as connection:
            is_known = origins.find(connection, source.name, post_id)
            state = sources.states(connection, source.name, [post_id]).get(post_id)
        if not is_known:
            return
        if not self._list(source, f"?per_page=1&{_EMBED}"):
            raise FetchError(f"is answered {status}, but so is every post of {source.url}")
        # By the clock of the site: it may say that a later version is older than this moment here.
        revised = state.revised if state else None
        act: SentAct = "delete" if status in _GONE else "unpublish"
        self._take(source, lambda: [PushedArticle(id=post_id, act=act, revised=revised)])

    def _fetch_changed(self, source: SourceSettings) -> list[str]:
        """Fetch a part of the posts that have changed; return the keys of the jobs to do next."""
        progress = self._progress(source)
        posts = self._list(source, progress.query, *(400,) if progress.page > 1 else ())
        for post in posts:
            if _modified(post) != progress.since or identity(post) not in progress.seen:
                self._receive(source, post)
        progress, again = progress.following(posts), [source.name]
        if len(posts) < PAGE:
            progress, new = self._unknown(source, progress)
            progress, missing = self._missing(source, progress)
            again = [f"{source.name}/{it}" for it in (*new, *missing)]
        with self._database.writing(counted=False) as connection:
            value = msgspec.json.encode(progress).decode()
            key_values.set_setting(connection, _setting(source), value)
        return again

    def _progress(self, source: SourceSettings) -> Progress:
        with self._database.reading() as connection:
            stored = key_values.setting(connection, _setting(source))
        return msgspec.json.decode(stored, type=Progress) if stored else Progress()

    def _unknown(self, source: SourceSettings, progress: Progress) -> tuple[Progress, list[str]]:
        """Return ids of posts that are new, though the moment of their change is long ago.

        A scheduled post keeps the moment at which it was scheduled, and a post that is written
        with an earlier date has that one.
        """
        queries = (f"?per_page={PAGE}&orderby={it}&_fields=id" for it in ("id", "date"))
        lists = [self._list(source, query) for query in queries]
        ids = dict.fromkeys(identity(it) for posts in lists for it in posts)
        with self._database.reading() as connection:
            known = {*sources.states(connection, source.name, ids)}
            known |= {name for _, name in origins.owners(connection, _pairs(source, ids))}
        new = [it for it in ids if it not in known]
        return replace(progress, tried=new), [it for it in new if it not in progress.tried]

    def _missing(self, source: SourceSettings, progress: Progress) -> tuple[Progress, list[str]]:
        """Return ids of posts that the site lists no more, or without the picture that it deleted.

        The newest are looked for each time, the others in turn.

        :returns: the ids, and how far they were looked for.
        """
        with self._database.reading() as connection:
            newest = origins.newest(connection, source.name, PAGE)
            older = origins.newest(connection, source.name, PAGE, progress.checked or None)
            names = [*dict.fromkeys((*newest, *older))]
            states = sources.states(connection, source.name, names)
        here = [it for it in names if it not in states or not states[it].withdrawn]
        pictured: dict[str, bool] = {}
        for start in range(0, len(here), PAGE):
            query = f"&include={','.join(here[start : start + PAGE])}&_fields=id,featured_media"
            posts = self._list(source, f"?per_page={PAGE}{query}")
            pictured |= {identity(it): it.get("featured_media") != 0 for it in posts}
        checked = int(older[-1]) if len(older) == PAGE else 0
        with self._database.reading() as connection:
            pairs = _pairs(source, (it for it in pictured if not pictured[it]))
            bare = [name for _, name in origins.pictured(connection, pairs)]
        missing = [it for it in here if it not in pictured]
        missing += [it for it in bare if it not in progress.bare]
        return replace(progress, checked=checked, bare=bare), missing

    def _receive(self, source: SourceSettings, post: Mapping[str, Any]) -> None:
        reader = WordPress(source, partial(moments.parse, config=self._config))
        self._take(source, lambda: [reader.article(post)])

    def _take(self, source: SourceSettings, read: Callable[[], Sequence[PushedArticle]]) -> None:
        try:
            self._receiver.receive(source, read)
        except PERMANENT:
            pass  # it is recorded, and fetched again when it has changed
        except FeedsvcError as error:
            raise FetchError(f"cannot be taken now: {error}") from None

    def _list(self, source: SourceSettings, query: str, *statuses: int) -> list[Mapping[str, Any]]:
        """Return posts; none where the answer is one of some statuses.

        :raises FetchError: the site gives no list.
        """
        status, posts = self._get(source, query, *statuses)
        if status not in statuses and not isinstance(posts, list):
            raise FetchError(f"{source.url} has no list of posts; is it a WordPress?")
        return payload.mappings(posts)

    def _get(self, source: SourceSettings, query: str, *statuses: int) -> tuple[int, Any]:
        """Return the status of an answer, and its JSON; without one where it is no success.

        :param statuses: of answers that are expected, too.
        :raises FetchError: it is another answer.
        """
        body = bytearray()
        address = f"{source.url}/wp-json/wp/v2/posts{query}"
        answer = self._client.send(Request("GET", address), body.extend, LIMITS)
        if answer.status in statuses:
            return answer.status, None
        if not 200 <= answer.status < 300:
            after, where = answer.retry_after(self._clock()), answer.headers.get("location")
            reason = f"{source.url} is answered {answer.status}"
            advice = f", and leads to {where}; url must be the address itself" if where else ""
            raise FetchError(reason + advice, after=after)
        try:
            return answer.status, msgspec.json.decode(bytes(body))
        except (msgspec.DecodeError, RecursionError):
            raise FetchError(f"{source.url} does not answer in JSON; is it a WordPress?") from None


def _modified(post: Mapping[str, Any]) -> str:
    """Return the moment of the last change of a post, as WordPress writes it; empty for none."""
    typed = payload.line(post.get("modified_gmt"))
    return typed if _MOMENT.fullmatch(typed) and typed[:4] != "0000" else ""


def _pairs(source: SourceSettings, ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    return ((source.name, it) for it in ids)


def _setting(source: SourceSettings) -> str:
    """Return the name of the setting with the progress of a site; another site begins anew."""
    return f"wordpress {source.name} {source.url}"
