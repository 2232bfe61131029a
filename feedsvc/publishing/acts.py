"""The changes to a record by which an article is published, corrected, killed, withheld or held.

Each returns values by the keys of the record; None takes a key out.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from feedsvc.config.settings import Config
from feedsvc.errors import ConflictError
from feedsvc.ingest.record.write import Written
from feedsvc.model.article import Article
from feedsvc.model.change import Version
from feedsvc.model.clock import local

ActName = Literal["publish", "correct", "kill", "withhold", "embargo"]

Changes = dict[str, Written | None]


def stamp(config: Config, moment: datetime) -> str:
    """Return a moment as records have it: in the time of the newsroom."""
    return local(moment, config.site.timezone).isoformat(timespec="seconds")


def correct(config: Config, article: Article, note: str | None, now: datetime) -> Changes:
    """Return the changes of a correction, or without a note of an update.

    The note is added to the notes of earlier corrections.

    :raises ConflictError: readers do not have the article.
    """
    if article.status != "usable":
        raise ConflictError(
            f'"{article.id}" is {article.status}; only a usable article is corrected'
        )
    if article.released > now:
        raise ConflictError(
            f'"{article.id}" is not out before '
            f"{local(article.released, config.site.timezone):%F %R}; "
            "just edit its file, no reader has it yet"
        )
    moment = stamp(config, now)
    notes = [{"date": stamp(config, it.moment), "text": it.note} for it in article.dated_notes]
    if notes and note:
        notes.append({"date": moment, "text": note})
    if notes:
        return {"note": notes, "updated": moment}
    return {**({"note": note} if note is not None else {}), "updated": moment}


def kill(config: Config, note: str, now: datetime) -> Changes:
    """Return the changes of a kill."""
    return {"status": "canceled", "note": note, "updated": stamp(config, now)}


def embargo(config: Config, moment: datetime, now: datetime) -> Changes:
    """Return the changes of an embargo.

    :raises ConflictError: its end has passed.
    """
    if moment <= now:
        raise ConflictError(f"{local(moment, config.site.timezone):%F %R} has passed already")
    return {"embargoed": stamp(config, moment)}


def lift(config: Config, article: Article, versions: Sequence[Version], now: datetime) -> Changes:
    """Return the changes of the end of an embargo, now.

    Readers had the article before an embargo that came too late, with the date it has without it.

    :raises ConflictError: it is under no embargo.
    """
    if article.embargoed is None or article.embargoed <= now:
        raise ConflictError(f'"{article.id}" is under no embargo, so there is none to lift')
    if any(it.until and it.article.usable(it.until) for it in versions):
        return {"embargoed": None}
    return {"embargoed": stamp(config, now)}


def withhold(article: Article) -> Changes:
    """Return the changes of an article that is withheld until it is published again.

    :raises ConflictError: it is killed.
    """
    if article.status == "canceled":
        raise ConflictError(f'"{article.id}" is killed already, and its readers know that')
    return {"status": "withheld"}


def publish(
    config: Config, article: Article | None, versions: Sequence[Version], now: datetime
) -> Changes:
    """Return the changes of a draft or a withheld article that is published, and of an embargo.

    :param article: None for a draft.
    :raises ConflictError: it is killed.
    """
    if article and article.status == "canceled":
        raise ConflictError(
            f'"{article.id}" is killed; feedsvc unkill publishes it again, and tells readers so'
        )
    held = article is not None and article.embargoed is not None and article.embargoed > now
    lifted = lift(config, article, versions, now) if article and held else {}
    return {"status": None, **lifted}
