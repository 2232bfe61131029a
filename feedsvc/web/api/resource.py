"""The common part of all resources: tokens, quotas, conditions, bodies, errors."""

import json
import re
from collections.abc import Iterable, Mapping
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

import msgspec
from flask import Blueprint, g, request
from werkzeug.datastructures import ETags
from werkzeug.exceptions import HTTPException

from feedsvc import errors
from feedsvc.errors import FeedsvcError, Finding, ForbiddenError, RecordError, RefusedError
from feedsvc.model.paths import API
from feedsvc.model.text import clean_text
from feedsvc.publishing.stored_record import Expected
from feedsvc.publishing.writes import Write
from feedsvc.web import auth
from feedsvc.web.http.quota import WINDOW
from feedsvc.web.problems import problem
from feedsvc.web.publishing_services import publishing_services
from feedsvc.web.request_body import copy_body, read_body
from feedsvc.web.response_types import Answer
from feedsvc.web.services import services

JSON = "application/json"
NDJSON = "application/x-ndjson"
PATCH_TYPE = "application/merge-patch+json"
_STATUSES: dict[type[FeedsvcError], int] = {
    errors.NotFoundError: 404,
    errors.OutdatedError: 412,
    errors.ForbiddenError: 403,
    errors.RefusedError: 422,
    errors.RecordError: 400,
    errors.BusyError: 503,
    errors.DiskError: 503,
    errors.StoreError: 503,
}
"""The statuses of errors; that of all others is 409."""
_MOST = 500
"""Items in one part of a list."""
_RETRY = 2
"""Seconds after which to ask again where something cannot be done now."""
_SPOOLED = 1 << 20
"""Bytes of a body that is kept in memory."""
_DEEPEST = 50
"""Levels of nesting in a body: no record has so many."""


def resource(name: str, *, public: bool = False) -> Blueprint:
    """Return the blueprint of a resource.

    :param public: it needs no token.
    """
    blueprint = Blueprint(f"api_{name}", __name__, url_prefix=API)
    if not public:
        blueprint.before_request(_admit)
    blueprint.after_request(_marked)
    blueprint.register_error_handler(FeedsvcError, failed)
    return blueprint


def _admit() -> Answer | None:
    """Authenticate a request, and refuse it where there were too many."""
    publisher = auth.authenticate()
    quota = publishing_services.quota
    if not quota.most:
        return None
    g.remaining = quota.take(publisher.name, services.seconds())
    if g.remaining.requests >= 0:
        return None
    sentence = f"this token has used its {quota.most:,} requests of this minute"
    return problem(429, sentence, headers={"Retry-After": str(g.remaining.seconds)})


def _marked(response: Any) -> Any:
    """Add the state of the quota, and forbid caches to keep an answer."""
    response.headers["Cache-Control"] = "no-store"
    remaining = g.get("remaining")
    if remaining:
        response.headers["RateLimit-Policy"] = (
            f'"default";q={publishing_services.quota.most};w={WINDOW}'
        )
        left, seconds = max(0, remaining.requests), remaining.seconds
        response.headers["RateLimit"] = f'"default";r={left};t={seconds}'
    return response


def failed(error: FeedsvcError) -> Answer:
    """Return the answer to a request that failed, with every problem of its content."""
    status = status_of(error)
    headers: dict[str, str] = {}
    findings: tuple[Finding, ...] = ()
    detail = f"{error}."
    if isinstance(error, RefusedError):
        findings = error.findings
        detail = "the content has mistakes, and nothing was changed; errors lists all of them."
    elif isinstance(error, RecordError):
        first = error.problems[0]
        detail = f"the content {first.message} (line {first.line}, column {first.column})."
    elif isinstance(error, ForbiddenError):
        headers = auth.forbidden(error)
    if status == 503:
        headers["Retry-After"] = str(_RETRY)
    return problem(status, detail, findings, headers)


def status_of(error: FeedsvcError) -> int:
    """Return the status of the answer to a request that failed."""
    return next((_STATUSES[it] for it in type(error).__mro__ if it in _STATUSES), 409)


def refuse(status: int, sentence: str) -> HTTPException:
    """Return the error of a request that is answered with a sentence."""
    return HTTPException(response=problem(status, sentence))


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer in JSON."""
    return Answer(msgspec.json.encode(value), status, headers, content_type=JSON)


def body_bytes(limit: int) -> bytes:
    """Return the body of this request.

    :param limit: in bytes.
    :raises HTTPException: it is longer, or not complete.
    """
    data = read_body(limit)
    if data is None:
        raise refuse(413, f"the body is longer than {limit:,} bytes.")
    return data


def spooled_body(limit: int) -> IO[bytes]:
    """Return the body of this request in a file, which is on the disk where it is long.

    :param limit: in bytes.
    :raises HTTPException: it is longer, or not complete.
    """
    file = cast("IO[bytes]", SpooledTemporaryFile[bytes](_SPOOLED))
    if not copy_body(limit, file.write):
        file.close()
        raise refuse(413, f"the body is longer than {limit:,} bytes.")
    file.seek(0)
    return file


def json_object(*types: str) -> dict[str, Any]:
    """Return the JSON object in the body of this request.

    :param types: the media types that it may have.
    :raises HTTPException: it has another one.
    :raises RefusedError: it is no JSON object.
    """
    if request.mimetype not in types:
        raise refuse(415, f"the Content-Type must be {' or '.join(types)}.")
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8"):
        raise refuse(415, f"the charset is {charset}; JSON is UTF-8 (RFC 8259).")
    return parsed_object(body_bytes(most_bytes()))


def most_bytes() -> int:
    """Return how many bytes an article in JSON may have."""
    # An escape takes up to six times as many bytes as its character.
    return 6 * services.config.records.max_bytes


def parsed_object(data: bytes) -> dict[str, Any]:
    """Return a JSON object, in which numbers are texts.

    :raises HTTPException: the bytes are none.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse(400, f"the body is not UTF-8 at byte {error.start:,}.") from None
    try:
        value = json.loads(
            text,
            parse_int=str,
            parse_float=str,
            parse_constant=_no_number,
            object_pairs_hook=_once,
        )
    except json.JSONDecodeError as error:
        reason = error.msg[:1].lower() + error.msg[1:]
        place = f"line {error.lineno}, column {error.colno}"
        raise refuse(400, f"the body is not JSON: {reason} ({place}).") from None
    except ValueError as error:
        raise refuse(400, f"the body is not JSON: {error}.") from None
    except RecursionError:
        raise refuse(400, "the body is nested too deeply.") from None
    if not isinstance(value, dict):
        raise refuse(400, 'the body must be one JSON object: {"headline": "…"}.')
    if _depth(value) > _DEEPEST:
        raise refuse(400, f"the body is nested in more than {_DEEPEST} levels.")
    return cast("dict[str, Any]", value)


def _no_number(name: str) -> str:
    raise ValueError(f"{name} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose keys are each given once."""
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in names if names.count(key) > 1)
        raise ValueError(f'"{twice[:100]}" is given twice; keep one')
    return result


def _depth(value: Any) -> int:
    """Return how many levels of lists and objects there are; no more than are of interest."""
    level, depth = [value], 0
    while level and depth <= _DEEPEST:
        level = [inner for it in level for inner in _inner(it)]
        depth += 1
    return depth


def _inner(value: Any) -> list[Any]:
    """Return the lists and objects in a list or an object."""
    values = cast("dict[str, Any]", value).values() if isinstance(value, dict) else value
    return [it for it in cast("Iterable[Any]", values) if isinstance(it, dict | list)]


def id_in(values: Mapping[str, Any]) -> str:
    """Return the id that an article in a body names, as it is read there; empty without one."""
    typed = values.get("id")
    return clean_text(typed) if isinstance(typed, str) else ""


def expected(*, required: bool = False) -> Expected:
    """Return the condition of this request (RFC 9110 §13.1).

    :param required: it must have an ``If-Match`` (RFC 6585 §3).
    :raises HTTPException: it has none.
    """
    match, none = request.if_match, request.if_none_match
    if required and not match:
        raise refuse(
            428, "send If-Match with the ETag that you have of the article, or * for any state."
        )
    new = none.star_tag
    if none and not new:
        raise refuse(400, "If-None-Match can only be * here: write a new article, or none.")
    return Expected(_tags(match), exists=bool(match), new=new)


def _tags(match: ETags) -> frozenset[str] | None:
    """Return the entity tags of a condition; None for any. Weak ones never match (§13.1.1)."""
    return frozenset(match.as_set()) if match and not match.star_tag else None


def limit() -> int:
    """Return how many items of a list are wanted.

    :raises RefusedError: it is no number, or too high.
    """
    typed = request.args.get("limit", "100")
    if not re.fullmatch("[0-9]{1,9}", typed) or not 1 <= int(typed) <= _MOST:
        raise RefusedError([Finding("/limit", f"must be a number from 1 to {_MOST}")])
    return int(typed)


def is_trial() -> bool:
    """Return whether this request is a trial, which changes nothing.

    :raises HTTPException: ``dry_run`` is neither true nor false.
    """
    return is_set("dry_run")


def is_set(name: str) -> bool:
    """Return whether a parameter of this request is true.

    :raises HTTPException: it is neither true nor false.
    """
    typed = request.args.get(name, "false")
    if typed not in ("true", "false"):
        raise refuse(400, f"{name} must be true or false.")
    return typed == "true"


def write(*, required: bool = False) -> Write:
    """Return who writes by this request, under which condition, and whether it is a trial."""
    return Write(by=auth.publisher(), expected=expected(required=required), trial=is_trial())
