"""Acts over HTTP do to an article and its record as the commands do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import IN_BOTH, Newsroom, article
from tests.web.api.conftest import STORY, Api
from tests.web.api.test_articles import FLOOD, pointers, problem

pytestmark = IN_BOTH


def acts(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.json
    return [it["act"] for it in answer.json["changes"]]


def test_a_kill_takes_the_text_from_readers_and_leaves_a_notice(
    api: Api, newsroom: Newsroom
) -> None:
    answer = api.act("kill", FLOOD, {"note": "It never rained."})
    assert acts(answer) == ["kill"]
    assert answer.json["changes"][0]["feeds"].keys() >= {"", "world", "world/corrections"}
    assert "Water rose" not in newsroom.text("world")
    assert "It never rained." in newsroom.text("world")
    record = newsroom.record("world/flood.md")
    assert "status: canceled" in record
    assert "Water rose." in record


def test_a_correction_adds_its_note(api: Api, newsroom: Newsroom) -> None:
    assert acts(api.act("correct", FLOOD, {"note": "It was Tuesday."})) == ["correct"]
    assert "It was Tuesday." in newsroom.text("world")
    newsroom.write("world/a.md", article("A", updated="2026-11-22", note="First."))
    newsroom.sync()
    api.act("correct", "world/a", {"note": "Second.", "moment": "2026-11-23 09:00"})
    assert [it["text"] for it in api.get("/articles/world/a").json["note"]] == ["First.", "Second."]


def test_a_correction_without_a_note_is_an_update(api: Api) -> None:
    answer = api.call("POST", f"/acts/correct/{FLOOD}")
    assert acts(answer) == ["update"]


def test_an_article_is_withheld_and_published_again(api: Api, newsroom: Newsroom) -> None:
    assert acts(api.act("withhold", FLOOD)) == ["withhold"]
    assert "Water rose" not in newsroom.text("world")
    assert acts(api.act("publish", FLOOD)) == ["publish"]
    assert "Water rose" in newsroom.text("world")


def test_an_embargo_holds_an_article_until_its_end(api: Api, newsroom: Newsroom) -> None:
    assert acts(api.act("embargo", FLOOD, {"moment": "tomorrow 9:00"})) == ["embargo"]
    assert "Water rose" not in newsroom.text("world")
    assert acts(api.act("publish", FLOOD)) == ["publish"]
    assert "Water rose" in newsroom.text("world")


def test_a_draft_is_published_now_or_later(api: Api, newsroom: Newsroom) -> None:
    api.put("local/a", {"headline": "A", "status": "draft"})
    api.put("local/b", {"headline": "B", "status": "draft"})
    assert acts(api.act("publish", "local/a")) == ["publish"]
    assert api.get("/articles/local/a").json["published"] == "2026-11-23T12:00:00+00:00"
    assert acts(api.act("publish", "local/b", {"moment": "2026-11-24 08:00"})) == ["embargo"]
    assert "<title>B" not in newsroom.text("local")
    for act, given in (("withhold", {}), ("kill", {"note": "x"}), ("correct", {})):
        api.put("local/c", {"headline": "C", "status": "draft"})
        assert api.act(act, "local/c", given).status_code == 409


def test_a_trial_of_an_act_changes_nothing(api: Api, newsroom: Newsroom) -> None:
    before = newsroom.text("world")
    answer = api.act("kill", FLOOD, {"note": "Wrong."}, "?dry_run=true")
    assert acts(answer) == ["kill"]
    assert "Wrong." in answer.json["entry"]["rss"]
    assert "Water" not in "".join(answer.json["entry"].values())
    assert newsroom.text("world") == before


def test_a_kill_does_not_wait_until_other_mistakes_are_mended(api: Api, newsroom: Newsroom) -> None:
    newsroom.write("world/flood.md", article("Flood", "Water rose.", image="{file: gone.png}"))
    assert acts(api.act("kill", FLOOD, {"note": "Wrong."})) != []
    assert "Water rose" not in newsroom.text("world")


@pytest.mark.parametrize(
    ("act", "given", "pointer"),
    [
        ("kill", {}, "/note"),
        ("kill", {"note": ""}, "/note"),
        ("kill", {"note": ["x"]}, "/note"),
        ("kill", {"note": "x", "moment": "soon"}, "/moment"),
        ("embargo", {}, "/moment"),
        ("publish", {"note": "x"}, "/note"),
        ("withhold", {"moment": "tomorrow"}, "/moment"),
        ("correct", {"text": "x"}, "/text"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    api: Api, act: str, given: dict[str, Any], pointer: str
) -> None:
    assert pointers(api.act(act, FLOOD, given)) == [pointer]


def test_an_act_that_does_not_fit_the_article_is_a_conflict(api: Api) -> None:
    assert api.act("embargo", FLOOD, {"moment": "2026-11-01"}).status_code == 409
    api.act("kill", FLOOD, {"note": "Wrong."})
    for act in ("publish", "withhold", "correct"):
        assert api.act(act, FLOOD).status_code == 409
    assert api.act("kill", "none", {"note": "x"}).status_code == 404
    api.put("local/later", {**STORY, "published": "2026-11-24"})
    assert "no reader has it yet" in problem(api.act("correct", "local/later"))["detail"]
    assert api.act("destroy", FLOOD).status_code in (404, 405)


def test_an_act_is_conditional(api: Api) -> None:
    answer = api.call("POST", f"/acts/withhold/{FLOOD}", {}, headers={"If-Match": '"x"'})
    assert answer.status_code == 412
