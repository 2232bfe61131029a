"""Records as their files, byte for byte, and pictures at their places."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article, png
from tests.web.api.conftest import STORY, Api
from tests.web.api.test_articles import FLOOD, pointers, problem
from tests.web.api.test_bulk import results, send

FILE = "articles/world/flood.md"
RECORD = article("Ferry", "It runs.", language="en  # as typed")


def put(api: Api, path: str, data: bytes = b"", query: str = "") -> Any:
    return api.call("PUT", f"/files/{path}{query}", data=data or png())


def record(file: str = "articles/local/ferry.md", text: str = RECORD) -> dict[str, str]:
    return {"file": file, "text": text}


def compared(api: Api, **digests: str) -> Any:
    return api.call("POST", "/files/compare", {"files": digests})


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def test_a_record_is_kept_as_its_file_is(api: Api, newsroom: Newsroom) -> None:
    text = RECORD.replace("\n", "\r\n")
    [line] = results(send(api, record(text=text)))
    assert line == {
        "line": 1,
        "id": "local/ferry",
        "file": "articles/local/ferry.md",
        "status": 201,
        "etag": api.get("/articles/local/ferry").headers["ETag"].strip('"'),
    }
    assert newsroom.read("local/ferry.md") == text.encode()
    assert "It runs." in newsroom.text("local")
    before = (newsroom.root / "articles/local/ferry.md").stat().st_mtime_ns
    assert results(send(api, record(text=text)))[0]["status"] == 200
    assert (newsroom.root / "articles/local/ferry.md").stat().st_mtime_ns == before


def test_a_record_replaces_the_one_at_its_place(api: Api, newsroom: Newsroom) -> None:
    [line] = results(send(api, record(FILE)))
    assert (line["id"], line["status"]) == (FLOOD, 200)
    assert "Water rose." not in newsroom.text("world")


def test_an_article_whose_file_was_moved_keeps_its_id(api: Api, newsroom: Newsroom) -> None:
    for name in ("a", "b"):
        newsroom.write(f"local/{name}.md", article(name))
    newsroom.sync()
    (newsroom.root / FILE).rename(newsroom.root / "articles/local/flood.md")
    newsroom.sync()
    [line] = results(send(api, record("articles/local/flood.md")))
    assert (line["id"], line["status"]) == (FLOOD, 200)
    assert newsroom.text("local").count("Ferry") == 1
    assert "world/flood" in newsroom.text("local")


def test_mistakes_are_named_with_their_lines(api: Api, newsroom: Newsroom) -> None:
    [line] = results(send(api, record(text="---\nheadline: A\npublished: soon\n---\nText.\n")))
    assert line["status"] == 422
    assert line["file"] == "articles/local/ferry.md"
    [finding] = line["errors"]
    assert finding["pointer"] == "/text"
    assert finding["detail"].startswith('published: "soon" ')
    assert finding["detail"].endswith("(line 3, column 1)")
    assert newsroom.read("local/ferry.md") is None


def test_a_note_is_no_mistake(api: Api, newsroom: Newsroom) -> None:
    text = article("Ferry", updated="2999-01-01")
    assert results(send(api, record(text=text)))[0]["status"] == 201
    assert "Ferry" in newsroom.text("local")


@pytest.mark.parametrize(
    ("line", "pointer"),
    [
        ({"file": "articles/local/a.md"}, "/file"),
        ({"file": "articles/local/a.md", "text": ["x"]}, "/file"),
        ({"file": "articles/local/a.md", "text": "x", "id": "b"}, "/file"),
        ({"file": "local/a.md", "text": RECORD}, "/file"),
        ({"file": "articles/../config.toml.md", "text": RECORD}, "/file"),
        ({"file": "articles/local/a.txt", "text": RECORD}, "/file"),
        ({"file": "articles/_local/a.md", "text": RECORD}, "/file"),
        ({"file": "articles/local//a.md", "text": RECORD}, "/file"),
        ({"file": "articles/local/a\ud800.md", "text": RECORD}, "/file"),
        ({"file": "articles/local/a.md", "text": "\ud800"}, "/text"),
        ({"file": "articles/local/a.md", "text": "---\n" + "#" * 2000}, ""),
    ],
)
def test_a_line_that_is_no_file_is_refused(
    make_newsroom: MakeNewsroom, line: Any, pointer: str
) -> None:
    newsroom = make_newsroom("short", f"{CONFIG}\n[articles]\nmax_bytes = 1000\n")
    newsroom.sync()
    [result] = results(send(Api(newsroom, "write"), line))
    assert result["status"] == 422
    assert [it["pointer"] for it in result["errors"]] == [pointer]
    assert [*newsroom.config.articles.rglob("*")] == []


def test_a_file_of_another_article_and_an_article_in_another_file_are_left_alone(
    api: Api, newsroom: Newsroom
) -> None:
    lines = results(
        send(
            api,
            record(FILE, article("Ferry", id="local/ferry")),
            record("articles/local/ferry.md", article("Ferry", id=FLOOD)),
            record("articles/world/flood.json", '{"headline": "A", "published": "2026-11-21"}'),
        )
    )
    assert [it["status"] for it in lines] == [409, 409, 409]
    assert lines[0]["detail"] == f'{FILE} is the file of the article "{FLOOD}"'
    assert lines[1]["detail"] == f'the article "{FLOOD}" is in the file {FILE}'
    assert "Water rose." in newsroom.text("world")


def test_a_record_may_move_where_its_former_file_is_gone(api: Api, newsroom: Newsroom) -> None:
    (newsroom.root / FILE).unlink()
    [line] = results(send(api, record("articles/local/ferry.md", article("Ferry", id=FLOOD))))
    assert (line["status"], line["id"]) == (201, FLOOD)
    assert "Ferry" in newsroom.text("local")


def test_names_of_other_articles_are_refused(api: Api, newsroom: Newsroom) -> None:
    newsroom.write("world/known.md", article("Known", guid="g-1"))
    newsroom.sync()
    [line] = results(send(api, record(text=article("Ferry", guid="g-1"))))
    assert line["status"] == 422
    assert "guid" in line["errors"][0]["detail"]


def test_two_files_of_one_article_in_one_request_meet(api: Api) -> None:
    lines = [record(f"articles/local/{it}.md", article("A", id="local/x")) for it in "ab"]
    assert [it["status"] for it in results(send(api, *lines))] == [201, 409]


def test_a_token_writes_files_in_its_sections_and_learns_of_no_others(newsroom: Newsroom) -> None:
    desk = Api(newsroom, "write", sections=("local",))
    lines = [record(), record(FILE), record("articles/local/a.md", article("A", id=FLOOD))]
    answers = results(send(desk, *lines))
    assert [it["status"] for it in answers] == [201, 403, 409]
    assert FILE not in answers[2]["detail"]
    assert results(send(Api(newsroom, "draft"), record(FILE)))[0]["status"] == 403


def test_a_record_is_written_as_a_new_one_alone_where_that_is_asked(api: Api) -> None:
    headers = {"Content-Type": "application/x-ndjson", "If-None-Match": "*"}
    data = json.dumps(record(FILE)).encode()
    answer = api.call("POST", "/articles/bulk", data=data, headers=headers)
    assert results(answer)[0]["status"] == 412


def test_files_that_are_here_alike_are_not_different(api: Api, newsroom: Newsroom) -> None:
    data = newsroom.write("world/flood.png", png()).read_bytes()
    text = (newsroom.root / FILE).read_bytes()
    newsroom.write("world/_draft.md", text)
    (newsroom.root / "articles/world/link.md").symlink_to(newsroom.root / FILE)
    (newsroom.root / "articles/world/folder.md").mkdir()
    same = {FILE: digest(text), "articles/world/flood.png": digest(data)}
    others = {
        "articles/world/other.md": digest(text),
        "articles/world/flood.md/x": digest(text),
        "articles/world/_draft.md": digest(text),
        "articles/world/link.md": digest(text),
        "articles/world/folder.md": digest(b""),
        "articles/../config.toml": digest((newsroom.root / "config.toml").read_bytes()),
        "config.toml": digest((newsroom.root / "config.toml").read_bytes()),
    }
    answer = compared(api, **others, **same)
    assert answer.json == {"different": sorted(others)}
    assert compared(api, **{FILE: digest(b"other")}).json == {"different": [FILE]}


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"files": []},
        {"files": {"a": "b"}},
        {"files": {"a": {}}},
    ],
)
def test_a_wrong_comparison_is_refused(api: Api, value: Any) -> None:
    answer = api.call("POST", "/files/compare", value)
    assert answer.status_code == 400
    assert "files" in problem(answer)["detail"]


def test_paths_that_cannot_be_seen_are_refused(api: Api) -> None:
    assert pointers(compared(api, **{"articles/\ud800.md": digest(b"")})) == ["/files"]


def test_so_many_files_are_compared_at_most(api: Api) -> None:
    files = {str(number): digest(b"") for number in range(1001)}
    assert compared(api, **files).status_code == 400
    files.popitem()
    assert len(compared(api, **files).json["different"]) == 1000


def test_a_picture_is_kept_at_its_place_and_shown_at_once(api: Api, newsroom: Newsroom) -> None:
    newsroom.write("world/flood.md", article("Flood", image="{file: flood.png, alt: Water}"))
    newsroom.sync()
    assert "flood.png" not in newsroom.text("world")
    answer = put(api, "articles/world/flood.png", png(20, 10))
    assert (answer.status_code, answer.json["file"]) == (201, "articles/world/flood.png")
    assert answer.json["url"] in newsroom.text("world")
    assert put(api, "articles/world/flood.png", png(20, 10)).status_code == 200
    other = put(api, "articles/world/flood.png", png(30, 10))
    assert (other.status_code, other.json["width"]) == (200, 30)
    assert other.json["url"] in newsroom.text("world")
    assert put(api, "media/a b.png").json["file"] == "a b.png"


def test_a_picture_is_kept_before_the_articles_are_read(make_newsroom: MakeNewsroom) -> None:
    cold = make_newsroom("cold")
    cold.write("world/flood.md", article("Flood"))
    assert put(Api(cold, "media"), "media/a.png").status_code == 201
    assert "Flood" not in cold.text()


@pytest.mark.parametrize(
    "path",
    [
        "config.toml",
        "articles/world/flood.md",
        "articles/%2E%2E/x.png",
        "articles/_x/a.png",
        "media",
        ".feedsvc/x.png",
    ],
)
def test_a_picture_has_no_other_place(api: Api, newsroom: Newsroom, path: str) -> None:
    before = sorted(newsroom.root.rglob("*"))
    answer = put(api, path)
    assert answer.status_code in (404, 422)
    assert sorted(newsroom.root.rglob("*")) == before


def test_neither_a_text_nor_a_folder_becomes_a_picture(api: Api, newsroom: Newsroom) -> None:
    assert pointers(put(api, "media/a.png", b"text")) == ["/file"]
    newsroom.write("media/a/b.png", png())
    assert put(api, "media/a").status_code == 409
    assert put(api, "media/a/b.png/c.png").status_code == 409
    assert put(api, "media/b.png", query="?dry_run=true").status_code == 400


def test_a_picture_is_refused_where_the_disk_takes_none(api: Api, newsroom: Newsroom) -> None:
    assert put(api, f"media/{'é' * 101}.png").status_code == 422
    assert put(api, f"media/{'a/' * 3000}b.png").status_code == 422
    (newsroom.root / "media").symlink_to("/proc")
    answer = put(api, "media/a.png")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert problem(answer)["detail"].startswith("media/a.png: cannot be written: ")


def test_an_id_that_is_no_path_of_this_system_is_refused(api: Api) -> None:
    long = "/".join(["𝄞" * 49] * 20)
    assert api.put(long, {"headline": "A", "published": "2026-11-01"}).status_code == 422
    [line] = results(send(api, record(f"articles/{long}.md")))
    assert line["status"] == 422


def test_a_token_of_sections_keeps_pictures_in_their_folders(newsroom: Newsroom) -> None:
    desk = Api(newsroom, "media", "write", sections=("world",))
    assert put(desk, "articles/world/europe/a.png").status_code == 201
    for path in ("articles/local/a.png", "articles/a.png", "media/a.png"):
        assert put(desk, path).status_code == 403


def test_only_a_writer_replaces_a_picture(newsroom: Newsroom) -> None:
    uploader = Api(newsroom, "media")
    assert put(uploader, "media/a.png").status_code == 201
    answer = put(uploader, "media/a.png", png(9))
    assert (answer.status_code, 'scope="write"' in answer.headers["WWW-Authenticate"]) == (
        403,
        True,
    )


def test_nothing_is_written_behind_a_link_to_a_folder(
    api: Api, newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (newsroom.root / "articles/linked").symlink_to(elsewhere)
    assert api.put("linked/a", STORY).status_code == 409
    assert list(elsewhere.iterdir()) == []


def test_a_disk_that_takes_no_file_fails_the_lines(
    api: Api, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.write("local", "a file")
    lines = results(send(api, {"id": "local/a", **STORY}, {"id": "world/a", **STORY}))
    assert [it["status"] for it in lines] == [409, 201]
