"""Follow the changes of a shared store: the task of one process of each machine."""

from threading import Event, Thread

from feedsvc.config.settings import Config
from feedsvc.store.change_counter import ChangeCounter
from feedsvc.store.database import open_store, postgresql_module
from feedsvc.store.kept_feeds import SIGN, KeptFeeds
from feedsvc.store.seen_changes import SeenChanges
from feedsvc.store.shared_memory import SHARED_FILE

_TICK = 0.02
"""Seconds between two looks at the number of the last change."""
_AGAIN = 1.0
"""Seconds between two tries to agree with a store that is away."""


def follow_changes(config: Config) -> None:
    """Hear of the changes that other machines make, for as long as this process lives."""
    counter = ChangeCounter(config.state / SHARED_FILE)
    listener = postgresql_module().listener(config.store, SeenChanges(config.state, counter))
    kept = KeptFeeds(open_store(config, may_be_away=True))
    Thread(target=keep_up, args=(kept, counter, Event()), name="kept-feeds", daemon=True).start()
    listener.run()


def keep_up(kept: KeptFeeds, counter: ChangeCounter, stop: Event) -> None:
    """Delete the feeds that this machine keeps as soon as it sees that they have changed."""
    while not stop.is_set():
        seen = counter.shared[:]
        counter.wait(seen, SIGN if kept.agree() else _AGAIN, stop.wait, _TICK)
