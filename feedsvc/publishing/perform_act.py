"""Carry out an act for a program: publish, correct, kill, withhold or embargo an article."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from feedsvc.config.settings import Config
from feedsvc.errors import ConflictError, Finding, RefusedError
from feedsvc.ingest.record.content import Content, content_from
from feedsvc.model.article import Article
from feedsvc.publishing import acts, moments
from feedsvc.publishing.acts import ActName, Changes
from feedsvc.publishing.article_list import ArticleList
from feedsvc.publishing.stored_record import StoredRecord, existing_content
from feedsvc.publishing.writes import Write, Writer, Written

_KEYS: dict[ActName, frozenset[str]] = {
    "publish": frozenset({"moment"}),
    "correct": frozenset({"note", "moment"}),
    "kill": frozenset({"note", "moment"}),
    "withhold": frozenset(),
    "embargo": frozenset({"moment"}),
}
"""The keys that a request for an act may have."""
_NEEDED: dict[ActName, str] = {"kill": "note", "embargo": "moment"}


class ActPerformer:
    """Carries out acts for one newsroom."""

    def __init__(self, config: Config, writer: Writer, articles: ArticleList) -> None:
        self._config = config
        self._writer = writer
        self._articles = articles

    def perform(
        self, act: ActName, article_id: str, given: Mapping[str, Any], write: Write, now: datetime
    ) -> Written:
        """Carry out an act.

        :param given: ``note`` and ``moment``, as far as the act has them.
        :raises FeedsvcError: it is not possible; the message says why.
        """
        note, moment = self._checked(act, given, now)

        def revise(record: StoredRecord) -> Content:
            content = existing_content(record)
            article = self._writer.article(record)
            if act == "publish":
                changes = self._published(record, article, moment, now)
                dated = {"published": acts.stamp(self._config, now), **content}
                return content_from({**dated, **changes})
            if article is None:
                raise ConflictError(f'"{record.id}" is a draft; only publish is possible')
            changes = self._changed(act, article, note, moment or now, now)
            return content_from({**content, **changes})

        # A slip elsewhere in the record must not keep the story up.
        lenient = act in ("kill", "withhold")
        return self._writer.change(article_id, revise, replace(write, lenient=lenient))

    def _checked(
        self, act: ActName, given: Mapping[str, Any], now: datetime
    ) -> tuple[str | None, datetime | None]:
        """Return note and moment.

        :raises RefusedError: one is missing or wrong, or there is another key.
        """
        wrong = [
            Finding(f"/{key}", f"is no key of {act}; it has {' and '.join(_KEYS[act]) or 'none'}")
            for key in sorted(given.keys() - _KEYS[act])
        ]
        wrong += [Finding(f"/{it}", "must be a text") for it in given if not _is_text(given[it])]
        needed = _NEEDED.get(act, "")
        if needed and not given.get(needed):
            wrong.append(Finding(f"/{needed}", f"is missing; {act} needs it"))
        moment = None
        if not wrong and given.get("moment"):
            try:
                moment = moments.coming(given["moment"], self._config, now)
            except ValueError as error:
                wrong.append(Finding("/moment", str(error)))
        if wrong:
            raise RefusedError(wrong)
        return given.get("note"), moment

    def _published(
        self, record: StoredRecord, article: Article | None, moment: datetime | None, now: datetime
    ) -> Changes:
        changes = acts.publish(self._config, article, self._articles.versions(record.id), now)
        return {**changes, **acts.embargo(self._config, moment, now)} if moment else changes

    def _changed(
        self, act: ActName, article: Article, note: str | None, moment: datetime, now: datetime
    ) -> Changes:
        if act == "withhold":
            return acts.withhold(article)
        if act == "embargo":
            return acts.embargo(self._config, moment, now)
        if act == "kill":
            return acts.kill(self._config, note or "", moment)
        return acts.correct(self._config, article, note, moment)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
