"""The addresses of pictures and sounds: what they answer while articles change."""

from __future__ import annotations

import hashlib
import os
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from feedsvc.syndication import media as media_files
from tests.conftest import CONFIG, Newsroom, article, png
from tests.tools import pictures

PATH = "articles/a.jpg"
IMAGE = '{file: a.jpg, caption: "The mayor", credit: "Ann", alt: "A face"}'
EXPIRED = "2026-11-23T11:59:59Z"


def address(data: bytes, path: str = PATH) -> str:
    return f"/media/{hashlib.sha256(data).hexdigest()[:16]}/{path}"


def status(newsroom: Newsroom, url: str, **headers: str) -> int:
    with newsroom.client().get(url, headers=headers) as answer:
        return answer.status_code


def put(newsroom: Newsroom, picture: bytes | None = None, /, **keys: str) -> str:
    """Publish an article, perhaps with another picture; return the picture's address."""
    newsroom.now += timedelta(minutes=1)
    if picture is not None:
        newsroom.write("a.jpg", picture)
    body = keys.pop("body", "Ships came in.")
    newsroom.write("a.md", article(body=body, **{"image": IMAGE, **keys}))
    newsroom.sync()
    return address(picture or b"")


@pytest.fixture
def old(newsroom: Newsroom) -> str:
    """Publish an article with a picture; return the picture's address."""
    url = put(newsroom, png(3, 3))
    assert status(newsroom, url) == 200
    return url


def test_readers_get_a_picture_without_its_metadata(newsroom: Newsroom) -> None:
    clean = pictures.jpeg(clean=True)
    put(newsroom, pictures.jpeg())
    with newsroom.client().get(address(clean)) as answer:
        assert answer.data == clean
        assert answer.content_length == len(clean)
        assert answer.headers["ETag"].strip('"') in address(clean)
    assert (newsroom.config.articles / "a.jpg").read_bytes() == pictures.jpeg()
    enclosure = f'<enclosure url="https://feeds.quay.example{address(clean)}" length="{len(clean)}"'
    assert enclosure in newsroom.text()
    assert f'"size_in_bytes":{len(clean)}' in newsroom.text(format="json").replace(" ", "")


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=30-399", slice(30, 400)),
        ("bytes=-5", slice(-5, None)),
    ],
)
def test_a_range_is_one_of_what_is_published(newsroom: Newsroom, asked: str, part: slice) -> None:
    clean = pictures.jpeg(clean=True)
    put(newsroom, pictures.jpeg())
    with newsroom.client().get(address(clean), headers={"Range": asked}) as answer:
        assert answer.status_code == 206
        assert answer.data == clean[part]
        assert answer.headers["Content-Range"].endswith(f"/{len(clean)}")


def test_the_address_of_the_whole_file_shows_no_metadata(newsroom: Newsroom) -> None:
    put(newsroom, pictures.jpeg())
    with newsroom.client().get(address(pictures.jpeg())) as answer:
        assert answer.data == pictures.jpeg(clean=True)


def test_a_cdn_can_purge_a_picture(newsroom: Newsroom) -> None:
    newsroom.configure(CONFIG + '[cdn]\ntags = "surrogate-key"\n')
    url = put(newsroom, png(3, 3))
    with newsroom.client().get(url) as answer:
        assert answer.headers["Surrogate-Key"] == f"media:{url.removeprefix('/media/')} feedsvc"
    put(newsroom, status="canceled")
    with newsroom.client().get(url) as answer:
        assert answer.headers["Surrogate-Key"] == "feedsvc absent"


def test_check_names_what_is_left_out(newsroom: Newsroom) -> None:
    newsroom.write("b.jpg", pictures.jpeg())
    put(newsroom, pictures.jpeg(), body="![A quay](b.jpg)")
    notes = [str(problem) for problem in newsroom.sync().problems]
    assert len(notes) == 2
    assert all("note: " in note and "the position where it was taken" in note for note in notes)
    assert [note.split(" is published")[0] for note in notes] == [
        'articles/a.md:4:1: note: image.file: "a.jpg"',
        'articles/a.md:6:11: note: body: "b.jpg"',
    ]


@pytest.mark.parametrize(
    ("keys", "answered"),
    [
        ({"status": "withheld"}, 404),
        ({"status": "draft"}, 404),
        ({"expires": EXPIRED}, 404),
        ({"embargoed": "2026-12-01"}, 404),
        ({"image": ""}, 404),
        ({"status": "canceled", "note": "Wrong."}, 410),
    ],
)
def test_only_pictures_of_articles_that_readers_may_have_are_served(
    newsroom: Newsroom, old: str, keys: dict[str, str], answered: int
) -> None:
    put(newsroom, **keys)
    assert status(newsroom, old) == answered
    put(newsroom)
    assert status(newsroom, old) == 200


def test_a_picture_ends_with_its_article_by_time_alone(newsroom: Newsroom) -> None:
    url = put(newsroom, png(3, 3), expires="2026-11-23T12:30:00Z")
    assert status(newsroom, url) == 200
    newsroom.now += timedelta(minutes=29)
    assert status(newsroom, url) == 404


def test_a_picture_of_an_article_whose_file_is_gone_is_not_served(
    newsroom: Newsroom, old: str
) -> None:
    newsroom.write("b.md", article("B"))
    newsroom.write("c.md", article("C"))
    newsroom.sync()
    record = newsroom.config.articles / "a.md"
    text = record.read_text()
    record.unlink()
    newsroom.sync()
    assert status(newsroom, old) == 404
    record.write_text(text)
    newsroom.sync()
    assert status(newsroom, old) == 200
    record.unlink()
    newsroom.sync()
    newsroom.now += timedelta(days=2)
    newsroom.sync()
    assert status(newsroom, old) == 410


def test_a_picture_that_another_article_shows_stays(newsroom: Newsroom, old: str) -> None:
    newsroom.write("b.md", article("B", image="{file: a.jpg}"))
    newsroom.sync()
    for keys in ({"status": "withheld"}, {"image": ""}, {"status": "canceled", "note": "Wrong."}):
        put(newsroom, **keys)
        assert status(newsroom, old) == 200


def test_an_article_that_only_looks_for_a_picture_does_not_show_it(
    newsroom: Newsroom, old: str
) -> None:
    newsroom.write("media/a.jpg", png(4, 4))
    newsroom.write("deep/b.md", article("B", image="{file: a.jpg}"))
    newsroom.sync()
    url = address(png(4, 4), "media/a.jpg")
    assert status(newsroom, url) == 200
    newsroom.write("deep/b.md", article("B"))
    newsroom.sync()
    assert status(newsroom, url) == 404  # a.md would show it if its own picture were missing


def test_an_article_that_was_killed_under_embargo_leaves_no_trace(newsroom: Newsroom) -> None:
    url = put(newsroom, png(3, 3), embargoed="2026-12-01")
    put(newsroom, status="canceled", note="Wrong.")
    newsroom.now += timedelta(days=30)
    never = newsroom.client().get(url.replace("a.jpg", "never.jpg"))
    answer = newsroom.client().get(url)
    assert (answer.status_code, answer.text) == (404, never.text.replace("never.jpg", "a.jpg"))


def test_nothing_says_that_a_picture_is_under_embargo(newsroom: Newsroom) -> None:
    url = put(newsroom, png(3, 3), embargoed="2026-12-01")
    never = newsroom.client().get(url.replace("a.jpg", "never.jpg")).text
    assert newsroom.client().get(url).text == never.replace("never.jpg", "a.jpg")


@pytest.mark.parametrize(
    "keys",
    [
        {"image": IMAGE.replace("mayor", "suspect")},
        {"image": IMAGE.replace("Ann", "Bob")},
        {"image": IMAGE.replace("A face", "A mask")},
        {"image": "", "body": "![A face](a.jpg)"},
    ],
)
def test_the_old_address_of_a_picture_with_other_words_ends(
    newsroom: Newsroom, old: str, keys: dict[str, str]
) -> None:
    new = put(newsroom, png(5, 5), **keys)
    assert status(newsroom, new) == 200
    assert status(newsroom, old) == 410


def test_the_old_address_ends_also_where_the_words_change_later(
    newsroom: Newsroom, old: str
) -> None:
    put(newsroom, png(5, 5))
    assert status(newsroom, old) == 302
    put(newsroom, image=IMAGE.replace("mayor", "suspect"))
    assert status(newsroom, old) == 410


def test_the_old_address_ends_also_where_the_words_changed_before(
    newsroom: Newsroom, old: str
) -> None:
    put(newsroom, image=IMAGE.replace("mayor", "suspect"))
    assert status(newsroom, old) == 200
    put(newsroom, png(5, 5), image=IMAGE.replace("mayor", "suspect"))
    assert status(newsroom, old) == 410


def test_words_that_change_before_the_release_end_nothing(newsroom: Newsroom) -> None:
    release = "2026-11-23T13:00:00Z"
    old = put(newsroom, png(3, 3), embargoed=release)
    put(newsroom, embargoed=release, image=IMAGE.replace("mayor", "suspect"))
    newsroom.now += timedelta(hours=2)
    put(newsroom, png(5, 5), embargoed=release, image=IMAGE.replace("mayor", "suspect"))
    assert status(newsroom, old) == 302


def test_a_picture_that_was_replaced_before_the_release_was_never_there(
    newsroom: Newsroom,
) -> None:
    old = put(newsroom, png(3, 3), embargoed="2026-11-23T13:00:00Z")
    put(newsroom, png(5, 5), embargoed="2026-11-23T13:00:00Z")
    newsroom.now += timedelta(hours=2)
    assert status(newsroom, old) == 404
    assert status(newsroom, address(png(5, 5))) == 200


def test_the_words_are_those_of_each_article(newsroom: Newsroom, old: str) -> None:
    newsroom.write("b.md", article("B", image="{file: a.jpg, caption: The harbour}"))
    newsroom.sync()
    put(newsroom, png(5, 5))
    assert status(newsroom, old) == 302
    newsroom.write("b.md", article("B"))
    newsroom.sync()
    assert status(newsroom, old) == 410


FIGURE = (
    '<figure><img src="a.jpg" alt="{alt}"><figcaption>The <b>{who}</b></figcaption></figure>'
    "\n\n{after}"
)


@pytest.mark.parametrize(
    ("words", "answered"),
    [
        ({}, 302),
        ({"after": "Corrected."}, 302),
        ({"alt": "A > B, a mask"}, 410),
        ({"who": "suspect"}, 410),
    ],
)
def test_the_words_of_a_picture_in_the_text_are_those_of_its_figure(
    newsroom: Newsroom, words: dict[str, str], answered: int
) -> None:
    before = {"alt": "A > B, a face", "who": "mayor", "after": "Ships came in."}
    old = put(newsroom, png(3, 3), image="", body=FIGURE.format(**before))
    put(newsroom, png(5, 5), image="", body=FIGURE.format(**{**before, **words}))
    assert status(newsroom, old) == answered


def test_the_words_of_a_sound_are_its_title(newsroom: Newsroom) -> None:
    sound = b"ID3\4\0\0"
    old = put(newsroom, sound, image="", media="[{file: a.jpg, title: The speech}]")
    put(newsroom, sound + b"1", image="", media="[{file: a.jpg, title: The speech}]")
    assert status(newsroom, old) == 302
    put(newsroom, sound + b"2", image="", media="[{file: a.jpg, title: The answer}]")
    assert status(newsroom, old) == 410


def test_an_address_that_never_was_is_not_there(newsroom: Newsroom, old: str) -> None:
    assert status(newsroom, f"/media/0000/{PATH}") == 404


@pytest.mark.parametrize("kind", ["pipe", "folder", "loop", "out", "device"])
def test_a_picture_whose_place_is_taken_by_something_else_is_not_there(
    newsroom: Newsroom, old: str, kind: str
) -> None:
    file = newsroom.config.articles / "a.jpg"
    file.rename(newsroom.root / "same.jpg")
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    else:
        file.symlink_to({"loop": file, "out": newsroom.root / "same.jpg"}.get(kind, "/dev/zero"))
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(status, newsroom, old).result(timeout=20) == 404


def test_a_file_that_was_only_touched_is_served(newsroom: Newsroom, old: str) -> None:
    os.utime(newsroom.config.articles / "a.jpg", (1, 1))
    client = newsroom.client()
    for _ in range(2):
        with client.get(old) as answer:
            assert answer.data == png(3, 3)


def test_a_picture_that_changes_while_it_is_sent_breaks_off(newsroom: Newsroom) -> None:
    picture = pictures.jpeg()[:-2] + pictures.segment(0xFE, b"x" * 60_000) * 40
    url = put(newsroom, picture)
    clean = re.search(r'<enclosure url="https://feeds.quay.example([^"]+)"', newsroom.text())
    assert clean
    body = newsroom.client().get(clean[1]).response
    file = newsroom.config.articles / "a.jpg"
    file.write_bytes(file.read_bytes().replace(b"pixels", b"secret"))
    with pytest.raises(OSError, match="was changed while it was read"):
        list(body)
    assert status(newsroom, url) == 404


class TestBigFiles:
    """Films take long to verify, so only one is verified at a time, and never twice."""

    @pytest.fixture
    def film(self, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> str:
        monkeypatch.setattr(media_files, "BIG", 10)
        url = put(newsroom, png(3, 3))
        os.utime(newsroom.config.articles / "a.jpg", (1, 1))
        return url

    def test_a_second_client_is_asked_to_come_again(
        self, newsroom: Newsroom, film: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client, digest = newsroom.client(), media_files.media_digest
        answers: list[Any] = []

        def slowly(file: Any) -> str:
            answers.append(client.get(film))
            answers.append(client.get("/rss.xml"))
            return digest(file)

        monkeypatch.setattr(media_files, "media_digest", slowly)
        for _ in range(2):
            with client.get(film) as answer:
                assert answer.data == png(3, 3)
        assert [answer.status_code for answer in answers] == [503, 200]
        assert answers[0].headers["Retry-After"] == "5"

    def test_a_file_that_did_not_change_is_not_verified(
        self, newsroom: Newsroom, film: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        newsroom.sync()
        monkeypatch.delattr(media_files, "media_digest")
        assert status(newsroom, film) == 200

    def test_a_file_that_changes_while_it_is_verified_is_not_served(
        self, newsroom: Newsroom, film: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        digest = media_files.media_digest

        def overtaken(file: Any) -> str:
            newsroom.write("a.jpg", pictures.png())
            return digest(file)

        monkeypatch.setattr(media_files, "media_digest", overtaken)
        assert status(newsroom, film) == 404

    def test_verifying_waits_for_its_place_among_the_files_on_their_way(
        self, newsroom: Newsroom, film: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = newsroom.client()
        slots = client.application.extensions["feedsvc"].media_slots
        while slots.acquire(blocking=False):
            pass
        monkeypatch.delattr(media_files, "media_digest")
        assert client.get(film).status_code == 503
