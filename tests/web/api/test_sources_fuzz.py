"""No payload of any system is an error of the service, or half a record."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedsvc.ingest.record.keys import RECORD
from tests.conftest import Newsroom
from tests.tools.senders import SECRET, Ghost, Sender, Superdesk, encoded
from tests.web.api import test_ghost, test_sources, test_superdesk

ODD = st.sampled_from(
    [
        *(
            "",
            " ",
            "\0",
            "\ud800",
            "x" * 1001,
            "../../etc/passwd",
            "2026-02-30T00:00:00",
            "0001-01-01",
        ),
        *("9999-12-31T23:59:59-14:00", "urn:1", "usable", "canceled", "true", "NaN", "1e999"),
        *(
            "<p>",
            "<body",
            "<!--members-only-->",
            "https://[",
            "javascript:x",
            "\u202e",
            "*",
            "drafts.1",
        ),
    ]
)
SCALARS = ODD | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
KEYS = ODD | st.sampled_from("id guid url type value media renditions original name code".split())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def changed(whole: dict[str, Any], *others: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return payloads of which some values are others."""
    keys = sorted({*whole, *others})
    changes = st.dictionaries(st.sampled_from(keys), VALUES, min_size=1, max_size=4)
    return changes.map(lambda it: {**whole, **it})


NINJS_KEYS = (
    *("associations", "authors", "bodies", "by", "descriptions", "embargoed", "evolvedfrom"),
    *("genre", "headlines", "pubStatus", "subjects", "uri", "versionCreated", "expires"),
)
PICTURES = st.dictionaries(KEYS, changed(test_superdesk.PICTURE, "poi", "by", "descriptions"))
ITEMS = st.one_of(
    changed(test_superdesk.ITEM, *NINJS_KEYS),
    changed(test_superdesk.TWO, *NINJS_KEYS),
    PICTURES.map(lambda it: {**test_superdesk.ITEM, "associations": it}),
    PICTURES.map(lambda it: {**test_superdesk.ITEM, "type": "composite", "associations": it}),
)
POSTS = st.one_of(
    changed(test_ghost.POST).map(lambda it: {"post": {"current": it}}),
    changed({"post": {"current": test_ghost.POST}}),
    changed({"current": {}, "previous": test_ghost.POST}).map(lambda it: {"post": it}),
)
RECORDS = changed(test_sources.RECORD, *RECORD, "act", "entry", "event", "sys", "_id")
BYTES = st.binary(max_size=40) | VALUES.map(lambda it: json.dumps(it).encode())
FEW = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def senders(shared: Newsroom) -> dict[str, Any]:
    others = ("flows", "strapi", "space", "studio")
    return {
        "desk": Superdesk(shared),
        "blog": Ghost(shared),
        **{name: Sender(shared, name) for name in others},
    }


def check(newsroom: Newsroom, answer: Any) -> None:
    """Check that a request was carried out, or refused with a sentence, and left whole records."""
    assert answer.status_code in (200, 201, 400, 422), answer.json
    if answer.status_code >= 400:
        assert answer.json["detail"].endswith(".")
    report = newsroom.sync()
    assert not [it for it in report.problems if not it.note]
    assert not [*newsroom.root.rglob("*.tmp")]


@pytest.mark.parametrize(
    ("system", "payloads"), [("desk", ITEMS), ("desk", BYTES), ("blog", POSTS)]
)
@FEW
@given(st.data())
def test_no_payload_is_an_error_of_the_service(
    shared: Newsroom, senders: dict[str, Any], system: str, payloads: Any, data: st.DataObject
) -> None:
    check(shared, senders[system].send(data.draw(payloads)))


@FEW
@given(st.sampled_from(["flows", "strapi", "space", "studio"]), RECORDS, ODD)
def test_no_record_is_an_error_of_the_service(
    shared: Newsroom, senders: dict[str, Any], name: str, record: dict[str, Any], odd: str
) -> None:
    value = {"event": "entry.publish", "entry": record} if name == "strapi" else record
    header = "".join(it for it in odd if it.isascii() and it.isprintable()) or "publish"
    headers = {"Authorization": f"Bearer {SECRET}", "X-Contentful-Topic": header}
    check(shared, senders[name].post(encoded(value), **headers))


@FEW
@given(st.text(max_size=20) | ODD, st.binary(max_size=40))
def test_no_upload_is_an_error_of_the_service(
    shared: Newsroom, senders: dict[str, Any], media_id: str, data: bytes
) -> None:
    name = media_id.encode(errors="replace").decode()
    check(shared, senders["desk"].upload(name, data))
