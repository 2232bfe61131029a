"""Articles in ninjs 1, 2 and 3 (IPTC), and in the dialect that Superdesk sends.

Versions 2 and 3 have lists where 1 has single values, and 3 writes its keys in camel case. So
keys are compared in small letters, and each value is taken from wherever it is.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, cast

from feedsvc.importers import ninjs_media, payload
from feedsvc.importers.ninjs_media import Asset
from feedsvc.importers.payload import first, line, lines, mappings, refuse
from feedsvc.ingest.record.fields import MAX_RELATED
from feedsvc.model.pushed_article import PushedArticle, RelatedArticle, SentAct

_Item = Mapping[str, Any]
_ACTS: dict[str, SentAct] = {"usable": "publish", "withheld": "unpublish", "canceled": "kill"}
"""The acts that the values of ``pubstatus`` ask for."""
_TEXTS = ("text", "preformatted")
"""The types of items that are articles."""
_AT_ONCE = timedelta(minutes=1)
"""Between the first publication and the moment of its version: one that is later is another."""


class Ninjs:
    """Reads items.

    :param asset: returns the file of a picture that was sent before, by its id there.
    :param parse: reads dates that are not in the notation of ISO 8601.
    """

    def __init__(self, asset: Asset, parse: Callable[[str], datetime]) -> None:
        self._asset = asset
        self._parse = parse

    def articles(self, given: Mapping[str, Any]) -> list[PushedArticle]:
        """Return the article of an item, or the articles that stand whole in a package.

        :raises RefusedError: it is none.
        """
        item = cast("_Item", _folded(given))
        kind = line(item.get("type")) or "text"
        if kind == "composite":
            parts = ninjs_media.associated(item).values()
            return [self._article(it) for it in parts if _is_whole(it)]
        if kind not in _TEXTS:
            raise refuse("/type", f'is "{kind}"; an article has the type text')
        return [self._article(item)]

    def _article(self, item: _Item) -> PushedArticle:
        key = "guid" if line(item.get("guid")) else "uri"
        status = line(item.get("pubstatus")).lower() or "usable"
        if status not in _ACTS:
            raise refuse("/pubstatus", f'is "{status}"; it is usable, withheld or canceled')
        revised = self._moment(item, "versioncreated")
        appeared = self._moment(item, "firstpublished")
        return PushedArticle(
            id=payload.identity(line(item.get(key)), f"/{key}"),
            act=_ACTS[status],
            revised=revised,
            former=line(item.get("evolvedfrom")),
            values=self._values(item) if status == "usable" else {},
            codes=_codes(item),
            related=_related(item),
            note=payload.words_of(payload.prose(item.get("ednote"))),
            dates_updates=True,
            corrected=bool(revised and appeared and revised - appeared > _AT_ONCE),
        )

    def _moment(self, item: _Item, *keys: str) -> datetime | None:
        key = next((it for it in keys if line(item.get(it))), keys[0])
        return payload.moment(item.get(key), f"/{key}", self._parse)

    def _stamp(self, item: _Item, *keys: str) -> str | None:
        moment = self._moment(item, *keys)
        return moment.isoformat(timespec="seconds") if moment else None

    def _values(self, item: _Item) -> dict[str, Any]:
        body = ninjs_media.with_files(_body(item), item, self._asset)
        return {
            "headline": _wording(item, "headline") or line(item.get("title")),
            "summary": _wording(item, "description") or None,
            "byline": _byline(item),
            "published": self._stamp(item, "firstpublished", "firstcreated", "versioncreated"),
            "language": line(item.get("language")) or None,
            "keywords": _keywords(item) or None,
            "embargoed": self._stamp(item, "embargoeduntil", "embargoed"),
            "expires": self._stamp(item, "expires"),
            "related": None,
            "body": None,
            "body_html": body or None,
            **ninjs_media.pictures_and_sounds(item, body, self._asset),
        }


def _folded(value: Any) -> Any:
    """Return JSON with keys in small letters."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        return {key.lower(): _folded(it) for key, it in members}
    return [*map(_folded, cast("list[Any]", value))] if isinstance(value, list) else value


def _is_whole(item: _Item) -> bool:
    kind = line(item.get("type")) or "text"
    return kind in _TEXTS and bool(_wording(item, "headline") or _body(item))


def _wording(item: _Item, key: str) -> str:
    """Return a headline or a description as one line: the main one of several."""
    listed = mappings(item.get(f"{key}s"))
    main = (it for it in listed if line(it.get("role")).rpartition(":")[2] == "main")
    chosen: _Item = next(main, listed[0] if listed else {})
    others = (value for name, value in sorted(item.items()) if name.startswith(f"{key}_"))
    text = first(item.get(key), item.get(f"{key}_text"), chosen.get("value"), *others)
    return payload.words_of(text)


def _body(item: _Item) -> str:
    """Return the text in HTML, the inside of a document; empty where there is none."""
    bodies = [(_kind(it), payload.prose(it.get("value"))) for it in mappings(item.get("bodies"))]
    for name, value in sorted(item.items()):
        if name.startswith("body_"):
            bodies.append((name.removeprefix("body_"), payload.prose(value)))
    filled = [(kind, text) for kind, text in bodies if text.strip()]
    filled.sort(key=lambda it: 0 if "html" in it[0] else 1)
    if not filled:
        return ""
    kind, text = filled[0]
    if "html" in kind or ("plain" not in kind and kind != "text" and payload.is_markup(text)):
        return payload.inside_of_document(text)
    return payload.paragraphs(text)


def _kind(body: _Item) -> str:
    return line(body.get("contenttype")).lower()


def _byline(item: _Item) -> list[str] | str | None:
    names = lines(it.get("name") for it in mappings(item.get("authors")))
    typed = payload.words_of(first(item.get("byline"), item.get("by"), item.get("byline_text")))
    if typed.casefold().startswith("by "):
        typed = typed[3:]
    return names or typed or None


def _subjects(item: _Item) -> list[_Item]:
    return [*mappings(item.get("subject")), *mappings(item.get("subjects"))]


def _keywords(item: _Item) -> list[str]:
    typed = item.get("keywords")
    words: Iterator[Any] = iter(
        typed.split(",") if isinstance(typed, str) else payload.items(typed)
    )
    return lines(chain(words, (it.get("name") for it in _subjects(item))))


def _codes(item: _Item) -> tuple[str, ...]:
    """Return codes and names of services, subjects and genres."""
    genres = [*mappings(item.get("genre")), *mappings(item.get("genres"))]
    all_of = [*mappings(item.get("service")), *_subjects(item), *genres]
    keys = "code", "qcode", "literal", "uri", "name"
    return tuple(lines(it.get(key) for it in all_of for key in keys))


def _related(item: _Item) -> tuple[RelatedArticle, ...]:
    texts = [it for it in ninjs_media.associated(item).values() if line(it.get("type")) in _TEXTS]
    ids = (first(it.get("guid"), it.get("uri")) for it in texts)
    related = map(RelatedArticle, ids, (_wording(it, "headline") for it in texts))
    return tuple(it for it in related if it.id or it.headline)[:MAX_RELATED]
