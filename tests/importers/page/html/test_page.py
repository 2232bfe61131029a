"""Pages in HTML: the source of each field, and the body."""

from __future__ import annotations

from typing import Any

import pytest

from tests.importers.page.html.pages import ARTICLE, fields, json_ld, page

SENTENCES = [
    (
        f"{word} of the ferries stayed at the quay, and the harbour was closed until "
        f"the wind had turned to the north."
    )
    for word in ("Most", "Some", "All", "None")
]
PROSE = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)


def test_each_field_comes_from_its_most_exact_source() -> None:
    body = (
        "<div itemscope itemtype='https://schema.org/NewsArticle'><h1 itemprop='headline'>B</h1>"
        "<p itemprop='description'>Deck.</p></div>"
    )
    head = (
        f"{json_ld(ARTICLE)}<meta property='og:title' content='C'>"
        "<meta name='description' content='D'><meta name='author' content='Ana Quirós'>"
    )
    parsed = page(body.replace("<h1", "<p").replace("</h1", "</p"), head)
    assert parsed.fields["headline"] == "Rain"
    assert parsed.sources == {
        "headline": "JSON-LD",
        "summary": "meta",
        "byline": "meta",
        "published": "not set: the page shows no date",
        "status": "published is not set",
        "body": "trafilatura",
    }
    assert page(body, head).sources["headline"] == "<h1>"


SITE = "<title>The Quay</title>"
STORY = f"<h1>Rain Again</h1>{PROSE}"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (SITE, f"<article>{STORY}</article>"),
        (SITE, f"<div>{STORY}</div>"),
        (SITE, f"<header><h1 class=logo>The Quay</h1></header><article>{STORY}</article>"),
        (SITE, f"<h1><a href='/'>The Quay</a></h1><div>{STORY}</div>"),
        (
            "<meta property=og:title content='The Quay'><meta property=og:site_name "
            f"content='The Quay'>{SITE}",
            f"<article>{STORY}</article>",
        ),
        (
            json_ld({**ARTICLE, "headline": "The Quay", "publisher": {"name": "The Quay"}}),
            f"<article>{STORY}</article>",
        ),
    ],
)
def test_the_name_of_the_site_is_no_headline(head: str, body: str) -> None:
    assert fields(body, head)["headline"] == "Rain Again"


@pytest.mark.parametrize("title", ["{} - {}", "{} | {}", "{1} – {0}", "{1} | {0}"])
@pytest.mark.parametrize("story", ["<h1>{}</h1>", "<h2>{}</h2>"])
def test_a_headline_has_more_words_than_the_site_beside_it(title: str, story: str) -> None:
    headline, site = "Rain Falls Again in the Harbour", "The Daily Quay"
    body = f"<header><h1>{site}</h1></header><article>{story.format(headline)}{PROSE}</article>"
    head = f"<title>{title.format(headline, site)}</title>"
    assert fields(body, head)["headline"] == headline


def test_a_title_is_the_headline_without_the_name_of_the_site() -> None:
    head = "<title>Rain Falls Again in the Harbour - The Daily Quay</title>"
    parsed = fields(f"<h1>The Daily Quay</h1><article>{PROSE}</article>", head)
    assert parsed["headline"] == "Rain Falls Again in the Harbour"


def test_a_title_is_the_headline_where_several_others_have_no_words_of_it() -> None:
    body = f"<h1>Today</h1><p>A teaser.</p><h1>Tomorrow</h1>{PROSE}"
    assert fields(body, "<title>Rain Again</title>")["headline"] == "Rain Again"


@pytest.mark.parametrize(
    ("head", "key", "value"),
    [
        ("<title>Rain Again | The Quay</title>", "headline", "Rain Again"),
        ("<title>Rain - and Snow</title>", "headline", "Rain - and Snow"),
        ("<title>Rain - Quay</title><meta property=og:site_name content=Quay>", "headline", "Rain"),
        (
            "<title>X</title><meta property=og:title content='Rain &amp;amp; Co'>",
            "headline",
            "Rain & Co",
        ),
        (
            "<title>X</title><meta property=og:url content='https://q.example/a'>",
            "url",
            "https://q.example/a",
        ),
        (
            "<title>X</title><link rel=canonical href='/a'><base href='https://q.example/b/'>",
            "url",
            "https://q.example/a",
        ),
        ("<title>X</title><link rel=canonical href='/a'>", "url", None),
        ("<title>X</title><meta name=news_keywords content='a, b'>", "keywords", ["a", "b"]),
        ("<title>X</title><meta property=article:author content='By Ana'>", "byline", ["Ana"]),
        ("<title>X</title><meta name=author content=''>", "byline", None),
        (
            "<title>X</title><meta property=article:section content='News / World'>",
            "section",
            "news/world",
        ),
        ("<title>X</title><meta name=date content='2026-05-02'>", "published", "2026-05-02"),
        ("<title>X</title><meta http-equiv=content-language content='es'>", "language", "es"),
        ("<title>X</title><meta content='nameless'>", "language", None),
        (
            "<title>X</title><meta name=twitter:image content='https://q.example/a.jpg'>",
            "image",
            {"url": "https://q.example/a.jpg"},
        ),
        ("<title>X</title><meta property=og:image content='/a.jpg'>", "image", None),
    ],
)
def test_fields_of_the_head(head: str, key: str, value: Any) -> None:
    assert fields("", head).get(key) == value


@pytest.mark.parametrize(
    ("body", "key", "value"),
    [
        ("<nav><h1>Site</h1></nav><h1>Rain</h1>", "headline", "Rain"),
        (
            "<h1>Site</h1><article><h1>Rain</h1></article><article>Other</article>",
            "headline",
            "Rain",
        ),
        ("<article><p>Long text here</p></article><h1>Rain</h1>", "headline", "Rain"),
        (
            "<h1>R<b>ai</b>n<br>Again<script>x</script><noscript>y</noscript></h1>",
            "headline",
            "Rain Again",
        ),
        (
            (
                "<h1>Rain</h1><nav class=breadcrumb><a href=/>Home</a> <a href=/w>World"
                "</a> Europe</nav>"
            ),
            "section",
            "world",
        ),
        (
            "<h1>Rain</h1><nav aria-label=Breadcrumb><a href=/w>World</a> › Europe</nav>",
            "section",
            "world/europe",
        ),
        ("<h1>Rain</h1><div class=breadcrumbs>World</div>", "section", "world"),
        ("<h1>Rain</h1><p>News > Russia</p>", "section", None),
        (
            "<p><a href=/n>News</a> > <a href=/n/r>Russia</a></p><h1>Rain</h1>",
            "section",
            "news/russia",
        ),
        ("<p><a href='#'>Facebook</a> <a href='#'>X</a></p><h1>Rain</h1>", "section", None),
        (f"<h1>Rain</h1><div class=breadcrumbs>{'World ' * 80}</div>", "section", None),
        (
            (
                "<main><h1>Rain</h1><h2 class=sub-title>x</h2><h2 class=deck>It rained "
                "all day long.</h2></main>"
            ),
            "summary",
            "It rained all day long.",
        ),
        ("<h1>Rain</h1><a rel=author>Ana Quirós</a>", "byline", ["Ana Quirós"]),
        (
            "<h1>Rain</h1><div class=byline>Ana Quirós y Pia Holm</div>",
            "byline",
            ["Ana Quirós", "Pia Holm"],
        ),
        ("<h1>Rain</h1><div class=author>read more about our writers</div>", "byline", None),
        ("<h1>Rain</h1><time datetime=2026-05-02>x</time>", "published", "2026-05-02"),
        (
            (
                "<h1>Rain</h1><time datetime=2026-05-01>x</time><p>Updated: <time "
                "datetime=2026-05-02>2 May</time></p>"
            ),
            "updated",
            "2026-05-02",
        ),
        (
            (
                "<h1>Rain</h1><time datetime=2026-05-01></time><time class=updated "
                "datetime=2026-05-02></time>"
            ),
            "updated",
            "2026-05-02",
        ),
        (
            (
                "<h1>Rain</h1><p><time datetime=2026-05-01>1 May</time>, updated "
                "<time datetime=2026-05-02>2 May</time></p>"
            ),
            "updated",
            "2026-05-02",
        ),
        ("<h1>Rain</h1><span>Published 2 May 2026</span>", "published", "2026-05-02"),
        ("<h1>Rain</h1><p>Sin comentarios</p>", "comments", {"count": 0}),
        ("<h1>Rain</h1><p>Comments</p>", "comments", None),
    ],
)
def test_fields_of_the_visible_page(body: str, key: str, value: Any) -> None:
    assert fields(body).get(key) == value


def test_links_above_the_headline_may_spell_the_host_in_another_way() -> None:
    trail = "<p><a href='http://q.example/n'>News</a> > <a href='//q.example/n/r/'>Russia</a></p>"
    head = "<link rel=canonical href='https://www.q.example/n/r/rain'>"
    assert fields(f"{trail}<h1>Rain</h1>", head)["section"] == "news/russia"
    assert "section" not in fields(f"{trail}<h1>Rain</h1>", head.replace("/r/", "/s/"))


@pytest.mark.parametrize(
    "above",
    [
        (
            "<h1>Rain</h1><p class=byline>By Ann Lee and Bob Ray</p>"
            "<time datetime=2026-11-01T10:00>1 November</time>"
        ),
        (
            "<header><nav>Site</nav><time datetime=2026-11-09></time><h1>Rain</h1>"
            "<div><p>By Ann Lee and Bob Ray</p></div></header>"
            "<div><span>Published 1 November 2026 10:00</span></div>"
        ),
        (
            "<header><time datetime=2026-11-01T10:00></time><h1>Rain</h1></header>"
            "<div class=authors>Ann Lee and Bob Ray</div>"
        ),
    ],
)
def test_byline_and_time_beside_a_headline_above_the_article_count(above: str) -> None:
    record = fields(f"<main>{above}<div><article>{PROSE}</article></div></main>")
    assert record["byline"] == ["Ann Lee", "Bob Ray"]
    assert record["published"] == "2026-11-01 10:00"
    assert "status" not in record
    assert record["body"] == "\n\n".join(SENTENCES)


@pytest.mark.parametrize(
    "above",
    [
        "<h1>Rain</h1><article><p>By Ann</p><time datetime=2026-11-01></time></article>",
        "<h1>Rain</h1><aside><p>By Ann</p><time datetime=2026-11-01></time></aside>",
        "<p>By Ann</p><time datetime=2026-11-01></time><h1>Rain</h1>",
        "<h1>Site</h1><p>By Ann</p><time datetime=2026-11-01></time>",
    ],
)
def test_byline_and_time_elsewhere_do_not_count(above: str) -> None:
    head = "<meta property=og:title content=Rain>"
    record = fields(f"{above}<article>{PROSE}</article>", head)
    assert "byline" not in record
    assert record["status"] == "draft"


def test_buttons_and_scripts_are_not_in_the_body() -> None:
    record = fields(
        "<header>Site</header><article><header><h1>Rain</h1><p>By Ana Quirós</p></header><div "
        "class=share>Share it"
        f"</div><div>{PROSE}</div><p>Rain</p><p>facebook</p><p>3 Comments</p>"
        "<!-- no --><script>no</script><div class=comments><p>No!</p></div>"
        "</article><footer>No</footer>"
    )
    assert record["body"] == "\n\n".join(SENTENCES)


def test_text_without_paragraphs_is_a_body_too() -> None:
    record = fields("<h1>Rain</h1><article>It rained.<br>A lot.</article>")
    assert record["body"] == "It rained.\\\nA lot."
    assert "body" not in fields("<h1>Rain</h1>")


def test_a_short_item_keeps_its_paragraphs() -> None:
    item = "<article><h1>Rain</h1><div class=by>By Ana</div><p>It rained.</p><p>A lot.</p>"
    assert fields(item)["body"] == "It rained.\n\nA lot."


def test_a_first_paragraph_that_is_the_description_stays_in_the_body() -> None:
    head = f"<meta property=og:description content='{SENTENCES[0]}'>"
    record = fields(f"<article><h1>Rain</h1>{PROSE}</article>", head)
    assert record["summary"] == SENTENCES[0]
    assert record["body"] == "\n\n".join(SENTENCES)


def test_a_headline_for_people_is_not_in_the_body_beside_the_one_for_machines() -> None:
    told = json_ld({**ARTICLE, "headline": "Wet Day at the Quay"})
    record = fields(f"<article><h1>Much Water Fell</h1>{PROSE}</article>", told)
    assert record["headline"] == "Wet Day at the Quay"
    assert record["body"] == "\n\n".join(SENTENCES)


def test_a_holder_of_the_story_may_have_a_name_of_noise() -> None:
    story = f"<div class=paywall id=newsletter><div class='share sidebar'>{PROSE}</div></div>"
    assert fields(f"<h1>Rain</h1>{story}")["body"] == "\n\n".join(SENTENCES)


def test_characters_that_xml_forbids_are_removed() -> None:
    record = fields(
        "<h1>R&#31;ai&#x0001F;n&#99999999;</h1><p>It\x0b&#1;rained.</p><p>&#1999999;</p>"
    )
    assert record["headline"].startswith("Rain")
    assert record["body"].startswith("It rained.")


def test_a_sentence_in_the_articles_header_is_the_deck() -> None:
    record = fields(
        f"<article><header><h1>Rain</h1><p>By Ana</p><p>It rained all day long.</p></header>{PROSE}"
        "</article>"
    )
    assert record["summary"] == "It rained all day long."
    assert record["body"] == "\n\n".join(SENTENCES)


@pytest.mark.parametrize(
    ("hidden", "is_text"),
    [
        ("<p hidden>Desk: call back.</p>", False),
        ("<div style='display:none'><p>Desk: call back.</p><p hidden>Again.</p></div>", False),
        ("<template><p>Desk: call back.</p></template>", False),
        ("<p style='color:red'>Desk: call back.</p>", True),
    ],
)
def test_hidden_text_is_left_out(hidden: str, is_text: bool) -> None:
    body = fields(f"<article><h1>Rain</h1>{PROSE}{hidden}</article>")["body"]
    assert ("Desk" in body) is is_text


def test_a_story_that_a_script_would_show_stays() -> None:
    hidden = f"<div hidden>{PROSE}</div>"
    assert fields(f"<article><h1>Rain</h1>{hidden}</article>")["body"] == "\n\n".join(SENTENCES)


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("<p>2 May 2026, 10:00</p>", "published", "2026-05-02 10:00"),
        ("<p>3 May 2026</p><p>2 May 2026</p>", "published", "2026-05-02"),
        ("<p class=updated>2 May 2026</p>", "published", None),
        ("<p>03/04/2026</p>", "published", None),
        ("<p>Updated 2 May 2026</p>", "updated", "2026-05-02"),
        (
            "<div>Von Mia Lenz<br>Stand: 02.05.2026, 10:00 Uhr</div>",
            "published",
            "2026-05-02 10:00",
        ),
        (f"<div>{'A deck of many words ' * 3}</div><b>2 May 2026</b>", "published", "2026-05-02"),
    ],
)
def test_a_bare_date_beside_the_headline(line: str, key: str, value: Any) -> None:
    assert fields(f"<article><h1>Rain</h1>{line}{PROSE}</article>").get(key) == value
    assert key not in fields(f"<article><h1>Rain</h1>{PROSE}{line.replace('Upd', 'D')}</article>")


def test_the_day_in_the_address_of_a_page_is_its_date() -> None:
    head = "<link rel=canonical href='https://q.example/2026/05/02/rain'>"
    parsed = page(f"<article><h1>Rain</h1>{PROSE}</article>", head)
    assert parsed.fields["published"] == "2026-05-02"
    assert parsed.sources["published"] == "the page's address"


@pytest.mark.parametrize(
    ("description", "summary"),
    [
        ("It rained in the harbour …", None),
        ("It rained in the harbour...", None),
        ("The quay under water.", None),
        ("It rained in the harbour.", "It rained in the harbour."),
    ],
)
def test_a_description_that_is_cut_or_a_caption_is_no_summary(
    description: str, summary: str | None
) -> None:
    figure = (
        "<figure><img src='https://q.example/a.jpg'>"
        "<figcaption>The quay under water.</figcaption></figure>"
    )
    head = f"<meta name=description content='{description}'>"
    record = fields(f"<article><h1>Rain</h1>{figure}{PROSE}</article>", head)
    assert record.get("summary") == summary


@pytest.mark.parametrize("address", ["http://[a", "#", "https://other.example/w"])
def test_a_link_above_the_headline_to_elsewhere_is_no_section(address: str) -> None:
    head = "<link rel=canonical href='https://q.example/w/rain'>"
    trail = f"<p><a href='/w'>World</a> <a href='{address}'>Europe</a></p>"
    assert "section" not in fields(f"{trail}<h1>Rain</h1>", head)


def test_a_crumb_without_a_path_is_the_home_page() -> None:
    trail = "<nav class=breadcrumbs><a href='http://[a'>Quay</a> <a href=/w>World</a></nav>"
    assert fields(f"{trail}<h1>Rain</h1>")["section"] == "world"


def test_a_headline_in_h2_is_one_where_the_page_names_the_same_for_machines() -> None:
    head = "<meta property=og:title content='Quay: Ferries Stay in the Harbour'>"
    heading = "<h2><span>Quay</span><span>Ferries stay in the harbour</span></h2>"
    record = fields(f"<article>{heading}{PROSE}</article>", head)
    assert record["headline"] == "Quay Ferries stay in the harbour"
    assert record["body"] == "\n\n".join(SENTENCES)


def test_a_kicker_is_no_part_of_the_headline() -> None:
    heading = "<h1><span>Quay</span>: <span>Ferries stay in the harbour</span></h1>"
    head = "<meta property=og:title content='Ferries stay in the harbour'>"
    assert fields(f"<article>{heading}{PROSE}</article>", head)["headline"] == (
        "Ferries stay in the harbour"
    )
    named = "<h1><b class=overline>Quay |</b> Ferries stay</h1>"
    assert fields(f"<article>{named}{PROSE}</article>", "<title>Ferries stay</title>")[
        "headline"
    ] == ("Ferries stay")


def test_a_date_named_so_above_the_headline_counts() -> None:
    above = "<div><span class=pubDate>2 May 2026</span></div>"
    record = fields(f"<div>{above}<h1>Rain</h1></div><article>{PROSE}</article>")
    assert record["published"] == "2026-05-02"


def test_a_description_that_is_the_beginning_of_the_text_is_no_summary_where_it_is_cut() -> None:
    head = f"<meta name=description content='{SENTENCES[0][:60]}'>"
    parsed = page(f"<article><h1>Rain</h1>{PROSE}</article>", head)
    assert "summary" not in parsed.fields
    assert parsed.sources["summary"] == "not set: it is the beginning of the text, cut"


def test_a_deck_is_no_headline_read_twice() -> None:
    body = f"<article><h1>Rain in the harbour</h1><h2>The Rain in the Harbour</h2>{PROSE}</article>"
    assert "summary" not in fields(body)


def test_lines_beside_the_headline_are_not_in_the_body() -> None:
    time = "<time datetime=2026-05-02>2 May</time>"
    head = f"<div><span>Tern Bay - </span><a href=/x>{time} UTC</a></div>"
    body = fields(f"<article><h1>Rain</h1>{head}<div>{PROSE}</div></article>")["body"]
    assert body == "\n\n".join(SENTENCES)


def test_links_to_one_and_the_same_page_are_no_breadcrumb() -> None:
    links = "<nav><a href='/x'>News</a> <a href='/x'>Sport</a></nav>"
    assert "section" not in fields(f"{links}<article><h1>Rain</h1>{PROSE}</article>")
