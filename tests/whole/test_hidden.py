"""Nothing that readers get changes while a record is hidden from them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feedsvc.model.feed import FILES
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article
from tests.static_site.test_build import build, files
from tests.whole.test_secrets import HELD_BACK

PLACES = (
    *("", "/world", "/sport", "/author/mara-oduya", "/tag/floods", "/lang/en", "/corrections"),
    *("/world/corrections", "/archive/1", "/archive/2", "/world/archive/1", "/nowhere"),
)
OTHERS = (
    *("/feeds", "/feeds?q=world", "/feeds.opml", "/.well-known/feeds", "/sitemap.xml", "/world/a1"),
    *("/sitemap-news.xml", "/robots.txt", "/world/pointing", "/world/hidden", "/latest", "/livez"),
)
ADDRESSES = (
    *(f"{place}/{file}" for place in PLACES for file in (*FILES.values(), "")),
    *OTHERS,
)


def hidden(kind: str, headline: str = "Probe", **keys: str) -> str:
    """Return a record that readers may not have yet."""
    shared = {"byline": "Mara Oduya", "keywords": "[floods]", "note": "Wrong.", **HELD_BACK[kind]}
    return article(headline, **(shared | keys))


def answers(newsroom: Newsroom) -> dict[str, object]:
    """Return every public answer with its headers, and every file of the static site."""
    client = newsroom.client()
    proxied = {"X-Forwarded-For": "192.0.2.1"}  # or the newsroom's own problems are shown
    public: dict[str, object] = {}
    for address in ADDRESSES:
        answer = client.get(address, headers=proxied)
        public[address] = answer.status_code, sorted(answer.headers), answer.data
    build(newsroom)
    for path, file in files(newsroom.root / "out/site").items():
        public[f"file {path}"] = file.stat().st_mtime_ns, file.read_bytes()
    return public


@pytest.fixture
def public(make_newsroom: MakeNewsroom) -> Newsroom:
    config = CONFIG.replace('url = "https://quay.example"\n', "", 1)
    config = config.replace("items = 30", "items = 3\nhours = 0\narchive_items = 2")
    newsroom = make_newsroom("hiding", config)
    for day in range(1, 12):
        keys = {"byline": "Mara Oduya", "keywords": "[floods]", "published": f"2026-11-{day:02}"}
        newsroom.write(f"world/a{day}.md", article(f"A{day}", **keys))
    newsroom.write("world/public.md", article("Probe"))
    pointers = "[world/hidden, leaks/hidden, {headline: Probe}, world/a1]"
    newsroom.write("world/pointing.md", article("Pointing", related=pointers))
    newsroom.write("sport/pointing.md", article("Old", published="2026-11-01", related=pointers))
    newsroom.sync()
    newsroom.now += timedelta(hours=1)
    return newsroom


@pytest.mark.parametrize("kind", HELD_BACK)
def test_hidden_records_come_change_and_go_unnoticed(public: Newsroom, kind: str) -> None:
    before = answers(public)
    other = next(it for it in HELD_BACK if it != kind)
    states = [
        hidden(kind),
        hidden(kind, "Leak", summary="Other words."),
        hidden(kind, "A1", byline="Someone Else", keywords="[leaks]", language="fr"),
        hidden(other, "Leak", related="[world/a1, world/pointing]"),
        None,
        hidden(kind),
    ]
    for state in states:
        public.now += timedelta(minutes=7)
        for path in ("world/hidden.md", "leaks/hidden.md"):
            if state:
                public.write(path, state)
            else:
                (public.root / "articles" / path).unlink()
        public.sync()
        public.now += timedelta(minutes=2)
        public.sync()
        after = answers(public)
        assert after.keys() == before.keys()
        assert [it for it in before if after[it] != before[it]] == []
