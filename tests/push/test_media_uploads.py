"""Pictures and sounds in an object store: there before their article, and gone with it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Thread

import feedparser
import pytest
from click.testing import CliRunner

from feedsvc.cli import main
from feedsvc.model.clock import now
from feedsvc.publishing.purging import ADDRESS_PURGE
from feedsvc.push.worker import make_worker
from feedsvc.store import outbox
from feedsvc.store.backup import back_up, restore
from feedsvc.store.outbox import Job
from feedsvc.store.sqlite import FILE_NAME
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article, png
from tests.tools.object_store import S3Server
from tests.tools.photos import photo
from tests.tools.service import until

MEDIA = "https://media.quay.example/pictures"
DATA = png(3, 3)


def config_of(store: str, more: str = "") -> str:
    return f'{CONFIG}\n[media]\nstore = "{store}"\nurl = "{MEDIA}"\n{more}'


@pytest.fixture
def newsroom(make_newsroom: MakeNewsroom, s3: S3Server) -> Newsroom:
    """Return a newsroom with a picture, and a bucket for it."""
    newsroom = make_newsroom("bucket", config_of(s3.place()))
    newsroom.write("a.jpg", DATA)
    return newsroom


def work(newsroom: Newsroom) -> int:
    """Do all jobs that are due, and read the records that wait for it."""
    count = make_worker(newsroom.config, newsroom.database, lambda: newsroom.now).work_due()
    newsroom.sync()
    return count


def publish(newsroom: Newsroom, **keys: str) -> None:
    newsroom.now += timedelta(minutes=1)
    newsroom.write("a.md", article(image="a.jpg", **keys))
    newsroom.sync()


def addresses(newsroom: Newsroom) -> list[str]:
    return [
        it.href for entry in feedparser.parse(newsroom.text()).entries for it in entry.enclosures
    ]


def jobs(newsroom: Newsroom) -> list[Job]:
    with newsroom.database.reading() as connection:
        return outbox.jobs(connection)


def problems(newsroom: Newsroom) -> str:
    return "\n".join(map(str, newsroom.sync().problems))


def test_a_picture_is_stored_and_then_its_article_is_published(
    newsroom: Newsroom, s3: S3Server
) -> None:
    publish(newsroom, body="One.\n\n![A](a.jpg)\n")
    assert newsroom.text().count("<item>") == 0
    assert 'articles/a.md:1:1: note: image: "articles/a.jpg" is not in the store' in problems(
        newsroom
    )
    assert work(newsroom) == 1
    [key] = s3.listed()
    assert addresses(newsroom) == [f"{MEDIA}/{key}"]
    assert f'<img src="{MEDIA}/{key}"' in newsroom.text()
    data, headers = s3.get(key)
    assert data == DATA
    assert headers == {
        "Content-Type": "image/png",
        "Cache-Control": "public, max-age=31536000, s-maxage=3600, immutable",
    }
    assert problems(newsroom) == ""


def test_a_large_sound_with_a_strange_name_is_stored_whole(
    newsroom: Newsroom, s3: S3Server
) -> None:
    data = b"ID3" + os.urandom(12_000_000)
    newsroom.write("Möwen & Wind, 50%.mp3", data)
    newsroom.write("a.md", article(media='[{file: "Möwen & Wind, 50%.mp3"}]'))
    newsroom.sync()
    work(newsroom)
    [key] = s3.listed()
    assert s3.get(key)[0] == data
    [address] = addresses(newsroom)
    assert address.startswith(f"{MEDIA}/{key[:16]}/articles/M%C3%B6wen%20&%20Wind,%2050%25.mp3")


def test_a_store_that_is_away_keeps_the_last_good_version(newsroom: Newsroom, s3: S3Server) -> None:
    publish(newsroom)
    work(newsroom)
    before = newsroom.text()
    s3.stop()
    try:
        newsroom.write("a.jpg", png(4, 4))
        newsroom.write("a.md", article("New Headline", image="a.jpg"))
        newsroom.write("b.md", article("Without a Picture"))
        newsroom.sync()
        work(newsroom)
        assert "New Headline" not in newsroom.text()
        assert "Without a Picture" in newsroom.text()
        assert addresses(newsroom)[0] in before
        assert "cannot be used: " in problems(newsroom)
        assert "it is tried again" in problems(newsroom)
    finally:
        s3.start()
    newsroom.now += timedelta(minutes=5)
    work(newsroom)
    assert "New Headline" in newsroom.text()
    assert problems(newsroom) == ""


@pytest.mark.parametrize(
    ("variable", "reason"),
    [
        ("AWS_SECRET_ACCESS_KEY", "Server returned non-2xx status code: 403 Forbidden; "),
        ("AWS_ACCESS_KEY_ID", ""),
    ],
)
def test_wrong_keys_are_named_in_a_sentence(
    newsroom: Newsroom,
    s3: S3Server,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    reason: str,
) -> None:
    monkeypatch.setenv(variable, "wrong")
    publish(newsroom)
    work(newsroom)
    assert f"(s3://feeds/{s3.path.name} cannot be used: {reason}" in problems(newsroom)
    assert "Debug" not in problems(newsroom)


def test_a_missing_bucket_is_named(make_newsroom: MakeNewsroom, s3: S3Server) -> None:
    newsroom = make_newsroom("none", config_of(f"s3://none?endpoint={s3.url}&region=quay"))
    newsroom.write("a.jpg", DATA)
    publish(newsroom)
    work(newsroom)
    assert "(s3://none cannot be used: NoSuchBucket" in problems(newsroom)


def test_a_picture_that_is_not_tried_again_is_named(newsroom: Newsroom, s3: S3Server) -> None:
    publish(newsroom)
    with newsroom.database.writing() as connection:
        [job] = outbox.claim(connection, 1, newsroom.now)
        outbox.bury(connection, job, "is full")
    assert '(is full; have it tried again by "feedsvc jobs --retry-all")' in problems(newsroom)
    with newsroom.database.writing() as connection:
        outbox.retry(connection, None, newsroom.now)
    work(newsroom)
    assert problems(newsroom) == ""


@pytest.mark.parametrize("how", ["canceled", "withheld", "deleted"])
def test_a_picture_goes_with_its_article(newsroom: Newsroom, s3: S3Server, how: str) -> None:
    publish(newsroom)
    work(newsroom)
    assert len(s3.listed()) == 1
    if how == "deleted":
        (newsroom.root / "articles/a.md").unlink()
        newsroom.sync()
        newsroom.now += timedelta(minutes=2)
        newsroom.sync()
    else:
        publish(newsroom, status=how)
    work(newsroom)
    assert s3.listed() == []


def test_a_picture_that_another_article_shows_stays(newsroom: Newsroom, s3: S3Server) -> None:
    newsroom.write("b.md", article("Other", image="a.jpg"))
    publish(newsroom)
    work(newsroom)
    publish(newsroom, status="canceled")
    work(newsroom)
    assert len(s3.listed()) == 1


def test_a_picture_goes_when_its_article_expires(newsroom: Newsroom, s3: S3Server) -> None:
    publish(newsroom, expires="2026-11-23T13:00:00Z")
    work(newsroom)
    assert len(s3.listed()) == 1
    newsroom.now += timedelta(hours=2)
    work(newsroom)
    assert s3.listed() == []


def test_nothing_under_embargo_is_stored_before_its_moment(
    newsroom: Newsroom, s3: S3Server
) -> None:
    publish(newsroom, embargoed="2026-11-23T13:00:00Z")
    work(newsroom)
    assert s3.listed() == []
    newsroom.now += timedelta(hours=2)
    newsroom.sync()
    [own] = addresses(newsroom)
    assert newsroom.client().get(own.removeprefix("https://feeds.quay.example")).data == DATA
    work(newsroom)
    assert addresses(newsroom) == [f"{MEDIA}/{s3.listed()[0]}"]


def test_a_kill_while_its_picture_is_stored_deletes_it(newsroom: Newsroom, s3: S3Server) -> None:
    publish(newsroom)
    storing = Thread(target=work, args=[newsroom])
    s3.pause()
    try:
        storing.start()
        until(lambda: any(it.lease_by for it in jobs(newsroom)))
        time.sleep(0.5)  # until it asks the store
        newsroom.write("a.md", article(image="a.jpg", status="canceled"))
        newsroom.sync()
    finally:
        s3.resume()
        storing.join()
    work(newsroom)
    assert s3.listed() == []
    assert jobs(newsroom) == []


def test_an_article_that_has_expired_waits_for_no_picture(newsroom: Newsroom, s3: S3Server) -> None:
    publish(newsroom, expires="2026-11-22T13:00:00Z")
    assert work(newsroom) == 0
    assert s3.listed() == []


def test_a_job_without_a_store_is_dropped(newsroom: Newsroom) -> None:
    publish(newsroom)
    newsroom.configure(CONFIG)
    newsroom.sync()
    assert work(newsroom) == 1
    assert jobs(newsroom) == []


def test_a_picture_is_stored_under_the_address_of_aws_where_no_other_is_named(
    make_newsroom: MakeNewsroom, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT", s3.url)
    newsroom = make_newsroom("aws", config_of(s3.place().partition("?")[0]))
    newsroom.write("a.jpg", DATA)
    publish(newsroom)
    work(newsroom)
    assert len(s3.listed()) == 1


def test_all_sizes_of_a_picture_are_stored(make_newsroom: MakeNewsroom, s3: S3Server) -> None:
    newsroom = make_newsroom("sizes", config_of(s3.place(), "renditions = true\n"))
    newsroom.write("a.jpg", photo(400, 300))
    publish(newsroom)
    while work(newsroom):
        pass
    [entry] = feedparser.parse(newsroom.text()).entries
    urls = [it["url"] for it in entry.media_content]
    assert sorted(urls) == [f"{MEDIA}/{it}" for it in s3.listed()]
    assert len(urls) == 2


def test_articles_move_to_a_store_without_a_dead_picture(
    make_newsroom: MakeNewsroom, s3: S3Server
) -> None:
    newsroom = make_newsroom("moving", CONFIG)
    newsroom.write("a.jpg", DATA)
    publish(newsroom)
    before = newsroom.text()
    newsroom.configure(config_of(s3.place()))
    newsroom.sync()
    assert addresses(newsroom)[0] in before
    work(newsroom)
    assert addresses(newsroom) == [f"{MEDIA}/{s3.listed()[0]}"]
    newsroom.configure(CONFIG)
    newsroom.sync()
    assert newsroom.text() == before
    assert work(newsroom) == 0


def test_a_store_made_anew_sends_nothing_twice(newsroom: Newsroom, s3: S3Server) -> None:
    publish(newsroom)
    work(newsroom)
    [key] = s3.listed()
    file = s3.path / key
    before = file.stat().st_mtime_ns
    newsroom.database.close()
    for left in newsroom.config.state.iterdir():
        left.unlink() if left.is_file() else None
    newsroom.config.state.rmdir()
    newsroom.open()
    newsroom.sync()
    work(newsroom)
    assert addresses(newsroom) == [f"{MEDIA}/{key}"]
    assert file.stat().st_mtime_ns == before


def test_a_restored_store_looks_for_each_picture_again(newsroom: Newsroom, s3: S3Server) -> None:
    publish(newsroom)
    work(newsroom)
    [key] = s3.listed()
    copy = newsroom.root / "copy.sqlite"
    back_up(newsroom.config.state / FILE_NAME, copy)
    publish(newsroom, status="withheld")
    work(newsroom)
    assert s3.listed() == []
    publish(newsroom)
    restore(copy, newsroom.config.state, lambda: newsroom.now)
    work(newsroom)
    assert s3.listed() == [key]


def test_a_picture_that_changed_meanwhile_is_tried_again(newsroom: Newsroom, s3: S3Server) -> None:
    publish(newsroom)
    newsroom.write("a.jpg", png(5, 5))
    make_worker(newsroom.config, newsroom.database, lambda: newsroom.now).work_due()
    assert s3.listed() == []
    newsroom.now += timedelta(minutes=5)
    newsroom.sync()
    work(newsroom)
    assert s3.get(s3.listed()[0])[0] == png(5, 5)


def test_a_folder_is_used_like_a_bucket(make_newsroom: MakeNewsroom, tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    newsroom = make_newsroom("folder", config_of(str(folder)))
    newsroom.write("a.jpg", DATA)
    publish(newsroom)
    work(newsroom)
    [file] = [it for it in folder.rglob("*") if it.is_file()]
    assert file.read_bytes() == DATA
    assert file.stat().st_mode & 0o777 == 0o644
    assert addresses(newsroom) == [f"{MEDIA}/{file.relative_to(folder).as_posix()}"]
    publish(newsroom, status="canceled")
    work(newsroom)
    assert [*folder.iterdir()] == []


def test_a_folder_that_cannot_be_written_is_named(
    make_newsroom: MakeNewsroom, tmp_path: Path
) -> None:
    (tmp_path / "shared").write_text("a file")
    newsroom = make_newsroom("folder", config_of(str(tmp_path / "shared")))
    newsroom.write("a.jpg", DATA)
    publish(newsroom)
    work(newsroom)
    assert "shared cannot be used: Not a directory" in problems(newsroom)


@pytest.fixture
def sweep(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return a function that runs ``feedsvc media sweep``."""
    monkeypatch.setenv("FEEDSVC_CONFIG", str(newsroom.root / "config.toml"))

    def run(*options: str) -> str:
        result = CliRunner().invoke(main, ["media", "sweep", *options], catch_exceptions=False)
        return result.output

    return run


def test_a_sweep_deletes_what_no_article_shows(
    newsroom: Newsroom,
    s3: S3Server,
    sweep: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(newsroom)
    work(newsroom)
    [old] = s3.listed()
    newsroom.write("a.jpg", png(4, 4))
    publish(newsroom)
    work(newsroom)
    [new] = set(s3.listed()) - {old}
    other = s3.path / "notes.txt"
    other.write_text("not of feedsvc")
    assert sweep("--dry-run") == "0 objects with 0 bytes would be deleted\n"
    monkeypatch.setattr("feedsvc.cli.media.now", lambda: now() + timedelta(hours=2))
    assert sweep("--dry-run") == f"{old}\n1 objects with {len(DATA)} bytes would be deleted\n"
    assert old in s3.listed()
    assert sweep() == f"{old}\n1 objects with {len(DATA)} bytes deleted\n"
    assert s3.listed() == [new, "notes.txt"]


def test_a_sweep_deletes_files_of_a_folder(
    newsroom: Newsroom, tmp_path: Path, sweep: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.configure(config_of(str(tmp_path / "shared")))
    publish(newsroom)
    work(newsroom)
    orphan = tmp_path / "shared" / ("0" * 16) / "articles/b.jpg"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"1234")
    monkeypatch.setattr("feedsvc.cli.media.now", lambda: now() + timedelta(hours=2))
    assert sweep().endswith("/articles/b.jpg\n1 objects with 4 bytes deleted\n")
    assert [it.name for it in (tmp_path / "shared").rglob("*.jpg")] == ["a.jpg"]


def test_a_sweep_needs_a_store(newsroom: Newsroom, sweep: Callable[..., str]) -> None:
    newsroom.configure(CONFIG)
    assert "config.toml has no [media] store" in sweep()


def test_a_cdn_purges_what_was_deleted_in_the_bucket(
    make_newsroom: MakeNewsroom, s3: S3Server
) -> None:
    cdn = '[cdn]\npurge = "webhook"\nservers = "http://127.0.0.1:9"\n'
    newsroom = make_newsroom("purged", config_of(s3.place(), cdn))
    newsroom.write("a.jpg", DATA)
    publish(newsroom)
    work(newsroom)
    [key] = s3.listed()
    newsroom.now += timedelta(minutes=1)
    newsroom.write("a.md", article(status="canceled"))
    newsroom.sync()
    assert purged(newsroom) == set()  # else the CDN could fetch it once more
    work(newsroom)
    assert s3.listed() == []
    assert purged(newsroom) == {f"127.0.0.1:9 {MEDIA}/{key}"}
    assert f"127.0.0.1:9 media:{key}" in {job.key for job in jobs(newsroom)}


def purged(newsroom: Newsroom) -> set[str]:
    return {job.key for job in jobs(newsroom) if job.kind == ADDRESS_PURGE}
