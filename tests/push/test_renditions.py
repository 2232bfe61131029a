"""Pictures in several sizes: published at once, and in all sizes as soon as these are made."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import feedparser
import pytest

from feedsvc.model.paths import RENDITIONS
from feedsvc.push import renditions as jobs
from feedsvc.push.worker import make_worker
from feedsvc.store import outbox, renditions
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article, png
from tests.tools.photos import photo
from tests.tools.service import until

HOST = "https://feeds.quay.example"
SIZES = f"{CONFIG}\n[media]\nrenditions = true\n"
SITE = 'url = "https://quay.example"\n'
IMAGE = "{file: a.jpg, caption: A quay, alt: Boats}"


@pytest.fixture
def newsroom(make_newsroom: MakeNewsroom) -> Newsroom:
    """Return a newsroom with a large picture in several sizes."""
    newsroom = make_newsroom("sizes", SIZES)
    newsroom.write("a.jpg", photo(400, 300))
    return newsroom


def work(newsroom: Newsroom) -> int:
    """Do all jobs that are due, and read the records that wait for it."""
    count = make_worker(newsroom.config, newsroom.database, lambda: newsroom.now).work_due()
    newsroom.sync()
    return count


def publish(newsroom: Newsroom, **keys: str) -> None:
    newsroom.now += timedelta(minutes=1)
    newsroom.write("a.md", article(image=IMAGE, **keys))
    newsroom.sync()
    work(newsroom)


def entry(newsroom: Newsroom, headline: str = "Harbour Opens") -> Any:
    entries = feedparser.parse(newsroom.text()).entries
    return next(it for it in entries if it.title == headline)


def content(newsroom: Newsroom, headline: str) -> str:
    items = json.loads(newsroom.text(format="json"))["items"]
    return next(it["content_html"] for it in items if it["title"] == headline)


def widths(newsroom: Newsroom, headline: str = "Harbour Opens") -> list[str]:
    return [it["width"] for it in entry(newsroom, headline).media_content]


def copies(newsroom: Newsroom) -> list[Path]:
    folder = newsroom.config.state / RENDITIONS
    return sorted(folder.iterdir()) if folder.is_dir() else []


def status(newsroom: Newsroom, url: str) -> int:
    return newsroom.client().get(url.removeprefix(HOST)).status_code


def problems(newsroom: Newsroom) -> str:
    return "\n".join(map(str, newsroom.sync().problems))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """Return a newsroom with pages, some of whose articles have pictures in several sizes."""
    newsroom = Newsroom(tmp_path_factory.mktemp("pages"), SIZES.replace(SITE, ""))
    newsroom.write("large.jpg", photo(2000, 1300))
    newsroom.write("small.jpg", photo(1000, 700))
    newsroom.write("lead.md", article("Lead", image="{file: large.jpg, alt: Boats}"))
    newsroom.write("small.md", article("Small", image="small.jpg"))
    newsroom.write("text.md", article("Text", body="One.\n\n![A](large.jpg)\n"))
    newsroom.write("wide.md", article("Wide", body='One.\n\n<img src="small.jpg" width="99%">\n'))
    typed = '<img src="large.jpg" width="300" height="100"><img src="line.svg">'
    newsroom.write("line.svg", "<svg xmlns='http://www.w3.org/2000/svg'></svg>")
    newsroom.write("typed.md", article("Typed", body=f"One.\n\n{typed}\n"))
    newsroom.sync()
    work(newsroom)
    yield newsroom
    newsroom.database.close()


def test_a_large_picture_is_neither_enclosure_nor_thumbnail(published: Newsroom) -> None:
    lead = entry(published, "Lead")
    [enclosure] = lead.enclosures
    assert enclosure.href.endswith("/renditions/articles/large.jpg/1200.jpg")
    assert int(enclosure.length) < len(photo(2000, 1300)) / 3
    [thumbnail] = lead.media_thumbnail
    assert (thumbnail["width"], thumbnail["height"]) == ("640", "416")
    assert widths(published, "Lead") == ["1200", "320", "640", "1920"]
    assert "/articles/large.jpg&" not in published.text()
    assert '/articles/large.jpg"' not in published.text()


@pytest.mark.parametrize("headline", ["Text", "Lead"])
def test_a_text_names_all_sizes_of_a_picture(published: Newsroom, headline: str) -> None:
    [tag] = re.findall("<img[^>]*>", content(published, headline))
    assert re.findall(r"/(\d+)\.jpg (\d+)w", tag) == [
        (it, it) for it in ("320", "640", "1200", "1920")
    ]
    assert 'sizes="(max-width: 720px) 100vw, 720px"' in tag
    assert 'width="1200" height="780"' in tag
    assert re.search(r' src="[^"]*/1200\.jpg"', tag)


def test_a_picture_with_a_typed_width_keeps_it(published: Newsroom) -> None:
    html = content(published, "Typed")
    assert 'width="300" height="195"' in html
    assert 'sizes="(max-width: 300px) 100vw, 300px"' in html
    assert '/articles/line.svg">' in html


def test_a_picture_with_a_width_in_parts_of_the_text_gets_no_height(published: Newsroom) -> None:
    [tag] = re.findall("<img[^>]*>", content(published, "Wide"))
    assert " height=" not in tag.partition(" style=")[0]
    assert "/320.jpg 320w" in tag


def test_each_size_is_served_with_its_true_length_and_for_ever(published: Newsroom) -> None:
    for item in entry(published, "Lead").media_content:
        answer = published.client().get(item["url"].removeprefix(HOST))
        assert (answer.status_code, str(len(answer.data))) == (200, item["filesize"])
        assert answer.mimetype == item["type"] == "image/jpeg"
        assert "immutable" in answer.headers["Cache-Control"]


def test_pages_and_json_have_the_same_size(published: Newsroom) -> None:
    [url] = [it.href for it in entry(published, "Lead").enclosures]
    page = published.client().get("/lead").text
    assert f'<meta property="og:image" content="{url}">' in page
    assert f'<img src="{url}" alt="Boats" width="1200" height="780" srcset="' in page
    assert page.count("<figure>") == 1
    assert f'"image": "{url}"' in published.text(format="json")
    assert "1920.jpg 1920w" in published.client().get("/feeds/latest").text


def test_a_small_picture_is_one_of_its_sizes(published: Newsroom) -> None:
    assert widths(published, "Small") == ["1000", "320", "640"]
    assert entry(published, "Small").enclosures[0].href.endswith("/articles/small.jpg")


def test_a_picture_without_smaller_sizes_stays_as_it_is(newsroom: Newsroom) -> None:
    newsroom.write("a.jpg", png(300, 200))
    newsroom.write("a.md", article(image=IMAGE))
    newsroom.sync()
    before = newsroom.text()
    assert work(newsroom) == 1
    assert newsroom.text() == before


def test_a_publish_waits_for_no_size_and_says_nothing_of_the_large_picture(
    newsroom: Newsroom,
) -> None:
    newsroom.write("a.jpg", photo(4800, 3200))
    newsroom.write("a.md", article(image=IMAGE))
    assert newsroom.sync().problems == ()
    assert "media:group" not in newsroom.text()


def test_without_the_setting_nothing_is_made(make_newsroom: MakeNewsroom) -> None:
    newsroom = make_newsroom("plain", CONFIG)
    newsroom.write("a.jpg", photo(400, 300))
    newsroom.write("a.md", article(image=IMAGE))
    newsroom.sync()
    before = newsroom.text()
    assert work(newsroom) == 0
    assert newsroom.text() == before


def test_the_same_articles_give_the_same_feed_in_another_store(
    newsroom: Newsroom, make_newsroom: MakeNewsroom
) -> None:
    publish(newsroom)
    other = make_newsroom("other", SIZES)
    other.write("a.jpg", photo(400, 300))
    publish(other)
    assert other.text() == newsroom.text()


def test_another_photograph_has_the_old_address_lead_to_it(newsroom: Newsroom) -> None:
    publish(newsroom)
    old = entry(newsroom).media_content[1]["url"]
    newsroom.write("a.jpg", photo(500, 300))
    publish(newsroom)
    answer = newsroom.client().get(old.removeprefix(HOST))
    assert answer.status_code == 302
    assert HOST + answer.headers["Location"] == entry(newsroom).media_content[1]["url"]
    assert len(copies(newsroom)) == 1


def test_another_photograph_under_other_words_ends_the_old_address(newsroom: Newsroom) -> None:
    publish(newsroom)
    old = entry(newsroom).media_content[1]["url"]
    newsroom.write("a.jpg", photo(500, 300))
    newsroom.now += timedelta(minutes=1)
    newsroom.write("a.md", article(image="{file: a.jpg, caption: Another quay}"))
    newsroom.sync()
    work(newsroom)
    assert status(newsroom, old) == 410


def test_a_kill_while_sizes_are_made_leaves_none(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_START", f"import time; time.sleep(1); {jobs._START}")
    newsroom.write("a.md", article(image=IMAGE))
    newsroom.sync()
    making = Thread(target=work, args=[newsroom])
    making.start()
    until(lambda: copies(newsroom))
    newsroom.write("a.md", article(image=IMAGE, status="canceled"))
    newsroom.sync()
    making.join()
    assert copies(newsroom) == []


@pytest.mark.parametrize("how", ["killed", "deleted", "withheld"])
def test_no_size_is_left_of_an_article_that_is(newsroom: Newsroom, how: str) -> None:
    publish(newsroom)
    urls = [it["url"] for it in entry(newsroom).media_content]
    if how == "killed":
        newsroom.write("a.md", article(image=IMAGE, status="canceled"))
    elif how == "withheld":
        newsroom.write("a.md", article(image=IMAGE, status="withheld"))
    else:
        (newsroom.root / "articles/a.md").unlink()
        newsroom.sync()
        newsroom.now += timedelta(minutes=2)
    newsroom.sync()
    assert {status(newsroom, it) for it in urls} <= {404, 410}
    work(newsroom)
    assert copies(newsroom) == []


def test_a_copy_that_another_article_shows_stays(newsroom: Newsroom) -> None:
    publish(newsroom)
    newsroom.write("b.md", article("Other", image=IMAGE))
    newsroom.sync()
    newsroom.write("a.md", article(image=IMAGE, status="canceled"))
    newsroom.sync()
    work(newsroom)
    assert len(copies(newsroom)) == 1
    [other] = [it for it in feedparser.parse(newsroom.text()).entries if it.title == "Other"]
    assert {status(newsroom, it["url"]) for it in other.media_content} == {200}


def test_sizes_are_made_before_an_embargo_ends_and_served_after_it(newsroom: Newsroom) -> None:
    publish(newsroom, embargoed="2026-11-23T13:00:00Z")
    assert newsroom.text().count("<item>") == 0
    [some, *_] = [it.name for it in copies(newsroom)]
    digest = some.partition(".")[0]
    paths = [f"{HOST}/media/{digest}/renditions/articles/a.jpg/{it}.jpg" for it in (320, 640)]
    assert {status(newsroom, it) for it in paths} == {404}
    newsroom.now += timedelta(hours=2)
    newsroom.sync()
    assert widths(newsroom) == ["400", "320"]
    assert {status(newsroom, it["url"]) for it in entry(newsroom).media_content} == {200}


def test_a_picture_that_cannot_be_decoded_is_named(newsroom: Newsroom) -> None:
    newsroom.write("a.jpg", photo(400, 300)[:2000])
    publish(newsroom)
    assert (
        'articles/a.md:1:1: note: image: "articles/a.jpg" cannot be decoded (image file is '
        "truncated"
    ) in problems(newsroom)
    assert "readers get it as it is, in no other size" in problems(newsroom)
    assert work(newsroom) == 0


def test_a_process_that_takes_too_long_is_ended_and_the_picture_named(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_SECONDS", 0.01)
    publish(newsroom)
    assert "takes too long to be decoded" in problems(newsroom)
    assert copies(newsroom) == []


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import os; os.kill(os.getpid(), 24)", "takes too long to be decoded"),
        ("raise SystemExit('the disk is full')", "cannot be made smaller: the disk is full"),
    ],
)
def test_a_process_that_ends_early_is_told_apart(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, program: str, message: str
) -> None:
    monkeypatch.setattr(jobs, "_START", program)
    publish(newsroom)
    with newsroom.database.reading() as connection:
        errors = [it.last_error for it in outbox.jobs(connection)]
    assert any(message in it for it in (*errors, problems(newsroom)))


def test_a_picture_that_changed_meanwhile_is_tried_again(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article(image=IMAGE))
    newsroom.sync()
    newsroom.write("a.jpg", photo(500, 300))
    worker = make_worker(newsroom.config, newsroom.database, lambda: newsroom.now)
    worker.work_due()
    with newsroom.database.reading() as connection:
        [job] = outbox.jobs(connection)
    assert job.last_error.startswith("cannot be read now")
    newsroom.now += timedelta(hours=1)
    newsroom.sync()
    work(newsroom)
    assert widths(newsroom) == ["500", "320"]
    with newsroom.database.reading() as connection:
        assert outbox.jobs(connection) == []


def test_a_lost_copy_is_made_again_and_a_strange_one_deleted(newsroom: Newsroom) -> None:
    publish(newsroom)
    names = [it.name for it in copies(newsroom)]
    copies(newsroom)[0].unlink()
    folder = newsroom.config.state / RENDITIONS
    (folder / "strange.jpg").write_bytes(b"x")
    (folder / ".part-1").mkdir()
    work(newsroom)
    work(newsroom)
    assert [it.name for it in copies(newsroom)] == names


def test_a_store_that_lost_the_article_keeps_no_copies(newsroom: Newsroom) -> None:
    publish(newsroom)
    with newsroom.database.writing() as connection:
        made = renditions.everything(connection)
        [result] = made.values()
        renditions.keep(connection, "0" * 16, result)
    work(newsroom)
    with newsroom.database.reading() as connection:
        assert renditions.everything(connection) == made
    assert len(copies(newsroom)) == 1


def test_sizes_end_with_the_setting(newsroom: Newsroom) -> None:
    publish(newsroom)
    newsroom.configure(CONFIG)
    newsroom.sync()
    assert "media:group" not in newsroom.text()
    work(newsroom)
    assert copies(newsroom) == []


def test_a_job_done_twice_changes_nothing(newsroom: Newsroom) -> None:
    publish(newsroom)
    before = newsroom.text()
    with newsroom.database.writing() as connection:
        sources = renditions.everything(connection)
        outbox.add(connection, renditions.JOB, sources, newsroom.now)
    assert work(newsroom) == 1
    assert newsroom.text() == before
