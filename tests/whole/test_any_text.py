"""Whatever a publisher types, every feed stays well-formed and says just that."""

from __future__ import annotations

import json
import tempfile
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedsvc.ingest.record.markup import words
from feedsvc.model.feed import FORMATS
from feedsvc.model.text import clean_text
from tests.conftest import Newsroom
from tests.tools.json_feed import parse

NASTY = st.sampled_from(
    "]]> <![CDATA[ &amp; &#0; &#11; &lt; <b> <script> --> {{x}} %s مرحبا".split()
    + list("\x00\x0b\ufffe\ud800\u202e\u0301\u2028\r\n'\"\U0001f6a2")
)
TEXT = st.lists(NASTY | st.text(st.characters(), max_size=8), max_size=6).map("".join)
RECORD = st.fixed_dictionaries(
    {"headline": TEXT, "published": st.just("2026-11-21")},
    optional={
        "summary": TEXT,
        "byline": st.lists(TEXT, max_size=2),
        "keywords": st.lists(TEXT, max_size=3),
        "note": TEXT,
        "updated": st.just("2026-11-22"),
        "image": st.fixed_dictionaries(
            {"url": st.just("https://cdn.example/a?b=1&c=2")},
            optional={"caption": TEXT, "credit": TEXT, "alt": TEXT},
        ),
        "related": st.lists(st.fixed_dictionaries({"headline": TEXT}), max_size=2),
        "body": TEXT,
        "body_html": TEXT,
    },
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(RECORD, min_size=1, max_size=3))
def test_any_text_gives_well_formed_feeds(records: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        room = Newsroom(Path(folder))
        for number, record in enumerate(records):
            room.write(f"{number}.json", json.dumps(record))
        wrong = {problem.file for problem in room.sync().problems if not problem.note}
        for format in FORMATS:
            body = room.document("", format).body
            if format != "json":
                ElementTree.fromstring(body)
            root = parse(body)
            assert not root.bozo
            assert len(root.entries) == len(records) - len(wrong)
        for item in _items(room):
            record = records[int((item.findtext("guid") or "").rpartition(":")[2])]
            assert clean_text(item.findtext("title") or "") == clean_text(record["headline"])
            summary = clean_text(words(record.get("summary", ""))[0])
            if summary:
                assert unescape(item.findtext("description") or "") == summary
        for told in parse(room.document("", "json").body).entries:
            record = records[int(told.id.rpartition(":")[2])]
            assert told.title == clean_text(record["headline"])
            summary = clean_text(words(record.get("summary", ""))[0])
            assert not summary or told.summary == summary
        room.database.close()


def _items(room: Newsroom) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(room.document("", "rss").body).iter("item"))
