"""Whole records: an article with every key, its defaults, and every problem reported at once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from unicodedata import normalize

import msgspec
import pytest

from feedsvc.config.load import load
from feedsvc.config.settings import Config
from feedsvc.errors import RecordError
from feedsvc.ingest.media import Library
from feedsvc.ingest.record.parse import Record, parse
from feedsvc.ingest.record.parsed import says_withdrawn
from feedsvc.model.article import Article, Comments, Image, Media, Origin, Person, Related
from tests.conftest import CONFIG, article, png

RECORDS = Path(__file__).parents[2] / "data" / "records"
MP3 = b"\xff\xfb\x90\x64" + b"\0" * 100


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "articles" / "local").mkdir(parents=True)
    (tmp_path / "media").mkdir()
    (tmp_path / "articles" / "local" / "bridge.png").write_bytes(png(4, 3))
    (tmp_path / "media" / "picture.png").write_bytes(png(4, 3))
    (tmp_path / "media" / "bells.mp3").write_bytes(MP3)
    return load(tmp_path / "config.toml", {})


def record(config: Config, text: str | bytes, path: str = "local/flood.md") -> Record:
    data = text if isinstance(text, bytes) else text.encode()
    return parse(path, data, config, Library(config.root))


def read(config: Config, text: str | bytes, path: str = "local/flood.md") -> Article:
    parsed = record(config, text, path).article
    assert parsed is not None
    return parsed


def problems_of(config: Config, text: str | bytes, path: str = "local/flood.md") -> list[str]:
    with pytest.raises(RecordError) as caught:
        record(config, text, path)
    return [line.removeprefix(f"articles/{path}:") for line in str(caught.value).splitlines()]


def moment(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # pyright: ignore[reportArgumentType]


def test_a_record_with_every_key_becomes_an_article(config: Config) -> None:
    parsed = read(config, (RECORDS / "full.md").read_bytes())
    bridge = "articles/local/bridge.png"
    digest = parsed.images[0].digest
    assert parsed == Article(
        id="harbour-bridge",
        guid="7 at https://old.example",
        origin=Origin(system="desk", id="urn:1", revised=moment(2026, 11, 21, 9), also=("urn:2",)),
        path="local/flood.md",
        headline="Harbour Bridge Reopens After Three-Year Repair",
        summary="Ferries keep running until Sunday while engineers watch the new bearings.",
        section="local/transport",
        other_sections=("business",),
        published=moment(2026, 11, 21, 8, 30),
        updated=moment(2026, 11, 21, 10),
        slug="harbour-bridge-reopens",
        body="<p>The first bus crossed at <strong>6:12</strong>.</p>\n"
        f'<figure><img src="/media/{digest}/{bridge}" alt="A bus" width="4" height="3">'
        "<figcaption>The first bus crosses the rebuilt span at dawn. <small>Ines Falk / The Daily "
        "Quay</small></figcaption></figure>\n<p> See "
        '<a href="https://quay.example/local/map">the map</a>.</p>',
        byline=(
            Person("Mara Oduya"),
            Person("Jonas Lindqvist", "jonas@quay.example", "https://quay.example/jonas"),
        ),
        language="en-GB",
        keywords=("transport", "harbour"),
        images=(
            Image(
                path=bridge,
                digest=digest,
                type="image/png",
                length=len(png(4, 3)),
                width=4,
                height=3,
                caption="The first bus crosses the rebuilt span at dawn.",
                credit="Ines Falk / The Daily Quay",
                alt="A red bus on an empty steel bridge",
                focus=(0.5, 0.3),
            ),
            Image(
                url="https://cdn.example/b.jpg",
                type="image/jpeg",
                length=12345,
                width=800,
                height=600,
                caption="Seen from the quay",
            ),
        ),
        media=(
            Media(
                path="media/bells.mp3",
                digest=parsed.media[0].digest,
                type="audio/mpeg",
                length=len(MP3),
                title="The bells",
                duration=95,
            ),
            Media(url="https://cdn.example/film.mp4", type="video/mp4", length=99),
        ),
        related=(
            Related(ref="local/2026-11-18-ferry-timetable"),
            Related(ref="local/old-bridge"),
            Related(url="https://quay.example/longread"),
            Related(
                headline="How the Bearings Failed", url="https://quay.example/longread/bearings"
            ),
            Related(headline="Only a Headline"),
        ),
        status="usable",
        embargoed=moment(2026, 11, 21, 8),
        expires=moment(2027, 1, 1),
        note="The name of the engineer was wrong.",
        url="https://quay.example/bridge",
        comments=Comments("https://quay.example/bridge#comments", 3),
        topics=(
            "author/jonas-lindqvist",
            "author/mara-oduya",
            "lang/en-gb",
            "tag/harbour",
            "tag/transport",
        ),
    )


def test_markdown_and_json_become_the_same_article(config: Config) -> None:
    from_json = read(config, (RECORDS / "full.json").read_bytes(), "local/flood.json")
    same = read(config, (RECORDS / "full.md").read_bytes())
    assert msgspec.structs.replace(from_json, path="local/flood.md") == same


def test_a_record_knows_its_files_and_where_they_would_be(config: Config) -> None:
    parsed = record(config, (RECORDS / "full.md").read_bytes())
    assert [file.path for file in parsed.files] == ["articles/local/bridge.png", "media/bells.mp3"]
    assert parsed.dependencies == (
        "articles/local/bells.mp3",
        "articles/local/bridge.png",
        "media/bells.mp3",
        "media/bridge.png",
    )
    assert parsed.notes == ()


def test_a_missing_key_has_a_default(config: Config) -> None:
    text = article("Harbour Opens", "Ships came in. They went out.\n\nThe end.")
    assert read(config, text, "local/old/flood.md") == Article(
        id="local/old/flood",
        path="local/old/flood.md",
        headline="Harbour Opens",
        summary="Ships came in. They went out. The end.",
        section="local/old",
        published=moment(2026, 11, 21, 8, 30),
        updated=moment(2026, 11, 21, 8, 30),
        slug="flood",
        body="<p>Ships came in. They went out.</p>\n<p>The end.</p>",
    )


@pytest.mark.parametrize("typed", ["section:\nid:\nslug:\nstatus:", 'section: " "\nid: ""'])
def test_a_key_without_a_value_is_like_a_missing_one(config: Config, typed: str) -> None:
    parsed = read(config, f"---\nheadline: A\npublished: 2026-11-21\n{typed}\n---\n")
    assert (parsed.id, parsed.section, parsed.slug) == ("local/flood", "local", "flood")


def test_an_article_at_the_top_has_no_section(config: Config) -> None:
    assert read(config, article(), "flood.md").section == ""


def test_an_article_without_a_body_has_neither_body_nor_summary(config: Config) -> None:
    parsed = read(config, article(body=""))
    assert (parsed.body, parsed.summary) == ("", "")


def test_a_draft_becomes_no_article_and_needs_no_date(config: Config) -> None:
    parsed = record(config, "---\nheadline: A\nstatus: draft\n---\n")
    assert parsed.article is None
    assert parsed.notes == ()


@pytest.mark.parametrize("status", ["usable", "withheld"])
def test_a_status_is_kept(config: Config, status: str) -> None:
    assert read(config, article(status=status)).status == status


def test_a_kill_without_a_note_is_noted(config: Config) -> None:
    parsed = record(config, article(status="canceled"))
    assert parsed.article
    assert [str(note) for note in parsed.notes] == [
        "articles/local/flood.md:1:1: note: note: is missing; say why, readers will see it"
    ]
    assert record(config, article(status="canceled", note="It was wrong.")).notes == ()


def test_a_text_that_became_a_comment_is_noted(config: Config) -> None:
    parsed = record(config, article("Storm #4 Hits", slug="flood #1"))
    assert parsed.article
    assert parsed.article.headline == "Storm #4 Hits"
    assert [str(note) for note in parsed.notes] == [
        'articles/local/flood.md:4:1: note: slug: is read as "flood"; put it in quotes if "#1" '
        "belongs to it",
    ]


def test_every_problem_of_a_file_is_reported_in_the_order_of_its_lines(config: Config) -> None:
    (config.articles / "local" / "wrong.md").write_bytes(b"")
    assert problems_of(config, (RECORDS / "wrong.md").read_bytes(), "local/wrong.md") == [
        '2:1: hedline: is not a key of a record. Did you mean "headline"?',
        '2:10: hedline: put the hedline in quotes: hedline: "Mayor: no" (a colon and a space '
        "begin a new key)",
        "3:1: headline: has markup (<b>); write plain text",
        "6:5: byline: lacks its name: {name: …, email: …, url: …}",
        '6:6: byline.email: "desk" is not an e-mail address',
        '7:1: section: "World" is not a section; write it in lower case without spaces, parts '
        "parted by slashes, such as world/europe",
        '8:1: published: "11/10/2026" could be 2026-10-11 or 2026-11-10; write it like that',
        '9:1: updated: "soon" is not a date; write it like 2026-11-21 or 2026-11-21 08:30',
        '10:1: language: "english" is not a language; write a code such as en, es or pt-BR',
        "11:1: keywords: must be a list: keywords: [transport, harbour]",
        '12:1: image: there is no file "gone.png"; looked for articles/local/gone.png and '
        "media/gone.png",
        '12:25: image.widht: is not a key of image. Did you mean "width"?',
        "14:5: media: is image/png, not audio or video",
        '15:1: related: names "a" twice',
        '17:1: status: "cancelled" is none of draft, usable, withheld, canceled. Did you mean '
        '"canceled"?',
        "19:1: slug: is given twice; keep one",
        '20:12: comments.count: "many" must be a whole number',
        '22:6: body: there is no file "also-gone.png"; looked for articles/local/also-gone.png '
        "and media/also-gone.png",
    ]


def test_every_problem_of_a_json_file_is_reported_in_the_order_of_its_lines(config: Config) -> None:
    assert problems_of(config, (RECORDS / "wrong.json").read_bytes(), "local/wrong.json") == [
        "1:1: headline: is missing; add headline: …",
        "1:1: note: note: is missing; say why, readers will see it",
        '2:3: hedline: is not a key of a record. Did you mean "headline"?',
        "3:3: byline: must be a list, each item on a line that begins with a hyphen",
        "5:3: note: updated: is before published (2026-11-21 00:00 UTC), so that counts",
        "6:3: note: image: has no file and no url, so readers see no picture; add one of the two",
        "7:21: keywords: must be a text, not a list; put it in quotes",
        "8:19: related: must be an id, a path, a URL or {headline: …, url: …}",
        '8:20: related.url: "quay" is not a web address; write it whole, https://… without spaces',
        "8:54: related.id: is not a key of related. Known are headline, url.",
        "11:3: body_html: and body are both given; keep one",
    ]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("---\n---\n", [
            "1:1: headline: is missing; add headline: …",
            "1:1: published: is missing; add published: 2026-11-21 08:30",
        ]),
        ("---\npublished: 2026-11-21\nheadline:\n---\n", [
            "3:1: headline: is missing; add headline: …",
        ]),
        ('---\npublished: 2026-11-21\nheadline: "\\0"\n---\n', [
            "3:1: headline: is missing; add headline: …",
        ]),
        ("---\nheadline: A\npublished: ''\n---\n", [
            "3:1: published: is missing; add published: 2026-11-21 08:30",
        ]),
        (article(slug="a: b"), [
            '4:1: slug: "a: b" must be letters, digits and hyphens, such as harbour-bridge',
            '4:7: slug: put the slug in quotes: slug: "a: b" (a colon and a space begin a new key)',
        ]),
        (article("|\n  a\n  b"), ["2:1: headline: must be one line"]),
        (article(note="[Wrong.]"), [
            "4:1: note: has an item without a date or a text; {date: 2026-11-21 08:30, text: …}",
        ]),
        (article(note="[{date: soon, text: Wrong.}]"), [
            '4:1: note: has an item without a date or a text; {date: 2026-11-21 08:30, text: …}',
            '4:9: note.date: "soon" is not a date; write it like 2026-11-21 or 2026-11-21 08:30',
        ]),
        (article(expires="2026-11-20"), [
            "4:1: expires: is before published (2026-11-21 08:30 UTC); it must not be earlier",
        ]),
        (article(embargoed="2026-12-02", expires="2026-12-01"), [
            "5:1: expires: is before embargoed (2026-12-02 00:00 UTC); it must not be earlier",
        ]),
        (article(related="[local/flood]"), [
            "4:1: related: names the article itself; leave it out",
        ]),
        (article(id="x", related="[x]"), [
            "5:1: related: names the article itself; leave it out",
        ]),
        (article(id="x", related="[articles/local/flood.md]"), [
            "5:1: related: names the article itself; leave it out",
        ]),
        (article(body="", colour="red"), [
            "4:1: colour: is not a key of a record. Known are id, guid, headline, summary, "
            "byline, section, sections, published, updated, language, keywords, image, images, "
            "media, related, status, feeds, access, teaser, embargoed, expires, note, slug, url, "
            "comments, origin, body, body_html.",
        ]),
        ("---\nheadline: A\npublished: 2026-11-21\nbody: Ships.\n---\nShips.\n", [
            "4:1: body: belongs below the front matter of a Markdown file, not in it",
        ]),
        (b"---\nheadline: Caf\xe9\n---\n", ["2:14: is not UTF-8 here; save the file as UTF-8"]),
    ],
)  # fmt: skip
def test_missing_and_contradictory_values_are_reported(
    config: Config, text: str | bytes, messages: list[str]
) -> None:
    assert problems_of(config, text) == messages


@pytest.mark.parametrize("order", ["updated", "expires", "embargoed"])
def test_two_moments_that_are_the_same_are_in_order(config: Config, order: str) -> None:
    assert read(config, article(**{order: "2026-11-21 08:30"}))


def test_a_body_in_the_front_matter_is_read_if_there_is_none_below(config: Config) -> None:
    text = "---\nheadline: A\npublished: 2026-11-21\nbody: '*Ships.*'\n---\n"
    assert read(config, text).body == "<p><em>Ships.</em></p>"


def test_a_folder_that_is_no_section_is_reported_unless_the_record_has_one(config: Config) -> None:
    assert problems_of(config, article(), "My Folder/a.md") == [
        '1:1: id: from the file\'s name: "My Folder/a" has spaces; rename it, or add an id',
        '1:1: section: from the folder: "My Folder" is not a section; write it in lower case '
        "without spaces, parts parted by slashes, such as world/europe; or give the record a "
        "section",
    ]
    assert read(config, article(id="a", section="world"), "My Folder/a.md").section == "world"
    assert problems_of(config, article(), "feeds/a.md") == [
        '1:1: section: from the folder: "feeds" is a name feedsvc needs for itself; choose '
        "another; or give the record a section"
    ]


@pytest.mark.parametrize("article_id", ["", "''"])
def test_a_file_with_spaces_in_its_name_needs_an_id(config: Config, article_id: str) -> None:
    (line,) = problems_of(config, article(id=article_id), "local/a b.md")
    assert line.endswith(
        'id: from the file\'s name: "local/a b" has spaces; rename it, or add an id'
    )
    assert read(config, article(id="a"), "local/a b.md").slug == "a b"


def test_a_wrong_id_or_section_is_reported_once(config: Config) -> None:
    assert problems_of(config, article(id="a b", section="World"), "My Folder/a.md") == [
        '4:1: id: "a b" must have no spaces and not begin with a slash',
        '5:1: section: "World" is not a section; write it in lower case without spaces, parts '
        "parted by slashes, such as world/europe",
    ]


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("a **b**", "<p>a <strong>b</strong></p>"),
        ("# a", "<h2>a</h2>"),
        ("| a |\n|---|\n| b |", "<th>a</th>"),
        ("~~a~~", "<s>a</s>"),
        ("<script>a</script>b", "b"),
        ('<p class="x">a</p>', "<p>a</p>"),
        ("[a](b)", '<a href="https://quay.example/local/b">a</a>'),
        ("[a](javascript:b)", "<p>[a](javascript:b)</p>"),
        ("a\n\n---\n\nb", "<hr>"),
        ("![a](bridge.png?x#y)", 'alt="a"'),
        ("![a](/bridge.png)", None),
    ],
)
def test_the_body_is_markdown_made_clean_html(config: Config, body: str, html: str | None) -> None:
    if html is None:
        assert problems_of(config, article(body=body)) == [
            '5:6: body: "/bridge.png" must be relative to the article or to media/'
        ]
    else:
        assert html in read(config, article(body=body)).body


def test_links_start_from_the_permalink(config: Config) -> None:
    parsed = read(config, article(slug="c", section="a/b", body="[x](#y)"))
    assert 'href="https://quay.example/a/b/c#y"' in parsed.body


def test_json_may_have_its_body_as_html(config: Config) -> None:
    text = (
        '{"headline": "A", "published": "2026-11-21", "body": null,'
        ' "body_html": "<p>a *b*<script>c</script></p>"}'
    )
    assert read(config, text, "a.json").body == "<p>a *b*</p>"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("a\n\n![x](gone.png)", '7:6: body: there is no file "gone.png"; looked for '
         "articles/local/gone.png and media/gone.png"),
        ("![x](../../config.toml)", '5:6: body: "../../config.toml" leads out of articles/ and '
         "media/; copy the file there"),
        ("a\n![x](bells.mp3)", '6:6: body: "bells.mp3" is no picture'),
        ("![x](%00a%1f.png)", '5:1: body: there is no file "a.png"; looked for '
         "articles/local/a.png and media/a.png"),
        (f"![x]({'a' * 300})", f'5:6: body: "{"a" * 300}" cannot be read: File name too long'),
    ],
)  # fmt: skip
def test_a_missing_picture_in_the_body_is_reported(config: Config, body: str, message: str) -> None:
    assert problems_of(config, article(body=body)) == [message]


def test_a_picture_whose_name_is_escaped_is_found(config: Config) -> None:
    (config.root / "media" / "my bridge.png").write_bytes(png())
    body = read(config, article(body="![x](my%20bridge.png)")).body
    assert "/media/my%20bridge.png" in body


@pytest.mark.parametrize(
    ("status", "withdrawn"),
    [("", False), ("usable", False), ("canceled", True), ("withheld", True), ("draft", True)],
)
def test_a_wrong_record_shows_whether_it_is_withdrawn(
    config: Config, status: str, withdrawn: bool
) -> None:
    with pytest.raises(RecordError) as caught:
        record(config, article(status=status, colour="red", image="{file: gone.png}"))
    text = article(status=status, colour="red", image="{file: gone.png}")
    assert says_withdrawn(text.encode()) is withdrawn
    assert caught.value.dependencies == ("articles/local/gone.png", "media/gone.png")


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_a_byte_order_mark_and_the_line_ends_of_others_are_accepted(
    config: Config, ending: str
) -> None:
    data = b"\xef\xbb\xbf" + article(body="a\n\nb").replace("\n", ending).encode()
    assert read(config, data).body == "<p>a</p>\n<p>b</p>"


@pytest.mark.parametrize(
    ("data", "withdrawn"),
    [
        (b'{"headline": "A", "status": "canceled",, }', True),
        (b'{"status":"killed"', True),
        (b"---\nstatus: canceled\nnote: \xe9\n---\n", True),
        (b"---\nheadline: A\n---\nstatus: canceled\n", False),
        (b"---\nheadline: A\nstatus: Cancelled # sorry\n", True),
        (b"---\nheadline: A status: canceled\n---\n", False),
        (b"status: usable", False),
    ],
)
def test_however_a_record_is_wrong_a_withdrawal_is_understood(data: bytes, withdrawn: bool) -> None:
    assert says_withdrawn(data) is withdrawn


def test_elements_without_end_are_refused(config: Config) -> None:
    assert problems_of(config, article(body="<div>" * 251)) == [
        "1:1: body: nests more than 250 elements; close them"
    ]
    assert read(config, article(body="<p>a<br>b</p>" * 2000)).body


def test_a_body_shows_only_so_many_files(config: Config) -> None:
    shown = "".join(f"<img src='{number}.png'>" for number in range(1001))
    assert "1:1: body: shows more than 1,000 files; that is the most" in problems_of(
        config, article(body=shown)
    )


def test_a_picture_that_is_shown_again_is_one_file(config: Config) -> None:
    assert read(config, article(body="<img src='picture.png'>" * 1001)).body.count("<img") == 1001


def test_a_long_address_is_not_repeated_without_end(config: Config) -> None:
    body = f"[a]: /{'x' * 10_000}\n\n" + "[a] " * 2000
    assert problems_of(config, article(body=body)) == [
        "1:1: body: has links with 20,002,000 characters in all; shorten their addresses"
    ]
    assert read(config, article(body=body[:10_060])).body.count("<a ") > 10


def test_control_characters_that_stand_for_others_part_words(config: Config) -> None:
    text = article(
        '"Ferry\vstrike 2010\x962015"',
        "The ferry\vstrike is over.\fShe said \x93done\x94.",
        summary='"Two lines\vof one deck."',
        byline="[Ada\vQuill]",
    )
    parsed = read(config, text)
    assert parsed.headline == "Ferry strike 2010–2015"
    assert parsed.summary == "Two lines of one deck."
    assert parsed.byline[0].name == "Ada Quill"
    assert parsed.body == "<p>The ferry strike is over. She said “done”.</p>"


def test_a_hidden_part_is_in_no_summary(config: Config) -> None:
    parsed = read(config, article(body="Noon.\n\n<p hidden>Not cleared.</p>\n\nThree boats."))
    assert parsed.body == "<p>Noon.</p>\n\n<p>Three boats.</p>"
    assert parsed.summary == "Noon. Three boats."


def test_a_headline_that_the_text_repeats_is_noted_and_seen_once(config: Config) -> None:
    parsed = record(config, article("Harbour Opens", "# Harbour opens\n\nShips came in."))
    assert parsed.article
    assert parsed.article.body == "<p>Ships came in.</p>"
    (note,) = parsed.notes
    assert note.message == "is repeated by the text, where it is left out"


def test_an_update_before_the_publication_counts_as_that(config: Config) -> None:
    early = record(config, article(updated="2026-11-20 19:00"))
    assert early.article
    assert early.article.updated == early.article.published
    assert [note.message for note in early.notes] == [
        "is before published (2026-11-21 08:30 UTC), so that counts"
    ]


@pytest.mark.parametrize(
    "keys",
    [
        {"note": "The sum was 3."},
        {"note": "The sum was 3.", "updated": "2026-11-20"},
        {"note": "The sum was 3.", "updated": "2026-11-22", "embargoed": "2026-11-23"},
        {"note": "[{date: 2026-11-22, text: Two.}, {date: 2026-11-20, text: One.}]"},
    ],
)
def test_a_correction_that_readers_do_not_see_is_noted(
    config: Config, keys: dict[str, str]
) -> None:
    notes = [note for note in record(config, article(**keys)).notes if note.key == "note"]
    assert [note.message for note in notes] == [
        "is not dated after readers got the article, so they do not see it; "
        "set updated, or its date, to the moment of the correction"
    ]


def test_the_reason_of_a_kill_and_a_seen_correction_are_not_noted(config: Config) -> None:
    assert record(config, article(note="The sum was 3.", updated="2026-11-22")).notes == ()
    assert record(config, article(note="It was false.", status="canceled")).notes == ()


def test_the_last_of_several_notes_dates_the_article(config: Config) -> None:
    notes = "[{date: 2026-11-22 10:00, text: Two.}, {date: 2026-11-21 10:00, text: One.}]"
    corrected = read(config, article(note=notes))
    assert [it.note for it in corrected.corrections] == ["One.", "Two."]
    assert (corrected.note, f"{corrected.updated:%F %R}") == ("Two.", "2026-11-22 10:00")


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u3000"])
def test_spaces_of_typography_are_spaces_in_front_matter(config: Config, space: str) -> None:
    text = (
        f"---{space}\nheadline:{space}A{space}b\npublished:{space}2026-11-21\n"
        f"keywords:\n{space}-{space}c\n---\n"
    )
    story = read(config, text)
    assert (story.headline, story.keywords) == ("A b", ("c",))


def test_a_decomposed_name_of_a_file_is_composed(config: Config) -> None:
    folder = config.articles / "local"
    (folder / normalize("NFD", "café.png")).write_bytes(png())
    text = article(body="![](café.png)", image="café.png")
    story = read(config, text, normalize("NFD", "local/café.md"))
    assert (story.id, story.slug) == ("local/café", "café")
    assert story.images[0].type == "image/png"


def test_a_missing_picture_is_guessed_by_its_case(config: Config) -> None:
    folder = config.articles / "local"
    (folder / "Castle-Street.JPG").write_bytes(png())
    assert problems_of(config, article(image="castle-street.jpg")) == [
        '4:1: image: there is no file "castle-street.jpg"; looked for '
        "articles/local/castle-street.jpg and media/castle-street.jpg; "
        'did you mean "Castle-Street.JPG"?'
    ]


def test_a_picture_may_be_an_address_alone(config: Config) -> None:
    story = read(config, article(image="https://cdn.example/a.jpg"))
    assert story.images == (Image(url="https://cdn.example/a.jpg"),)


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("Ada Quay and Ben Sand", ["Ada Quay", "Ben Sand"]),
        ("By Ada Quay, Ben Sand and Cy Lomas", ["Ada Quay", "Ben Sand", "Cy Lomas"]),
        ("Ada Quay & Ben Sand", ["Ada Quay", "Ben Sand"]),
        ("Ada Quay, Ben Sand und Cy Lomas", ["Ada Quay", "Ben Sand", "Cy Lomas"]),
        ("Ada Quay et Ben Sand", ["Ada Quay", "Ben Sand"]),
        ("Ana Ruiz y Luis Gil", ["Ana Ruiz", "Luis Gil"]),
        ("José Ortega y Gasset", ["José Ortega y Gasset"]),
        ("António Costa e Silva", ["António Costa e Silva"]),
        ("Ada Quay, Brussels", ["Ada Quay, Brussels"]),
        ("Andy Sandford", ["Andy Sandford"]),
    ],
)
def test_a_byline_of_one_line_may_have_several_names(
    config: Config, byline: str, names: list[str]
) -> None:
    assert [it.name for it in read(config, article(byline=byline)).byline] == names


@pytest.mark.parametrize(
    ("key", "ours"),
    [("title", "headline"), ("tags", "keywords"), ("date", "published"), ("author", "byline")],
)
def test_a_key_of_another_system_is_recognized(config: Config, key: str, ours: str) -> None:
    (problem,) = problems_of(config, article(**{key: "x"}))
    assert problem == f'4:1: {key}: is not a key of a record. Here that is "{ours}".'


def notes_of(config: Config, text: str, path: str = "local/flood.md") -> list[str]:
    return [str(note).partition("note: ")[2] for note in record(config, text, path).notes]


def test_the_first_of_several_sections_is_the_articles_own(config: Config) -> None:
    parsed = read(config, article(sections="[sport, business/port]", body="[x](y)"))
    assert (parsed.section, parsed.other_sections) == ("sport", ("business/port",))
    assert "https://quay.example/sport/y" in parsed.body


def test_sections_may_repeat_the_section_but_not_contradict_it(config: Config) -> None:
    both = article(section="sport", sections="[sport, business]")
    assert read(config, both).sections == ("sport", "business")
    other = article(section="business", sections="[sport, business]")
    assert problems_of(config, other) == [
        '4:1: section: is "business", but sections begins with "sport"; keep one of the two'
    ]


def test_sections_take_the_place_of_a_folder_that_is_none(config: Config) -> None:
    assert read(config, article(sections="[sport]"), "A.B/c.md").section == "sport"


@pytest.mark.parametrize("name", ["editor", "hub"])
def test_a_section_whose_name_feedsvc_needs_is_refused(config: Config, name: str) -> None:
    taken = f'"{name}" is a name feedsvc needs for itself; choose another'
    assert problems_of(config, article(section=f"{name}/x")) == [f"4:1: section: {taken}"]
    assert problems_of(config, article(sections=f"[a, {name}]")) == [f"4:1: sections: {taken}"]
    assert problems_of(config, article(), f"{name}/a.md") == [f"1:1: section: {taken}"]


def test_a_section_of_such_a_name_that_is_there_already_may_stay_for_now(config: Config) -> None:
    config.file.write_text(f'{CONFIG}[sections."hub/one"]\ntitle = "Hub"\n')
    config = load(config.file, {})
    assert read(config, article(section="hub/two")).section == "hub/two"
    assert notes_of(config, article(section="hub/two")) == [
        'section: "hub" is a name feedsvc needs for itself; rename the section soon, '
        'with was = "hub" in config.toml for its readers'
    ]
    assert problems_of(config, article(section="editor"))


def test_an_article_may_be_a_page_alone(config: Config) -> None:
    assert read(config, article(feeds="false")).page_only
    assert not read(config, article(feeds="true")).page_only


def test_of_an_article_for_members_only_picture_summary_and_teaser_are_read(
    config: Config,
) -> None:
    text = article(
        body="SECRET ![](bridge.png) [x](bridge.png) <form>SECRET</form>",
        access="members",
        teaser="'The *first* lines. ![](picture.png)'",
        image="{url: 'https://quay.example/a.png'}",
        images="[{file: bridge.png, caption: SECRET}]",
        media="[{file: bells.mp3, title: SECRET}]",
    )
    parsed = record(config, text)
    assert parsed.article is not None
    assert parsed.article.members_only
    assert parsed.article.body.startswith("<p>The <em>first</em> lines. <img ")
    assert parsed.article.summary == "The first lines."
    assert [image.url for image in parsed.article.images] == ["https://quay.example/a.png"]
    assert [file.path for file in parsed.files] == ["media/picture.png"]
    assert b"SECRET" not in msgspec.json.encode(parsed)


def test_a_body_for_members_in_json_stays_out_as_well(config: Config) -> None:
    for key in ("body", "body_html"):
        data = {"headline": "A", "published": "2026-11-21", "access": "members", key: "SECRET"}
        parsed = record(config, msgspec.json.encode(data), "local/a.json")
        assert b"SECRET" not in msgspec.json.encode(parsed)
        assert [str(it).partition("note: ")[2] for it in parsed.notes] == [
            "access: leaves readers only the headline; give them a teaser or a summary"
        ]


def test_problems_of_a_teaser_are_at_its_words(config: Config) -> None:
    text = article(access="members", teaser="'a ![](gone.png)'", body="SECRET ![](lost.png)")
    assert problems_of(config, text) == [
        '5:16: teaser: there is no file "gone.png"; '
        "looked for articles/local/gone.png and media/gone.png"
    ]


def test_a_teaser_without_members_is_refused_as_it_may_be_meant_for_them(config: Config) -> None:
    assert problems_of(config, article(teaser="A")) == [
        "4:1: teaser: is for an article with access: members; add that, or leave the teaser out"
    ]


def test_a_wrong_access_publishes_nothing(config: Config) -> None:
    (message,) = problems_of(config, article(access="paid", body="SECRET ![](lost.png)"))
    assert message.startswith("4:1: access: ")


def test_a_guid_may_not_be_the_id_of_another_article(config: Config) -> None:
    made = "tag:quay.example,2026:local/"
    assert read(config, article(guid=f'"{made}flood"')).guid == f"{made}flood"
    assert problems_of(config, article(guid=f'"{made}other"')) == [
        "4:1: guid: is an id that feedsvc itself makes, of another article; leave it out"
    ]


def test_an_id_and_its_section_have_room_in_an_index_together(config: Config) -> None:
    section, article_id = "/".join(10 * ["b" * 109]), "a" * 900
    assert read(config, article(section=section, id=article_id)).section == section
    assert problems_of(config, article(section=section, id=f"{'b' * 100}{article_id}")) == [
        "5:1: id: and the section have 2,099 bytes together; 2,000 are the most"
    ]
