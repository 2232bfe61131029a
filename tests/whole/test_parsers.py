"""Parsers of other languages read the sample newsroom's feeds, and a newsroom made to trip them."""

from __future__ import annotations

import html
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from feedsvc.model.feed import FORMATS, Format
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article, png
from tests.tools.node import NODE, packages

pytestmark = pytest.mark.client

PARSERS = ["feedsmith", "rss-parser", "@rowanmanning/feed-parser"]
TAG = "tag:quay.example,2026:"
URL = "https://quay.example"

HEADLINES = {
    "amp": "Sea & Sand: <3 Years &lt;b&gt;",
    "quotes": "“It's” \"over\" – said 'he'",
    "emoji": "Boats 🚢🇵🇹 and ]]> brackets",
    "arabic": "مقهى الميناء يفتح أبوابه",
    "slash": "1/2 + 3% = \\o/ #tag ?query",
}


@pytest.fixture(scope="module")
def folder() -> Path:
    return packages()


@pytest.fixture
def room(make_newsroom: MakeNewsroom) -> Newsroom:
    room = make_newsroom("tricky", CONFIG)
    room.write("articles/pier.png", png(40, 30))
    body = 'Rain ]]> wind &amp; <b>sun</b>.\n\n<table><tr><td dir="rtl">مرحبا</td></tr></table>\n'
    for minute, (name, headline) in enumerate(HEADLINES.items()):
        keys = {
            "published": f"2026-11-22 10:0{minute}Z",
            "image": '{file: pier.png, caption: "A <pier> & more", credit: "I. Falk"}',
            "keywords": '["R&D", "قهوة"]',
            "byline": "[Mara Oduya]",
        }
        room.write(f"{name}.md", article(json.dumps(headline, ensure_ascii=False), body, **keys))
    room.write("dead.md", article("Dead", published="2026-11-22 09:00Z"))
    assert [it for it in room.sync().problems if not it.note] == []
    keys = {"published": "2026-11-22 09:00Z", "status": "canceled", "note": "Wrong & gone."}
    room.write("dead.md", article("Dead", "", **keys))
    room.sync()
    return room


def told(folder: Path, parser: str, body: bytes) -> dict[str, Any]:
    command = [NODE, "parse.mjs", parser]
    return json.loads(subprocess.check_output(command, cwd=folder, input=body, timeout=60))


@pytest.mark.parametrize(
    ("parser", "format"),
    # The other two read no JSON.
    [(parser, format) for parser in PARSERS for format in FORMATS if format != "json"]
    + [("feedsmith", "json")],
)
def test_a_parser_reads_ids_titles_addresses_and_dates(
    room: Newsroom, folder: Path, parser: str, format: Format
) -> None:
    found = told(folder, parser, room.document("", format).body)
    assert found["title"] == "The Daily Quay"
    killed, about, *entries = found["entries"]
    assert killed[:3] == [f"{TAG}dead", "This story has been withdrawn", f"{URL}/dead"]
    assert about[0].startswith(f"{TAG}/:correction/")
    assert about[1] == "Withdrawn: 22 November 2026, 09:00 – Wrong & gone."
    # What was typed as a reference, @rowanmanning's reads as one all the same.
    seen = html.unescape if parser.startswith("@") else str
    assert entries == [
        [f"{TAG}{name}", seen(headline), f"{URL}/{name}", 1795341600 + 60 * minute]
        for minute, (name, headline) in reversed([*enumerate(HEADLINES.items())])
    ]
