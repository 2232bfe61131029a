"""Limit how many requests of one worker wait for Flask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from feedsvc.web.http.rate_limits import too_many

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope


class ConcurrencyLimit:
    """An ASGI application in front of another, which answers 429 where too many requests wait.

    :param most: requests that the application has at once.
    """

    def __init__(self, app: ASGI3Application, most: int) -> None:
        self._app = app
        self._most = most
        self._running = 0

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """Answer a request by the application, or refuse it."""
        if self._running >= self._most:
            refusal = too_many()
            headers = [(name.lower().encode(), value.encode()) for name, value in refusal.headers]
            start = {"type": "http.response.start", "status": refusal.status, "headers": headers}
            await send(cast("Any", start))
            await send(cast("Any", {"type": "http.response.body", "body": refusal.body}))
            return
        self._running += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._running -= 1
