"""Calls of another feedsvc's API, repeated while the server asks to wait or does not answer."""

from collections.abc import Callable
from importlib.metadata import version
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from feedsvc.errors import FeedsvcError, FetchError
from feedsvc.model.clock import now
from feedsvc.model.paths import API
from feedsvc.push.http_client import HttpClient
from feedsvc.push.http_values import Answer, Limits, Request

ATTEMPTS = 8
"""Tries of a call that is not answered: about two minutes."""
_LONGEST_PAUSE = 60.0
"""Seconds between two tries, where the server does not say how long to wait."""
_LATER = (429, 502, 503, 504)
"""Statuses of answers that say to ask again."""
_LIMITS = Limits(size=100_000_000, seconds=600, failures=True)
"""Time for very many records, or for a film by a slow line."""
_REDIRECTS = range(300, 400)


class Finding(Struct, frozen=True):
    """One problem of the content that was sent."""

    detail: str


class _Problem(Struct, frozen=True):
    """A problem as feedsvc answers it."""

    detail: str = ""
    errors: list[Finding] = []


_PROBLEM = msgspec.json.Decoder(_Problem)


class ApiClient:
    """Calls the API of one server with one token.

    :param address: of the server, with or without ``/api/v1``.
    :param waits: called to wait: with the reason, and for how many seconds.
    """

    def __init__(
        self,
        address: str,
        token: str,
        waits: Callable[[str, float], None],
        client: HttpClient | None = None,
    ) -> None:
        self._base = address.rstrip("/").removesuffix(API) + API
        self._host = urlsplit(self._base).netloc
        self._token = token
        self._waits = waits
        # The person who runs this typed the address: it may be on the same network.
        self._client = client or HttpClient(f"feedsvc/{version('feedsvc')}", allow_private=True)

    def call(self, method: str, path: str, body: bytes, kind: str) -> tuple[int, bytes]:
        """Return status and body of the answer, after as many tries as it takes.

        :param kind: the media type of the body.
        :raises FeedsvcError: the server does not answer as it should, or takes nothing now.
        """
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind}
        request = Request(method, self._base + path, body, headers)
        attempt = 0
        while True:
            received = bytearray()
            asked = 0.0
            try:
                answer = self._client.send(request, received.extend, _LIMITS)
            except FetchError as error:
                reason = str(error)
                if error.permanent:
                    raise FeedsvcError(f"{self._base} {reason}") from None
            else:
                if answer.status not in _LATER:
                    return answer.status, self._checked(answer, bytes(received))
                reason = detail(bytes(received)) or f"is answered {answer.status}"
                asked = answer.retry_after(now())
            self.pause(attempt, asked, reason)
            attempt += 1

    def pause(self, attempt: int, asked: float, reason: str) -> None:
        """Wait before a call is tried again.

        :param attempt: the tries before, counted from 0.
        :param asked: the seconds that the server named; 0 where it named none.
        :raises FeedsvcError: there were too many tries.
        """
        if attempt + 1 == ATTEMPTS:
            sentence = f"{self._host} takes nothing now: {reason}; run this again, and it goes on"
            raise FeedsvcError(sentence)
        self._waits(reason, asked or min(2.0**attempt, _LONGEST_PAUSE))

    def _checked(self, answer: Answer, body: bytes) -> bytes:
        """Return the body of an answer that is about the content of the request.

        :raises FeedsvcError: it is about the token or the address.
        """
        if answer.status == 401:
            raise FeedsvcError(f"{self._host}: {detail(body) or 'the token is not valid'}")
        if answer.status in _REDIRECTS:
            place = answer.headers.get("location", "another address")
            raise FeedsvcError(f"{self._host} redirects to {place}; name the address of the server")
        if answer.status in (404, 405) or answer.status >= 500:
            sentence = f"is answered {answer.status}; is this the address of a feedsvc of this age?"
            raise FeedsvcError(f"{self._base} {sentence}")
        return body


def detail(body: bytes) -> str:
    """Return the sentence of a problem (RFC 9457), with each finding; empty where there is none."""
    try:
        problem = _PROBLEM.decode(body)
    except msgspec.DecodeError:
        return ""
    details = [it.detail for it in problem.errors] or [problem.detail.rstrip(".")]
    return "; ".join(details)
