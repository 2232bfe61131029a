"""The keys of a record that hold more than one value: accepted forms, and every error."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from feedsvc.errors import MAX_PROBLEMS, RecordError
from feedsvc.ingest.media import Library
from feedsvc.ingest.record.fields import MAX_ITEMS, Fields
from feedsvc.ingest.record.keys import RECORD
from feedsvc.ingest.record.markdown_file import read_markdown
from feedsvc.ingest.record.value_types import reference
from feedsvc.model.article import Comments, Image, Media, Origin, Person, Related
from tests.conftest import png

MP3 = b"\xff\xfb\x90\x64" + b"\0" * 100


def fields(root: Path, front: str) -> tuple[dict[str, object], list[str]]:
    for place, data in {
        "a.png": png(4, 3),
        "a.mp3": MP3,
        "a.pdf": b"%PDF",
        "a.svg": b"<svg>",
    }.items():
        (root / "media").mkdir(exist_ok=True)
        (root / "media" / place).write_bytes(data)
    reader = Fields("a.md", "a.md", ZoneInfo("UTC"), Library(root))
    values = reader.mapping(read_markdown("a.md", f"---\n{front}\n---\n").keys, RECORD)
    return values, [str(problem).removeprefix("a.md:") for problem in sorted(reader.problems)]


@pytest.mark.parametrize(
    ("front", "value"),
    [
        ('id: " urn:x:1 "', "urn:x:1"),
        ('summary: " a\\n b\\t"', "a b"),
        ('body: " a\\n\\n  b\\0"', " a\n\n  b"),
        ("byline: Mara Oduya", (Person("Mara Oduya"),)),
        ("byline: [Mara, Jonas, Mara]", (Person("Mara"), Person("Jonas"))),
        ("byline: [{name: Mara, email: m@q.example}]", (Person("Mara", "m@q.example"),)),
        ("byline: [{name: Mara, url: 'https://q.example'}]",
         (Person("Mara", url="https://q.example"),)),
        ("byline: ['', Mara, ' ']", (Person("Mara"),)),
        ("keywords: [a, ' b  c ', a, '']", ("a", "b c")),
        ("keywords:\n- a\n-\n- 0123", ("a", "0123")),
        ("related: [a/b.md, articles/c.json, /d/, e.f, 'https://g.example/h.md']", (
            Related("a/b"), Related("c"), Related("d"), Related("e.f"),
            Related(url="https://g.example/h.md"),
        )),
        ("related: [{headline: A, url: 'HTTPS://a.example'}, {headline: B}, {url: 'http://c.d'}]", (
            Related(headline="A", url="HTTPS://a.example"), Related(headline="B"),
            Related(url="http://c.d"),
        )),
        ("related: ['', a]", (Related("a"),)),
        (f"related: [{', '.join(map(str, range(10)))}]", tuple(Related(str(n)) for n in range(10))),
        ("comments: {url: 'https://q.example/#c', count: 3}", Comments("https://q.example/#c", 3)),
        ("comments: {count: 0}", Comments(count=0)),
        ("image: {url: 'https://q.example/a'}", (Image(url="https://q.example/a"),)),
        ("image: {url: 'https://q.example/a', type: IMAGE/AVIF, width: 1, height: 2, length: 3}",
         (Image(url="https://q.example/a", type="image/avif", width=1, height=2, length=3),)),
        ("images: [{url: 'https://q.example/a'}, {url: 'https://q.example/b'}]",
         (Image(url="https://q.example/a"), Image(url="https://q.example/b"))),
        *((f"image: {{url: 'https://q.example/a', focus: {typed}}}",
           (Image(url="https://q.example/a", focus=(0.5, 0.3)),))
          for typed in ("[0.5, 0.3]", "{x: .5, y: 0.3}", "{y: '0.30', x: 5e-1}", "'0.5, 0.3'")),
        ("image: {url: 'https://q.example/a', focus: [0, 1]}",
         (Image(url="https://q.example/a", focus=(0, 1)),)),
        ("guid: https://q.example/?p=7", "https://q.example/?p=7"),
        ("guid: 7 at  https://q.example", "7 at  https://q.example"),
        ("guid: 0123", "0123"),
        ("guid: 'A: b #c '", "A: b #c"),
        ("origin: {system: Ghost, id: 63f4}", Origin(system="Ghost", id="63f4")),
        ("origin: {system: desk, id: 'urn:1', revised: 2026-11-21T08:30Z, also: [b, urn:1, b, c]}",
         Origin(system="desk", id="urn:1", revised=datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
                also=("b", "c"))),
        ("sections: [sport, business/port]", ("sport", "business/port")),
        ("feeds: false", False),
        ("feeds: True", True),
        ("access: members", "members"),
        ("teaser: 'A *b*.'", "A *b*."),
        ("images: []", None),
        ("image: {}", None),
        ("media: [{url: 'https://q.example/a', duration: '0:10', title: A}]",
         (Media(url="https://q.example/a", duration=10, title="A"),)),
    ],
)  # fmt: skip
def test_a_key_is_read(tmp_path: Path, front: str, value: object) -> None:
    values, problems = fields(tmp_path, front)
    assert problems == []
    assert values.get(front.partition(":")[0]) == value


LIST = "must be a list, each item on a line that begins with a hyphen"
IMAGE = (
    "must be a mapping: {file: …, url: …, caption: …, credit: …, alt: …, width: …, height: …, "
    "length: …, type: …, focus: …}"
)
FOCUS = "must be two numbers from 0 to 1, from the left and from the top: [0.5, 0.3]"
ORIGIN = "needs the name of the system and an id: {system: ghost, id: 63f4}"
WORDS = "has no file and no url, so readers see no picture; add one of the two"
URL = "is not a web address; write it whole, https://… without spaces"


@pytest.mark.parametrize(
    ("front", "messages"),
    [
        ("byline: {name: Mara}", [f"2:1: byline: {LIST}"]),
        ("byline: <b>Mara</b>", ["2:1: byline: has markup (<b>); write plain text"]),
        ("byline: [<b>Mara</b>]", ["2:10: byline: has markup (<b>); write plain text"]),
        ("byline: [[Mara]]", ["2:10: byline: must be a mapping: {name: …, email: …, url: …}"]),
        ("byline: [{email: m@q.example}]",
         ["2:10: byline: lacks its name: {name: …, email: …, url: …}"]),
        ("byline: [{name: M, emial: x}]",
         ['2:20: byline.emial: is not a key of byline. Did you mean "email"?']),
        ("byline: [{name: M, email: x}]", ['2:20: byline.email: "x" is not an e-mail address']),
        ("byline: [{name: M, url: x}]", [f'2:20: byline.url: "x" {URL}']),
        ("keywords: a, b", ["2:1: keywords: must be a list: keywords: [a, b]"]),
        ("keywords: {a: b}", [f"2:1: keywords: {LIST}"]),
        ("keywords: [a, [b], <i>c</i>]", [
            "2:15: keywords: must be a text, not a list; put it in quotes",
            "2:20: keywords: has markup (<i>); write plain text",
        ]),
        ("image: [a.png]", [f"2:1: image: {IMAGE}"]),
        *((f"image: {{url: 'https://q.example/a', focus: {typed}}}",
           [f"2:37: image.focus: {FOCUS}"])
          for typed in ("[0.5]", "'1.5, 0'", "[a, b]", "{x: 0.5}", "{x: 0.5, y: 1, z: 1}",
                        "'nan, 0'", "[[0], 1]", "centre")),
        ('guid: "a\\nb"', ["2:1: guid: must be one line"]),
        (f"guid: {'a' * 1001}", ["2:1: guid: has 1,001 characters; 1,000 are the most"]),
        ("origin: 7", [f"2:1: origin: {ORIGIN}"]),
        ("origin: {id: 7}", [f"2:1: origin: {ORIGIN}"]),
        ("origin: {system: a, id: 7, also: 8}", [f"2:28: origin.also: {LIST}"]),
        ("origin: {system: a, id: 7, revised: x}",
         ['2:28: origin.revised: "x" is not a date; write it like 2026-11-21 or 2026-11-21 08:30']),
        (f"origin: {{system: a, id: b, also: [{', '.join(map(str, range(501)))}]}}",
         ["2:1: origin: has 501 ids in also; 500 are the most"]),
        ("section: [sport, business]",
         ["2:1: section: is one section; for several write sections: [sport, business]"]),
        ("sections: sport", ["2:1: sections: must be a list: sections: [sport]"]),
        ("sections: [sport, 'A B']",
         ['2:19: sections: "A B" is not a section; write it in lower case without spaces, parts '
          "parted by slashes, such as world/europe"]),
        ("sections: [sport, world, sport, world/europe]", [
            '2:1: note: sections: names "sport" twice',
            '2:1: note: sections: names "world", which has all articles of "world/europe" anyway',
        ]),
        ("feeds: maybe", ['2:1: feeds: "maybe" must be true or false']),
        ("access: paid",
         ['2:1: access: "paid" must be members, or be left out where all may read it']),
        ("image: {caption: A, widht: 3}", [
            f"2:1: note: image: {WORDS}",
            '2:21: image.widht: is not a key of image. Did you mean "width"?',
        ]),
        ("image: {file: '', caption: A}", [f"2:1: note: image: {WORDS}"]),
        ("media: [{title: A}]", ["2:9: media: needs a file or a url, one of the two"]),
        ("image: {file: a.png, url: 'https://q.example'}",
         ["2:1: image: needs a file or a url, one of the two"]),
        ("image: {url: a.png}", [f'2:9: image.url: "a.png" {URL}']),
        ("image: {file: b.png}",
         ['2:1: image: there is no file "b.png"; looked for articles/b.png and media/b.png']),
        ("image: {file: /a.png}",
         ['2:1: image: "/a.png" must be relative to the article or to media/']),
        ("image: {file: ../../a.png}",
         ['2:1: image: "../../a.png" leads out of articles/ and media/; copy the file there']),
        (f"image: {{file: {'a' * 300}}}",
         [f'2:1: image: "{"a" * 300}" cannot be read: File name too long']),
        ("image: {file: a.mp3}", ["2:1: image: is audio/mpeg, not image"]),
        ("image: {file: a.pdf}",
         ["2:1: image: is of a kind feeds do not carry, not image; save it as JPEG"]),
        ("image: {file: a.pdf, type: image/png}",
         ["2:1: image: is of a kind feeds do not carry, not image; save it as JPEG"]),
        ("image: {url: 'https://q.example', type: audio/mpeg}",
         ["2:1: image: is audio/mpeg, not image"]),
        ("image: {url: 'https://q.example', type: png}",
         ['2:35: image.type: "png" is not a media type; write one such as image/jpeg']),
        ("image: {url: 'https://q.example', width: 0, height: -1, length: x}", [
            "2:35: image.width: must be more than 0; leave it out if it is not known",
            '2:45: image.height: "-1" must be a whole number',
            '2:57: image.length: "x" must be a whole number',
        ]),
        ("images: {file: a.png}", [f"2:1: images: {LIST}"]),
        ("images: [{file: a.png}, {file: b.png}]",
         ['2:25: images: there is no file "b.png"; looked for articles/b.png and media/b.png']),
        ("media: {file: a.mp3}", [f"2:1: media: {LIST}"]),
        ("media: [a.mp3]",
         ["2:9: media: must be a mapping: {file: …, url: …, title: …, duration: …, type: …, "
          "length: …}"]),
        ("media: [{file: a.png}]", ["2:9: media: is image/png, not audio or video"]),
        ("media: [{url: 'https://q.example', alt: x}]",
         ["2:36: media.alt: is not a key of media. Known are file, url, title, duration, type, "
          "length."]),
        ("media: [{url: 'https://q.example', duration: long}]",
         ['2:36: media.duration: "long" must be seconds or h:mm:ss, such as 95 or 1:35']),
        ("related: a", [f"2:1: related: {LIST}"]),
        ("related: [[a]]", ["2:11: related: must be a mapping: {headline: …, url: …}"]),
        ("related: [a, b, a.md]", ['2:1: related: names "a" twice']),
        ("related: ['http://a.b', 'http://a.b']", ['2:1: related: names "http://a.b" twice']),
        ("related: [{headline: A}, {headline: A}]", ['2:1: related: names "A" twice']),
        ("related: ['http://a b']", [f'2:11: related: "http://a b" {URL}']),
        ("related: [{headlin: A}]", [
            "2:11: related: must be an id, a path, a URL or {headline: …, url: …}",
            '2:12: related.headlin: is not a key of related. Did you mean "headline"?',
        ]),
        (f"related: [{', '.join(map(str, range(11)))}]",
         ["2:1: related: has 11 items; 10 are the most"]),
        ("comments: 3", ["2:1: comments: must be a mapping: {url: …, count: …}"]),
        ("comments: {count: many}", ['2:12: comments.count: "many" must be a whole number']),
        ("comments: {url: x}", [f'2:12: comments.url: "x" {URL}']),
        ("updated: [a]", ["2:1: updated: must be a text, not a list; put it in quotes"]),
        ("note: {a: b}", ["2:1: note: must be a text, not a mapping; put it in quotes"]),
        ('language: "e\\nn"',
         ['2:1: language: "e n" is not a language; write a code such as en, es or pt-BR']),
        ("sumary: a", ['2:1: sumary: is not a key of a record. Did you mean "summary"?']),
    ],
)  # fmt: skip
def test_a_wrong_key_is_reported(tmp_path: Path, front: str, messages: list[str]) -> None:
    assert fields(tmp_path, front)[1] == messages


@pytest.mark.parametrize(
    ("front", "count"),
    [
        ("image: {caption: A}", 0),
        ("images: [{caption: A}, {url: 'https://q.example/a', caption: B}, {alt: C}]", 1),
    ],
)
def test_a_caption_without_a_picture_is_noted(tmp_path: Path, front: str, count: int) -> None:
    values, problems = fields(tmp_path, front)
    key = front.partition(":")[0]
    assert len(cast("tuple[Image, ...]", values[key])) == count
    assert problems
    assert all(f": note: {key}: {WORDS}" in problem for problem in problems)


def test_a_file_is_measured_and_other_values_in_the_record_are_noted(tmp_path: Path) -> None:
    values, problems = fields(
        tmp_path, "image:\n  file: a.png\n  type: image/jpeg\n  width: 9\n  height: 3\n  length: 1"
    )
    (image,) = cast("tuple[Image]", values["image"])
    length = len(png(4, 3))
    assert (image.type, image.width, image.height, image.length) == ("image/png", 4, 3, length)
    assert image.path == "media/a.png"
    assert problems == [
        f"2:1: note: image.length: is {length}, measured from the file; leave it out",
        "2:1: note: image.type: is image/png, measured from the file; leave it out",
        "2:1: note: image.width: is 4, measured from the file; leave it out",
    ]


def test_the_record_may_give_a_size_that_the_picture_lacks(tmp_path: Path) -> None:
    values, problems = fields(tmp_path, "image: {file: a.svg, width: 9, height: 3}")
    (image,) = cast("tuple[Image]", values["image"])
    assert (image.type, image.width, image.height) == ("image/svg+xml", 9, 3)
    assert problems == []


def test_a_sound_has_no_size_in_pixels(tmp_path: Path) -> None:
    values, problems = fields(tmp_path, "media: [{file: a.mp3}]")
    (sound,) = cast("tuple[Media]", values["media"])
    assert (sound.type, sound.length, problems) == ("audio/mpeg", len(MP3), [])


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("local/a", "local/a"),
        ("local/a.md", "local/a"),
        ("articles/local/a.json", "local/a"),
        ("/local//a/", "local/a"),
        ("2026.11.21", "2026.11.21"),
        ("local/articles/a", "local/articles/a"),
    ],
)
def test_a_reference_to_an_article_has_one_form(text: str, ref: str) -> None:
    assert reference(text) == ref


@pytest.mark.parametrize(("key", "most"), MAX_ITEMS.items())
def test_a_list_has_only_so_many_items(tmp_path: Path, key: str, most: int) -> None:
    file = {"media": "{file: a.mp3}", "images": "{file: a.png}"}.get(key)
    items = [file or f"a{number}" for number in range(most + 1)]
    for count, messages in (
        (most, []),
        (most + 1, [f"2:1: {key}: has {most + 1} items; {most} are the most"]),
    ):
        assert fields(tmp_path, f"{key}: [{', '.join(items[:count])}]")[1] == messages


@pytest.mark.parametrize(
    ("front", "message"),
    [
        (
            f"language: en-{'a-' * 4000}",
            "has 8,003 characters; write a code such as en, es or pt-BR",
        ),
        (f"id: {'a' * 1001}", "has 1,001 characters; 1,000 are the most"),
        (
            f"guid: {'€' * 700}",
            "has 2,100 bytes (a letter has one to four); 2,000 are the most",
        ),
        (
            f"slug: {'ä' * 101}",
            "has a part of 202 bytes (a letter has one to four); 200 are the most",
        ),
        (f"section: {'/'.join('abcdefghijk')}", "has 11 parts; 10 are the most"),
        (
            f"section: world/{'a' * 201}",
            "has a part of 201 bytes (a letter has one to four); 200 are the most",
        ),
        (
            "section: world/rss.xml",
            '"rss.xml" is a name feedsvc needs for itself; choose another',
        ),
    ],
)
def test_a_value_that_is_too_long_is_reported(tmp_path: Path, front: str, message: str) -> None:
    assert fields(tmp_path, front)[1] == [f"2:1: {front.partition(':')[0]}: {message}"]


def test_reading_ends_at_the_problem_after_the_last_that_is_shown(tmp_path: Path) -> None:
    front = "".join(f"unknown{number}: a\n" for number in range(5000))
    with pytest.raises(RecordError) as caught:
        fields(tmp_path, front)
    assert len(caught.value.problems) == MAX_PROBLEMS + 1


def test_markup_and_references_are_noted_where_they_were_typed(tmp_path: Path) -> None:
    front = (
        "headline: The town&#8217;s smell\n"
        "keywords: ['Fish &amp; chips']\n"
        "note: We had <b>her name</b> wrong.\n"
        "image: {url: 'https://q.example/a.jpg', credit: '<i>Ines</i> &amp; Co', alt: 'A&nbsp;bus'}"
    )
    values, notes = fields(tmp_path, front)
    assert (values["headline"], values["note"]) == (
        "The town&#8217;s smell",
        "We had her name wrong.",
    )
    assert values["keywords"] == ("Fish &amp; chips",)
    (image,) = cast("tuple[Image]", values["image"])
    assert (image.credit, image.alt) == ("Ines & Co", "A bus")
    assert notes == [
        "2:1: note: headline: has &#8217;, which readers see as it stands; write ’",
        "3:12: note: keywords: has &amp;, which readers see as it stands; write &",
        '4:1: note: note: has "<b>", which is for web pages; readers see "We had her name wrong."',
        '5:41: note: image.credit: has "<i>", which is for web pages; readers see "Ines & Co"',
        '5:73: note: image.alt: has "&nbsp;", which is for web pages; readers see "A bus"',
    ]


@pytest.mark.parametrize("element", ["cite", "q", "code", "mark"])
def test_markup_of_a_headline_is_refused_whatever_the_element(tmp_path: Path, element: str) -> None:
    _, problems = fields(tmp_path, f"headline: The <{element}>Aurora</{element}> sails")
    assert problems == [f"2:1: headline: has markup (<{element}>); write plain text"]
