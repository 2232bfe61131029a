"""Prove who sends a request: signatures as the systems of publishers make them, and secrets."""

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from feedsvc.config.source_settings import SourceKind, SourceSettings

TOLERANCE = 300.0
"""Seconds by which the time in a signature may differ from the present: older ones are replays."""
_NUMBER = re.compile("[0-9]{1,15}")


class Call(NamedTuple):
    """A request, as far as it is signed."""

    method: str
    target: str
    """Path and query, as they were sent."""
    headers: Mapping[str, str]
    """By their names in small letters."""
    body: bytes
    now: float
    """The present moment, in seconds since 1970."""


def is_genuine(source: SourceSettings, call: Call, in_address: str = "") -> bool:
    """Return whether a request comes from a source.

    :param in_address: the secret in the address; empty for none.
    """
    if given := in_address or _token(call.headers):
        return _same(given, source.secret)
    return is_signed(source, call.headers) and _CHECKS[source.kind][1](source.secret, call)


def is_signed(source: SourceSettings, headers: Mapping[str, str], in_address: str = "") -> bool:
    """Return whether the body of a request is needed to prove where it comes from."""
    if in_address or _token(headers) or source.kind not in _CHECKS:
        return False
    return _CHECKS[source.kind][0] in headers


def _token(headers: Mapping[str, str]) -> str:
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _same(first: str, second: str) -> bool:
    return hmac.compare_digest(first.encode(errors="replace"), second.encode())


def _superdesk(secret: str, call: Call) -> bool:
    expected = hmac.digest(secret.encode(), call.body, "sha1").hex()
    return _same(call.headers.get("x-superdesk-signature", ""), f"sha1={expected}")


def _ghost(secret: str, call: Call) -> bool:
    """Check either notation: newer ones sign the body and the time, older ones the body alone."""
    parts = _pairs(call.headers.get("x-ghost-signature", ""), ",")
    time, signature = parts.get("t", ""), parts.get("sha256", "")
    if "t" in parts and not _is_recent(time, 1000, call.now):
        return False
    bodies = call.body + time.encode(), call.body
    return any(_same(signature, _sha256(secret.encode(), it).hex()) for it in bodies)


def _sanity(secret: str, call: Call) -> bool:
    parts = _pairs(call.headers.get("sanity-webhook-signature", ""), ",")
    time = parts.get("t", "")
    digest = _sha256(secret.encode(), time.encode() + b"." + call.body)
    expected = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    genuine = _same(parts.get("v1", "").rstrip("="), expected)
    return genuine and _is_recent(time, 1000, call.now)


def _contentful(secret: str, call: Call) -> bool:
    names = call.headers.get("x-contentful-signed-headers", "").lower().split(",")
    signed = sorted(it.strip() for it in names if it.strip())
    headers = ";".join(f"{it}:{call.headers.get(it, '').strip()}" for it in signed)
    text = f"{call.method}\n{call.target}\n{headers}\n".encode() + call.body
    signature = call.headers.get("x-contentful-signature", "")
    if not _same(signature, _sha256(secret.encode(), text).hex()):
        return False
    time = call.headers.get("x-contentful-timestamp")
    return time is None or _is_recent(time, 1000, call.now)


def _standard(secret: str, call: Call) -> bool:
    """Check a signature of the Standard Webhooks, of which there may be several in turn."""
    headers = call.headers
    time = headers.get("webhook-timestamp", "")
    signed = f"{headers.get('webhook-id', '')}.{time}.".encode(errors="replace") + call.body
    expected = base64.b64encode(_sha256(_key(secret), signed)).decode()
    given = headers.get("webhook-signature", "").split()
    genuine = any(_same(it, f"v1,{expected}") for it in given)
    return genuine and _is_recent(time, 1, call.now)


def _key(secret: str) -> bytes:
    """Return the key of a secret, which is in Base64 behind ``whsec_``."""
    encoded = secret.removeprefix("whsec_")
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return encoded.encode()


_CHECKS: dict[SourceKind, tuple[str, Callable[[str, Call], bool]]] = {
    "superdesk": ("x-superdesk-signature", _superdesk),
    "ghost": ("x-ghost-signature", _ghost),
    "sanity": ("sanity-webhook-signature", _sanity),
    "contentful": ("x-contentful-signature", _contentful),
    "webhook": ("webhook-signature", _standard),
}
"""The headers and the checks of the systems that sign; the others send the secret."""


def _sha256(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")


def _pairs(header: str, separator: str) -> dict[str, str]:
    """Return the values of a header such as ``t=1,v1=x`` by their names."""

    def pairs() -> Iterator[tuple[str, str]]:
        for part in header.split(separator):
            name, _, value = part.strip().partition("=")
            yield name, value

    return dict(pairs())


def _is_recent(time: str, per_second: int, now: float) -> bool:
    """Return whether a time in a signature is about the present one.

    :param per_second: its unit.
    """
    return bool(_NUMBER.fullmatch(time)) and abs(int(time) / per_second - now) <= TOLERANCE
