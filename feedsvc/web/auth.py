"""The token of a request: whose it is, and errors as RFC 6750 wants them."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import g, request
from werkzeug.exceptions import HTTPException

from feedsvc.errors import ForbiddenError
from feedsvc.model.publisher import Publisher, Scope
from feedsvc.web.problems import problem
from feedsvc.web.publishing_services import publishing_services

REALM = 'Bearer realm="feedsvc"'
_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def authenticate() -> Publisher:
    """Return the publisher whose token came with this request.

    :raises HTTPException: no valid token came with it.
    """
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if not kind:
        raise _unauthorized("this needs a token: Authorization: Bearer fsk_…", "")
    if kind.lower() != "bearer" or not token.strip():
        raise _unauthorized("the Authorization must be Bearer and a token", "invalid_request")
    publisher = publishing_services.publishers(token.strip())
    if publisher is None:
        raise _unauthorized("this token is mistyped, expired or revoked", "invalid_token")
    g.publisher = publisher
    return publisher


def publisher() -> Publisher:
    """Return the publisher of this request, which was authenticated."""
    return g.publisher


def _unauthorized(sentence: str, error: str) -> HTTPException:
    challenge = f'{REALM}, error="{error}"' if error else REALM
    answer = problem(401, sentence, headers={"WWW-Authenticate": challenge})
    return HTTPException(response=answer)


def forbidden(error: ForbiddenError) -> dict[str, str]:
    """Return the headers of the answer to a request whose token does not give the right."""
    scopes = f', scope="{" ".join(error.scopes)}"' if error.scopes else ""
    return {"WWW-Authenticate": f'{REALM}, error="insufficient_scope"{scopes}'}


def needs(
    *scopes: Scope,
) -> Callable[[Callable[_Arguments, _Result]], Callable[_Arguments, _Result]]:
    """Return the decorator of a view that only a token with one of some scopes may use."""

    def decorate(view: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
        @wraps(view)
        def checked(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
            if not publisher().may(*scopes):
                named = " or ".join(scopes)
                raise ForbiddenError(f"this needs a token with the scope {named}", *scopes)
            return view(*args, **kwargs)

        return checked

    return decorate
