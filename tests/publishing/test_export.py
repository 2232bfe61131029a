"""The copy of a newsroom's files: whole, inside, and without secrets."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread

import pytest

from feedsvc.errors import FeedsvcError
from feedsvc.publishing import export
from tests.conftest import CONFIG, Newsroom, article


def test_links_that_lead_out_are_not_followed(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.write("local/a.md", article("A"))
    assert export.names(newsroom.config, newsroom.records) == ["articles/local/a.md"]
    newsroom.write("local/notes.docx", "a text")
    newsroom.write("local/.hidden.md", "x")
    newsroom.write("media/_draft/b.png", "x")
    folder = newsroom.root / "articles/local"
    (folder / "b.md").symlink_to("a.md")
    (folder / "config.md").symlink_to(newsroom.root / "config.toml")
    (folder / "none.md").symlink_to("nowhere")
    (folder / "loop").symlink_to(folder)
    names = export.names(newsroom.config, newsroom.records)
    assert names == ["articles/local/a.md", "articles/local/b.md", "articles/local/notes.docx"]


def test_a_file_that_changes_all_the_time_is_not_copied_in_part(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    file = newsroom.write("media/film.mp4", bytes(30_000_000))
    end = Event()

    def touch() -> None:
        while not end.is_set():
            with file.open("ab") as film:
                film.write(b"x")

    writer = Thread(target=touch)
    writer.start()
    try:
        with pytest.raises(FeedsvcError, match="is being changed all the time; try again later"):
            export.copy(newsroom.config, newsroom.records, tmp_path / "copy", "media/film.mp4")
    finally:
        end.set()
        writer.join()
    assert [*(tmp_path / "copy/media").iterdir()] == []
    export.copy(newsroom.config, newsroom.records, tmp_path / "copy", "media/film.mp4")
    assert [it.name for it in (tmp_path / "copy/media").iterdir()] == ["film.mp4"]


def copied(newsroom: Newsroom, more: str) -> tuple[list[str], str]:
    newsroom.config.file.write_text(f"{CONFIG}{more}", encoding="utf-8")
    target = newsroom.root / "copy"
    target.mkdir()
    left = export.copy_config(newsroom.config, target)
    return left, (target / "config.toml").read_text(encoding="utf-8")


def test_secrets_are_left_out_with_a_line_that_says_so(newsroom: Newsroom) -> None:
    more = (
        '\n[[sources]]\nname = "cms"\n secret = "s3"\n[hub]\nhub_token=\'x\'\nsecret_FILE = "/a"\n'
    )
    left, text = copied(newsroom, more)
    assert left == ["secret", "hub_token"]
    assert " # secret = left out by the export\n" in text
    assert "s3" not in text
    assert "# hub_token= left out by the export\n" in text
    assert 'secret_FILE = "/a"' in text
    assert text.startswith(CONFIG)


@pytest.mark.parametrize(
    "more",
    [
        '[[sources]]\nwith = {name = "a", secret = "s3"}\n',
        'list = [1, {password = "s3"}]\n',
        '"api token" = 1\n"secret" = "s3"\n',
    ],
)
def test_a_configuration_whose_secrets_stay_is_left_out(newsroom: Newsroom, more: str) -> None:
    with pytest.raises(FeedsvcError, match="on a line of its own there"):
        copied(newsroom, f"\n{more}")
    assert [*(newsroom.root / "copy").iterdir()] == []


def test_a_section_may_be_named_like_a_secret(newsroom: Newsroom) -> None:
    assert copied(newsroom, '\n[sections.token]\ntitle = "Token"\n')[0] == []


@pytest.mark.parametrize("kept_in", ["database"])
def test_of_records_in_the_store_old_files_are_left_out(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.write("local/a.md", article("A"))
    (newsroom.config.articles / "local").mkdir(parents=True)
    (newsroom.config.articles / "local/old.md").write_text(article("Old"))
    (newsroom.config.articles / "local/a.csv").touch()
    names = export.names(newsroom.config, newsroom.records)
    assert names == ["articles/local/a.csv", "articles/local/a.md"]
    newsroom.delete("local/a.md")
    with pytest.raises(FeedsvcError, match=r"articles/local/a\.md is not there"):
        export.copy(newsroom.config, newsroom.records, tmp_path / "copy", "articles/local/a.md")
