"""Very many articles in one request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import CONFIG, IN_BOTH, Newsroom
from tests.web.api.conftest import STORY, Api

pytestmark = IN_BOTH


def send(api: Api, *lines: Any, query: str = "", kind: str = "application/x-ndjson") -> Any:
    data = b"\n".join(it if isinstance(it, bytes) else json.dumps(it).encode() for it in lines)
    headers = {"Content-Type": kind}
    return api.call("POST", f"/articles/bulk{query}", data=data, headers=headers)


def results(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200
    assert answer.content_type == "application/x-ndjson"
    return [json.loads(line) for line in answer.data.splitlines()]


def test_each_line_has_its_own_result(api: Api, newsroom: Newsroom) -> None:
    answer = send(
        api,
        {"id": "local/a", **STORY},
        b"",
        {"id": "local/b", "headline": "B"},
        b"{",
        {"headline": "Without id"},
        {"id": "world/flood", **STORY, "body": "New."},
        {"id": "local/a", **STORY, "body": "Later."},
        {"id": "local/a", **STORY, "body": "Later."},
    )
    lines = results(answer)
    assert [(it["line"], it["id"], it["status"]) for it in lines] == [
        (1, "local/a", 201),
        (2, "local/b", 422),
        (3, "", 422),
        (4, "", 422),
        (5, "world/flood", 200),
        (6, "local/a", 200),
        (7, "local/a", 200),
    ]
    assert lines[1]["errors"][0]["pointer"] == "/published"
    assert "is not JSON" in lines[2]["detail"]
    assert "Later." in newsroom.text("local", "json")
    assert "New." in newsroom.text("world", "json")
    log = api.get("/log").json["items"]
    assert {it["by"] for it in log} == {"cms read-write-kill-media"}


def test_articles_of_many_batches_are_all_published(api: Api, newsroom: Newsroom) -> None:
    lines = [{"id": f"bulk/{it}", **STORY, "headline": f"Story {it}"} for it in range(600)]
    assert {it["status"] for it in results(send(api, *lines))} == {201}
    assert newsroom.document("bulk").body.count(b"<item>") == 600
    assert newsroom.sync().read == 0


def test_a_draft_and_its_publication_may_be_in_one_request(api: Api, newsroom: Newsroom) -> None:
    draft = {"id": "local/a", **STORY, "status": "draft"}
    other = {"id": "local/b", **STORY, "status": "draft"}
    lines = results(send(api, draft, other, {"id": "local/a", **STORY}))
    assert [it["status"] for it in lines] == [201, 201, 200]
    assert newsroom.document("local").body.count(b"<item>") == 1


def test_a_trial_writes_nothing(api: Api, newsroom: Newsroom) -> None:
    lines = results(send(api, {"id": "local/a", **STORY}, query="?dry_run=true"))
    assert [it["status"] for it in lines] == [201]
    assert not any(newsroom.records.paths("local"))


def test_a_token_for_sections_writes_its_lines_alone(newsroom: Newsroom) -> None:
    desk = Api(newsroom, "write", sections=("local",))
    lines = results(send(desk, {"id": "local/a", **STORY}, {"id": "world/a", **STORY}))
    assert [it["status"] for it in lines] == [201, 403]


def test_before_the_articles_are_read_each_line_waits(make_newsroom: Any) -> None:
    api = Api(make_newsroom("empty"), "write")
    assert [it["status"] for it in results(send(api, {"id": "local/a", **STORY}))] == [503]


def test_another_type_is_refused(api: Api) -> None:
    assert send(api, {"id": "a"}, kind="application/json").status_code == 415


@pytest.mark.parametrize("shared", [{"guid": "g-1"}, {"section": "local", "slug": "same"}])
def test_two_lines_with_one_name_are_not_both_accepted(
    newsroom: Newsroom, shared: dict[str, str]
) -> None:
    newsroom.configure(CONFIG.replace("[site]\n", "[site]\npages = true\n"))
    lines = [{"id": it, **STORY, **shared} for it in ("local/a", "local/b")]
    assert [it["status"] for it in results(send(Api(newsroom, "write"), *lines))] == [201, 422]
    assert not newsroom.sync().problems


def test_a_very_long_line_is_refused_before_it_is_read(newsroom: Newsroom) -> None:
    newsroom.configure(f"{CONFIG}\n[articles]\nmax_bytes = 2000\n")
    long = {"id": "local/a", **STORY, "wrong": "x" * 12_000}
    first, second = results(send(Api(newsroom, "write"), long, {"id": "local/b", **STORY}))
    assert [it["status"] for it in (first, second)] == [422, 201]
    assert first["errors"] == [{"pointer": "", "detail": "is longer than 12,000 bytes"}]


def test_the_lines_behind_a_very_long_one_are_read(newsroom: Newsroom) -> None:
    newsroom.configure(f"{CONFIG}\n[articles]\nmax_bytes = 1000\n")
    long = json.dumps({"id": "local/a", **STORY, "body": "x" * 20_000}).encode()
    last = json.dumps({"id": "local/c", **STORY}).encode() + b"\r\n"
    lines = results(send(Api(newsroom, "write"), long, {"id": "local/b", **STORY}, b" ", last))
    assert [(it["id"], it["status"]) for it in lines] == [
        ("", 422),
        ("local/b", 201),
        ("local/c", 201),
    ]
    assert "is longer than 6,000 bytes" in lines[0]["detail"]


def test_a_body_that_is_too_long_is_not_read(api: Api) -> None:
    headers = {"Content-Type": "application/x-ndjson"}
    length = {"CONTENT_LENGTH": "200000001"}
    answer = api.call("POST", "/articles/bulk", headers=headers, environ_overrides=length)
    assert answer.status_code == 413
    assert answer.json["detail"] == "the body is longer than 200,000,000 bytes."


def test_long_lines_are_written_as_short_ones_are(api: Api, newsroom: Newsroom) -> None:
    long = {**STORY, "body": "Ships came in. " * 3000}
    lines = results(send(api, {"id": "local/a", **long}, {"id": "local/b", **STORY}))
    assert [it["status"] for it in lines] == [201, 201]
    assert newsroom.text("local").count("Ships came in.") > 2000
