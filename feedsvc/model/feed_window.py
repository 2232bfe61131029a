"""Which articles a feed holds."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from feedsvc.model.article import Listing

LAST = "\U0010ffff"
"""Comes after every id."""


def select(
    listings: Iterable[Listing], now: datetime, items: int, hours: int
) -> tuple[list[Listing], bool]:
    """Return the newest ``items``, or all of the last ``hours`` hours where that is more.

    The hours are counted back from the newest article, not from now, so that a feed does not
    change while nothing is published.

    :param listings: newest first; read no further than needed.
    :returns: also whether there are more.
    """
    selected: list[Listing] = []
    for listing in listings:
        if not listing.shown(now):
            continue
        if len(selected) >= items and listing.age - selected[0].age > hours * 3600:
            return selected, True
        selected.append(listing)
    return selected, False


class Window(NamedTuple):
    """The listings that ``select`` would select, by the first and the last of its ``items``."""

    newest: Listing
    last: Listing
    """The last one of the ``items``, or of all where there are fewer."""
    hours: int

    def holds(self, listing: Listing) -> bool:
        """Return whether a listing that is shown would be selected."""
        if (listing.age, listing.id) <= (self.last.age, self.last.id):
            return True
        return listing.age - self.newest.age <= self.hours * 3600

    @property
    def end(self) -> Listing:
        """Return the last place of the selected listings; all others come after it."""
        until = self.newest.age + self.hours * 3600
        return self.last if until < self.last.age else Listing(until, LAST)
