"""Tokens, scopes, quotas and bodies: each refusal has its status and one plain sentence."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from feedsvc.publishing import tokens
from tests.conftest import CONFIG, Newsroom, article
from tests.web.api.conftest import STORY, Api
from tests.web.api.test_articles import FLOOD, pointers, problem


def test_without_a_valid_token_nothing_is_answered(api: Api, newsroom: Newsroom) -> None:
    for value, error in (
        ("", ""),
        ("Basic dTpw", 'error="invalid_request"'),
        ("Bearer ", 'error="invalid_request"'),
        ("Bearer fsk_x", 'error="invalid_token"'),
    ):
        headers = {"Authorization": value} if value else {}
        answer = newsroom.client().get("/api/v1/articles", headers=headers)
        assert answer.status_code == 401
        challenge = answer.headers["WWW-Authenticate"]
        assert challenge.startswith('Bearer realm="feedsvc"')
        assert challenge.partition(", ")[2] == error
        assert problem(answer)["detail"]


def test_a_revoked_token_is_refused(api: Api, newsroom: Newsroom) -> None:
    assert api.get("/me").json["scopes"] == ["kill", "media", "read", "write"]
    tokens.revoke(newsroom.database, "cms read-write-kill-media", newsroom.now)
    assert api.get("/me").status_code == 401


def test_a_token_without_the_scope_is_forbidden(newsroom: Newsroom) -> None:
    reader = Api(newsroom, "read")
    for answer in (reader.put("local/a", STORY), reader.act("kill", FLOOD, {"note": "x"})):
        assert answer.status_code == 403
        assert 'error="insufficient_scope", scope="' in answer.headers["WWW-Authenticate"]
    assert Api(newsroom, "write").get("/articles").status_code == 403
    assert Api(newsroom, "admin").put("local/a", STORY).status_code == 201


def test_a_draft_token_releases_nothing(newsroom: Newsroom) -> None:
    desk, writer = Api(newsroom, "draft"), Api(newsroom, "write", "kill")
    draft, withheld = {**STORY, "status": "draft"}, {**STORY, "status": "withheld"}
    assert desk.put("local/a", draft).status_code == 201
    assert desk.put("local/a", withheld).status_code == 200
    assert desk.patch("local/a", {"body": "Other."}).status_code == 200
    refused = [
        desk.put("local/b", STORY),
        desk.patch("local/a", {"status": None}),
        desk.patch("local/a", {"embargoed": "2999-01-01", "status": "usable"}),
        desk.put(FLOOD, draft),
        desk.put(FLOOD, withheld),
        desk.patch(FLOOD, {"headline": "X"}),
        desk.act("publish", "local/a"),
        desk.act("withhold", FLOOD),
        desk.put("local/c", {**STORY, "status": "canceled", "note": "x"}),
        desk.call("DELETE", "/articles/local/a", headers={"If-Match": "*"}),
        desk.call("DELETE", f"/articles/{FLOOD}", headers={"If-Match": "*"}),
    ]
    assert {it.status_code for it in refused} == {403}
    assert "Water rose." in newsroom.text("world")
    assert "Harbour" not in newsroom.text()
    desk.put("local/d", draft)
    assert desk.call("DELETE", "/articles/local/d", headers={"If-Match": "*"}).status_code == 200
    writer.act("kill", FLOOD, {"note": "Wrong."})
    assert desk.put(FLOOD, draft).status_code == 403


def test_a_draft_token_cannot_take_the_place_of_an_article_whose_file_is_gone(
    newsroom: Newsroom,
) -> None:
    (newsroom.root / "articles/world/flood.md").unlink()
    assert Api(newsroom, "draft").put(FLOOD, {**STORY, "status": "draft"}).status_code == 403


def test_a_kill_needs_its_scope_and_so_does_taking_it_back(newsroom: Newsroom) -> None:
    killer, writer = Api(newsroom, "kill"), Api(newsroom, "write")
    assert writer.patch(FLOOD, {"status": "canceled", "note": "x"}).status_code == 403
    assert killer.patch(FLOOD, {"headline": "X"}).status_code == 403
    assert killer.act("kill", FLOOD, {"note": "Wrong."}).status_code == 200
    assert writer.patch(FLOOD, {"note": "Very wrong."}).status_code == 200
    assert killer.patch(FLOOD, {"status": None}).status_code == 403
    assert writer.patch(FLOOD, {"status": None}).status_code == 403
    assert Api(newsroom, "write", "kill").patch(FLOOD, {"status": None}).status_code == 200


def test_a_token_for_sections_writes_nowhere_else(newsroom: Newsroom) -> None:
    desk = Api(newsroom, "write", "kill", sections=("local",))
    assert desk.put("local/transport/a", STORY).status_code == 201
    for answer in (
        desk.put("world/a", STORY),
        desk.put("local/b", {**STORY, "section": "world"}),
        desk.put("world/b", {**STORY, "section": "local", "sections": ["local", "world"]}),
        desk.put(FLOOD, {**STORY, "section": "local"}),
        desk.act("kill", FLOOD, {"note": "x"}),
        desk.call("DELETE", f"/articles/{FLOOD}", headers={"If-Match": "*"}),
    ):
        assert answer.status_code in (403, 404, 412)
    assert "this token is for local only" in problem(desk.put("world/a", STORY))["detail"]
    assert "Water rose." in newsroom.text("world")


def test_a_token_has_a_quota(newsroom: Newsroom) -> None:
    newsroom.configure(f"{CONFIG}\n[api]\nrequests = 2\n")
    api, other = Api(newsroom, "read"), Api(newsroom, "write")
    for left in (1, 0):
        answer = api.get("/me")
        assert answer.headers["RateLimit-Policy"] == '"default";q=2;w=60'
        assert answer.headers["RateLimit"] == f'"default";r={left};t=60'
    refusal = api.get("/me")
    assert (refusal.status_code, refusal.headers["Retry-After"]) == (429, "60")
    assert "2 requests" in problem(refusal)["detail"]
    assert other.get("/me").status_code == 200


def test_a_quota_may_be_left_out(newsroom: Newsroom) -> None:
    newsroom.configure(f"{CONFIG}\n[api]\nrequests = 0\n")
    assert "RateLimit" not in Api(newsroom, "read").get("/me").headers


def test_an_address_that_is_none_is_a_problem_too(api: Api) -> None:
    assert problem(api.get("/nothing"))["status"] == 404
    answer = api.call("DELETE", "/me")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert problem(answer)["detail"].startswith("DELETE is not possible")


@pytest.mark.parametrize(
    ("data", "kind", "status", "sentence"),
    [
        (b"{", "application/json", 400, "is not JSON"),
        (b"", "application/json", 400, "is not JSON"),
        (b"[]", "application/json", 400, "must be one JSON object"),
        (b'{"a": NaN}', "application/json", 400, "NaN is no number"),
        (b'{"headline": "A", "headline": "B"}', "application/json", 400, "given twice"),
        (b'{"headline": "\xe9"}', "application/json", 400, "not UTF-8 at byte 14"),
        (b"{}", "application/json; charset=latin-1", 415, "the charset is latin-1"),
        (b"{}", "text/plain", 415, "Content-Type must be application/json"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "application/json", 400, "more than 50 levels"),
        (b"[" * 200_000, "application/json", 400, "nested too deeply"),
        (b'{"headline ": "A", "headline": "B"}', "application/json", 400, "given twice"),
    ],
)
def test_a_body_that_is_wrong_is_refused(
    api: Api, data: bytes, kind: str, status: int, sentence: str
) -> None:
    answer = api.call("PUT", "/articles/local/a", data=data, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert sentence in problem(answer)["detail"]
    assert not (api.newsroom.root / "articles/local").exists()


def test_a_very_long_body_is_refused(newsroom: Newsroom) -> None:
    newsroom.configure(f"{CONFIG}\n[articles]\nmax_bytes = 2000\n")
    api = Api(newsroom, "write")
    answer = api.put("local/a", {**STORY, "body": "x" * 20_000_000})
    assert answer.status_code == 413
    assert "longer than 12,000 bytes" in problem(answer)["detail"]
    assert pointers(api.put("local/a", {**STORY, "body": "x" * 2500})) == [""]


def status(api: Api, environ: Any) -> int:
    """Return the status of the answer to exactly this request."""
    return int(run_wsgi_app(api.client.application, environ)[1].split()[0])


def test_a_body_in_pieces_is_read_to_its_end(api: Api) -> None:
    def send(size: int) -> int:
        data = json.dumps({**STORY, "body": "x" * size}).encode()
        headers = {
            "Transfer-Encoding": "chunked",
            "Content-Type": "application/json",
            "Authorization": f"Bearer {api.token}",
        }
        builder = EnvironBuilder(
            "/api/v1/articles/local/a",
            method="PUT",
            input_stream=BytesIO(data),
            headers=[*headers.items()],
        )
        environ = builder.get_environ()
        environ.pop("CONTENT_LENGTH")
        return status(api, environ)

    assert send(10) == 201
    assert send(70_000_000) == 413


def test_a_body_that_breaks_off_is_refused(api: Api) -> None:
    builder = EnvironBuilder(
        "/api/v1/articles/local/a",
        method="PUT",
        json=STORY,
        headers=[("Authorization", f"Bearer {api.token}")],
    )
    environ = builder.get_environ()
    environ["CONTENT_LENGTH"] = "1000"
    assert status(api, environ) == 400


def test_strange_characters_are_cleaned_or_refused_and_never_an_error(api: Api) -> None:
    text = "A\x00\x1b\ud800 \u202e é\u0301 \ufeff"
    data = json.dumps({**STORY, "headline": text, "body": text}).encode()
    headers = {"Content-Type": "application/json"}
    answer = api.call("PUT", "/articles/local/a", data=data, headers=headers)
    assert answer.status_code == 201
    assert api.newsroom.text("local", "json")


def test_before_the_articles_are_read_a_write_waits(make_newsroom: Any) -> None:
    empty = make_newsroom("empty")
    answer = Api(empty, "write").put("local/a", STORY)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


def test_a_disk_that_takes_no_file_is_told(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import os

    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for answer in (api.put("local/a", STORY), api.put(FLOOD, STORY)):
        assert answer.status_code == 503
        assert "make room on the disk" in problem(answer)["detail"]
    deletion = api.call("DELETE", f"/articles/{FLOOD}", headers={"If-Match": "*"})
    assert deletion.status_code == 503


def test_a_token_is_in_no_log(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    api.put("local/a", STORY)
    api.get("/nothing")
    assert api.token[4:] not in caplog.text


SECRET = "world/merger"


@pytest.fixture
def local(newsroom: Newsroom) -> Api:
    """A client for one section; in another one are an embargoed article and a draft."""
    newsroom.write(
        f"{SECRET}.md",
        article("Merger", "Two banks.", embargoed="2026-12-01", guid="g-merger", slug="banks"),
    )
    newsroom.write("world/plan.md", article("Plan", status="draft"))
    newsroom.write("world/file.md", article("Filed", id="world/other"))
    newsroom.write("local/ferry.md", article("Ferry"))
    newsroom.sync()
    return Api(newsroom, "read", "write", "kill", sections=("local",))


def without_id(answer: Any, article_id: str) -> tuple[int, str]:
    return answer.status_code, answer.get_data(as_text=True).replace(article_id, "ID")


def test_a_token_for_sections_learns_nothing_of_others(local: Api) -> None:
    def answers(article_id: str) -> list[tuple[int, str]]:
        address = f"/articles/{article_id}"
        every = (
            local.get(address),
            local.get(f"{address}/versions"),
            local.get(f"/log?article={article_id}"),
            local.patch(article_id, {"headline": "X"}),
            local.act("kill", article_id, {"note": "x"}),
            local.act("publish", article_id),
            local.call("DELETE", address, headers={"If-Match": "*"}),
            local.put(article_id, STORY),
            local.put(article_id, STORY, If_Match="*"),
            local.put(article_id, {"headline": "X", "wrong": "Y"}),
        )
        return [without_id(it, article_id) for it in every]

    nothing = answers("world/nothing")
    assert [status for status, _ in nothing] == [404, 404, 200, 412, 404, 404, 412, 403, 412, 403]
    assert answers(SECRET) == answers("world/plan") == answers(FLOOD) == nothing
    assert [it["id"] for it in local.get("/articles").json["items"]] == ["local/ferry"]
    local.act("correct", "local/ferry", {"note": "Late."})
    assert {it["id"] for it in local.get("/log").json["items"]} == {"local/ferry"}
    assert len(local.get("/articles/local/ferry/versions").json["items"]) == 2


def test_a_conflict_names_no_article_of_another_section(local: Api, newsroom: Newsroom) -> None:
    refused = local.put("local/a", {**STORY, "guid": "g-merger"})
    assert pointers(refused) == ["/guid"]
    other = local.put("world/file", {**STORY, "section": "local"})
    assert other.status_code == 409
    for answer in (refused, other):
        assert "merger" not in answer.text.replace("g-merger", "")
        assert "world/other" not in answer.text
    full = Api(newsroom, "write")
    assert "articles/world/merger.md" in full.put("local/a", {**STORY, "guid": "g-merger"}).text
    assert "world/other" in full.put("world/file", STORY).text


def test_the_log_of_a_token_for_sections_reaches_back_and_has_deleted_articles(
    local: Api, newsroom: Newsroom
) -> None:
    writer = Api(newsroom, "write")
    local.put("local/gone", STORY)
    local.call("DELETE", "/articles/local/gone", headers={"If-Match": "*"})
    newsroom.now += timedelta(days=30)
    newsroom.sync()
    for number in range(3):
        writer.put(f"world/n{number}", STORY)
    items = local.get("/log?limit=1").json["items"]
    assert [(it["id"], it["act"]) for it in items] == [("local/gone", "delete")]


def test_a_file_with_mistakes_is_in_the_section_of_its_folder(newsroom: Newsroom) -> None:
    broken = newsroom.write("world/broken.md", "---\nheadline: [\n---\n")
    newsroom.sync()
    desk = Api(newsroom, "write", sections=("local",))
    assert desk.put("world/broken", {**STORY, "section": "local"}).status_code == 403
    assert broken.read_text() == "---\nheadline: [\n---\n"


@pytest.mark.parametrize("status", ["can\x00celed", " canceled", "canceled\t"])
def test_a_kill_needs_its_scope_however_it_is_spelled(newsroom: Newsroom, status: str) -> None:
    answer = Api(newsroom, "write").patch(FLOOD, {"status": status, "note": "x"})
    assert answer.status_code == 403
    assert "Water rose." in newsroom.text("world")


def test_values_that_are_no_texts_are_refused_and_never_an_error(api: Api) -> None:
    number = urlsafe_b64encode(b"99999999999999999999 x").decode()
    assert pointers(api.get(f"/articles?cursor={number}")) == ["/cursor"]
    for value in ([[]], [{}], {"a": [1]}, [None]):
        for path in ("/articles", "/check"):
            answer = api.call("POST", path, {**STORY, "section": value})
            pointed = [it["pointer"] for it in answer.json["errors"]]
            assert pointed == ["/section"]
    assert api.call("POST", "/check", {**STORY, "id": "local/\ud800a"}).json["ok"]
    assert api.call("POST", "/check", {**STORY, "id": "\ud800"}).json["ok"]
