"""Deltas (RFC 3229): only the entries of a feed that a reader does not have yet."""

from collections.abc import Sequence

from feedsvc.errors import StoreAwayError
from feedsvc.formats.delta import changes
from feedsvc.model.feed import Document
from feedsvc.model.paths import FeedRequest
from feedsvc.model.validity import MadeFeed
from feedsvc.store import feed_states
from feedsvc.store.database import Connection, Database
from feedsvc.store.feed_states import KeptState
from feedsvc.store.write_behind import WriteBehind


class Deltas:
    """The states that feeds were given out in lately, and the changes since. Thread-safe.

    :param most: states of each feed and format that are remembered.
    """

    def __init__(self, database: Database, write_behind: WriteBehind, most: int) -> None:
        self._database = database
        self._write_behind = write_behind
        self._most = most

    def remember(self, wanted: FeedRequest, made: MadeFeed) -> None:
        """Remember the state of a feed that readers get from now on."""
        if self._most:
            document, revision = made.document, made.validity.revision
            path, format = str(wanted.path), wanted.format
            state = KeptState(path, format, document.etag, revision, document.marks)
            self._write_behind.put(self._keep, [state])

    def since(
        self, wanted: FeedRequest, document: Document, etags: Sequence[str]
    ) -> Document | None:
        """Return a feed with only the entries that are new or changed since a state.

        :param etags: of the states that a reader has.
        :returns: None if none of them is known, or no entry is the same; or the store is away.
        """
        try:
            state = self._find(wanted, etags)
        except StoreAwayError:
            return None
        return changes(document, state.etag, state.marks) if state else None

    def knows(self, wanted: FeedRequest, etags: Sequence[str]) -> bool:
        """Return whether a feed was, or may have been, given out lately in one of some states."""
        try:
            return self._find(wanted, etags) is not None
        except StoreAwayError:
            return True  # to a reader with any state, as long as that cannot be known

    def _find(self, wanted: FeedRequest, etags: Sequence[str]) -> KeptState | None:
        path, format = str(wanted.path), wanted.format
        for state in reversed(self._write_behind.pending(self._keep)):
            if (state.path, state.format) == (path, format) and state.etag in etags:
                return state
        with self._database.reading() as connection:
            return feed_states.find(connection, path, format, etags)

    def _keep(self, connection: Connection, states: Sequence[KeptState]) -> None:
        feed_states.keep(connection, states, self._most)
