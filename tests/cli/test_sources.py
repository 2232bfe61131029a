"""``feedsvc sources`` and ``feedsvc cms-config``."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from feedsvc.cli import main
from feedsvc.store import sources
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article
from tests.tools.senders import CONFIGURED, Superdesk
from tests.web.api.test_superdesk import ITEM


@pytest.fixture
def newsroom(make_newsroom: MakeNewsroom, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    """Return a newsroom, which is the folder the command is called in."""
    newsroom = make_newsroom("quay", CONFIGURED)
    monkeypatch.chdir(newsroom.root)
    newsroom.sync()
    return newsroom


def run(*options: str) -> list[str]:
    result = CliRunner().invoke(main, [*options])
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_each_source_shows_when_it_spoke_and_the_reasons_of_refusals(newsroom: Newsroom) -> None:
    desk = Superdesk(newsroom)
    for item in (ITEM, ITEM, {**ITEM, "language": "?"}, {**ITEM, "type": "video"}):
        desk.send(item)
    lines = run("sources")
    assert lines[0] == "desk  superdesk  last 2026-11-23 12:00  2 refused, 1 stored, 1 unchanged"
    assert re.match(r"  2026-11-23 12:00  a request was refused: /type is", lines[1])
    assert re.match(r"  2026-11-23 12:00  urn:newsml:quay:1 was refused: /language", lines[2])
    assert lines[3] == "blog  ghost  never"
    assert run("sources", "blog") == ["blog  ghost  never"]
    assert run("sources", "nobody") == ['There is no source "nobody".']


def test_a_former_source_is_shown_while_the_store_knows_it(newsroom: Newsroom) -> None:
    Superdesk(newsroom).send(ITEM)
    newsroom.configure(CONFIG)
    assert run("sources") == ["desk  no longer in config.toml  last 2026-11-23 12:00  1 stored"]


def test_without_sources_that_is_said(newsroom: Newsroom) -> None:
    newsroom.configure(CONFIG)
    assert run("sources") == ["config.toml has no [[sources]]."]


def test_only_the_last_refusals_are_kept(newsroom: Newsroom) -> None:
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    with newsroom.database.writing() as connection:
        for number in range(sources.KEPT + 5):
            refusal = sources.Refusal(moment, f"urn:{number}", "no")
            sources.refuse(connection, "desk", refusal)
        sources.refuse(connection, "blog", sources.Refusal(moment, "a", "no"))
    assert len(run("sources", "desk")) == 1 + sources.KEPT
    assert "urn:24 was refused" in run("sources", "desk")[1]
    assert len(run("sources", "blog")) == 2


def collections(text: str) -> dict[str, dict[str, Any]]:
    return {it["folder"]: it for it in yaml.safe_load(text)["collections"]}


def test_decap_and_sveltia_get_a_collection_for_each_section(newsroom: Newsroom) -> None:
    newsroom.write("world/europe/a.md", article())
    newsroom.write("top.md", article())
    newsroom.configure(f'{CONFIG}[sections.sport]\ntitle = "Sport & More"\n')
    printed = collections("\n".join(run("cms-config")))
    assert [*printed] == ["articles/sport", "articles/world/europe"]
    sport = printed["articles/sport"]
    assert (sport["label"], sport["extension"], sport["create"]) == ("Sport & More", "md", True)
    fields = {it["name"]: it for it in sport["fields"]}
    required = [name for name, it in fields.items() if it.get("required", True)]
    assert required == ["headline", "published"]
    assert fields["body"]["modes"] == ["raw"]
    assert printed["articles/world/europe"]["name"] == "world-europe"


def test_an_article_as_these_editors_write_it_is_published(newsroom: Newsroom) -> None:
    [collection] = collections("\n".join(run_with(newsroom, "local"))).values()
    values = {it["name"]: "" for it in collection["fields"] if it["name"] != "body"}
    values |= {"headline": "Harbour Opens", "published": "2026-11-21T08:30:00+01:00"}
    front = yaml.safe_dump({**values, "keywords": [], "image": {"file": "", "alt": ""}})
    newsroom.write("local/a.md", f"---\n{front}---\nShips *came* in.\n")
    assert [it for it in newsroom.sync().problems if not it.note] == []
    assert "Harbour Opens" in newsroom.text("local")


def run_with(newsroom: Newsroom, section: str) -> list[str]:
    newsroom.configure(f"{CONFIG}[sections.{section}]\n")
    return run("cms-config")
