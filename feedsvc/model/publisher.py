"""A program or a person with a token: which articles it may read, write and withdraw."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from msgspec import Struct

Scope = Literal["read", "draft", "write", "kill", "media", "admin"]

SCOPES: dict[Scope, str] = {
    "read": "read articles, versions and the log",
    "draft": "write drafts and withheld articles, and release nothing",
    "write": "write, correct, withhold and delete articles",
    "kill": "kill articles",
    "media": "upload pictures and sounds",
    "admin": "all of these",
}
"""The scopes of tokens, and the right that each one gives."""


class Publisher(Struct, frozen=True, kw_only=True):
    """The holder of a token, and the rights that it gives."""

    name: str
    """Of the token; the log of actions shows it."""
    owner: str = ""
    scopes: frozenset[Scope]
    sections: tuple[str, ...] = ()
    """The only sections in which it may read and write, with all below them; empty for all."""
    created: datetime
    expires: datetime | None = None
    used: datetime | None = None
    """About when it was last used."""
    revoked: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Return whether its token counts at this moment."""
        return self.revoked is None and (self.expires is None or now < self.expires)

    def may(self, *scopes: Scope) -> bool:
        """Return whether it has one of some scopes."""
        return "admin" in self.scopes or not self.scopes.isdisjoint(scopes)

    def may_write_in(self, sections: Collection[str]) -> bool:
        """Return whether it may write an article of all these sections."""
        return not self.sections or all(map(self._is_for, sections))

    def may_read_in(self, sections: Collection[str]) -> bool:
        """Return whether it may read an article of any of these sections."""
        return not self.sections or any(map(self._is_for, sections))

    def _is_for(self, section: str) -> bool:
        return any(f"{section}/".startswith(f"{allowed}/") for allowed in self.sections)
