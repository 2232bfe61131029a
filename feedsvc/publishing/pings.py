"""Pings: a site says that a post of its has changed, and the post is fetched from there."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import parse_qsl

from feedsvc.config.source_settings import SourceSettings
from feedsvc.store import outbox
from feedsvc.store.database import Database

JOB = "wordpress"
"""The kind of jobs that fetch posts; their key is a source, and for one post ``/`` and its id."""
PAUSE = timedelta(seconds=2)
"""Time between a ping and the fetch: sites send several for one save, and some before its end."""
_KEYS = "post_id", "ID", "id"
"""Names that webhooks have for the id of a post."""
_NUMBER = re.compile("[1-9][0-9]{0,17}")


class Pings:
    """Takes pings. Safe to share between threads."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def take(self, source: SourceSettings, body: bytes) -> str:
        """Add a job that fetches the post of a ping; return its id.

        Without an id in the body, the job looks for all posts that have changed.
        """
        post_id = _post_id(body)
        key = f"{source.name}/{post_id}" if post_id else source.name
        with self._database.writing(counted=False) as connection:
            outbox.add(connection, JOB, [key], self._clock() + PAUSE)
        return post_id


def _post_id(body: bytes) -> str:
    """Return the id of a post in JSON or in fields of a form; empty where there is none."""
    text = body.decode(errors="replace")
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = dict(parse_qsl(text))
    if not isinstance(given, dict):
        return ""
    values = cast("Mapping[str, Any]", given)
    inner = values.get("post")
    posts = (cast("Mapping[str, Any]", it) for it in (values, inner) if isinstance(it, dict))
    ids = (str(post.get(key)) for post in posts for key in _KEYS)
    return next(filter(_NUMBER.fullmatch, ids), "")
