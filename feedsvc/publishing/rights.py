"""Which writes the scopes and the sections of a token allow."""

from feedsvc.errors import ForbiddenError
from feedsvc.ingest.record.content import Content
from feedsvc.model.publisher import Publisher, Scope
from feedsvc.publishing.stored_record import StoredRecord, sections_of, status_of

_UNRELEASED = {"draft", "withheld"}
"""Statuses of articles that readers do not get."""


def check_write(
    by: Publisher, record: StoredRecord, before: Content | None, after: Content
) -> None:
    """Check that a publisher may give a record another content.

    :raises ForbiddenError: it may not.
    """
    _check_sections(by, record, before, after)
    old, new = record.status, status_of(after)
    if new == "canceled" and old != "canceled":
        _require(by, "a kill", "kill")
    elif old == "canceled" and new != "canceled":
        _require(by, "publishing a killed article again", "kill")
        _require(by, "publishing a killed article again", "write")
    elif new == "canceled":
        _require(by, "changing the notice of a kill", "kill", "write")
    elif new in _UNRELEASED and old in {*_UNRELEASED, "new"}:
        _require(by, "writing a draft", "draft", "write")
    else:
        _require(by, "writing an article that readers get, or got", "write")


def check_deletion(by: Publisher, record: StoredRecord, content: Content) -> None:
    """Check that a publisher may delete a record.

    :raises ForbiddenError: it may not.
    """
    _check_sections(by, record, content)
    if record.status == "draft":
        _require(by, "deleting a draft", "draft", "write")
    else:
        _require(by, "deleting an article", "write")


def _check_sections(by: Publisher, record: StoredRecord, *contents: Content | None) -> None:
    named = {section for it in contents if it for section in sections_of(record.path, it)}
    if record.article:
        named.add(record.article.section)
    if not by.may_write_in(named):
        allowed = " and ".join(by.sections)
        raise ForbiddenError(f"this token is for {allowed} only, and the article is not all there")


def _require(by: Publisher, act: str, *scopes: Scope) -> None:
    if not by.may(*scopes):
        raise ForbiddenError(f"{act} needs a token with the scope {' or '.join(scopes)}", *scopes)
