"""No payload of any system is an error of the service, or half a record."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedsvc.ingest.record.keys import RECORD
from tests.conftest import Newsroom
from tests.tools.senders import CONFIGURED, SECRET, Ghost, Sender, Superdesk, encoded
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
FEW = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    newsroom = Newsroom(tmp_path_factory.mktemp("fuzz"), CONFIGURED)
    newsroom.sync()
    return newsroom


@pytest.fixture(scope="module")
def desk(newsroom: Newsroom) -> Superdesk:
    return Superdesk(newsroom)


@pytest.fixture(scope="module")
def blog(newsroom: Newsroom) -> Ghost:
    return Ghost(newsroom)


@pytest.fixture(scope="module")
def senders(newsroom: Newsroom) -> dict[str, Sender]:
    return {name: Sender(newsroom, name) for name in ("flows", "strapi", "space", "studio")}


def check(newsroom: Newsroom, answer: Any) -> None:
    """Check that a request was carried out, or refused with a sentence, and left whole records."""
    assert answer.status_code in (200, 201, 400, 422), answer.json
    if answer.status_code >= 400:
        assert answer.json["detail"].endswith(".")
    report = newsroom.sync()
    assert not [it for it in report.problems if not it.note]
    assert not [*newsroom.root.rglob("*.tmp")]


@FEW
@given(ITEMS)
def test_no_item_is_an_error_of_the_service(
    newsroom: Newsroom, desk: Superdesk, item: dict[str, Any]
) -> None:
    check(newsroom, desk.send(item))


@FEW
@given(POSTS)
def test_no_post_is_an_error_of_the_service(
    newsroom: Newsroom, blog: Ghost, post: dict[str, Any]
) -> None:
    check(newsroom, blog.send(post))


@FEW
@given(st.sampled_from(["flows", "strapi", "space", "studio"]), RECORDS, ODD)
def test_no_record_is_an_error_of_the_service(
    newsroom: Newsroom, senders: dict[str, Sender], name: str, record: dict[str, Any], odd: str
) -> None:
    value = {"event": "entry.publish", "entry": record} if name == "strapi" else record
    header = "".join(it for it in odd if it.isascii() and it.isprintable()) or "publish"
    headers = {"Authorization": f"Bearer {SECRET}", "X-Contentful-Topic": header}
    check(newsroom, senders[name].post(encoded(value), **headers))


@FEW
@given(st.binary(max_size=40) | VALUES.map(lambda it: json.dumps(it).encode()))
def test_no_bytes_are_an_error_of_the_service(
    newsroom: Newsroom, desk: Superdesk, body: bytes
) -> None:
    check(newsroom, desk.send(body))


@FEW
@given(st.text(max_size=20) | ODD, st.binary(max_size=40))
def test_no_upload_is_an_error_of_the_service(
    newsroom: Newsroom, desk: Superdesk, media_id: str, data: bytes
) -> None:
    name = media_id.encode(errors="replace").decode()
    check(newsroom, desk.upload(name, data))
