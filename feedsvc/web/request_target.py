"""Normalize or refuse the target of a request (RFC 9112 §3.2, §6) before Flask sees it."""

import re
import string
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug import Request

from feedsvc.web.http.rate_limits import came_through_proxy
from feedsvc.web.response_types import Answer

LONGEST_TARGET = 8000
"""Bytes of a path and query; RFC 9112 §3 recommends at least 8000."""
LONGEST_HEAD = 16_000
"""Bytes of a target and all headers: less than the limit of h11, whose refusal gives no reason."""
ADMIN = "feedsvc.admin"
"""The name in ``environ`` of a request to the address for operators; no header can set it."""

_LABEL = r"[A-Za-z0-9_~-]{1,63}"
HOST = re.compile(rf"(?:(?:{_LABEL}(?:\.{_LABEL})*\.?)?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{{0,5}})?")
"""A valid Host header (RFC 9110 §7.2); two that a server joined with a comma are none."""
_ABSOLUTE = re.compile(r"https?://([^/]*)(.*)", re.IGNORECASE | re.DOTALL)
_SLASHES = re.compile("//+")


def with_plain_targets(app: WSGIApplication) -> WSGIApplication:
    """Return an application that gets the same requests from any server.

    It refuses or redirects a request, or hands it to the other application.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # There is no other protocol here, and Werkzeug would refuse requests that ask for one.
        environ.pop("HTTP_UPGRADE", None)
        refusal = _too_long(environ) or _misframed(environ) or _normalize(environ)
        return (refusal or app)(environ, start_response)

    return answer


def _too_long(environ: WSGIEnvironment) -> Answer | None:
    target = len(environ.get("PATH_INFO", "")) + len(environ.get("QUERY_STRING", ""))
    if target > LONGEST_TARGET:
        return _refuse(414, f"the address is longer than {LONGEST_TARGET} bytes")
    fields = sum(len(name) + len(environ[name]) for name in environ if name.startswith("HTTP_"))
    if target + fields > LONGEST_HEAD:
        return _refuse(431, f"the headers are longer than {LONGEST_HEAD} bytes in all")
    return None


def _misframed(environ: WSGIEnvironment) -> Answer | None:
    """Refuse a body with two lengths: a proxy may have taken the other (RFC 9112 §6.3)."""
    if not (environ.get("CONTENT_LENGTH") and environ.get("HTTP_TRANSFER_ENCODING")):
        return None
    answer = _refuse(400, "Content-Length beside Transfer-Encoding; send one of them")
    answer.headers["Connection"] = "close"  # PEP 3333 leaves it to servers; h11 takes it from here
    return answer


def _normalize(environ: WSGIEnvironment) -> Answer | None:
    """Make every form of a target an origin-form (RFC 9112 §3.2), or return a refusal."""
    path: str = environ.get("PATH_INFO", "")
    if absolute := _ABSOLUTE.fullmatch(path):
        environ["HTTP_HOST"] = absolute[1]  # it overrules the header (§3.2.2)
        environ["PATH_INFO"] = path = absolute[2] or "/"
    host = environ.get("HTTP_HOST", "" if environ.get("SERVER_PROTOCOL") != "HTTP/1.1" else None)
    if host is None or not HOST.fullmatch(host):
        return _refuse(400, "the request needs one Host header with the name of a host")
    if path == "*" and environ["REQUEST_METHOD"] == "OPTIONS":
        return _plain(204, "", {"Allow": "GET, HEAD, OPTIONS"})
    if not f"{environ.get('SCRIPT_NAME', '')}{path}".startswith("/"):
        return _refuse(400, "the address must begin with a slash")
    return _collapse(environ, path) if "//" in path else None


def _collapse(environ: WSGIEnvironment, path: str) -> Answer:
    """Redirect a path with doubled slashes to the one without.

    Not all clients that ask for feeds know 308, and 301 is the same for GET and HEAD.
    """
    whole = _SLASHES.sub("/", environ.get("SCRIPT_NAME", "") + path)
    location = quote(whole.encode("latin-1"), safe="/:@!$&'()*+,;=~")
    if query := environ.get("QUERY_STRING"):
        location += "?" + quote(query.encode("latin-1"), safe=string.punctuation)
    status = 301 if environ["REQUEST_METHOD"] in ("GET", "HEAD") else 308
    text = f"{status} {HTTPStatus(status).phrase}: {location}\n"
    return _plain(status, text, {"Location": location})


def _refuse(status: int, sentence: str) -> Answer:
    text = f"{status} {HTTPStatus(status).phrase}: {sentence}.\n"
    return _plain(status, text, {"Cache-Control": "no-store"})


def _plain(status: int, text: str, headers: Mapping[str, str]) -> Answer:
    answer = Answer(text, status, headers, content_type="text/plain; charset=utf-8")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def is_local(request: Request) -> bool:
    """Return whether a program on this machine asks for itself, or a client at ``[admin] listen``.

    A proxy on this machine also asks from loopback, but for clients anywhere.
    """
    if ADMIN in request.environ:
        return True
    host = re.sub(r":[0-9]*$", "", request.host).strip("[]")
    protocol = request.environ.get("SERVER_PROTOCOL", "")
    return (
        _is_loopback(request.remote_addr or "")
        and _is_loopback(host)
        and not came_through_proxy(protocol, request.headers)
    )


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
