"""An article, or its withdrawal, as another system sent it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, field

SentAct = Literal["publish", "unpublish", "delete", "kill"]


class PushedArticle(Struct, frozen=True, kw_only=True):
    """An article, or its withdrawal, as another system sent it."""

    id: str
    """Its id there."""
    act: SentAct = "publish"
    revised: datetime | None = None
    """Moment of this version there; None where the system does not say."""
    former: str = ""
    """The id of the article that this one is the next version of."""
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Values by the keys of a record; None takes a key out, and other keys stay as they are."""
    codes: tuple[str, ...] = ()
    """Codes and names of its sections and subjects there, the most important first."""
    related: tuple[RelatedArticle, ...] = ()
    note: str = ""
    """The notice of a correction or of a kill, for readers."""
    dates_updates: bool = False
    """Whether a change to it is worth telling readers: systems date any saved change."""
    corrected: bool = False
    """Whether this is no first version, also where no earlier one came."""
    final: bool = False
    """Whether no later version can come: its id is never used again."""


class RelatedArticle(Struct, frozen=True):
    """A related article, as another system names it."""

    id: str
    headline: str
