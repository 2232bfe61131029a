"""The results of a sync, and of a sync that only plans."""

from __future__ import annotations

from msgspec import Struct

from feedsvc.errors import Problem
from feedsvc.model.change import Change


class Report(Struct, frozen=True):
    """The result of a sync."""

    read: int
    """Files that were new or had changed."""
    removed: int
    """Articles that were withdrawn, because their files were newly missing."""
    sections: frozenset[str]
    """The sections whose feeds changed."""
    problems: tuple[Problem, ...]
    """All mistakes and notes about all files, as they are now."""
    changes: tuple[Change, ...] = ()
    """The changes to articles, in their order."""

    def followed_by(self, later: Report) -> Report:
        """Return the result of this sync and a later one together."""
        return Report(
            self.read + later.read,
            self.removed + later.removed,
            self.sections | later.sections,
            later.problems,
            self.changes + later.changes,
        )


class Plan(Struct, frozen=True):
    """The files that a sync would deal with, as paths below ``articles/``."""

    read: tuple[str, ...]
    """Files that are new or have changed."""
    gone: tuple[str, ...]
    """Files that are newly missing."""
    refused: bool
    """Whether so many files are missing that no article would be withdrawn."""
