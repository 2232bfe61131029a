"""Pictures of the body: their words and sizes, and the lead image where none is named."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from feedsvc.config.load import load
from feedsvc.config.settings import Config
from feedsvc.ingest.media import Library
from feedsvc.ingest.record.parse import Record, parse
from feedsvc.model.article import Article, Image
from tests.conftest import CONFIG, article, png

BRIDGE = (
    "{url: 'https://quay.example/a.jpg?b=1&c=2', caption: The first bus., credit: Ines Falk, "
    "alt: A red bus}"
)
TAG = '<img src="https://quay.example/a.jpg?b=1&amp;c=2" alt="A bus">'
WORDS = "<figcaption>The first bus. <small>Ines Falk</small></figcaption>"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "articles").mkdir()
    for name, width in {"hall.png": 800, "icon.png": 16, "camera.png": 6000}.items():
        (tmp_path / "articles" / name).write_bytes(png(width, 400))
    pixels = struct.pack(">I", 2_100_000) + b"IDAT" + bytes(2_100_004)
    heavy = png(800, 400)
    (tmp_path / "articles" / "heavy.png").write_bytes(heavy[:-12] + pixels + heavy[-12:])
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg"><desc>{"a" * 2_100_000}</desc></svg>'
    (tmp_path / "articles" / "drawing.svg").write_text(drawing)
    return load(tmp_path / "config.toml", {})


def record(config: Config, body: str, image: str = "") -> Record:
    data = article(body=body, image=image).encode()
    return parse("a.md", data, config, Library(config.root))


def read(config: Config, body: str, image: str = "") -> Article:
    parsed = record(config, body, image).article
    assert parsed is not None
    return parsed


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("![A bus](https://quay.example/a.jpg?b=1&c=2)\n\nIt crossed.",
         f"<figure>{TAG}{WORDS}</figure>\n<p>It crossed.</p>"),
        (f"<figure>{TAG}</figure>", f"<figure>{TAG}{WORDS}</figure>"),
        (f"<figure>{TAG}<figcaption>At six.</figcaption></figure>",
         f"<figure>{TAG}<figcaption>At six. <small>Ines Falk</small></figcaption></figure>"),
        (f'<p><a href="https://q.example/">{TAG}</a></p>',
         f'<figure><a href="https://q.example/">{TAG}</a>{WORDS}</figure>'),
        (f"<p>See {TAG} here.</p>",
         f"<p>See {TAG} <small>The first bus. Ines Falk</small> here.</p>"),
        (f"<p>{TAG} See</p>", f"<figure>{TAG}{WORDS}</figure>\n<p> See</p>"),
        (f'<p><a href="https://q.example/">{TAG} See</a></p>',
         f'<p><a href="https://q.example/">{TAG} <small>The first bus. Ines Falk</small> '
         "See</a></p>"),
        (f"<p>{TAG}<br><em>The first bus. Photo: Ines Falk</em></p>", None),
        (f"<p>{TAG}</p><p><em>The first bus. Photo: Ines Falk</em></p>",
         None),
        (f"<p>{TAG}</p><p>Ines Falk stood by.</p><p>{TAG}</p>",
         f"<figure>{TAG}{WORDS}</figure><p>Ines Falk stood by.</p><p>{TAG}</p>"),
    ],
)  # fmt: skip
def test_the_body_shows_the_caption_and_credit_of_a_picture_of_the_record(
    config: Config, typed: str, shown: str | None
) -> None:
    assert read(config, typed, BRIDGE).body == (shown or typed)


def test_a_picture_of_the_body_has_the_alternative_text_and_size_of_the_record(
    config: Config,
) -> None:
    image = "{url: 'https://q.example/a.jpg', alt: 'A \"red\" bus', width: 2400, height: 1000}"
    typed = "![](https://q.example/a.jpg) ![](https://q.example/b.jpg)"
    assert read(config, typed, image).body == (
        '<p><img src="https://q.example/a.jpg" alt="A &quot;red&quot; bus" width="1200" '
        'height="500"> <img src="https://q.example/b.jpg" alt=""></p>'
    )


def test_a_file_of_the_newsroom_has_its_measured_size_in_the_body(config: Config) -> None:
    shown = read(config, "![A hall](hall.png)").body
    assert shown.endswith('alt="A hall" width="800" height="400"></p>')
    typed = '<img src="hall.png" width="300">'
    assert read(config, typed).body.endswith('hall.png" width="300">')


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ('width="6000" height="4000"', 'width="1200" height="800"'),
        ('width="6000px" height="4000px"', 'width="1200" height="800"'),
        ('width="1201" height="1"', 'width="1200" height="1"'),
        ('width="5000"', 'width="1200"'),
        ('width="1200" height="9000"', 'width="1200" height="9000"'),
        ('height="4000"', 'height="4000"'),
        ('width="100%"', 'width="100%"'),
    ],
)
@pytest.mark.parametrize("source", ["hall.png", "https://q.example/a.jpg"])
def test_no_typed_width_is_more_than_readers_show(
    config: Config, source: str, typed: str, shown: str
) -> None:
    body = read(config, f'<img src="{source}" {typed} alt="A hall">').body
    assert body.endswith(f'{source}" {shown} alt="A hall">')


def test_the_first_picture_of_the_body_is_the_lead_image_where_none_is_named(
    config: Config,
) -> None:
    typed = (
        '<p><img src="https://q.example/i.png" width="16"></p><figure><img src="hall.png" '
        'alt="The hall"><figcaption>At <em>noon</em>.</figcaption></figure>'
    )
    (image,) = read(config, typed).images
    assert (image.path, image.type, image.width) == ("articles/hall.png", "image/png", 800)
    assert (image.caption, image.alt) == ("At noon.", "The hall")
    assert image.length


def test_a_picture_from_elsewhere_is_the_lead_image_by_its_address(config: Config) -> None:
    typed = "Rain.\n\n![A hall](https://q.example/a.jpg?b=1&c=2)"
    image = Image(url="https://q.example/a.jpg?b=1&c=2", alt="A hall")
    assert read(config, typed).images == (image,)


def test_a_picture_whose_address_is_no_web_address_is_no_lead_image(config: Config) -> None:
    assert read(config, '<img src="https://q.example/{a}.jpg">').images == ()


def test_a_record_says_that_it_has_no_lead_image(config: Config) -> None:
    typed = "![A hall](https://q.example/a.jpg)"
    assert read(config, typed, "{}").images == ()
    assert read(config, '<img src="https://q.example/a.jpg" width="50px">').images == ()


@pytest.mark.parametrize(
    ("name", "measured"),
    [
        ("camera.png", "6000 × 400 pixels"),
        ("heavy.png", "2.1 MB"),
        ("drawing.svg", "2.1 MB"),
    ],
)
def test_a_picture_that_is_too_large_is_noted(config: Config, name: str, measured: str) -> None:
    note = (
        f'"{name}" has {measured}; above 2 MB or 4000 pixels many readers show no picture; '
        "make it smaller"
    )
    lead = record(config, "x", f"{{file: {name}}}").notes
    assert [problem.message for problem in lead] == [note]
    assert [problem.message for problem in record(config, f"![]({name})").notes] == [note]


@pytest.mark.parametrize(
    ("typed", "sizes"),
    [
        ("width: 6000, height: 400", "6000 × 400 pixels"),
        ("height: 6000", "6000 pixels"),
        ("length: 3000000, width: 400", "3.0 MB"),
        ("width: 4000, height: 3000, length: 2000000", ""),
    ],
)
def test_a_picture_from_elsewhere_is_noted_by_the_sizes_that_are_typed(
    config: Config, typed: str, sizes: str
) -> None:
    notes = record(config, "x", f"{{url: 'https://q.example/a.jpg', {typed}}}").notes
    limits = "above 2 MB or 4000 pixels many readers show no picture; make it smaller"
    expected = [f'"https://q.example/a.jpg" has {sizes}; {limits}'] if sizes else []
    assert [problem.message for problem in notes] == expected
