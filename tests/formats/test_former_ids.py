"""The ids that readers know from a former system, in each format and at each stage."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feedsvc.model.article import Article
from feedsvc.model.feed import Format
from feedsvc.model.urls import Urls
from tests.conftest import NOW, Newsroom, article, wanted

IRI = "https://old.example/?p=7&x=1"
PLAIN = "7 at  https://old.example"
TAG = "tag:quay.example,2026:local/a"


def text(newsroom: Newsroom, format: Format, *, corrections: bool = False) -> str:
    request = wanted("local", format, "corrections" if corrections else "newest")
    return newsroom.syndication.document(request, newsroom.now).body.decode()


def feed(newsroom: Newsroom) -> dict[str, Any]:
    return json.loads(text(newsroom, "json"))


@pytest.mark.parametrize(("guid", "in_atom"), [(IRI, IRI), (PLAIN, TAG), ("63f4", TAG)])
def test_each_format_has_the_guid_that_it_can_have(
    newsroom: Newsroom, guid: str, in_atom: str
) -> None:
    newsroom.write("local/a.md", article(guid=guid))
    newsroom.sync()
    escaped = guid.replace("&", "&amp;")
    assert f'<guid isPermaLink="false">{escaped}</guid>' in text(newsroom, "rss")
    assert f"<id>{in_atom.replace('&', '&amp;')}</id>" in text(newsroom, "atom")
    assert [item["id"] for item in feed(newsroom)["items"]] == [guid]


@pytest.mark.parametrize(("guid", "in_atom"), [(IRI, IRI), (PLAIN, TAG)])
def test_the_notice_and_the_tombstone_of_a_kill_have_it(
    newsroom: Newsroom, guid: str, in_atom: str
) -> None:
    newsroom.write("local/a.md", article(guid=guid))
    newsroom.sync()
    newsroom.write("local/a.md", article(guid=guid, status="canceled", note="Wrong."))
    newsroom.sync()
    in_atom = in_atom.replace("&", "&amp;")
    assert f'<at:deleted-entry ref="{in_atom}"' in text(newsroom, "atom")
    assert f"<id>{in_atom}</id>" in text(newsroom, "atom")
    assert guid.replace("&", "&amp;") in text(newsroom, "rss")
    assert [it["id"] for it in feed(newsroom)["_feedsvc"]["deleted"]] == [guid]
    assert guid in [item["id"] for item in feed(newsroom)["items"]]


def test_the_tombstone_of_a_deleted_article_has_it(newsroom: Newsroom) -> None:
    file = newsroom.write("local/a.md", article(guid=PLAIN))
    newsroom.write("local/b.md", article("B"))
    newsroom.write("local/c.md", article("C"))
    newsroom.sync()
    file.unlink()
    newsroom.sync()
    newsroom.now = NOW + timedelta(hours=1)
    newsroom.sync()
    assert [it["id"] for it in feed(newsroom)["_feedsvc"]["deleted"]] == [PLAIN]
    assert f'ref="{TAG}"' in text(newsroom, "atom")


def test_a_correction_is_named_after_the_guid(newsroom: Newsroom) -> None:
    newsroom.write("local/a.md", article(guid="7 x", note="Wrong.", updated="2026-11-22"))
    newsroom.sync()
    moment = int(datetime(2026, 11, 22, tzinfo=UTC).timestamp())
    correction = f"tag:quay.example,2026:/:correction/{moment}//7%20x"
    assert f">{correction}<" in text(newsroom, "rss", corrections=True)
    assert f"<id>{correction}</id>" in text(newsroom, "atom", corrections=True)


@pytest.mark.parametrize(
    "guid",
    ["http://a.example/b?c#d", "urn:uuid:7", "tag:a,2026:b", "HTTP://a/%20", "https://ä.example/ü"],
)
def test_an_absolute_iri_is_the_id_in_atom(guid: str) -> None:
    assert urls().entry_id("a", guid) == guid


@pytest.mark.parametrize(
    "guid",
    ["", "7", "/a", "a/b:c", "http:a", "https://", "https:///a", "a b:c", "x:a b", "x:%2", "x:<",
     "x:", "x:a#b#c", "1:2", "x:[a]", 'x:"', "x:\\a"],
)  # fmt: skip
def test_another_text_is_none(guid: str) -> None:
    assert urls().entry_id("a", guid) == "tag:quay.example,2026:a"


def test_the_correction_of_an_id_that_looks_like_a_guid_is_another_one() -> None:
    def correction(article_id: str, guid: str = "") -> str:
        one = Article(
            id=article_id, guid=guid, path="a.md", headline="A", summary="", section="",
            published=NOW, updated=NOW, slug="a", body="",
        )  # fmt: skip
        return urls().correction_id(one, NOW)

    assert correction("a") != correction("b", "a")


def urls() -> Urls:
    return Urls(site="https://a.example", feeds="https://a.example", tag="quay.example,2026",
                reads_here=True)  # fmt: skip
