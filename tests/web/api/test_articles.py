"""Articles over HTTP: written into their files, and in the feeds when the answer comes."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from feedsvc.ingest.records import Records, RecordWrite
from tests.conftest import CONFIG, IN_BOTH, Newsroom, article
from tests.web.api.conftest import STORY, Api

pytestmark = IN_BOTH

FLOOD = "world/flood"


def problem(answer: Any) -> dict[str, Any]:
    """Return the problem in an answer, which is one by RFC 9457."""
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == answer.status_code
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json


def pointers(answer: Any) -> list[str]:
    assert answer.status_code == 422
    return [it["pointer"] for it in problem(answer)["errors"]]


def test_a_new_article_is_a_file_and_in_the_feeds_at_once(api: Api, newsroom: Newsroom) -> None:
    answer = api.put("local/harbour", STORY)
    assert answer.status_code == 201
    assert answer.headers["Location"] == "https://feeds.quay.example/api/v1/articles/local/harbour"
    assert answer.json["file"] == "articles/local/harbour.md"
    assert newsroom.record("local/harbour.md") == (
        '---\nheadline: Harbour Opens\npublished: "2026-11-21 08:30"\n---\nShips came in.\n'
    )
    assert "Harbour Opens" in api.client.get("/local/rss.xml").text
    (change,) = answer.json["changes"]
    assert (change["act"], change["by"]) == ("publish", "cms read-write-kill-media")
    assert change["feeds"].keys() == {"", "local"}
    assert set(change["feeds"].values()) == {"appears"}


def test_an_article_is_read_as_it_was_written(api: Api) -> None:
    api.put(
        "local/harbour", {**STORY, "byline": ["Ada", {"name": "Bo", "url": "https://x.example/"}]}
    )
    answer = api.get("/articles/local/harbour")
    assert answer.json == {
        "id": "local/harbour",
        **STORY,
        "byline": ["Ada", {"name": "Bo", "url": "https://x.example/"}],
    }
    assert (
        api.get("/articles/local/harbour", If_None_Match=answer.headers["ETag"]).status_code == 304
    )


def test_the_same_content_changes_nothing(api: Api, newsroom: Newsroom) -> None:
    first = api.put("local/harbour", STORY)
    before = newsroom.records.stamp("local/harbour.md")
    again = api.put("local/harbour", {**STORY, "status": "usable", "summary": ""})
    assert (again.status_code, again.json["changes"]) == (200, [])
    assert again.headers["ETag"] == first.headers["ETag"]
    assert newsroom.records.stamp("local/harbour.md") == before
    assert len(api.get("/articles/local/harbour/versions").json["items"]) == 1


def test_a_record_that_was_written_by_hand_can_be_put_back_as_it_was_read(
    api: Api, newsroom: Newsroom
) -> None:
    newsroom.write("world/flood.md", article("Flood # 2", "\n\nWater.\n\n", id=FLOOD))
    newsroom.sync()
    before = newsroom.read("world/flood.md")
    assert api.put(FLOOD, api.get(f"/articles/{FLOOD}").json).json["changes"] == []
    assert newsroom.read("world/flood.md") == before


def test_an_article_with_html_is_a_record_in_json(api: Api) -> None:
    html = {"headline": "A", "published": "2026-11-21", "body_html": "<p>One</p>\n<p>Two</p>"}
    assert api.put("local/a", html).json["file"] == "articles/local/a.json"
    assert api.get("/articles/local/a").json == {"id": "local/a", **html}
    assert "<p>Two</p>" in api.newsroom.text("local", "json")


def test_a_section_in_the_record_wins_over_the_folder(api: Api) -> None:
    answer = api.put("cms-123", {**STORY, "section": "local"})
    assert answer.json["file"] == "articles/cms-123.md"
    assert "Harbour" in api.newsroom.text("local")


def test_an_article_that_keeps_its_file_elsewhere_is_changed_there(
    api: Api, newsroom: Newsroom
) -> None:
    newsroom.write("local/b.md", article("B", id="x-1"))
    newsroom.sync()
    answer = api.put("x-1", {**STORY, "id": "x-1"})
    assert (answer.status_code, answer.json["file"]) == (200, "articles/local/b.md")
    assert "id: x-1\n" in newsroom.record("local/b.md")


def test_a_put_is_conditional(api: Api, newsroom: Newsroom) -> None:
    tag = api.get(f"/articles/{FLOOD}").headers["ETag"]
    assert api.put(FLOOD, STORY, If_None_Match="*").status_code == 412
    assert api.put(FLOOD, STORY, If_Match='"other"').status_code == 412
    assert api.put(FLOOD, STORY, If_Match=f"W/{tag}").status_code == 412
    assert api.put("local/new", STORY, If_Match="*").status_code == 412
    assert "Water rose." in newsroom.record("world/flood.md")
    assert api.put(FLOOD, STORY, If_Match=f'"x", {tag}').status_code == 200
    assert api.put(FLOOD, {**STORY, "body": "B"}, If_Match="*").status_code == 200
    stale = problem(api.put(FLOOD, STORY, If_Match=tag))
    assert stale["detail"].startswith('"world/flood" was changed since you read it')
    assert api.put(FLOOD, STORY, If_None_Match=tag).status_code == 400


def test_all_problems_are_told_at_once_with_their_places(api: Api, newsroom: Newsroom) -> None:
    wrong = {
        "headline": "<b>A</b>",
        "sumary": "x",
        "image": {"url": "https://x.example/a.jpg", "width": "wide"},
        "related": ["world/flood", {"url": "nowhere"}],
        "byline": [{"email": "a@x.example"}],
        "body": "![](gone.png)",
    }
    answer = api.put("local/a", wrong)
    assert pointers(answer) == [
        "/published",
        "/headline",
        "/byline/0",
        "/image/width",
        "/related/1",
        "/related/1/url",
        "/body",
        "/sumary",
    ]
    assert problem(answer)["errors"][-1]["detail"].endswith('Did you mean "summary"?')
    assert not any(newsroom.records.paths("local"))


@pytest.mark.parametrize(
    ("article_id", "change", "pointer"),
    [
        ("media/a", {}, "/section"),
        ("api/a", {}, "/section"),
        ("World/a", {}, "/section"),
        ("local/a", {"section": "archive"}, "/section"),
        ("local/a", {"id": "local/b"}, "/id"),
        (".hidden/a", {}, "/id"),
        ("local/_a", {}, "/id"),
        ("local/a~/b", {}, "/id"),
        ("local/a b", {}, "/id"),
        ("local/" + "a" * 201, {}, "/id"),
        ("local/a", {"status": "live"}, "/status"),
        ("local/a", {"expires": "2026-11-01"}, "/expires"),
        ("local/a", {"headline": ["A"]}, "/headline"),
        ("local/a", {"body": {"a": "b"}}, "/body"),
        ("local/a", {"headline": 12, "slug": "a b"}, "/slug"),
        ("local/a", {"related": ["local/a"]}, "/related"),
    ],
)
def test_what_no_record_can_have_is_refused(
    api: Api, article_id: str, change: dict[str, Any], pointer: str
) -> None:
    assert pointers(api.put(article_id, {**STORY, **change})) == [pointer]
    assert api.get(f"/articles/{article_id}").status_code in (404, 422)


def test_a_page_that_would_have_the_address_of_another_is_refused(
    api: Api, newsroom: Newsroom
) -> None:
    newsroom.configure(
        (newsroom.root / "config.toml").read_text().replace("[feeds]", "pages = true\n[feeds]")
    )
    api = Api(newsroom, "write")
    assert pointers(api.put("x", {**STORY, "section": "world", "slug": "flood"})) == ["/slug"]
    assert pointers(api.put("world", STORY)) == ["/slug"]
    assert api.put("world/other", STORY).status_code == 201


def test_a_file_of_another_article_is_left_alone(api: Api, newsroom: Newsroom) -> None:
    newsroom.write("local/b.md", article("B", id="x-1"))
    newsroom.write("local/c.md", article("C", id="x-2", status="draft"))
    newsroom.sync()
    for path, owner in (("local/b", "x-1"), ("local/c", "x-2")):
        answer = api.put(path, STORY)
        assert answer.status_code == 409
        assert f'is the file of the article "{owner}"' in problem(answer)["detail"]
    assert api.put("local/b.md/c", {**STORY, "section": "local"}).status_code == 409


def test_a_record_with_mistakes_can_be_replaced_but_not_patched(
    api: Api, newsroom: Newsroom
) -> None:
    newsroom.write("world/flood.md", "---\nheadline: A\nheadline: B\n---\n")
    newsroom.sync()
    assert api.get(f"/articles/{FLOOD}").status_code == 409
    assert api.patch(FLOOD, {"summary": "S"}).status_code == 409
    assert api.put(FLOOD, STORY).status_code == 200
    assert "Harbour" in newsroom.text("world")


def test_a_patch_changes_keys_and_leaves_the_rest_of_the_file(api: Api, newsroom: Newsroom) -> None:
    newsroom.write("world/flood.md", article("Flood  # of 1926", "Water rose.", summary="Old"))
    newsroom.sync()
    answer = api.patch(FLOOD, {"summary": None, "keywords": ["water"]})
    assert answer.status_code == 200
    assert newsroom.record("world/flood.md") == (
        "---\nheadline: Flood  # of 1926\npublished: 2026-11-21 08:30\n"
        "keywords:\n  - water\n---\nWater rose.\n"
    )
    assert answer.json["changes"][0]["feeds"].keys() == {"", "world", "tag/water"}


def test_a_patch_goes_into_mappings(api: Api) -> None:
    picture = {"url": "https://x.example/a.jpg", "caption": "A"}
    api.put("local/a", {**STORY, "image": picture})
    api.patch("local/a", {"image": {"caption": None, "alt": "B"}})
    assert api.get("/articles/local/a").json["image"] == {"url": picture["url"], "alt": "B"}


def test_a_patch_and_a_deletion_need_a_condition(api: Api) -> None:
    for method, value in (("PATCH", {"summary": "S"}), ("DELETE", None)):
        answer = api.call(method, f"/articles/{FLOOD}", value)
        assert answer.status_code == 428
        assert "If-Match" in problem(answer)["detail"]
        assert (
            api.call(method, f"/articles/{FLOOD}", value, headers={"If-Match": '"x"'}).status_code
            == 412
        )


def test_an_article_that_is_not_there_is_not_patched(api: Api) -> None:
    assert api.patch("local/none", {"summary": "S"}).status_code == 412
    assert api.get("/articles/local/none").status_code == 404


def test_a_deleted_article_leaves_the_feeds_and_may_come_back(api: Api, newsroom: Newsroom) -> None:
    answer = api.call("DELETE", f"/articles/{FLOOD}", headers={"If-Match": "*"})
    assert answer.status_code == 200
    assert [it["act"] for it in answer.json["changes"]] == ["withhold"]
    assert newsroom.read("world/flood.md") is None
    assert "Flood" not in newsroom.text("world")
    assert api.get(f"/articles/{FLOOD}").status_code == 404
    back = api.put(FLOOD, STORY)
    assert (back.status_code, back.json["file"]) == (201, "articles/world/flood.md")
    assert "Harbour" in newsroom.text("world")


def test_any_number_of_articles_may_be_deleted_one_by_one(api: Api, newsroom: Newsroom) -> None:
    for number in range(9):
        api.put(f"local/{number}", {**STORY, "headline": f"Story {number}"})
    for number in range(9):
        answer = api.call("DELETE", f"/articles/local/{number}", headers={"If-Match": "*"})
        assert answer.json["changes"]
    assert newsroom.sync().problems == ()
    assert "Story" not in newsroom.text("local")


def test_a_draft_is_a_file_and_in_no_feed(api: Api) -> None:
    answer = api.put("local/a", {"headline": "Secret", "status": "draft"})
    assert (answer.status_code, answer.json["changes"]) == (201, [])
    assert api.get("/articles/local/a").json["status"] == "draft"
    assert api.patch("local/a", {"status": None, "published": "2026-11-22"}).json["changes"]
    assert "Secret" in api.newsroom.text("local")


def test_a_trial_says_what_would_change_and_stores_nothing(api: Api, newsroom: Newsroom) -> None:
    before = {path: newsroom.read(path) for path in newsroom.records.paths()}
    feed = newsroom.text()
    for answer in (
        api.put("local/harbour", {**STORY, "related": ["gone"]}, "?dry_run=true"),
        api.patch(FLOOD, {"headline": "Harbour Opens"}, query="?dry_run=true"),
    ):
        assert answer.status_code == 200
        assert "" in answer.json["changes"][0]["feeds"]
        assert set(answer.json["entry"]) == {"rss", "atom", "json"}
        assert all("Harbour Opens" in entry for entry in answer.json["entry"].values())
    gone = api.call("DELETE", f"/articles/{FLOOD}?dry_run=true", headers={"If-Match": "*"})
    assert gone.json["changes"][0]["feeds"].keys() == {"", "world"}
    draft = api.patch(FLOOD, {"status": "draft"}, query="?dry_run=true")
    assert (draft.json["changes"][0]["act"], draft.json["entry"]) == ("withhold", {})
    assert pointers(api.put("local/x", {}, "?dry_run=true")) == ["/headline", "/published"]
    assert {path: newsroom.read(path) for path in newsroom.records.paths()} == before
    assert newsroom.text() == feed
    assert api.put(FLOOD, STORY, "?dry_run=yes").status_code == 400


def test_an_entry_of_a_trial_is_the_one_that_readers_get(api: Api, newsroom: Newsroom) -> None:
    value = {**STORY, "related": [FLOOD], "byline": "Ada"}
    entry = api.put("local/a", value, "?dry_run=true").json["entry"]
    api.put("local/a", value)
    assert all(text in newsroom.text("local", format) for format, text in entry.items())


def test_the_list_goes_from_change_to_change(api: Api, newsroom: Newsroom) -> None:
    for number in range(5):
        api.put(f"local/{number}", STORY)
    api.patch("local/1", {"headline": "Newest"})
    ids: list[str] = []
    path = "/articles?limit=2"
    while path:
        answer = api.get(path)
        ids += [it["id"] for it in answer.json["items"]]
        cursor, link = answer.json["next"], answer.headers.get("Link", "")
        path = f"/articles?limit=2&cursor={cursor}" if cursor else ""
        assert (f"limit=2&cursor={cursor}" in link) == bool(cursor)
    assert ids == [FLOOD, "local/0", "local/2", "local/3", "local/4", "local/1"]


def test_the_list_is_of_a_section_a_status_or_a_time(api: Api, newsroom: Newsroom) -> None:
    api.put("world/europe/a", {**STORY, "status": "withheld"})
    api.put("worldly/a", STORY)

    def ids(query: str) -> list[str]:
        return [it["id"] for it in api.get(f"/articles?{query}").json["items"]]

    assert ids("section=world") == [FLOOD, "world/europe/a"]
    assert ids("status=withheld") == ["world/europe/a"]
    assert ids("changed_since=2026-11-23T12:00:00Z") == ["world/europe/a", "worldly/a"]
    assert ids("changed_since=2026-11-24") == []
    item = api.get("/articles?section=world").json["items"][0]
    assert item["etag"] == api.get(f"/articles/{FLOOD}").headers["ETag"].strip('"')
    assert item["url"] == "https://quay.example/world/flood"
    api.call("DELETE", f"/articles/{FLOOD}", headers={"If-Match": "*"})
    assert ids("section=world") == ["world/europe/a"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "cursor=%00", "cursor=eHg", "changed_since=soon"]
)
def test_a_list_that_makes_no_sense_is_refused(api: Api, query: str) -> None:
    assert pointers(api.get(f"/articles?{query}")) == [f"/{query.partition('=')[0]}"]


def test_an_article_may_be_named_versions(api: Api) -> None:
    api.put(f"{FLOOD}/versions", {**STORY, "headline": "Draft", "status": "draft"})
    assert api.get(f"/articles/{FLOOD}/versions").json["headline"] == "Draft"
    api.put(f"{FLOOD}/versions", {**STORY, "headline": "Named"})
    answer = api.get(f"/articles/{FLOOD}/versions")
    assert answer.json["headline"] == "Named"
    named = api.patch(f"{FLOOD}/versions", {"headline": "Renamed"}, answer.headers["ETag"])
    assert named.status_code == 200
    first, second = (api.get(f"/versions/{it}").json for it in (FLOOD, f"{FLOOD}/versions"))
    assert [it["headline"] for it in first["items"]] == ["Flood"]
    assert [it["headline"] for it in second["items"]] == ["Named", "Renamed"]
    assert api.get(f"/articles/{FLOOD}/versions/versions").json == second
    assert api.get("/versions/none").status_code == 404
    assert api.get("/articles/a b/versions").status_code == 404


def test_an_address_of_the_api_says_which_methods_it_has(api: Api, newsroom: Newsroom) -> None:
    for path in ("/check", "/files/compare", f"/acts/kill/{FLOOD}"):
        answer = api.get(path)
        assert answer.status_code == 405
        assert "POST" in answer.headers["Allow"]
        assert problem(answer)["detail"] == "GET is not possible here."
    assert api.get("/none").status_code == 404


def test_versions_and_log_are_there_for_programs(api: Api) -> None:
    api.patch(FLOOD, {"headline": "Second"})
    api.patch(FLOOD, {"headline": "Third"})
    versions = api.get(f"/articles/{FLOOD}/versions").json["items"]
    assert [it["headline"] for it in versions] == ["Flood", "Second", "Third"]
    assert versions[-1]["until"] is None
    assert api.get("/articles/none/versions").status_code == 404
    log = api.get(f"/log?article={FLOOD}&limit=1").json["items"]
    assert [(it["act"], it["id"]) for it in log] == [("touch", FLOOD)]
    assert len(api.get("/log").json["items"]) == 2
    assert api.get("/log?limit=0").status_code == 422


def test_the_log_says_how_many_a_correction_or_a_kill_has_reached(api: Api) -> None:
    api.patch(FLOOD, {"headline": "Second"})
    api.act("kill", FLOOD, {"note": "Wrong."})
    log = api.get("/log?reach=true").json["items"]
    assert [(it["act"], it.get("reach")) for it in log] == [
        ("kill", {"have": 0, "refuse": 0, "tried": 0, "fetches": 0}),
        ("touch", None),
    ]
    assert not any("reach" in it for it in api.get("/log").json["items"])
    assert problem(api.get("/log?reach=yes"))["detail"] == "reach must be true or false."


def test_a_record_that_cannot_be_read_is_left_alone(api: Api, newsroom: Newsroom) -> None:
    newsroom.configure(f"{CONFIG}\n[articles]\nmax_bytes = 1000\n")
    newsroom.write("world/flood.md", article("Flood", "x" * 2000))
    answer = Api(newsroom, "write").put(FLOOD, STORY)
    assert answer.status_code == 409
    assert "bytes long" in problem(answer)["detail"]


def test_a_long_article_is_written_as_a_short_one_is(api: Api, newsroom: Newsroom) -> None:
    answer = api.put("local/long", {**STORY, "body": "Ships came in. " * 3000})
    assert (answer.status_code, len(answer.json["changes"])) == (201, 1)
    assert newsroom.text("local").count("Ships came in.") > 2000


def test_a_change_to_a_long_article_holds_up_no_other(api: Api, newsroom: Newsroom) -> None:
    api.put("local/long", {**STORY, "body": "Ships *came* in.\n\n" * 15_000})
    answers: list[Any] = []

    def change() -> None:
        answers.append(Api(newsroom, "write").patch("local/long", {"headline": "Boats"}))

    writer = Thread(target=change)
    writer.start()
    while not processes():
        time.sleep(0.01)
    assert api.put("local/short", STORY).status_code == 201
    assert answers == []
    writer.join()
    assert answers[0].status_code == 200
    assert api.get("/articles/local/long").json["headline"] == "Boats"


def test_a_long_article_holds_up_no_other(api: Api, newsroom: Newsroom) -> None:
    answers: list[Any] = []
    long = {**STORY, "body": "Ships *came* in.\n\n" * 15_000}
    writer = Thread(target=lambda: answers.append(Api(newsroom, "write").put("local/long", long)))
    writer.start()
    while not processes():
        time.sleep(0.01)
    assert api.put("local/short", STORY).status_code == 201
    assert answers == []
    writer.join()
    assert answers[0].status_code == 201
    assert api.get("/articles/local/long").json["body"] == long["body"].strip("\n")


def processes() -> list[str]:
    """Return the processes that this one started."""
    files = Path("/proc/self/task").glob("*/children")
    return [process for file in files for process in file.read_text().split()]


def test_a_file_that_changes_while_it_is_written_is_read_as_it_is(
    api: Api, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = type(newsroom.records)
    real = kind.save

    def save(records: Records, write: RecordWrite) -> None:
        real(records, write)
        other = write.data.replace(b"Ships", b"Boats")
        real(records, RecordWrite(write.path, write.data, other))

    monkeypatch.setattr(kind, "save", save)
    api.put("local/a", STORY)
    assert "Boats came in." in newsroom.text("local")


def test_a_file_that_is_gone_again_is_in_no_feed(
    api: Api, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = type(newsroom.records)
    real = kind.save

    def save(records: Records, write: RecordWrite) -> None:
        real(records, write)
        records.delete(write.path)

    monkeypatch.setattr(kind, "save", save)
    assert api.put("local/a", STORY).json["changes"] == []


def test_a_name_of_another_article_is_refused_and_not_only_left_unpublished(
    api: Api, newsroom: Newsroom
) -> None:
    taken = {"guid": "g-1", "origin": {"system": "wp", "id": "7"}}
    assert api.put("local/a", {**STORY, **taken}).status_code == 201
    for key, value in taken.items():
        assert pointers(api.put("local/b", {**STORY, key: value})) == [f"/{key}"]
    assert newsroom.read("local/b.md") is None
    assert pointers(api.patch("local/a", {"guid": "g-2"})) == ["/guid"]
    assert pointers(api.patch(FLOOD, {"guid": "g-2"})) == ["/guid"]
    assert api.put("local/a", {**STORY, **taken, "body": "More."}).status_code == 200
    assert not newsroom.sync().problems


def test_a_name_is_free_when_the_file_that_had_it_is_gone(api: Api, newsroom: Newsroom) -> None:
    api.put("local/a", {**STORY, "origin": {"system": "wp", "id": "7"}})
    newsroom.delete("local/a.md")
    answer = api.put("local/b", {**STORY, "origin": {"system": "wp", "id": "7"}})
    assert answer.status_code == 201
    assert "/local/b" in newsroom.text("local")
