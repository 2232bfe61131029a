"""Which writes the scopes and the sections of a token allow."""

from feedsvc.errors import ForbiddenError
from feedsvc.ingest.record.content import Content
from feedsvc.model.publisher import Publisher, Scope
from feedsvc.publishing.stored_record import StoredRecord, sections_of, status_of

_UNRELEASED = {"draft", "withheld"}
"""Statuses of articles that readers do not get."""


def visible(by: Publisher, record: StoredRecord) -> StoredRecord:
    """Return a record as a publisher may know of it: of one in other sections there is nothing."""
    if by.may_read_in(record.sections):
        return record
    return StoredRecord(record.id, record.id, None, None, None)


def check_sections(by: Publisher, record: StoredRecord, after: Content | None = None) -> None:
    """Check that a publisher may write in all sections that a record has, and is to have.

    :raises ForbiddenError: it may not.
    """
    coming = sections_of(record.path, after) if after is not None else ()
    if not by.may_write_in({*record.sections, *coming}):
        allowed = " and ".join(by.sections)
        raise ForbiddenError(f"this token is for {allowed} only, and the article is not all there")


def check_write(by: Publisher, record: StoredRecord, after: Content) -> None:
    """Check that a publisher may give a record another content.

    :raises ForbiddenError: it may not.
    """
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


def check_deletion(by: Publisher, record: StoredRecord) -> None:
    """Check that a publisher may delete a record.

    :raises ForbiddenError: it may not.
    """
    check_sections(by, record)
    if record.status == "draft":
        _require(by, "deleting a draft", "draft", "write")
    else:
        _require(by, "deleting an article", "write")


def _require(by: Publisher, act: str, *scopes: Scope) -> None:
    if not by.may(*scopes):
        raise ForbiddenError(f"{act} needs a token with the scope {' or '.join(scopes)}", *scopes)
