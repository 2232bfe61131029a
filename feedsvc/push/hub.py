"""The hub: takes requests to subscribe and to unsubscribe (WebSub §5.1), and checks them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from urllib.parse import unquote

from feedsvc.config.settings import Config
from feedsvc.errors import (
    BusyError,
    FeedsvcError,
    FetchError,
    ForbiddenError,
    NotFoundError,
    did_you_mean,
)
from feedsvc.model.feed import FORMATS_BY_FILE
from feedsvc.model.paths import FeedPath, FeedRequest
from feedsvc.push import subscription_requests
from feedsvc.push.guard import check_address, is_address, target_of
from feedsvc.push.subscription_requests import JOB, LONGEST_SECRET, Mode, SubscriptionRequest
from feedsvc.store import outbox, subscriptions
from feedsvc.store.database import Database

MODES = ("subscribe", "unsubscribe", "publish")
_LONGEST_KEY = 2500
"""Bytes of a callback and the path of a feed together, as an index of PostgreSQL takes them."""
LONGEST_CALLBACK = 2048
"""Characters of a callback: it gets more parameters, and servers refuse long addresses."""
MOST_WAITING = 10_000
"""Requests that wait for verification: more are refused, so that they do not fill the store."""
_SINGLE = ("hub.mode", "hub.callback", "hub.topic", "hub.lease_seconds", "hub.secret")
"""Parameters that may be there only once (§5.1)."""


class Hub:
    """The hub of one newsroom. Safe to share between threads.

    :param document: returns a feed as it is at a moment, or raises NotFoundError.
    """

    def __init__(
        self,
        config: Config,
        database: Database,
        document: Callable[[FeedRequest, datetime], object],
        clock: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._database = database
        self._document = document
        self._clock = clock

    def take(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Take a request; it is verified in the background.

        :param pairs: the parameters; unknown ones are ignored (§5.1).
        :raises NotFoundError: the topic is no feed of this newsroom.
        :raises ForbiddenError: only feedsvc itself publishes here.
        :raises BusyError: too many requests wait.
        :raises FeedsvcError: the request is wrong; the message says how to write it.
        """
        given = _once(pairs)
        mode = given.get("hub.mode", "").strip().lower()
        if mode == "publish":
            self._publish([value for name, value in pairs if name in ("hub.url", "hub.topic")])
        elif mode in ("subscribe", "unsubscribe"):
            request = self._request("subscribe" if mode == "subscribe" else "unsubscribe", given)
            with self._database.writing(counted=False) as connection:
                if outbox.count(connection, JOB) >= MOST_WAITING:
                    raise BusyError("too many requests wait to be verified; ask again later")
                subscription_requests.add(connection, request, self._clock())
        else:
            wrong = f'is "{mode[:40]}"' if mode else "is missing"
            raise FeedsvcError(
                f"hub.mode {wrong}; it must be subscribe or unsubscribe.{did_you_mean(mode, MODES)}"
            )

    def _request(self, mode: Mode, given: Mapping[str, str]) -> SubscriptionRequest:
        callback = self._callback(given)
        topic = _needed(given, "hub.topic", "the address of a feed")
        wanted = self._feed(topic, ends=mode == "unsubscribe")
        if (size := len(f"{callback}{wanted.path}".encode())) > _LONGEST_KEY:
            raise FeedsvcError(
                f"hub.callback and the path of the feed have {size:,} bytes together; "
                f"{_LONGEST_KEY:,} are the most"
            )
        secret = given.get("hub.secret", "").encode()
        if len(secret) > LONGEST_SECRET:
            most = f"{LONGEST_SECRET} are the most"
            raise FeedsvcError(f"hub.secret has {len(secret):,} bytes; {most} (WebSub §5.1)")
        lease = self._lease(given.get("hub.lease_seconds", ""))
        return SubscriptionRequest(
            mode, callback, topic, str(wanted.path), wanted.format, lease, secret
        )

    def _callback(self, given: Mapping[str, str]) -> str:
        callback = _needed(given, "hub.callback", "the address that feeds are sent to")
        if len(callback) > LONGEST_CALLBACK:
            size = f"{len(callback):,} characters"
            raise FeedsvcError(f"hub.callback has {size}; {LONGEST_CALLBACK:,} are the most")
        if "#" in callback:
            raise FeedsvcError(
                "hub.callback has a fragment, which no server gets; leave out all from # on"
            )
        private = self._config.push.allow_private
        try:
            target = target_of(callback, () if private else self._config.push.ports)
            if is_address(target.host):
                check_address(target.host, allow_private=private)
        except FetchError as error:
            raise FeedsvcError(f"hub.callback {error}") from None
        return callback

    def _feed(self, topic: str, *, ends: bool) -> FeedRequest:
        """Return the feed of a topic.

        :param ends: a subscription to it ends, so the feed may have ended before.
        :raises NotFoundError: it is no feed with a hub.
        """
        base = f"{self._config.feeds.url}/"
        place, _, file = unquote(topic.removeprefix(base)).rpartition("/")
        format = FORMATS_BY_FILE.get(file)
        path = FeedPath.parse(place)
        wanted = FeedRequest(path, format or "rss")
        if not topic.startswith(base) or format is None or path.document == "archive":
            raise NotFoundError(
                f"hub.topic is no feed of {base}; it must be the address that a feed names as its "
                f"own (rel=self), such as {self._config.urls.feed('', 'atom')}"
            )
        if topic != self._config.urls.feed(path, format):
            right = self._config.urls.feed(path, format)[:500]
            raise NotFoundError(f"hub.topic must be written as the feed names it: {right}")
        if not ends:
            try:
                self._document(wanted, self._clock())
            except NotFoundError as error:
                raise NotFoundError(f"hub.topic is no feed: {error}") from None
        return wanted

    def _lease(self, typed: str) -> int:
        """Return the seconds of a subscription: as asked for, within the bounds (§5.1)."""
        push = self._config.push
        typed = typed.strip()
        if not typed:
            return max(push.least_lease, min(push.lease, push.most_lease))
        if not (typed.isascii() and typed.isdigit()) or not int(typed[:20]):
            raise FeedsvcError(
                f'hub.lease_seconds is "{typed[:40]}"; it must be a number of seconds, '
                f"such as {push.lease}"
            )
        return max(push.least_lease, min(int(typed[:20]), push.most_lease))

    def _publish(self, topics: Sequence[str]) -> None:
        """Make waiting deliveries of feeds due at once."""
        if not self._config.push.open_publish:
            raise ForbiddenError(
                "hub.mode=publish is not possible: this hub knows by itself when its feeds change"
            )
        if not topics:
            raise FeedsvcError("hub.url is missing; it must be the address of the changed feed")
        wanted = [self._feed(topic, ends=False) for topic in topics]
        with self._database.writing(counted=False) as connection:
            for path, format, _ in wanted:
                subscriptions.hasten(connection, str(path), format, self._clock())


def _once(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the parameters that may be there once.

    :raises FeedsvcError: one is there twice, with different values or not.
    """
    names = [name for name, _ in pairs if name in _SINGLE]
    publishes = ("hub.mode", "publish") in pairs  # which may name several feeds at once
    for name in names:
        if names.count(name) > 1 and not (publishes and name == "hub.topic"):
            raise FeedsvcError(f"{name} is given {names.count(name)} times; keep one")
    return dict(pairs)


def _needed(given: Mapping[str, str], name: str, meaning: str) -> str:
    value = given.get(name, "").strip()
    if not value:
        raise FeedsvcError(f"{name} is missing; it must be {meaning}")
    return value
