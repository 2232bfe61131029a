"""Pictures and sounds that programs upload."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

import pytest

from feedsvc.ingest.media import Library
from tests.conftest import CONFIG, Newsroom, png
from tests.web.api.conftest import STORY, Api
from tests.web.api.test_articles import pointers, problem


def send(api: Api, name: str, data: bytes) -> Any:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'} if name else {}
    return api.call("POST", "/media", data=data, headers=headers)


def test_a_picture_is_measured_and_an_article_may_name_it(api: Api, newsroom: Newsroom) -> None:
    answer = send(api, "Flood at Noon.JPEG", png(20, 10))
    assert answer.status_code == 201
    facts = {key: answer.json[key] for key in ("file", "type", "length", "width", "height")}
    assert facts == {
        "file": "flood-at-noon.png",
        "type": "image/png",
        "length": len(png(20, 10)),
        "width": 20,
        "height": 10,
    }
    api.put("local/a", {**STORY, "image": {"file": answer.json["file"], "alt": "Water"}})
    assert answer.json["url"] in newsroom.text("local")
    path = answer.json["url"].removeprefix("https://feeds.quay.example")
    assert api.client.get(path).data == png(20, 10)


def test_the_same_bytes_are_kept_once_and_others_beside_them(api: Api, newsroom: Newsroom) -> None:
    first = send(api, "a.png", png(1))
    assert (send(api, "a.png", png(1)).status_code, first.status_code) == (200, 201)
    assert send(api, "a.png", png(2)).json["file"] == "a-2.png"
    assert send(api, "a.png", png(2)).json["file"] == "a-2.png"
    assert sorted(it.name for it in newsroom.config.media.iterdir()) == ["a-2.png", "a.png"]


def test_a_form_can_carry_a_file(api: Api) -> None:
    answer = api.call("POST", "/media", data={"file": (BytesIO(png()), "../b.png")})
    assert (answer.status_code, answer.json["file"]) == (201, "b.png")
    assert api.call("POST", "/media", data={"other": (BytesIO(png()), "b.png")}).status_code == 400


@pytest.mark.parametrize("name", ["../../x.png", "..\\x.png", ".png", "/etc/x.png", "x.php"])
def test_a_name_leads_nowhere_else(api: Api, newsroom: Newsroom, name: str) -> None:
    file = send(api, name, png()).json["file"]
    assert file in ("x.png", "png.png")
    assert (newsroom.config.media / file).is_file()


def test_a_name_without_letters_is_that_of_its_kind(api: Api) -> None:
    assert send(api, "!!!.png", png()).json["file"] == "image.png"
    assert send(api, "a.bin", b"ID3" + bytes(100)).json["file"] == "a.mp3"


def bomb() -> bytes:
    """Return a picture of very many pixels in a few bytes."""
    data = png()
    return data[:16] + struct.pack(">II", 50_000, 50_000) + data[24:]


@pytest.mark.parametrize("data", [b"", b"<html>", b"%PDF-1.4", b"MZ" + bytes(100), bomb()])
def test_a_file_that_feeds_do_not_carry_is_refused(
    api: Api, newsroom: Newsroom, data: bytes
) -> None:
    assert pointers(send(api, "a.png", data)) == ["/file"]
    assert not list(newsroom.config.media.glob("*"))


def test_a_file_that_is_too_long_or_has_no_name_is_refused(newsroom: Newsroom) -> None:
    newsroom.configure(f"{CONFIG}\n[api]\nupload_bytes = 1000\n")
    api = Api(newsroom, "media")
    assert send(api, "a.png", png() + bytes(1000)).status_code == 413
    form = {"file": (BytesIO(bytes(300_000)), "b.png")}
    assert api.call("POST", "/media", data=form).status_code == 413
    assert "Content-Disposition" in problem(send(api, "", png()))["detail"]


def test_a_disk_that_takes_no_file_is_told(api: Api, newsroom: Newsroom) -> None:
    newsroom.config.media.write_text("no folder")
    assert send(api, "a.png", png()).status_code == 503
    assert Library(newsroom.root)


def test_a_trial_keeps_no_file(api: Api, newsroom: Newsroom) -> None:
    headers = {"Content-Disposition": 'attachment; filename="a.png"'}
    answer = api.call("POST", "/media?dry_run=true", data=png(), headers=headers)
    assert answer.status_code == 400
    assert "dry_run is for articles" in problem(answer)["detail"]
    assert not newsroom.config.media.exists()
