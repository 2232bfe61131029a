"""A newsroom's application behind a real socket, in threads of the test."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from secrets import token_hex
from threading import Thread

from werkzeug.serving import WSGIRequestHandler, make_server

from feedsvc.model.publisher import Publisher, Scope
from feedsvc.publishing import tokens
from tests.conftest import NOW, Newsroom


class _Quiet(WSGIRequestHandler):
    """A handler without a log."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@contextmanager
def serving(newsroom: Newsroom) -> Generator[str]:
    """Serve a newsroom; yield its address."""
    application = newsroom.client().application
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def token(newsroom: Newsroom, *scopes: Scope, sections: tuple[str, ...] = ()) -> str:
    """Return a new token."""
    name = f"push {token_hex(4)}"
    publisher = Publisher(name=name, scopes=frozenset(scopes), sections=sections, created=NOW)
    return tokens.issue(newsroom.database, publisher)
