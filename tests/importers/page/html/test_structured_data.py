"""Structured data of pages: JSON-LD and microdata."""

from __future__ import annotations

from typing import Any

import pytest

from tests.importers.page.html.pages import ARTICLE, fields, json_ld, page


def with_ld(**more: Any) -> dict[str, Any]:
    return fields("", json_ld({**ARTICLE, "url": "https://quay.example/rain", **more}))


@pytest.mark.parametrize(
    "script",
    [
        '{"@type": "NewsArticle", "headline": "Rain"}',
        '<!-- {"@type": "http://schema.org/NewsArticle", "name": "Rain"} -->',
        '/*<![CDATA[*/ {"@type": "schema:BlogPosting", "headline": "Rain"}; /*]]>*/',
        '{"@type": "WebPage", "mainEntity": {"@type": "Report", "headline": ["Rain"]}}',
        '[[{"@graph": [{"@type": ["Thing", "OpinionNewsArticle"], "headline": '
        '{"@value": "Ra\tin"}}]}]]',
        '{"@type": "Article", "headline": "Ra<b>i</b>n &amp;amp; Co"}',
    ],
)
def test_json_ld_is_read_in_every_wrapping(script: str) -> None:
    parsed = page("", f'<script type="application/ld+json">{script}</script>')
    assert parsed.sources["headline"] == "JSON-LD"


@pytest.mark.parametrize(
    "script",
    [
        "",
        "1",
        '"x"',
        '{"@type": 1}',
        "[[[[[[[[[[{}]]]]]]]]]]",
        '{"mainEntity": ' * 12 + "1" + "}" * 12,
    ],
)
def test_json_ld_that_cannot_be_read_is_passed_over(script: str) -> None:
    parsed = page("<h1>Rain</h1>", f'<script type="application/ld+json">{script}</script>')
    assert parsed.sources["headline"] == "<h1>"


@pytest.mark.parametrize("script", ["{", "[" * 100_000, '{"a": "b"c"}'])
def test_json_ld_that_cannot_be_read_is_reported(script: str) -> None:
    parsed = page("<h1>Rain</h1>", f'<script type="application/ld+json">{script}</script>')
    assert parsed.sources["headline"].startswith("<h1>; JSON-LD cannot be read: ")


@pytest.mark.parametrize(
    "script",
    [
        '//<![CDATA[\n{"@type": "Article", "headline": "Wet // Day"}\n//]]>',
        '{"@type": "Article", "headline": "Wet // Day",}',
        '{"@type": "Article", // of today\n/* no */ "headline": "Wet // Day"}',
    ],
)
def test_json_ld_with_comments_and_commas_too_many_is_read(script: str) -> None:
    parsed = page("", f'<script type="application/ld+json">{script}</script>')
    assert parsed.fields["headline"] == "Wet // Day"


def test_of_several_articles_the_pages_own_is_read() -> None:
    items = [
        {**ARTICLE, "headline": "Other", "url": "https://quay.example/other"},
        {**ARTICLE, "mainEntityOfPage": {"@id": "https://quay.example/rain"}},
    ]
    canonical = "<link rel=canonical href='https://quay.example/rain'>"
    assert fields("", json_ld(*items) + canonical)["headline"] == "Rain"
    assert fields("", json_ld(*items))["headline"] == "Other"


@pytest.mark.parametrize(
    ("author", "byline"),
    [
        ("Ana Quirós", ["Ana Quirós"]),
        ("By Ana Quirós and Pia Holm", ["Ana Quirós", "Pia Holm"]),
        ({"name": "Smith and Sons"}, ["Smith and Sons"]),
        (
            [{"name": "A", "url": ["/a"]}, "B"],
            [{"name": "A", "url": "https://quay.example/a"}, "B"],
        ),
        ({"name": "https://social.example/x"}, None),
        ({"@id": "#unknown"}, None),
        ({}, None),
    ],
)
def test_the_byline_of_json_ld(author: Any, byline: list[Any] | None) -> None:
    assert with_ld(author=author).get("byline") == byline


def test_a_reference_is_followed() -> None:
    writer = {"@type": "Person", "@id": "#ana", "name": "Ana"}
    assert fields("", json_ld({**ARTICLE, "creator": {"@id": "#ana"}}, writer))["byline"] == ["Ana"]


def test_an_item_that_stands_in_itself_has_no_text() -> None:
    loop = {"@type": "Person", "@id": "#ana", "name": {"@id": "#ana"}}
    assert "byline" not in fields("", json_ld({**ARTICLE, "author": {"@id": "#ana"}}, loop))


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("/a.jpg", {"url": "https://quay.example/a.jpg"}),
        (
            ["https://a.example/1.jpg", "https://a.example/2.jpg"],
            {"url": "https://a.example/1.jpg"},
        ),
        (
            {
                "contentUrl": "/a.jpg",
                "caption": "Rain. | Photo: X",
                "width": {"value": 800},
                "height": "?",
            },
            {"url": "https://quay.example/a.jpg", "caption": "Rain.", "credit": "X", "width": 800},
        ),
        ({"caption": "Rain."}, None),
        ([], None),
    ],
)
def test_the_image_of_json_ld(image: Any, expected: dict[str, Any] | None) -> None:
    assert with_ld(image=image).get("image") == expected


@pytest.mark.parametrize(
    ("more", "key", "value"),
    [
        ({"keywords": "a, b;c"}, "keywords", ["a", "b", "c"]),
        ({"commentCount": "12"}, "comments", {"count": 12}),
        (
            {"commentCount": 0, "discussionUrl": "/c"},
            "comments",
            {"url": "https://quay.example/c", "count": 0},
        ),
        ({"commentCount": "many"}, "comments", None),
        ({"inLanguage": {"name": "pt_br"}}, "language", "pt-BR"),
        ({"inLanguage": "Klingon?"}, "language", None),
        ({"articleSection": ["World News", "x"]}, "section", "world-news"),
        ({"articleSection": "Media"}, "section", None),
        ({"datePublished": "2026-05-02T10:00:00Z"}, "published", "2026-05-02 10:00+00:00"),
        ({"datePublished": "05/02/2026", "inLanguage": "en-US"}, "published", "2026-05-02"),
        ({"datePublished": "soon"}, "published", None),
        ({"datePublished": "2026-05-02", "dateModified": "2026-05-01"}, "updated", None),
        ({"description": "Rain"}, "summary", None),
        ({"articleBody": "One.\n\n*Two*.\n"}, "body", "One.\n\n\\*Two\\*."),
        ({"url": "quay"}, "url", "https://quay.example/quay"),
    ],
)
def test_the_other_fields_of_json_ld(more: dict[str, Any], key: str, value: Any) -> None:
    head = json_ld({**ARTICLE, "url": "/rain", **more}) + "<base href='https://quay.example/x'>"
    assert fields("", head).get(key) == value


def crumb(name: str, item: Any = None, position: Any = None) -> dict[str, Any]:
    return {"@type": "ListItem", "name": name, "item": item, "position": position}


@pytest.mark.parametrize(
    ("crumbs", "section"),
    [
        ([crumb("Home"), crumb("World"), crumb("Europe")], "world/europe"),
        ([crumb("Front", "https://quay.example/"), crumb("World")], "world"),
        ([crumb("The Quay"), crumb("World"), crumb("Rain")], "world"),
        ([crumb("World"), crumb("Own", "https://quay.example/rain")], "world"),
        ([crumb("World"), crumb("One two three four five six seven")], "world"),
        ([crumb("Europe", None, 2), crumb("World", None, "1")], "world/europe"),
        ([{"item": {"@id": "/w", "name": "World"}}, {"item": {"url": "/e"}}, "x"], "world"),
        ([], None),
    ],
)
def test_a_breadcrumb_list_without_home_and_the_article_is_the_section(
    crumbs: list[Any], section: str | None
) -> None:
    article = {
        **ARTICLE,
        "url": "https://quay.example/rain",
        "publisher": {"name": "The Quay"},
        "breadcrumb": {"@type": "BreadcrumbList", "itemListElement": crumbs},
    }
    assert fields("", json_ld(article)).get("section") == section


def test_microdata_values_are_read_from_where_they_stand() -> None:
    record = fields(
        "<article itemscope itemtype='https://schema.org/Article'>"
        "<h1 itemprop='headline name'>Rain</h1><a itemprop='url' "
        "href='https://quay.example/rain'>x</a>"
        "<time itemprop='datePublished' datetime='2026-05-02'></time>"
        "<data itemprop='commentCount' value='3'>three</data><img itemprop='image' src='/rain.jpg'>"
        "<audio itemprop='keywords'></audio></article>"
    )
    assert record["published"] == "2026-05-02"
    assert record["comments"] == {"count": 3}
    assert record["url"] == "https://quay.example/rain"
