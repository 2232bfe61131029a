"""HTML as publishers type it and readers get it: published, and read back by feedparser."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest

from feedsvc.model.feed import Format
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article, png

XML: tuple[Format, ...] = ("rss", "atom")
HERE = "https://quay.example/a"
MP3 = b"ID3" + b"\0" * 101
KINDS = ("md", "json")


def entry(newsroom: Newsroom, format: Format) -> Any:
    assert [str(problem) for problem in newsroom.sync().problems if not problem.note] == []
    body = newsroom.document("", format).body
    # As a reader gets it that neither cleans HTML nor resolves addresses itself.
    parser = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
    assert not parser.bozo
    (only,) = parser.entries
    return only


@pytest.fixture(params=KINDS)
def publish(request: pytest.FixtureRequest, newsroom: Newsroom):
    """Publish HTML in one kind of record; return the content, the same in both formats."""

    def content(markup: str, **keys: Any) -> str:
        required = {"headline": "Harbour Opens", "published": "2026-11-21 08:30"}
        record = {**required, "summary": "Ships.", **keys}
        if request.param == "json":
            newsroom.write("a.json", json.dumps({**record, "body_html": markup}))
        else:
            head = "".join(f"{key}: {json.dumps(value)}\n" for key, value in record.items())
            newsroom.write("a.md", f"---\n{head}---\n{markup}\n")
        rss, atom = (entry(newsroom, format).content[0].value for format in XML)
        assert rss == atom
        return rss.removeprefix("<p><strong>Ships.</strong></p>\n")

    return content


# Addresses


def test_every_address_is_absolute(publish: Any, newsroom: Newsroom) -> None:
    newsroom.write("b.png", png())
    newsroom.write("bells.mp3", MP3)
    content = publish(
        '<p><a href="/b">1</a> <a href="c?d">2</a> <a href="//e.example/">3</a> <a href="#f">4</a> '
        '<img src="b.png"> <q cite="/g">5</q> <audio src="bells.mp3"></audio>'
        '<iframe src="//www.youtube.com/embed/h"></iframe><iframe src="/i"></iframe></p>'
    )
    addresses = re.findall(r'(?:href|src|cite)="([^"]*)"', content)
    assert addresses[:4] == [
        "https://quay.example/b",
        "https://quay.example/c?d",
        "https://e.example/",
        f"{HERE}#f",
    ]
    assert len(addresses) == 9
    assert all(address.startswith("https://") for address in addresses)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ('a<sup id="fnref1"><a href="#fn1" rel="footnote">1</a></sup>', "a<sup>1</sup>"),
        ('a<a href="#_ftn1" name="_ftnref1"><sup>[1]</sup></a>', "a<sup>[1]</sup>"),
        ('a<a href="#footnote-2">*</a>', "a*"),
        (f'a<a href="{HERE}#cite_note-3">[3]</a>', "a[3]"),
        ('a<sup><a href="#fn:1"></a></sup>', "a"),
        ('a <a href="#fnref1">↩︎</a>', "a "),
        ('a <a href="#fnref:1" class="footnote-backref">Back</a>', "a "),
        ('<a href="#_ftnref1">[1]</a> a', "[1] a"),
        ('<a href="#fn1">↑</a> a', " a"),
        # No footnotes.
        ('<a href="#fnord">a</a>', f'<a href="{HERE}#fnord">a</a>'),
        ('<a href="/b#fn1">1</a>', '<a href="https://quay.example/b#fn1">1</a>'),
    ],
)
def test_a_footnote_keeps_its_text_and_loses_its_anchors(
    publish: Any, typed: str, shown: str
) -> None:
    assert publish(f"<p>x {typed}</p>") == f"<p>x {shown}</p>"


# Pictures


@pytest.mark.parametrize(
    "typed",
    [
        '<img data-src="{}" src="gone.gif" loading="lazy" class="lazy">',
        '<img data-original="{}" src="data:image/gif;base64,R0lGOD">',
        '<img data-lazy-src="{}" src="">',
        '<img src="{}" data-lazy="true" data-src=\'{{"a": "b.c"}}\'>',
        '<img data-srcset="small.jpg 400w, {} 1200w" src="gone.gif">',
        '<img srcset="small.jpg 1x,{} 2x">',
        '<img srcset="{}, other.jpg odd">',
        '<picture><source srcset="{} 800w"><img src="data:image/gif;base64,R0lGOD"></picture>',
        '<img data-src="{0}" src="gone.gif"><noscript><img src="{0}"></noscript>',
        '<img data-src="small.jpg" src="gone.gif"><noscript><img src="{}"></noscript>',
        '<img src="gone.gif" class="lazy"> <noscript><img src="{}"></noscript>',
        '<span><img src="gone.gif"></span><noscript><img src="{}"></noscript>',
        '<noscript><img src="{0}"></noscript><b><img data-src="{0}"></b>',
        '<noscript>Pictures! <img src="{0}"></noscript><noscript><img src="{0}"></noscript>',
        '<img src="{}"></noscript><noscript>Please <noscript>turn scripts on.',
    ],
)
def test_a_picture_that_a_script_would_load_is_shown_once(publish: Any, typed: str) -> None:
    real = "https://cdn.example/real.jpg?a=1&amp;b=2"
    content = publish(f"<p>x {typed.format(real)} y</p>")
    assert re.findall("<img.*?>", content) == [f'<img src="{real}">']
    assert re.sub("<.*?>", "", content).split() == ["x", *("y" for _ in [0] if "turn" not in typed)]


def test_a_picture_of_the_newsroom_may_be_loaded_by_a_script(
    publish: Any, newsroom: Newsroom
) -> None:
    newsroom.write("b.png", png())
    content = publish('<p><img data-src="b.png" src="gone.gif" alt="c"></p>')
    assert re.fullmatch(
        r'<p><img src="https://feeds\.quay\.example/media/\w+/articles/b\.png" alt="c" '
        r'width="2" height="1" style="height:auto"></p>',
        content,
    )


def test_pictures_without_an_address_are_removed(publish: Any) -> None:
    assert (
        publish('<p>x<img srcset=" , "><img src="data:x"><img src="about:blank"></p>') == "<p>x</p>"
    )


@pytest.mark.parametrize(
    "pixel",
    [
        '<img src="https://t.example/p" width="1" height="1">',
        '<img src="https://t.example/p" width="1px" height="0">',
        '<img src="https://t.example/p" height="1">',
        '<img src="https://t.example/p" style="width:1px;height:1px">',
        '<img src="https://t.example/p" style="display: none">',
        '<noscript><img width=1 height=1 src="https://t.example/p"></noscript>',
        '<iframe src="https://t.example/p" width="0" height="0"></iframe>',
    ],
)
def test_pictures_and_frames_that_count_readers_are_removed(publish: Any, pixel: str) -> None:
    seen = '<img src="https://t.example/p" width="1" height="40">'
    shown = seen.replace(">", ' style="height:auto">')
    assert publish(f"<p>x{seen}{pixel}</p>") == f"<p>x{shown}</p>"


# Elements and attributes


def test_no_class_style_handler_or_id_is_left(publish: Any) -> None:
    tags, here = "p img a table td iframe audio figure span".split(), "https://quay.example/x"
    typed = "".join(
        f'<{tag} class="b" style="c" id="d" onclick="e()" onload=f data-g="h" '
        f'src="{here}" href="{here}">x'
        for tag in tags
    )
    content = publish(typed)
    assert content.count(here) >= 3
    assert not re.search(r'\s(?:class|style|id|on\w+|data-[\w-]+)="', content)


def test_a_figure_keeps_its_caption_and_credit(publish: Any) -> None:
    figure = (
        '<figure><img src="https://a.example/b.jpg" alt="c">'
        "<figcaption>The quay. <small>Ines Falk</small></figcaption></figure>"
    )
    assert (
        publish(figure.replace("<figure", '<figure class="wp-caption" style="width:9px"')) == figure
    )


def test_tables_stay_plain_tables(publish: Any) -> None:
    table = (
        '<table><thead><tr><th scope="col" colspan="2">a</th></tr></thead>'
        '<tbody><tr><td rowspan="2">b</td><td align="right"></td></tr></tbody></table>'
    )
    typed = table.replace("<table", '<table border="1" width="9" bgcolor="red"')
    assert publish(typed.replace("<td", '<td bgcolor="red" width="9"')) == table


def test_invisible_elements_are_removed(publish: Any) -> None:
    typed = (
        "<p>a<br><br></p><p>&nbsp;</p><p><br></p><p><span></span> <em></em></p><div><p></p></div>"
        "<h3></h3><ul><li>b<br></li></ul><ul><li></li></ul><blockquote><p> </p></blockquote>"
        "<p>c<br>d<b> </b>e</p><p>&#8203;</p><p><img src='https://a.example/b'></p>f<br>"
    )
    assert publish(typed) == (
        '<p>a</p><ul><li>b</li></ul><p>c<br>d<b> </b>e</p><p><img src="https://a.example/b"></p>f'
    )


# Players


@pytest.mark.parametrize(
    "address",
    [
        "https://www.youtube.com/embed/x?start=3",
        "https://www.youtube-nocookie.com/embed/x",
        "https://player.vimeo.com/video/1",
        "https://www.dailymotion.com/embed/video/x",
        "https://geo.dailymotion.com/player.html?video=x",
        "https://w.soundcloud.com/player/?url=x&amp;y=z",
        "https://open.spotify.com/embed/episode/x",
        "https://www.google.com/maps/embed?pb=x",
    ],
)
def test_a_known_player_stays(publish: Any, address: str) -> None:
    kept = f'<iframe width="560" height="315" src="{address}" title="A &amp; b" allowfullscreen=""'
    content = publish(
        f'<div>{kept} class="x" allow="y" srcdoc="<b>z" loading="lazy">no</iframe></div>'
    )
    assert content == f"<div>{kept}></iframe></div>"
    assert publish(f'<div><iframe data-src="{address}" src="about:blank"></iframe></div>') == (
        f'<div><iframe title="{urlsplit(address).hostname}" src="{address}"></iframe></div>'
    )


@pytest.mark.parametrize(
    "address",
    [
        "http://www.youtube.com/embed/x",
        "https://www.youtube.com.evil.example/embed/x",
        "https://www.youtube.com@evil.example/embed/x",
        "https://www.youtube.com:444/embed/x",
        "https://www.youtube.com/redirect?q=x",
        "https://www.google.com/maps/embed/../../url?q=x",
        "https://www.google.com/maps/embed/%2e%2e/%2e%2e/url?q=x",
        "https://evil.example/www.youtube.com/embed/",
    ],
)
def test_any_other_frame_is_a_link(publish: Any, address: str) -> None:
    content = publish(f'<p>x <iframe src="{address}">no frames</iframe></p>')
    assert content == f'<p>x <a href="{address}">{address}</a></p>'
    content = publish(f'<p>x <iframe src="{address}" title="A &lt;b&gt; map"></iframe></p>')
    assert content == f'<p>x <a href="{address}">A &lt;b&gt; map</a></p>'


@pytest.mark.parametrize(
    "frame",
    [
        "<iframe></iframe>",
        '<iframe src="about:blank">z</iframe>',
        '<iframe src="javascript:alert(1)"></iframe>',
        '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
        '<iframe src="data:text/html,z"></iframe>',
        '<iframe src="http://["></iframe>',
        "<x-frame>z</x-frame>",
    ],
)
def test_a_frame_without_an_address_is_removed(publish: Any, frame: str) -> None:
    assert publish(f"<p>x{frame}y</p>") == "<p>xy</p>"


def test_a_frame_that_is_not_closed_swallows_nothing(publish: Any) -> None:
    content = publish('<div><iframe src="https://www.youtube.com/embed/x"><p>y</p></div><p>z</p>')
    assert content == (
        '<div><iframe src="https://www.youtube.com/embed/x" title="www.youtube.com"></iframe>'
        "<p>y</p></div><p>z</p>"
    )


# Right to left


@pytest.mark.parametrize("format", XML)
@pytest.mark.parametrize("language", ["ar", "he", "fa", "ur"])
def test_right_to_left_text_has_its_direction(
    newsroom: Newsroom, format: Format, language: str
) -> None:
    newsroom.write("a.md", article("مقهى", "ميناء & بحر", language=language))
    parsed = entry(newsroom, format)
    begin = f'dir="rtl" lang="{language}">'
    assert parsed.content[0].value.startswith(f"<div {begin}\n<p>")
    assert parsed.title == "مقهى"
    text = newsroom.text("", format)
    assert parsed.summary == f"<p {begin}ميناء &amp; بحر</p>"
    if format == "rss":
        assert f"<dc:language>{language}</dc:language>" in text
    else:
        assert f'<entry xml:lang="{language}">' in text


def test_a_block_from_right_to_left_stays_one(publish: Any) -> None:
    typed = '<p>a</p><blockquote dir="rtl" lang="ar"><p dir="rtl">ب</p></blockquote>'
    assert publish(typed) == typed


# Sounds and films

SOUND: dict[str, Any] = {
    "url": "https://cdn.example/b.mp3?c=1&d='",
    "type": "audio/mpeg",
    "length": 9,
}
FILM: dict[str, Any] = {"url": "https://cdn.example/f.mp4", "type": "video/mp4", "length": 9}


def test_a_sound_and_a_film_are_links_too(publish: Any) -> None:
    sound, film = ({"url": file["url"], "type": file["type"]} for file in (SOUND, FILM))
    content = publish("<p>x</p>", media=[{**sound, "title": "Bells <3"}, film, film])
    address = "https://cdn.example/b.mp3?c=1&amp;d=&#x27;"
    assert content == (
        f'<p>x</p>\n<p><a href="{address}">Bells &lt;3</a></p>\n'
        '<p><a href="https://cdn.example/f.mp4">Watch</a></p>'
    )


def test_an_enclosure_is_not_in_the_text_because_some_readers_would_not_play_it(
    publish: Any,
) -> None:
    content = publish("<p>x</p>", media=[{**SOUND, "title": "Bells <3"}, FILM, FILM])
    assert content == (
        f'<p>x</p>\n<p><a href="{HERE}">Bells &lt;3</a></p>\n<p><a href="{HERE}">Watch</a></p>'
    )


@pytest.mark.parametrize(
    "player",
    [
        '<audio src="{}" controls=""></audio>',
        '<audio src="{}" title="a > b"></audio>',
        '<video src="{}" width="9" height="8"></video>',
    ],
)
def test_an_enclosure_is_not_played_twice(publish: Any, player: str) -> None:
    address, other = SOUND["url"].replace("&", "&amp;"), "https://cdn.example/other.mp3"
    typed = f"<p>x {player.format(address)} {player.format(other)}</p>"
    content = publish(typed, media=[SOUND])
    assert content.startswith(f'<p>x <a href="{HERE}">Listen</a> <')
    assert content.count("cdn.example") == 1
    assert f'src="{other}"' in content


def test_a_recording_without_a_title_has_one_in_every_language(publish: Any) -> None:
    for language, listen, watch in (("de", "Anhören", "Ansehen"), ("is", "Listen", "Watch")):
        content = publish("<p>x</p>", media=[SOUND, FILM], language=language)
        assert f">{listen}</a></p>" in content
        assert f">{watch}</a></p>" in content


@pytest.mark.parametrize(
    "there",
    [
        '<p><a href="{}">x</a></p>',
        '<p><audio src="{}" controls=""></audio></p>',
        '<p><audio src="{}" controls=""></audio><a href="/y">y</a></p>',
        '<p><video src="{}" width="9" height="8" controls=""></video></p>',
    ],
)
def test_a_recording_in_the_body_is_not_linked_again(publish: Any, there: str) -> None:
    there = there.format(SOUND["url"].replace("&", "&amp;"))
    media = [{"url": SOUND["url"], "type": SOUND["type"]}]
    assert publish(there, media=media) == there.replace("/y", "https://quay.example/y")


def test_a_recording_in_the_body_is_played_from_its_address(
    publish: Any, newsroom: Newsroom
) -> None:
    newsroom.write("bells.mp3", MP3)
    content = publish(
        '<p>x <video autoplay poster="p"><source src="bells.mp3" type="a/b"><track>No.'
        '</video><audio>no</audio><source src="y"></p>'
    )
    address = r"https://feeds\.quay\.example/media/\w+/articles/bells\.mp3"
    assert re.fullmatch(rf'<p>x <video controls="" src="{address}"></video> no</p>', content)


@pytest.mark.parametrize(
    "typed",
    [
        '<p><audio src="https://a.example/b" /> x</p>\n<p>y</p>',
        '<div><audio src="https://a.example/b"><p>x</p>\n<p>y</p></div>',
        '<p><audio src="https://a.example/b">no sound</audio><iframe src="" /> x</p>\n<p>y</p>',
        '<p><audio src="https://a.example/b"><a href="/c">x</a></audio></p>\n<p>y</p>',
    ],
)
def test_a_player_swallows_nothing(publish: Any, typed: str) -> None:
    content = publish(typed)
    assert content.count('<audio src="https://a.example/b" controls=""></audio>') == 1
    assert re.sub("<.*?>", "", content).split() == ["x", "y"]


def test_a_player_of_a_file_that_is_no_recording_is_reported(newsroom: Newsroom) -> None:
    newsroom.write("b.png", png())
    newsroom.write("a.md", article(body='<audio src="b.png"></audio>'))
    (problem,) = newsroom.sync().problems
    assert str(problem) == 'articles/a.md:5:13: body: "b.png" is no sound and no film'


def test_a_feed_of_summaries_links_to_recordings(make_newsroom: MakeNewsroom) -> None:
    newsroom = make_newsroom("short", CONFIG + 'content = "summary"\n')
    newsroom.write("a.md", article(media=json.dumps([FILM])))
    assert ">Watch</a></p>" in entry(newsroom, "rss").content[0].value


# Titles


@pytest.mark.parametrize("format", XML)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "title",
    [
        "&lt;b&gt; is bold",
        "AT&T",
        "AT&amp;T",
        "5 < 6 > 4",
        "<3 Years",
        "a<c and d>e",
        "&copy; &#169; &nonsense;",
        "Ships 🚢 and 👩‍👩‍👧‍👦",
        "“Quotes”, \"quotes\", 'quotes' and don’t",
        "soft\u00adhyphen",
        "\u200fשלום\u200e, \u2067שלום\u2069",
        "]]> <![CDATA[x]]>",
    ],
)
def test_a_title_is_what_was_typed(
    newsroom: Newsroom, format: Format, kind: str, title: str
) -> None:
    """Escape titles once, as XML requires; twice would show entities in readers of plain text."""
    record = {"headline": title, "published": "2026-11-21 08:30", "body": "x"}
    typed = article(json.dumps(title, ensure_ascii=False), "x")
    newsroom.write(f"a.{kind}", typed if kind == "md" else json.dumps(record))
    assert entry(newsroom, format).title == title
    titles = re.findall("<title[^>]*>(.*?)</title>", newsroom.text("", format))
    assert unescape(titles[-1]) == title


def test_a_title_with_markup_is_refused_with_a_sentence(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article('"A <b>bold</b> move"'))
    (problem,) = newsroom.sync().problems
    assert "has markup (<b>); write plain text" in str(problem)
