"""Articles: list, read, write, change and delete them."""

import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote, urlencode

import msgspec
from flask import request
from werkzeug import Response

from feedsvc.errors import ConflictError, Finding, RefusedError
from feedsvc.model.paths import API, PATH_CHARACTERS
from feedsvc.publishing import moments, rights
from feedsvc.publishing.article_list import Selection
from feedsvc.publishing.stored_record import existing_content
from feedsvc.publishing.writes import Written
from feedsvc.web import auth
from feedsvc.web.api.answers import ArticlePart, ListedArticle, WriteResult
from feedsvc.web.api.resource import (
    JSON,
    PATCH_TYPE,
    answer,
    json_object,
    limit,
    refuse,
    resource,
    write,
)
from feedsvc.web.auth import needs
from feedsvc.web.publishing_services import publishing_services
from feedsvc.web.services import services

articles = resource("articles")


@articles.get("/articles")
@needs("read")
def list_articles() -> Response:
    """Answer with a part of the list of articles."""
    given = request.args
    selection = Selection(
        section=given.get("section", "").strip("/"),
        status=given.get("status", ""),
        since=_since(given.get("changed_since", "")),
    )
    try:
        items, following = publishing_services.article_list.items(
            selection, given.get("cursor", ""), limit(), auth.publisher()
        )
    except ValueError as error:
        raise RefusedError([Finding("/cursor", str(error))]) from None
    part = ArticlePart(items=[*map(ListedArticle.of, items)], next=following or None)
    response = answer(part)
    if following:
        address = f"{services.config.feeds.url}{API}/articles"
        query = urlencode({**given, "cursor": following})
        response.headers["Link"] = f'<{address}?{query}>; rel="next"'
    return response


def _since(typed: str) -> datetime | None:
    if not typed:
        return None
    try:
        return moments.parse(typed, services.config)
    except ValueError as error:
        raise RefusedError([Finding("/changed_since", str(error))]) from None


@articles.post("/articles")
@needs("draft", "write", "kill")
def post_article() -> Response:
    """Write a new article under an id that is made here."""
    values, wanted = json_object(JSON), write()

    def create(article_id: str, minted: Callable[[str], None]) -> Written:
        if article_id:
            return publishing_services.writer.put(article_id, values, wanted)
        return publishing_services.writer.create(values, wanted, minted)

    key = _idempotency_key()
    if not key or wanted.trial:
        return result(create("", lambda _: None))
    payload = msgspec.json.encode(values, order="deterministic")
    return result(publishing_services.replays.once(wanted.by.name, key, payload, create))


def _idempotency_key() -> str:
    """Return the Idempotency-Key, which may be a quoted string; empty without one.

    :raises HTTPException: it is none.
    """
    typed = request.headers.get("Idempotency-Key")
    if typed is None:
        return ""
    key = typed.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not re.fullmatch(r"[!-~ ]{1,255}", key) or '"' in key:
        raise refuse(400, "the Idempotency-Key must be 1 to 255 characters of ASCII.")
    return key


@articles.get("/articles/<path:article_id>")
@needs("read")
def get_article(article_id: str) -> Response:
    """Answer with the record of an article."""
    return record_answer(article_id)


def has_record(article_id: str) -> bool:
    """Return whether the publisher of this request may know of a record of an article."""
    by = auth.publisher()
    try:
        record = publishing_services.writer.find(article_id, by)
    except (ConflictError, RefusedError):
        return False
    return rights.visible(by, record).data is not None


def record_answer(article_id: str) -> Response:
    """Return the answer with the record of an article, or 304."""
    by = auth.publisher()
    record = rights.visible(by, publishing_services.writer.find(article_id, by))
    content = existing_content(record)
    response = answer({"id": record.id, **content})
    response.set_etag(record.etag)
    return response.make_conditional(request)


@articles.put("/articles/<path:article_id>")
@needs("draft", "write", "kill")
def put_article(article_id: str) -> Response:
    """Write an article as a whole."""
    return result(publishing_services.writer.put(article_id, json_object(JSON), write()))


@articles.patch("/articles/<path:article_id>")
@needs("draft", "write", "kill")
def patch_article(article_id: str) -> Response:
    """Change an article by a merge patch."""
    patch = json_object(PATCH_TYPE, JSON)
    return result(publishing_services.writer.patch(article_id, patch, write(required=True)))


@articles.delete("/articles/<path:article_id>")
@needs("draft", "write")
def delete_article(article_id: str) -> Response:
    """Delete an article."""
    return result(publishing_services.writer.delete(article_id, write(required=True)))


def result(written: Written) -> Response:
    """Return the answer to a write."""
    headers: dict[str, str] = {}
    trial = request.args.get("dry_run") == "true"
    if written.created and not trial:
        path = quote(written.id, safe=PATH_CHARACTERS)
        headers["Location"] = f"{services.config.feeds.url}{API}/articles/{path}"
    if written.etag:
        headers["ETag"] = f'"{written.etag}"'
    status = 201 if written.created and not trial else 200
    return answer(WriteResult.of(written, trial=trial), status, headers)
