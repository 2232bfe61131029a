"""The hub's address: requests of subscribers (WebSub §5.1), and a page for their developers."""

from urllib.parse import parse_qsl

from flask import Blueprint, Response, abort, make_response, render_template, request
from werkzeug import Response as Reply

from feedsvc.errors import BusyError, FeedsvcError, ForbiddenError, NotFoundError, StoreAwayError
from feedsvc.model.paths import HUB
from feedsvc.push.subscription_requests import HOST_PACE, LONGEST_SECRET
from feedsvc.web.http.rate_limits import is_within
from feedsvc.web.request_body import read_body
from feedsvc.web.responses import page_response
from feedsvc.web.services import services

hub = Blueprint("hub", __name__)

_FORM = "application/x-www-form-urlencoded"
_LONGEST = 16_000
"""Bytes of a request: two long addresses and a secret, escaped."""
_MOST = 50
"""Parameters of a request."""
_RETRY = 60
"""Seconds after which to ask again where too many requests wait."""
_STATUSES: tuple[tuple[type[FeedsvcError], int], ...] = (
    (NotFoundError, 404),
    (ForbiddenError, 403),
    (BusyError, 503),
    (StoreAwayError, 503),
    (FeedsvcError, 400),
)


@hub.get(HUB)
def developers() -> Reply:
    """Show how to subscribe, for developers."""
    _require_hub()
    config = services.config
    page = render_template(
        "hub.html",
        site=config.site,
        hub=config.urls.hub,
        topic=config.urls.feed("", "atom"),
        push=config.push,
        secret=LONGEST_SECRET,
        pace=HOST_PACE,
    )
    return page_response(make_response(page), "form-action 'none'")


@hub.post(HUB)
def subscribe() -> Response:
    """Take a request to subscribe or to unsubscribe (§5.1); it is verified in the background."""
    _require_hub()
    _count()
    try:
        services.hub.take(_parameters())
    except FeedsvcError as error:
        status = next(code for kind, code in _STATUSES if isinstance(error, kind))
        return _plain(status, str(error), _RETRY if status == 503 else 0)
    return _plain(202, "the request is taken, and your callback is asked whether it is yours")


def _require_hub() -> None:
    if not (services.config.urls.hub and services.config.push.is_own):
        abort(404)


def _count() -> None:
    """Refuse this request where its client sends too many.

    :raises HTTPException: it does.
    """
    quota = services.hub_quota
    left = quota.take(_client(), services.seconds())
    if quota.most and left.requests < 0:
        sentence = f"{quota.most:,} requests of a client in a minute are the most"
        abort(_plain(429, sentence, left.seconds))


def _parameters() -> list[tuple[str, str]]:
    """Return the parameters in the body of this request.

    :raises HTTPException: it is no form, or too long.
    :raises FeedsvcError: the form is wrong.
    """
    if request.mimetype != _FORM:
        abort(_plain(415, f"the Content-Type must be {_FORM}"))
    data = read_body(_LONGEST)
    if data is None:
        abort(_plain(413, f"the body is longer than {_LONGEST:,} bytes"))
    try:
        return parse_qsl(
            data.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST
        )
    except UnicodeDecodeError:
        raise FeedsvcError("the parameters must be in UTF-8") from None
    except ValueError:
        raise FeedsvcError(f"there are more than {_MOST} parameters") from None


def _client() -> str:
    """Return the address of the client, also behind the proxies that the configuration names."""
    client = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    behind = forwarded and is_within(client, services.config.limits.proxies)
    return forwarded if behind else client


def _plain(status: int, sentence: str, retry: int = 0) -> Response:
    """Return an answer in plain text (§5.1.2)."""
    response = Response(f"{sentence}\n", status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    if retry:
        response.headers["Retry-After"] = str(retry)
    return response
