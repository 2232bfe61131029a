"""Posts of WordPress, as its REST API shows them, become articles."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.config.source_settings import SourceSettings
from feedsvc.errors import RefusedError
from feedsvc.importers.wordpress import WordPress
from feedsvc.model.pushed_article import PushedArticle
from tests.push.test_wordpress import post_of
from tests.web.api.test_sources_fuzz import VALUES, changed


def read(post: dict[str, Any], **settings: Any) -> PushedArticle:
    def parse(text: str) -> datetime:
        raise ValueError(f'"{text}" is no date')

    url = "https://quay.example"
    source = SourceSettings(name="wp", kind="wordpress", url=url, **settings)
    return WordPress(source, parse).article({"modified_gmt": "2026-11-21T08:00:00", **post})


def category(name: str, slug: str, link: str) -> dict[str, str]:
    return {"name": name, "slug": slug, "link": link, "taxonomy": "category"}


def sections(*categories: dict[str, str], **settings: Any) -> tuple[Any, Any]:
    post = {**post_of(7), "_embedded": {"wp:term": [list(categories)]}}
    values = read(post, **settings).values
    return values["section"], values["sections"]


def test_all_that_a_post_shows_is_taken() -> None:
    picture = {
        "source_url": "https://quay.example/pier.jpg",
        "alt_text": "A pier",
        "caption": {"rendered": "<p>The <b>pier</b> &amp; more. Photo: Cy</p>\n"},
    }
    post = post_of(7)
    post["_embedded"]["wp:featuredmedia"] = [picture]
    article = read(post, credit="Photo: (.+)$")
    assert (article.id, article.act) == ("7", "publish")
    assert article.revised == datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
    assert article.codes == ("world/europe", "europe", "Europe & Asia")
    assert article.values == {
        "guid": "https://quay.example/?p=7&x",
        "headline": "Story 7 – & more",
        "summary": None,
        "byline": ["Ada Quay"],
        "published": "2026-11-21T07:07:00+00:00",
        "section": "world/europe",
        "sections": None,
        "keywords": ["Boats & Ships"],
        "image": {
            "url": "https://quay.example/pier.jpg",
            "caption": "The pier & more",
            "credit": "Cy",
            "alt": "A pier",
        },
        "url": "https://quay.example/2026/7/",
        "body": None,
        "body_html": "<p>Text 7 &amp; more.</p>\n",
    }


@pytest.mark.parametrize(
    ("excerpt", "summary"),
    [
        ("<p>Text 7 [&hellip;]</p>", None),
        ('<p>Text 7 &amp;&hellip; <a href="/">Read on</a></p>', None),
        ("<p>Text 7 &amp; more.</p>", None),
        ("", None),
        ("<p>By <em>hand</em> &amp; heart</p>", "By hand & heart"),
    ],
)
def test_only_a_summary_that_a_person_wrote_is_taken(excerpt: str, summary: str | None) -> None:
    assert read({**post_of(7), "excerpt": {"rendered": excerpt}}).values["summary"] == summary


def test_each_category_is_a_section() -> None:
    home = "https://quay.example"
    europe = category("Europe", "europe", f"{home}/category/world/europe/")
    sport = category("Sport", "sport", f"{home}/topics/sport/")
    plain = category("Arts", "arts", f"{home}/?cat=4")
    kyiv = category(
        "Kyiv", "%d0%ba%d0%b8%d1%97%d0%b2", f"{home}/blog/category/%d0%ba%d0%b8%d1%97%d0%b2/"
    )
    assert sections(europe) == ("world/europe", None)
    assert sections(sport, plain, sport) == ("sport", ["sport", "arts"])
    assert sections(category("World", "world", f"{home}/category/world/"), europe, plain) == (
        "world/europe",
        ["world/europe", "arts"],
    )
    assert sections(kyiv) == ("київ", None)
    assert sections() == (None, None)
    assert sections(category("", "", "https://["), category("", "odd", "https://[")) == (
        "odd",
        None,
    )
    known = {"world/*": "abroad/*", "sport": "games"}
    assert sections(europe, sport, sections=known) == (
        "abroad/europe",
        ["abroad/europe", "games"],
    )


def test_a_post_that_not_everybody_may_read_is_withdrawn() -> None:
    locked = {"rendered": "", "protected": True}
    assert read({**post_of(7), "content": locked}).act == "unpublish"
    assert read({**post_of(7), "status": "private"}).act == "unpublish"


@pytest.mark.parametrize("number", [None, "7", 0, True])
def test_something_without_the_id_of_a_post_is_refused(number: Any) -> None:
    with pytest.raises(RefusedError, match="without an id"):
        read({**post_of(7), "id": number})


EUROPE = category("Europe", "europe", "https://quay.example/category/world/europe/")
EMBEDDED = st.fixed_dictionaries(
    {"wp:term": changed(EUROPE).map(lambda it: [[it]]), "wp:featuredmedia": st.lists(VALUES)}
)
POSTS = changed({**post_of(7), "modified_gmt": ""}) | EMBEDDED.map(
    lambda it: {**post_of(7), "_embedded": it}
)


@given(POSTS)
def test_no_post_is_too_odd_to_be_read_or_refused(post: dict[str, Any]) -> None:
    with suppress(RefusedError):
        assert read(post).id
