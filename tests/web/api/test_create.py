"""Articles whose ids are made here: once for each Idempotency-Key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from feedsvc.publishing import tokens
from feedsvc.store import replays
from tests.conftest import IN_BOTH, Newsroom
from tests.web.api.conftest import STORY, Api
from tests.web.api.test_articles import pointers, problem

pytestmark = IN_BOTH

LOCAL = {**STORY, "section": "local"}


def post(api: Api, value: Any, key: str = "", query: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return api.call("POST", f"/articles{query}", value, headers=headers)


def test_an_id_is_made_of_section_day_and_headline(api: Api) -> None:
    first, second = post(api, LOCAL), post(api, LOCAL)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json["id"] == "local/2026-11-21-harbour-opens"
    assert second.json["id"] == "local/2026-11-21-harbour-opens-2"
    assert first.headers["Location"].endswith("/api/v1/articles/local/2026-11-21-harbour-opens")
    assert api.get(f"/articles/{second.json['id']}").json["headline"] == "Harbour Opens"


def test_an_id_whose_file_is_taken_is_not_made(api: Api, newsroom: Newsroom) -> None:
    newsroom.write(
        "local/2026-11-21-harbour-opens.md", "---\nid: x\nstatus: draft\nheadline: A\n---\n"
    )
    assert post(api, LOCAL).json["id"] == "local/2026-11-21-harbour-opens-2"


def test_a_wrong_article_gets_no_id(api: Api) -> None:
    assert pointers(post(api, {**LOCAL, "id": "a"})) == ["/id"]
    assert pointers(post(api, {"section": "local"})) == ["/headline", "/published"]
    assert pointers(post(api, {**LOCAL, "headline": ["A"]})) == ["/headline"]
    assert pointers(post(api, {**LOCAL, "section": "../x"})) != []


@pytest.mark.parametrize("keys", [("k-1", "k-1"), ('"k-1"', "k-1")])
def test_a_repeated_request_is_answered_alike_and_done_once(
    api: Api, newsroom: Newsroom, keys: tuple[str, str]
) -> None:
    first, second = (post(api, LOCAL, key) for key in keys)
    assert (second.status_code, second.json) == (first.status_code, first.json)
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.headers["Location"] == first.headers["Location"]
    assert len(list(newsroom.records.paths("local"))) == 1


def test_a_key_is_for_one_request_of_one_token_for_a_day(api: Api, newsroom: Newsroom) -> None:
    post(api, LOCAL, "k")
    other = post(api, {**LOCAL, "body": "Other."}, "k")
    assert pointers(other) == [""]
    assert post(Api(newsroom, "write"), LOCAL, "k").json["id"].endswith("-2")
    newsroom.now += timedelta(hours=25)
    assert post(api, LOCAL, "k").json["id"].endswith("-3")


def test_a_request_that_failed_may_be_sent_again_with_its_key(api: Api) -> None:
    assert post(api, {"headline": "A"}, "k").status_code == 422
    assert post(api, LOCAL, "k").status_code == 201


def test_a_request_in_work_is_a_conflict_and_goes_on_where_its_process_ended(
    api: Api, newsroom: Newsroom
) -> None:
    post(api, LOCAL, "k")
    name = "cms read-write-kill-media"
    with newsroom.database.writing() as connection:
        before = replays.get(connection, name, "k")
        assert before
        replays.put(connection, name, "k", before._replace(answer=None))
    assert "being carried out" in problem(post(api, LOCAL, "k"))["detail"]
    newsroom.now += timedelta(minutes=1)
    answer = post(api, LOCAL, "k")
    assert (answer.status_code, answer.json["id"]) == (200, before.article)
    assert len(list(newsroom.records.paths("local"))) == 1


@pytest.mark.parametrize("key", ['"', "a" * 256, 'a"b', '""'])
def test_a_key_that_is_none_is_refused(api: Api, key: str) -> None:
    assert post(api, LOCAL, key).status_code == 400


def test_a_trial_has_no_key(api: Api, newsroom: Newsroom) -> None:
    assert post(api, LOCAL, "k", "?dry_run=true").json["id"] == "local/2026-11-21-harbour-opens"
    assert post(api, {**LOCAL, "body": "Other."}, "k").status_code == 201


def test_a_check_tells_problems_and_changes(api: Api, newsroom: Newsroom) -> None:
    wrong = api.call("POST", "/check", {"headline": "A", "sumary": "x"}).json
    assert (wrong["ok"], [it["pointer"] for it in wrong["errors"]]) == (
        False,
        ["/published", "/sumary"],
    )
    right = api.call("POST", "/check", {**LOCAL, "related": ["gone"]}).json
    assert (right["ok"], right["errors"]) == (True, [])
    assert right["result"]["changes"][0]["feeds"].keys() == {"", "local"}
    known = api.call("POST", "/check", {**STORY, "id": "world/flood"}).json
    assert known["result"]["changes"][0]["act"] == "touch"
    assert "Water rose." in newsroom.record("world/flood.md")


def test_a_new_token_of_an_old_name_has_none_of_its_answers(newsroom: Newsroom) -> None:
    former = Api(newsroom, "write")
    assert post(former, LOCAL, "k").json["id"] == "local/2026-11-21-harbour-opens"
    tokens.revoke(newsroom.database, "cms write", newsroom.now)
    newsroom.now += timedelta(minutes=1)
    assert post(Api(newsroom, "write"), LOCAL, "k").json["id"].endswith("-2")
