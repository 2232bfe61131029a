"""Write the jobs that purge changed answers from caches, in the transaction of the change."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

from feedsvc.config.settings import Config
from feedsvc.model.cache_tags import ABSENT, EVERYTHING, feed_tag, media_tag, page_tag
from feedsvc.model.change import Change
from feedsvc.model.paths import PATH_CHARACTERS
from feedsvc.publishing.announcing import URGENT, WITHDRAWING
from feedsvc.store import media, outbox
from feedsvc.store.database import Connection
from feedsvc.store.stored_media import MediaKey

PURGE, SOFT_PURGE = "purge", "soft-purge"
"""The kinds of the jobs that purge answers, and mark them as stale; the key is a host and a tag."""
ADDRESS_PURGE = "address-purge"
"""The kind of the jobs that purge an address of the object store; the key is a host and that."""
MOST = 1000
"""Tags that are purged one by one. CDNs limit requests, so a bigger change purges everything."""


class Changed(Protocol):
    """The result of a transaction: ``actions.Actions``, as far as caches are concerned."""

    connection: Connection
    changes: list[Change]
    feeds: set[str]
    """The paths of the feeds that changed."""
    renewed: set[str]
    """The ids of articles that look different, although they did not change."""


def purge(batch: Changed, config: Config, now: datetime, *, everything: bool = False) -> None:
    """Purge exactly the feeds, pages and pictures that actions have changed.

    :param everything: all answers may have changed.
    """
    hosts = config.cdn.hosts
    if not hosts:
        return
    acts = {change.act for change in batch.changes}
    tags = {EVERYTHING} if everything else _tags(batch, now)
    if len(tags) > MOST:
        tags = {EVERYTHING}
    # A text that is wrong or withdrawn must not be given out once more, not even as stale.
    urgent = not acts.isdisjoint(URGENT | WITHDRAWING)
    kind = SOFT_PURGE if config.cdn.soft and not urgent else PURGE
    keys = [f"{host} {tag}" for host in hosts for tag in tags]
    outbox.add(batch.connection, kind, keys, now)


def purge_stored(
    connection: Connection, config: Config, keys: Iterable[MediaKey], now: datetime
) -> None:
    """Purge pictures and sounds that were deleted in the object store.

    Its answers have no tags, unless a cache derives them from the address.
    """
    at = config.remote_media.url
    for key in keys:
        tag, path = media_tag(key.digest, key.path), quote(key.path, safe=PATH_CHARACTERS)
        for host in config.cdn.hosts:
            outbox.add(connection, PURGE, [f"{host} {tag}"], now)
            outbox.add(connection, ADDRESS_PURGE, [f"{host} {at}/{key.digest}/{path}"], now)


def _tags(batch: Changed, now: datetime) -> set[str]:
    changed = {change.id for change in batch.changes}
    if not (changed or batch.feeds):
        return set()
    ended = media.ended(batch.connection, changed, now)
    return {
        ABSENT,
        *map(feed_tag, batch.feeds),
        *map(page_tag, changed | batch.renewed),
        *(media_tag(digest, path) for path, digest in ended),
    }
