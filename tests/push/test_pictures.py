"""Pictures of other servers: published at once, and enclosures as soon as they were fetched."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import escape

import feedparser
import pytest
from click.testing import CliRunner

from feedsvc.cli import main
from feedsvc.model.paths import FETCHED
from feedsvc.push.http_client import HttpClient
from feedsvc.push.pictures import LIMITS
from feedsvc.push.worker import Worker
from feedsvc.store import outbox, remote_pictures
from feedsvc.store.outbox import OutboxState
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article, png
from tests.tools import pictures as samples
from tests.tools.other_server import OtherServer, picture, status

Modes = Callable[[str], Newsroom]


@pytest.fixture
def newsroom_that(make_newsroom: MakeNewsroom) -> Modes:
    """Return a function that makes a newsroom whose pictures are copied, measured or left."""
    return lambda mode: make_newsroom(mode, config_of(mode))


def config_of(mode: str) -> str:
    return f'{CONFIG}\n[media]\nremote = "{mode}"\nallow_private = true\n'


def worker_of(newsroom: Newsroom, *, allow_private: bool = True) -> Worker:
    client = HttpClient("test/1", allow_private=allow_private)
    return Worker(newsroom.config, newsroom.database, lambda: newsroom.now, client)


def work(newsroom: Newsroom) -> int:
    """Do all jobs that are due, and read the records that wait for it."""
    count = worker_of(newsroom).work_due()
    newsroom.sync()
    return count


def state(newsroom: Newsroom) -> OutboxState:
    with newsroom.database.reading() as connection:
        return outbox.state(connection)


def enclosure(newsroom: Newsroom) -> tuple[str, str, str] | None:
    """Return address, type and length of the enclosure of the only entry."""
    [entry] = feedparser.parse(newsroom.text()).entries
    return next(((it.href, it.type, it.length) for it in entry.enclosures), None)


def copies(newsroom: Newsroom) -> list[str]:
    folder = newsroom.config.state / FETCHED
    return sorted(it.name for it in folder.iterdir()) if folder.is_dir() else []


def body_of(newsroom: Newsroom, url: str) -> tuple[int, bytes]:
    answer = newsroom.client().get(url.removeprefix("https://feeds.quay.example"))
    return answer.status_code, answer.data


def test_a_measured_picture_becomes_an_enclosure_with_its_true_length_and_type(
    newsroom_that: Modes, server: OtherServer
) -> None:
    newsroom, data = newsroom_that("measure"), png(40, 30)
    server.answers["/a.jpg"] = picture(data, "image/jpeg")
    url = server.url("/a.jpg")
    newsroom.write("a.md", article(image=f"{{url: '{url}', type: image/jpeg, length: 7}}"))
    newsroom.sync()
    assert url in newsroom.text()
    assert work(newsroom) == 1
    assert enclosure(newsroom) == (url, "image/png", str(len(data)))
    assert 'width="40" height="30"' in newsroom.text()
    assert copies(newsroom) == []
    assert state(newsroom) == OutboxState(0, 0, None)


def test_a_measured_picture_keeps_its_address_where_that_is_redirected(
    newsroom_that: Modes, server: OtherServer
) -> None:
    newsroom = newsroom_that("measure")
    server.answers["/old"] = status(301, Location="/new.png")
    server.answers["/new.png"] = picture(png())
    newsroom.write("a.md", article(image=server.url("/old")))
    newsroom.sync()
    work(newsroom)
    assert enclosure(newsroom) == (server.url("/old"), "image/png", str(len(png())))


def test_the_length_of_a_measured_picture_is_that_of_all_its_bytes(
    newsroom_that: Modes, server: OtherServer
) -> None:
    newsroom = newsroom_that("measure")
    server.answers["/a.jpg"] = picture(samples.jpeg())
    newsroom.write("a.md", article(image=server.url("/a.jpg")))
    newsroom.sync()
    work(newsroom)
    assert enclosure(newsroom) == (server.url("/a.jpg"), "image/jpeg", str(len(samples.jpeg())))


def test_a_copied_picture_is_served_from_here_without_its_metadata(
    newsroom_that: Modes, server: OtherServer
) -> None:
    newsroom = newsroom_that("copy")
    server.answers["/a.jpg"] = picture(samples.jpeg(), "application/octet-stream")
    newsroom.write("a.md", article(image=server.url("/a.jpg")))
    newsroom.sync()
    work(newsroom)
    address, kind, length = enclosure(newsroom) or ("", "", "")
    assert re.fullmatch(r"https://feeds\.quay\.example/media/\w{16}/fetched/\w{16}\.jpg", address)
    clean = samples.jpeg(clean=True)
    assert (kind, length) == ("image/jpeg", str(len(clean)))
    assert body_of(newsroom, address) == (200, clean)
    assert server.url("/") not in newsroom.text()
    [name] = copies(newsroom)
    assert (newsroom.config.state / FETCHED / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", ["copy", "measure"])
def test_the_first_picture_of_a_text_is_fetched_and_shown_once(
    newsroom_that: Modes, server: OtherServer, mode: str
) -> None:
    newsroom = newsroom_that(mode)
    path = "/a.png?b=1&c=2"
    server.answers[path] = picture(png(300, 200))
    url = server.url(path)
    body = f'One.\n\n<img alt="A harbour" src="{escape(url)}">\n\nTwo <img src="{url}9"> <img>'
    newsroom.write("a.md", article(body=body))
    newsroom.sync()
    work(newsroom)
    [entry] = feedparser.parse(newsroom.text()).entries
    shown = re.findall('<img [^>]*src="([^"]*)"', entry.content[0].value)
    address, _, _ = enclosure(newsroom) or ("", "", "")
    assert shown == [escape(address), escape(f"{url}9")]
    assert (address == url) is (mode == "measure")
    assert 'height="200"' in entry.content[0].value


def test_pictures_are_left_alone_where_nothing_else_is_configured(
    newsroom: Newsroom, server: OtherServer
) -> None:
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    assert work(newsroom) == 0
    assert enclosure(newsroom) is None
    assert server.requests == []


def test_the_feeds_are_the_same_bytes_in_another_store(
    make_newsroom: MakeNewsroom, server: OtherServer
) -> None:
    server.answers["/a.png"] = picture(png(40, 30))
    texts = list[str]()
    for name in ("first", "second"):
        newsroom = make_newsroom(name, config_of("copy"))
        newsroom.write("a.md", article(image=server.url("/a.png")))
        newsroom.sync()
        work(newsroom)
        texts.append(newsroom.text())
    assert "/fetched/" in texts[0]
    assert texts[0] == texts[1]


def test_a_feed_that_gets_an_enclosure_has_another_validator_and_the_same_dates(
    newsroom_that: Modes, server: OtherServer
) -> None:
    newsroom = newsroom_that("measure")
    server.answers["/a.png"] = picture(png())
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    before, dated = newsroom.document(), feedparser.parse(newsroom.text("", "atom")).entries[0]
    newsroom.now += timedelta(minutes=1)
    work(newsroom)
    after, again = newsroom.document(), feedparser.parse(newsroom.text("", "atom")).entries[0]
    assert before.etag != after.etag
    assert (dated.id, dated.published, dated.updated) == (again.id, again.published, again.updated)


def test_a_picture_that_many_stories_show_is_fetched_once(
    newsroom_that: Modes, server: OtherServer
) -> None:
    newsroom = newsroom_that("measure")
    server.answers["/a.png"] = picture(png())
    for number in range(20):
        newsroom.write(f"{number}.md", article(f"Story {number}", image=server.url("/a.png")))
    newsroom.sync()
    assert work(newsroom) == 1
    newsroom.write("late.md", article("Late", image=server.url("/a.png")))
    newsroom.sync()
    assert work(newsroom) == 0
    assert newsroom.text().count("<enclosure ") == 21
    assert server.asked() == ["/a.png"]


def test_another_address_is_fetched_and_the_former_copy_deleted(
    newsroom_that: Modes, server: OtherServer
) -> None:
    newsroom = newsroom_that("copy")
    server.answers |= {"/a.png": picture(png(2)), "/b.png": picture(png(3))}
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    work(newsroom)
    [first] = copies(newsroom)
    newsroom.write("a.md", article(image=server.url("/b.png")))
    newsroom.sync()
    work(newsroom)
    [second] = copies(newsroom)
    assert first != second
    assert server.asked() == ["/a.png", "/b.png"]
    assert second in newsroom.text()


def test_a_kill_withdraws_the_copy_at_once_and_deletes_it(
    newsroom_that: Modes, server: OtherServer
) -> None:
    newsroom = newsroom_that("copy")
    server.answers["/a.png"] = picture(png())
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    work(newsroom)
    address, _, _ = enclosure(newsroom) or ("", "", "")
    newsroom.write("a.md", article(image=server.url("/a.png"), status="canceled", note="Wrong."))
    newsroom.sync()
    assert body_of(newsroom, address)[0] == 410
    assert work(newsroom) == 1
    assert copies(newsroom) == []
    assert body_of(newsroom, address)[0] == 410
    with newsroom.database.reading() as connection:
        assert remote_pictures.get_many(connection, [server.url("/a.png")]) == {}


@pytest.mark.parametrize("way", ["deleted", "draft"])
def test_a_copy_goes_with_the_last_article_that_shows_it(
    newsroom_that: Modes, server: OtherServer, way: str
) -> None:
    newsroom = newsroom_that("copy")
    newsroom.configure(f"{config_of('copy')}[articles]\ngrace = 0\n")
    server.answers["/a.png"] = picture(png())
    for name in ("a", "b", "c"):
        newsroom.write(f"{name}.md", article(name, image=server.url("/a.png")))
    newsroom.sync()
    work(newsroom)
    for left, name in ((1, "a"), (0, "b")):
        if way == "draft":
            newsroom.write(f"{name}.md", article(name, status="draft"))
        else:
            (newsroom.root / f"articles/{name}.md").unlink()
        newsroom.write("c.md", article("c"))
        newsroom.sync()
        work(newsroom)
        assert len(copies(newsroom)) == left


def test_a_withheld_story_keeps_its_copy(newsroom_that: Modes, server: OtherServer) -> None:
    newsroom = newsroom_that("copy")
    server.answers["/a.png"] = picture(png())
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    work(newsroom)
    address, _, _ = enclosure(newsroom) or ("", "", "")
    newsroom.write("a.md", article(image=server.url("/a.png"), status="withheld"))
    newsroom.sync()
    assert work(newsroom) == 0
    assert body_of(newsroom, address)[0] == 404
    assert len(copies(newsroom)) == 1


def test_one_copy_of_two_addresses_stays_while_one_is_shown(
    newsroom_that: Modes, server: OtherServer
) -> None:
    newsroom = newsroom_that("copy")
    server.answers |= {"/a.png": picture(png()), "/b.png": picture(png())}
    newsroom.write("a.md", article("A", image=server.url("/a.png")))
    newsroom.write("b.md", article("B", image=server.url("/b.png")))
    newsroom.sync()
    work(newsroom)
    assert len(copies(newsroom)) == 1
    newsroom.write("a.md", article("A"))
    newsroom.sync()
    work(newsroom)
    assert len(copies(newsroom)) == 1
    address, _, _ = next(
        (it.href, it.type, it.length)
        for entry in feedparser.parse(newsroom.text()).entries
        for it in entry.enclosures
    )
    assert body_of(newsroom, address) == (200, png())


def test_a_copy_is_not_served_before_the_end_of_the_embargo(
    newsroom_that: Modes, server: OtherServer
) -> None:
    newsroom = newsroom_that("copy")
    server.answers["/a.png"] = picture(png())
    newsroom.write("a.md", article(image=server.url("/a.png"), embargoed="2026-11-24 08:00"))
    newsroom.sync()
    work(newsroom)
    [name] = copies(newsroom)
    with newsroom.database.reading() as connection:
        [known] = remote_pictures.get_many(connection, [server.url("/a.png")]).values()
    assert known.path == f"{FETCHED}/{name}"
    address = f"/media/{name.partition('.')[0]}/{known.path}"
    assert body_of(newsroom, address)[0] == 404
    assert name not in newsroom.text()
    newsroom.now += timedelta(days=1)
    newsroom.sync()
    assert body_of(newsroom, address) == (200, png())
    assert enclosure(newsroom) is not None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (status(410), "is answered 410"),
        (status(403), "is answered 403"),
        (status(304), "is answered 304"),
        (status(200, b"<p>Log in", Content_Type="text/html"), "is text/html, not image/…"),
        (picture(b"<p>Log in"), "is of a kind that feeds do not carry, not a picture"),
        (picture(b"%PDF-1.7"), "is application/pdf, not a picture"),
        (picture(bytes(LIMITS.size + 1)), "is longer than 20,000,000 bytes"),
        (status(302, Location="http://169.254.169.254/"), "where nothing is ever fetched from"),
    ],
)
def test_a_picture_that_is_none_is_a_note_and_is_not_tried_again(
    newsroom_that: Modes,
    server: OtherServer,
    answer: Callable[..., None],
    reason: str,
) -> None:
    newsroom = newsroom_that("copy")
    server.answers["/a.png"] = answer
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    work(newsroom)
    [problem] = newsroom.sync().problems
    assert problem.note
    assert str(problem).startswith(f'articles/a.md:1:1: note: image: "{server.url("/a.png")}"')
    assert reason in problem.message
    assert 'feedsvc jobs --retry-all"' in problem.message
    assert enclosure(newsroom) is None
    assert copies(newsroom) == []
    newsroom.now += timedelta(days=9)
    assert work(newsroom) == 0
    newsroom.write("a.md", article("Another Headline", image=server.url("/a.png")))
    newsroom.sync()
    assert work(newsroom) == 0
    assert state(newsroom) == OutboxState(0, 1, None)


@pytest.mark.parametrize("code", [404, 429, 500, 503])
def test_a_picture_that_may_come_is_tried_again_until_it_is_there(
    newsroom_that: Modes, server: OtherServer, code: int
) -> None:
    newsroom = newsroom_that("measure")
    server.answers["/a.png"] = status(code, Retry_After="3600")
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    work(newsroom)
    [problem] = newsroom.sync().problems
    assert f"is answered {code}" in problem.message
    assert "it is tried again" in problem.message
    newsroom.now += timedelta(minutes=59)
    assert work(newsroom) == 0
    server.answers["/a.png"] = picture(png())
    newsroom.now += timedelta(minutes=1)
    assert work(newsroom) == 1
    assert enclosure(newsroom) is not None
    assert newsroom.sync().problems == ()


def test_a_picture_that_never_comes_fails_for_good(
    newsroom_that: Modes, server: OtherServer
) -> None:
    newsroom = newsroom_that("measure")
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    for _ in range(outbox.TRIES):
        assert work(newsroom) == 1
        newsroom.now += timedelta(days=1)
    assert work(newsroom) == 0
    assert state(newsroom) == OutboxState(0, 1, None)


def test_a_kill_ends_the_job_of_a_picture_that_failed(
    newsroom_that: Modes, server: OtherServer
) -> None:
    newsroom = newsroom_that("copy")
    server.answers["/a.png"] = status(410)
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    work(newsroom)
    newsroom.write("a.md", article(status="canceled", note="Wrong."))
    newsroom.sync()
    work(newsroom)
    assert state(newsroom) == OutboxState(0, 0, None)
    assert newsroom.sync().problems == ()


def test_a_story_that_is_killed_while_its_picture_is_fetched_leaves_no_copy(
    newsroom_that: Modes, server: OtherServer
) -> None:
    newsroom = newsroom_that("copy")

    def killed_meanwhile(handler: object) -> None:
        newsroom.write("a.md", article(status="canceled", note="Wrong."))
        newsroom.sync()
        picture(png())(handler)  # pyright: ignore[reportArgumentType]

    server.answers["/a.png"] = killed_meanwhile
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    assert work(newsroom) == 2
    assert copies(newsroom) == []
    assert state(newsroom) == OutboxState(0, 0, None)


def test_a_story_may_name_two_pictures_of_which_one_is_there(
    newsroom_that: Modes, server: OtherServer
) -> None:
    newsroom = newsroom_that("measure")
    server.answers["/a.png"] = picture(png())
    lead, other = server.url("/a.png"), server.url("/b.png")
    newsroom.write("a.md", article(image=lead, images=f"[{other}]"))
    newsroom.sync()
    work(newsroom)
    assert enclosure(newsroom) == (lead, "image/png", str(len(png())))
    assert escape(other) in newsroom.text()


def test_a_picture_that_is_shown_again_before_it_is_forgotten_stays(
    newsroom_that: Modes, server: OtherServer
) -> None:
    newsroom = newsroom_that("copy")
    server.answers["/a.png"] = picture(png())
    for image in (server.url("/a.png"), "", server.url("/a.png")):
        newsroom.write("a.md", article(image=image))
        newsroom.sync()
        if not server.requests:
            work(newsroom)
    work(newsroom)
    assert enclosure(newsroom) is not None
    assert len(copies(newsroom)) == 1
    assert server.asked() == ["/a.png"]


def test_another_mode_measures_and_copies_anew(newsroom_that: Modes, server: OtherServer) -> None:
    newsroom = newsroom_that("copy")
    server.answers["/a.jpg"] = picture(samples.jpeg())
    newsroom.write("a.md", article(image=server.url("/a.jpg")))
    newsroom.sync()
    work(newsroom)
    newsroom.configure(config_of("measure"))
    newsroom.sync()
    assert enclosure(newsroom) is None
    work(newsroom)
    assert enclosure(newsroom) == (server.url("/a.jpg"), "image/jpeg", str(len(samples.jpeg())))
    assert copies(newsroom) == []
    newsroom.configure(config_of("leave"))
    newsroom.sync()
    work(newsroom)
    assert enclosure(newsroom) is None
    newsroom.configure(config_of("copy"))
    newsroom.sync()
    work(newsroom)
    assert len(copies(newsroom)) == 1


def test_a_copy_that_is_lost_is_fetched_again(newsroom_that: Modes, server: OtherServer) -> None:
    newsroom = newsroom_that("copy")
    server.answers["/a.png"] = picture(png())
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    work(newsroom)
    address, _, _ = enclosure(newsroom) or ("", "", "")
    [name] = copies(newsroom)
    folder = newsroom.config.state / FETCHED
    (folder / name).unlink()
    for left in (".part-killed", "of-another-store.png"):
        (folder / left).write_bytes(b"x")
    assert body_of(newsroom, address)[0] == 404
    assert work(newsroom) == 1
    assert copies(newsroom) == [name]
    assert body_of(newsroom, address) == (200, png())


def test_a_picture_that_was_fetched_already_is_not_fetched_again(
    newsroom_that: Modes, server: OtherServer
) -> None:
    newsroom = newsroom_that("copy")
    server.answers["/a.png"] = picture(png())
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    work(newsroom)
    with newsroom.database.writing() as connection:
        outbox.add(connection, remote_pictures.JOB, [server.url("/a.png")], newsroom.now)
    assert work(newsroom) == 1
    assert server.asked() == ["/a.png"]


def test_nothing_inside_is_fetched_without_permission(
    newsroom_that: Modes, server: OtherServer
) -> None:
    newsroom = newsroom_that("measure")
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    worker_of(newsroom, allow_private=False).work_due()
    [problem] = newsroom.sync().problems
    assert "only 80 and 443 are used" in problem.message
    assert server.requests == []


def test_a_copy_is_a_file_of_the_static_site(
    newsroom_that: Modes, server: OtherServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom = newsroom_that("copy")
    server.answers["/a.jpg"] = picture(samples.jpeg())
    newsroom.write("a.md", article(image=server.url("/a.jpg")))
    newsroom.sync()
    work(newsroom)
    address, _, _ = enclosure(newsroom) or ("", "", "")
    monkeypatch.chdir(newsroom.root)
    result = CliRunner().invoke(main, ["build", "out"])
    assert result.exit_code == 0, result.output
    file = newsroom.root / "out/site" / address.removeprefix("https://feeds.quay.example/")
    assert file.read_bytes() == samples.jpeg(clean=True)
