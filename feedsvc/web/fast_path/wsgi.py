"""A WSGI application in front of Flask: feeds that are ready need no routing, at any server."""

from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from threading import Lock
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from feedsvc.errors import StoreError
from feedsvc.model.paths import FeedRequest
from feedsvc.web.fast_path.ready_answers import ReadyAnswers, ReadyFeed
from feedsvc.web.fast_path.request import wanted_at
from feedsvc.web.http.reply import navigates, wants_changes
from feedsvc.web.responses import limited, request_head
from feedsvc.web.services import Services


def with_ready_feeds(
    app: WSGIApplication, services: Services, ready_answers: ReadyAnswers
) -> WSGIApplication:
    """Return an application that answers for feeds that are ready; another answers all else."""
    lock = Lock()

    def ready(environ: WSGIEnvironment) -> tuple[ReadyFeed | None, FeedRequest | None]:
        """Return the feed that a request asks for if it is ready, and which one it is."""
        wanted = wanted_at(environ.get("PATH_INFO", ""))
        plain = environ["REQUEST_METHOD"] in ("GET", "HEAD") and not environ.get("SCRIPT_NAME")
        if not wanted or not plain or "view=" in environ.get("QUERY_STRING", ""):
            return None, None
        with lock, suppress(StoreError):  # Flask answers with the error, and logs it
            return ready_answers.ready(wanted), wanted
        return None, wanted

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        head, (feed, wanted) = request_head(environ), ready(environ)
        if feed is None or wants_changes(head.headers) or navigates(head.headers.get):
            return app(environ, start_response)
        reply = limited(feed.document, head, services, wanted)
        if reply.status == 200 and head.method == "GET":
            services.feeds.fetched(feed.path, feed.revision, services.clock(), 1)
        start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", list(reply.headers))
        return [reply.body]

    return answer
