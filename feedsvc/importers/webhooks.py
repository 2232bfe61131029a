"""Records as systems send them whose webhooks people write themselves.

Sanity, Directus, Contentful, Strapi, and any program that signs as Standard Webhooks do.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

from feedsvc.config.source_settings import SourceSettings
from feedsvc.importers import payload
from feedsvc.importers.payload import first, items, line, lines, mapping, refuse
from feedsvc.ingest.record.keys import RECORD
from feedsvc.model.pushed_article import PushedArticle, SentAct

_OTHERWISE = ("id", "origin", "section", "status")
"""Keys of a record whose values are not taken over as they are."""
_ENVELOPE = ("act", "event", "revised", "sys", "metadata", "model", "uid", "entry")
"""Keys of a request that are none of a record."""
_KEPT = ("guid", "published", "url", "slug", "embargoed", "expires", "note", "updated")
"""Keys of a record that stay where a later version does not name them; null removes them."""
_ACTS: dict[str, SentAct | None] = {
    **dict.fromkeys(("publish", "usable"), "publish"),
    **dict.fromkeys(("unpublish", "withheld", "draft", "archive"), "unpublish"),
    "delete": "delete",
    **dict.fromkeys(("kill", "canceled"), "kill"),
    **dict.fromkeys(("save", "auto_save", "unarchive"), None),
}
"""The effects of acts, of statuses, and of the events of systems; None for nothing."""
_REVISED = ("revised", "_updatedAt", "updatedAt", "date_updated")


class Webhooks:
    """Reads records.

    :param source: the system that sends them.
    :param headers: of the request, by their names in small letters.
    :param parse: reads dates that are not in the notation of ISO 8601.
    """

    def __init__(
        self,
        source: SourceSettings,
        headers: Mapping[str, str],
        parse: Callable[[str], datetime],
    ) -> None:
        self._source = source
        self._headers = headers
        self._parse = parse

    def articles(self, given: Mapping[str, Any]) -> list[PushedArticle]:
        """Return the article of a record; none where an event is about no published article.

        :raises RefusedError: it is none.
        """
        entry = mapping(given.get("entry")) if self._source.kind == "strapi" else given
        act = self._act(given, entry)
        identity = self._identity(entry)
        if act is None or (self._source.kind == "sanity" and identity.startswith("drafts.")):
            return []
        values = self._values(entry) if act == "publish" else {}
        typed = lines(iter(items(values.get("sections"))))
        listed = [self._source.section([it], it) for it in typed]
        named = listed[0] if listed else line(values.get("section"))
        origin = mapping(entry.get("origin"))
        times = (*(entry.get(it) for it in _REVISED), mapping(entry.get("sys")).get("updatedAt"))
        revised = first(origin.get("revised"), *times)
        return [
            PushedArticle(
                id=payload.identity(identity, "/id"),
                act=act,
                revised=payload.moment(revised, "/revised", self._parse),
                values={**values, "section": named or None, "sections": listed or None},
                codes=(named,) if named and not listed else (),
                note=payload.words_of(payload.prose(entry.get("note"))),
            )
        ]

    def _act(self, given: Mapping[str, Any], entry: Mapping[str, Any]) -> SentAct | None:
        """Return the effect of a request; None for nothing.

        :raises RefusedError: it is unknown.
        """
        topic = line(self._headers.get("x-contentful-topic")).rpartition(".")[2]
        operation = line(self._headers.get("sanity-operation"))
        event = line(given.get("event") or self._headers.get("x-strapi-event"))
        typed = first(given.get("act"), topic, operation)
        if self._source.kind == "strapi" and not typed:
            kind, _, typed = event.partition(".")
            if kind != "entry":
                return None
        if typed in ("create", "update", ""):
            # Strapi sends drafts, too; they have no date of publication.
            if self._source.kind == "strapi" and not entry.get("publishedAt"):
                return None
            if self._source.kind == "contentful" and typed:
                return None
            typed = line(entry.get("status")) or "publish"
        if typed not in _ACTS:
            known = "publish, unpublish, delete or kill"
            raise refuse("/act", f'"{typed[:100]}" is not known here; it is {known}')
        return _ACTS[typed]

    def _identity(self, entry: Mapping[str, Any]) -> str:
        """Return the id of an article in its system, wherever that has it."""
        origin, place = mapping(entry.get("origin")), mapping(entry.get("sys"))
        header = self._headers.get("sanity-document-id")
        keys = ("documentId", "id") if self._source.kind == "strapi" else ("id", "_id")
        return first(origin.get("id"), *map(entry.get, keys), header, place.get("id"))

    def _values(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a record; ``fields`` names the ones that have other names.

        Unknown keys are errors of the record, but for the names that systems add by themselves.
        """
        named = {key: _at(entry, path) for key, path in self._source.fields.items()}
        taken = {path.partition(".")[0] for path in self._source.fields.values()}
        kept = (*_OTHERWISE, *_KEPT)
        values: dict[str, Any] = dict.fromkeys(key for key in RECORD if key not in kept)
        for key, value in {**entry, **named}.items():
            added = key.startswith("_") or key in (*_ENVELOPE, *_REVISED, "id", "origin", "status")
            known = key in RECORD or not (self._source.kind == "strapi" or key in taken)
            if known and not added:
                values[key] = value
        if self._source.kind == "strapi":
            values.setdefault("published", entry.get("publishedAt"))
            values["image"] = _image(values.get("image"))
        return values


def _at(entry: Mapping[str, Any], path: str) -> Any:
    """Return the value at a path, a dot between its parts."""
    value: Any = entry
    for part in path.split("."):
        value = mapping(value).get(part)
    return value


def _image(value: Any) -> Any:
    """Return a picture as a record has it; Strapi has other names for its words."""
    picture = mapping(value)
    if "url" not in picture:
        return value
    words = {
        "url": picture["url"],
        "caption": picture.get("caption"),
        "alt": picture.get("alternativeText") or picture.get("alt"),
        "credit": picture.get("credit"),
    }
    return cast("Any", {key: text for key, text in words.items() if text})
