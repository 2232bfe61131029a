"""Links of a body to files of the newsroom: other articles, documents and large pictures."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from feedsvc.ingest.check import check
from feedsvc.ingest.records import RecordFolder
from feedsvc.model.feed import FORMATS, Format
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article, png

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def links(newsroom: Newsroom, format: Format = "atom") -> list[str]:
    text = newsroom.text("", format).replace("&lt;", "<").replace('\\"', '"')
    return re.findall(r'<a href="([^"]*)"', text)


@pytest.mark.parametrize("format", FORMATS)
def test_a_link_to_a_file_leads_to_its_article(newsroom: Newsroom, format: Format) -> None:
    newsroom.write("local/first.md", article("First", slug="the-first", section="world"))
    body = "See [the first](first.md#end) and [it](../local/first.md)."
    newsroom.write("local/second.md", article("Second", body))
    assert not newsroom.sync().problems
    page = "https://quay.example/world/the-first"
    assert links(newsroom, format) == [f"{page}#end", page]


def test_a_page_links_to_the_page_of_another_article(make_newsroom: MakeNewsroom) -> None:
    newsroom = make_newsroom(
        "newsroom", CONFIG.replace('url = "https://quay.example"\n', 'tag = "quay.example,2026"\n')
    )
    newsroom.write("first.md", article("First"))
    newsroom.write("second.md", article("Second", "See [it](first.md#end)."))
    newsroom.sync()
    assert (
        '<a href="https://feeds.quay.example/first#end">it</a>'
        in newsroom.client().get("/second").text
    )


def test_a_link_follows_its_article(newsroom: Newsroom) -> None:
    newsroom.write("first.md", article("First"))
    newsroom.write("second.md", article("Second", '<a lang="en" href="first.md" title="a">it</a>'))
    newsroom.sync()
    assert 'href="https://quay.example/first"' in newsroom.text("", "rss")
    newsroom.write("first.md", article("First", url="https://elsewhere.example/?a=1&b=2"))
    newsroom.sync()
    assert 'href="https://elsewhere.example/?a=1&amp;b=2"' in newsroom.text("", "rss")


def test_of_a_link_to_an_article_that_is_not_out_the_words_stay(newsroom: Newsroom) -> None:
    newsroom.write("secret.md", article("Secret", embargoed="2026-12-22 08:30"))
    newsroom.write("second.md", article("Second", "See [the plans](secret.md)."))
    newsroom.sync()
    (note,) = check(newsroom.config, RecordFolder.of(newsroom.config), ["second.md"], newsroom.now)
    assert note.note
    assert '"secret" is not published before 2026-12-22' in note.message
    assert "<p>See the plans.</p>" in newsroom.text("", "rss")
    assert "secret" not in newsroom.text("", "rss")
    newsroom.now += timedelta(days=60)
    assert 'href="https://quay.example/secret"' in newsroom.text("", "rss")


def test_documents_and_pictures_behind_links_are_served(newsroom: Newsroom) -> None:
    newsroom.write("minutes.pdf", PDF)
    newsroom.write("hall.png", png(8, 6))
    body = 'See [the minutes](minutes.pdf#page=2), <a href="hall.png"><img src="hall.png"></a>.'
    newsroom.write("a.md", article(body=body))
    assert not newsroom.sync().problems
    minutes, hall = links(newsroom)
    answer = newsroom.client().get(minutes.removeprefix("https://feeds.quay.example"))
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "application/pdf", PDF)
    assert "Content-Security-Policy" not in answer.headers
    assert newsroom.client().get(hall.removeprefix("https://feeds.quay.example")).status_code == 200


def test_a_link_to_a_file_that_is_not_there_is_noted_and_stays(newsroom: Newsroom) -> None:
    newsroom.write("zip.pdf", b"PK\x03\x04")
    newsroom.write(
        "a.md", article(body="[a](minutes.pdf) [b](zip.pdf) [c](map.html) [d](../../x.md)")
    )
    notes = newsroom.sync().problems
    assert [(it.note, it.message) for it in notes] == [
        (True, 'there is no file "minutes.pdf"; looked for articles/minutes.pdf and '
         "media/minutes.pdf"),
        (True, '"zip.pdf" is no picture, sound, film or PDF'),
        (True, '"../../x.md" leads out of articles/ and media/; copy the file there'),
    ]  # fmt: skip
    names = ["minutes.pdf", "zip.pdf", "map.html", "x.md"]
    assert links(newsroom) == [f"https://quay.example/{name}" for name in names]


@pytest.mark.parametrize("suffix", ["md", "png"])
def test_a_body_links_to_a_bounded_number_of_files(newsroom: Newsroom, suffix: str) -> None:
    body = " ".join(f"[a]({number}.{suffix})" for number in range(1001))
    newsroom.write("a.md", article(body=body))
    messages = [it.message for it in newsroom.sync().problems if not it.note]
    assert "more than 1,000 files; that is the most" in messages[0]


def test_a_link_without_words_has_the_headline_of_its_article(newsroom: Newsroom) -> None:
    newsroom.write("first.md", article("First & Last"))
    newsroom.write("secret.md", article("Secret", embargoed="2026-12-22 08:30"))
    body = '<a href="first.md"></a> and <a href="secret.md"></a>.'
    newsroom.write("second.md", article("Second", body))
    newsroom.sync()
    text = newsroom.text("", "rss")
    assert '<a href="https://quay.example/first">First &amp; Last</a> and' in text
    assert "secret" not in text


def test_a_link_from_the_root_leads_to_an_article(newsroom: Newsroom) -> None:
    newsroom.write("local/first.md", article("First"))
    newsroom.write("world/second.md", article("Second", "See [it](/local/first.md)."))
    assert not newsroom.sync().problems
    assert 'href="https://quay.example/local/first"' in newsroom.text("", "rss")


def test_a_link_to_no_article_is_noted_until_the_file_comes(newsroom: Newsroom) -> None:
    newsroom.write("local/Guide.md", article("Guide"))
    body = "See [it](gone.md), [that](guide.md) and [this](../../../a.md)."
    newsroom.write("local/second.md", article("Second", body))
    missing = "so only the words of the link stay"
    assert [problem.message for problem in newsroom.sync().problems] == [
        f'there is no article file "gone.md", {missing}',
        f'there is no article file "guide.md", {missing}; did you mean "Guide.md"?',
        '"../../../a.md" leads out of articles/ and media/; copy the file there',
    ]
    assert (
        len(
            check(
                newsroom.config, RecordFolder.of(newsroom.config), ["local/second.md"], newsroom.now
            )
        )
        == 3
    )
    newsroom.write("local/gone.md", article("Gone"))
    assert len(newsroom.sync().problems) == 2


def test_a_frame_of_an_article_that_is_not_out_tells_nothing(newsroom: Newsroom) -> None:
    newsroom.write("secret.md", article("Secret", embargoed="2026-12-22 08:30"))
    newsroom.write("second.md", article("Second", 'a <iframe src="secret.md"></iframe> b'))
    newsroom.sync()
    assert "secret" not in newsroom.text("", "rss").lower()


def test_a_link_to_a_file_that_leads_out_is_noted(newsroom: Newsroom) -> None:
    (newsroom.root / "outside.md").write_text(article("Outside"), encoding="utf-8")
    (newsroom.config.articles / "out.md").symlink_to(newsroom.root / "outside.md")
    newsroom.write("second.md", article("Second", "See [it](out.md)."))
    message = '"out.md" is a link out of articles/ and media/; copy the file there'
    assert message in [problem.message for problem in newsroom.sync().problems]
