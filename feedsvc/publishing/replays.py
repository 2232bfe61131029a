"""Requests that are repeated with the same Idempotency-Key: each is carried out once."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from feedsvc.errors import ConflictError, Finding, RefusedError
from feedsvc.publishing.writes import Written
from feedsvc.store import replays
from feedsvc.store.database import Database
from feedsvc.store.replays import Replay

KEPT = timedelta(hours=24)
"""How long the answer to a request is kept."""
_IN_WORK = timedelta(seconds=30)
"""How long a request may take; after that, its process has ended."""
_WRITTEN = msgspec.json.Decoder(Written)

Create = Callable[[str, Callable[[str], None]], Written]
"""Writes an article: under an id that an earlier try was given, else under a new one, which it
tells the function before anything is written."""


class Replays:
    """The requests of one newsroom that have a key."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def once(self, token: str, key: str, request: bytes, create: Create) -> Written:
        """Return the result of a request, which is carried out if it was not yet.

        :raises RefusedError: another request had the key.
        :raises ConflictError: the same request is being carried out.
        :raises FeedsvcError: it failed, and may be sent again with the same key.
        """
        digest = hashlib.sha256(request).hexdigest()
        before = self._begin(token, key, digest)
        if before.answer is not None:
            return _WRITTEN.decode(before.answer)

        def minted(article_id: str) -> None:
            with self._database.writing() as connection:
                replays.set_article(connection, token, key, article_id)

        try:
            written = create(before.article, minted)
        except BaseException:
            with self._database.writing() as connection:
                replays.remove(connection, token, key)
            raise
        answer = before._replace(article=written.id, answer=msgspec.json.encode(written))
        with self._database.writing() as connection:
            replays.put(connection, token, key, answer)
        return written

    def _begin(self, token: str, key: str, digest: str) -> Replay:
        now = self._clock()
        with self._database.writing() as connection:
            replays.remove_before(connection, now - KEPT)
            before = replays.get(connection, token, key)
            if before and before.digest != digest:
                message = "this Idempotency-Key was sent with another request; choose another key"
                raise RefusedError([Finding("", message)])
            if before and before.answer is not None:
                return before
            if before and now - before.moment < _IN_WORK:
                raise ConflictError("the same request is being carried out; ask again in a moment")
            begun = Replay(digest, now, before.article if before else "", None)
            replays.put(connection, token, key, begun)
        return begun
