"""Articles that the CMS of a newsroom sends by itself: each is checked, stored and answered."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, request
from werkzeug import Response
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser

from feedsvc.config.source_settings import SourceSettings
from feedsvc.errors import BusyError, FeedsvcError, RefusedError
from feedsvc.importers.ghost import Ghost
from feedsvc.importers.ninjs import Ninjs
from feedsvc.importers.webhooks import Webhooks
from feedsvc.model.pushed_article import PushedArticle
from feedsvc.publishing import moments
from feedsvc.publishing.push_results import PERMANENT
from feedsvc.web.api.answers import PushedItem, PushResult, StoredAsset
from feedsvc.web.api.resource import answer, body_bytes, most_bytes, parsed_object, refuse
from feedsvc.web.auth import REALM
from feedsvc.web.http.hook_secrets import ASSETS, HOOKS
from feedsvc.web.http.signatures import Call, is_genuine, is_signed
from feedsvc.web.problems import problem
from feedsvc.web.publishing_services import publishing_services
from feedsvc.web.response_types import Answer
from feedsvc.web.services import services

sources = Blueprint("api_sources", __name__, url_prefix=HOOKS)

_RETRY = 10
"""Seconds after which to send again an article that cannot be taken now."""
_ENVELOPE = 100_000
"""Bytes of a multipart body around its file."""
_LARGE = 1_000_000
"""Bytes of a body that is large, as few articles are."""
_MOST_PARTS = 10
"""Parts of a multipart body: two are needed."""


@sources.after_request
def _marked(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


@sources.errorhandler(FeedsvcError)
def _failed(error: FeedsvcError) -> Answer:
    """Return the answer to a request that failed, with one sentence for the desk."""
    if isinstance(error, PERMANENT):
        findings = error.findings if isinstance(error, RefusedError) else ()
        return problem(422, f"{error}.", findings)
    return problem(503, f"{error}.", headers={"Retry-After": str(_RETRY)})


@sources.post("/<name>")
@sources.post("/<name>/<secret>")
def post_push(name: str, secret: str = "") -> Response:
    """Publish or withdraw the article that a CMS sends."""
    source = _source(name)
    with _body(source, secret, most_bytes()) as body:
        if source.kind == "wordpress":
            post_id = publishing_services.pings.take(source, body)
            return answer(PushResult([PushedItem(id=post_id, result="expected")]), 202)
        outcomes = publishing_services.pushes.receive(source, lambda: _read(source, body))
    status = 201 if any(it.created for it in outcomes) else 200
    return answer(PushResult([*map(PushedItem.of, outcomes)]), status)


@sources.get(f"/<name>/{ASSETS}/<path:media_id>")
@sources.get(f"/<name>/<secret>/{ASSETS}/<path:media_id>")
def get_asset(name: str, media_id: str, secret: str = "") -> Response:
    """Answer whether a picture or a sound is here; this request is never signed."""
    if secret and not is_genuine(_source(name), _call(b""), secret):
        raise _unauthorized()
    file = publishing_services.uploads.sent(_source(name).name, media_id)
    if not file:
        return problem(404, "this picture or sound was not sent yet.")
    return answer(StoredAsset(file))


@sources.post(f"/<name>/{ASSETS}")
@sources.post(f"/<name>/<secret>/{ASSETS}")
def post_asset(name: str, secret: str = "") -> Response:
    """Keep a picture or a sound that an article will show."""
    source = _source(name)
    with _body(source, secret, services.config.api.upload_bytes + _ENVELOPE) as body:
        media_id, data = _sent(body)
        file = publishing_services.uploads.keep_sent(source.name, media_id, data)
    return answer(StoredAsset(file), 201)


def _sent(body: bytes) -> tuple[str, bytes]:
    """Return the id and the bytes of a file.

    :raises HTTPException: one of them is missing.
    """
    parser = FormDataParser(_in_memory, max_form_memory_size=_ENVELOPE, max_form_parts=_MOST_PARTS)
    _, texts, files = parser.parse(
        BytesIO(body), request.mimetype, len(body), request.mimetype_params
    )
    file = files.get("media")
    if file is None or not texts.get("media_id"):
        raise refuse(400, 'the multipart body needs a text "media_id" and a file "media".')
    return texts["media_id"], file.read()


def _in_memory(*_: Any, **__: Any) -> BytesIO:
    return BytesIO()


def _source(name: str) -> SourceSettings:
    """Return the source of this request.

    :raises HTTPException: there is none.
    """
    source = next((it for it in services.config.sources if it.name == name), None)
    if source is None:
        raise refuse(404, "there is no such source in config.toml.")
    return source


@contextmanager
def _body(source: SourceSettings, secret: str, limit: int) -> Generator[bytes]:
    """Yield the body of a request that comes from a source.

    Any client can send a body with some signature, so few large ones are read at once.

    :raises HTTPException: the request comes from elsewhere, or its body is too long.
    :raises BusyError: too many large bodies are being read.
    """
    if not is_signed(source, _headers(), secret):
        _authenticate(source, b"", secret)
    large = (request.content_length or _LARGE) >= _LARGE
    slots = publishing_services.large_bodies
    if large and not slots.acquire(blocking=False):
        raise BusyError("too many long articles and pictures are being sent; try again in a moment")
    try:
        body = body_bytes(limit)
        _authenticate(source, body, secret)
        yield body
    finally:
        if large:
            slots.release()


def _authenticate(source: SourceSettings, body: bytes, secret: str) -> None:
    """Check that a request comes from a source, before its body is looked at.

    :raises HTTPException: it does not.
    """
    if not is_genuine(source, _call(body), secret):
        publishing_services.pushes.count_unsigned(source)
        raise _unauthorized()


def _unauthorized() -> HTTPException:
    sentence = "the signature or the secret is missing, wrong or too old."
    return HTTPException(response=problem(401, sentence, headers={"WWW-Authenticate": REALM}))


def _call(body: bytes) -> Call:
    query = request.query_string.decode("latin-1")
    path = urlsplit(services.config.feeds.url).path + request.path
    target = f"{path}?{query}" if query else path
    return Call(request.method, target, _headers(), body, services.seconds())


def _headers() -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers}


def _read(source: SourceSettings, body: bytes) -> Sequence[PushedArticle]:
    """Return the articles in a request.

    :raises RefusedError: they are none, and never will be.
    """
    try:
        given = parsed_object(body)
    except HTTPException as error:
        publishing_services.pushes.refuse(source, "", "the body is no JSON object")
        raise error from None

    parse = partial(moments.parse, config=services.config)
    if source.kind == "superdesk":
        uploads = publishing_services.uploads
        return Ninjs(lambda it: uploads.sent(source.name, it), parse).articles(given)
    if source.kind == "ghost":
        return Ghost(source.credit, parse).articles(given)
    return Webhooks(source, _headers(), parse).articles(given)
