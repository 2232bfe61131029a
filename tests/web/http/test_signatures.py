"""Signatures prove who sends a request; the vectors are made as each system documents it."""

from __future__ import annotations

import base64
import hmac

import pytest
from msgspec.structs import replace

from feedsvc.config.source_settings import SourceKind, SourceSettings
from feedsvc.web.http.signatures import Call, is_genuine

SECRET = "a-secret-of-the-desk"
STANDARD = "whsec_" + base64.b64encode(SECRET.encode()).decode()
NOW = 1_795_000_000.0
BODY = '{"headline": "Fähre"}'.encode()
PATH = "/api/v1/hooks/x"


def digest(text: bytes, algorithm: str = "sha256") -> bytes:
    return hmac.digest(SECRET.encode(), text, algorithm)


def ghost(time: float = NOW, *, old: bool = False) -> dict[str, str]:
    stamp = f"{time * 1000:.0f}"
    signed = BODY if old else BODY + stamp.encode()
    return {"x-ghost-signature": f"sha256={digest(signed).hex()}, t={stamp}"}


def sanity(time: float = NOW) -> dict[str, str]:
    stamp = f"{time * 1000:.0f}"
    signature = base64.urlsafe_b64encode(digest(f"{stamp}.".encode() + BODY)).decode()
    return {"sanity-webhook-signature": f"t={stamp},v1={signature.rstrip('=')}"}


def contentful(time: float | None = NOW) -> dict[str, str]:
    headers = {
        "x-contentful-topic": "ContentManagement.Entry.publish",
        "x-contentful-signed-headers": "X-Contentful-Topic",
    }
    if time is not None:
        headers["x-contentful-timestamp"] = f"{time * 1000:.0f}"
        headers["x-contentful-signed-headers"] = (
            "x-contentful-topic,x-contentful-signed-headers,x-contentful-timestamp"
        )
    names = sorted(headers["x-contentful-signed-headers"].lower().split(","))
    joined = ";".join(f"{it}:{headers[it]}" for it in names)
    text = f"POST\n{PATH}\n{joined}\n".encode() + BODY
    return {**headers, "x-contentful-signature": digest(text).hex()}


def standard(time: float = NOW, prefix: str = "") -> dict[str, str]:
    signature = base64.b64encode(digest(f"msg_1.{time:.0f}.".encode() + BODY)).decode()
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": f"{time:.0f}",
        "webhook-signature": f"{prefix}v1,{signature}",
    }


def superdesk() -> dict[str, str]:
    return {"x-superdesk-signature": "sha1=" + digest(BODY, "sha1").hex()}


def genuine(kind: SourceKind, headers: dict[str, str], body: bytes = BODY, **options: str) -> bool:
    secret = STANDARD if kind == "webhook" else SECRET
    source = SourceSettings(name="x", kind=kind, secret=secret)
    call = Call("POST", PATH, headers, body, NOW)
    return is_genuine(source, call, **options)


GENUINE: list[tuple[SourceKind, dict[str, str]]] = [
    ("superdesk", superdesk()),
    ("ghost", ghost()),
    ("ghost", ghost(old=True)),
    ("ghost", {"x-ghost-signature": f"sha256={digest(BODY).hex()}"}),
    ("sanity", sanity()),
    ("contentful", contentful()),
    ("contentful", contentful(None)),
    ("webhook", standard()),
    ("webhook", standard(prefix="v1,AAAA v1a,AAAA ")),
    ("directus", {"authorization": f"Bearer {SECRET}"}),
    ("strapi", {"authorization": f"bearer  {SECRET}"}),
    ("ghost", {"authorization": f"Bearer {SECRET}"}),
]


@pytest.mark.parametrize(("kind", "headers"), GENUINE)
def test_a_signature_proves_the_sender(kind: SourceKind, headers: dict[str, str]) -> None:
    assert genuine(kind, headers)
    assert not genuine(kind, {name: f"{value}x" for name, value in headers.items()})
    assert not genuine(kind, {name: value[:-1] for name, value in headers.items()})
    assert not genuine(kind, {})
    if "authorization" not in headers:
        assert not genuine(kind, headers, BODY + b" ")


@pytest.mark.parametrize("age", [-301.0, 301.0, 1e9])
def test_an_old_signature_is_a_replay(age: float) -> None:
    assert genuine("ghost", ghost(NOW - 299))
    assert not genuine("ghost", ghost(NOW - age))
    assert not genuine("ghost", ghost(NOW - age, old=True))
    assert not genuine("sanity", sanity(NOW - age))
    assert not genuine("contentful", contentful(NOW - age))
    assert not genuine("webhook", standard(NOW - age))


@pytest.mark.parametrize("time", ["", "x", "1e9", "-1", "٣", "9" * 5000])
def test_a_time_that_is_none_proves_nothing(time: str) -> None:
    signature = digest(BODY + time.encode()).hex()
    assert not genuine("ghost", {"x-ghost-signature": f"sha256={signature}, t={time}"})


def test_a_secret_in_the_address_is_enough_and_a_wrong_one_is_not() -> None:
    assert genuine("ghost", {}, in_address=SECRET)
    assert not genuine("ghost", ghost(), in_address=SECRET + "x")
    assert not genuine("directus", {}, in_address="\ud800")


def test_a_standard_secret_without_base64_is_taken_as_it_is() -> None:
    source = SourceSettings(name="x", kind="webhook", secret=SECRET)
    assert is_genuine(source, Call("POST", PATH, standard(), BODY, NOW))
    assert not is_genuine(
        replace(source, secret=f"{SECRET}-other!"), Call("POST", PATH, standard(), BODY, NOW)
    )
