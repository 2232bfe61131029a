"""What a look at the files did, or would do."""

from __future__ import annotations

from msgspec import Struct

from feedsvc.errors import Problem
from feedsvc.model.change import Change


class Report(Struct, frozen=True):
    """What a sync did."""

    read: int
    """Files that were new or had changed."""
    removed: int
    """Files that were gone, and whose articles are withdrawn."""
    sections: frozenset[str]
    """Those whose feeds changed."""
    problems: tuple[Problem, ...]
    """Everything that is wrong, or worth a note, in all files now."""
    changes: tuple[Change, ...] = ()
    """What was done with which article, the first first."""


class Plan(Struct, frozen=True):
    """What a sync would do, as paths below ``articles/``."""

    read: tuple[str, ...]
    """Files that are new or have changed."""
    gone: tuple[str, ...]
    """Files that are no longer there."""
    refused: bool
    """So many are gone that none would be withdrawn."""
