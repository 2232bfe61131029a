"""The pages for operators at an address of their own, which may be on another machine."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from feedsvc.web.request_target import ADMIN
from feedsvc.web.response_types import Answer

_PAGES = ("/livez", "/readyz", "/metrics", "/feeds", "/feeds/")
_STATIC = "/static/"
"""Where the style of the pages is."""


def admin_pages(app: WSGIApplication) -> WSGIApplication:
    """Return an application with the pages for operators alone, open to every client."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path in _PAGES or path.startswith(_STATIC):
            return app({**environ, ADMIN: True}, start_response)
        text = f"404 Not Found: here are only {', '.join(_PAGES[:-1])}.\n"
        refusal = Answer(text, 404, content_type="text/plain; charset=utf-8")
        refusal.headers["Cache-Control"] = "no-store"
        refusal.headers["X-Content-Type-Options"] = "nosniff"
        return refusal(environ, start_response)

    return answer
