"""The results of articles that other systems send, and the service that takes these."""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from msgspec import Struct

from feedsvc.config.source_settings import SourceSettings
from feedsvc.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RecordError,
    RefusedError,
)
from feedsvc.model.pushed_article import PushedArticle

PERMANENT = RefusedError, RecordError, ConflictError, ForbiddenError, NotFoundError
"""The errors of an article that can never be accepted as it is."""
Result = Literal["stored", "unchanged", "withdrawn", "ignored"]


class Outcome(Struct, frozen=True, kw_only=True):
    """The result of an article that was sent."""

    id: str
    """In the system that sent it."""
    result: Result
    article: str = ""
    """The id of the article here; empty where there is none."""
    created: bool = False
    detail: str = ""
    """One sentence, where nothing was changed."""


class Receiver(Protocol):
    """Takes articles that other systems send: ``pushes.Pushes``, as far as the web knows of it."""

    def receive(
        self, source: SourceSettings, read: Callable[[], Sequence[PushedArticle]], /
    ) -> list[Outcome]:
        """Publish or withdraw articles; return a result for each."""
        ...

    def refuse(self, source: SourceSettings, article_id: str, reason: str, /) -> None:
        """Record that an article was refused."""
        ...

    def count_unsigned(self, source: SourceSettings, /) -> None:
        """Count a request without the right signature."""
        ...
