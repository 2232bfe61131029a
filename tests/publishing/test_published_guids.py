"""The id that readers know from a former system is one article's, and does not change."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feedsvc.errors import NotFoundError
from feedsvc.ingest.check import check
from feedsvc.ingest.records import RecordFolder
from feedsvc.publishing import history
from tests.conftest import NOW, Newsroom, article

OLD = "https://old.example/?p=7"


def problems(newsroom: Newsroom) -> list[str]:
    return [str(problem).partition("1:1: ")[2] for problem in newsroom.sync().problems]


def guid(newsroom: Newsroom, name: str = "local/a") -> str:
    return history.find(newsroom.database, name).guid


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (OLD, "7", f'"7" is not the id under which readers have the article, so they would get it '
         f'twice; write guid: "{OLD}"'),
        (OLD, "", "without one this article is not the id under which readers have the article, so "
         f'they would get it twice; write guid: "{OLD}"'),
        ("", OLD, f'"{OLD}" is not the id under which readers have the article, so they would get '
         "it twice; take it out"),
    ],
)  # fmt: skip
def test_a_published_guid_never_changes(
    newsroom: Newsroom, before: str, after: str, message: str
) -> None:
    newsroom.write("local/a.md", article(guid=before))
    newsroom.sync()
    newsroom.write("local/a.md", article("Other", guid=after))
    assert problems(newsroom) == [f"guid: {message}"]
    assert history.find(newsroom.database, "local/a").headline == "Harbour Opens"
    newsroom.write("local/a.md", article("Other", guid=before))
    assert problems(newsroom) == []
    assert history.find(newsroom.database, "local/a").headline == "Other"


def test_it_may_change_while_readers_do_not_know_it(newsroom: Newsroom) -> None:
    newsroom.write("local/a.md", article(guid=OLD, embargoed="2026-11-24"))
    newsroom.sync()
    newsroom.write("local/a.md", article(guid="7", embargoed="2026-11-24"))
    assert problems(newsroom) == []
    assert guid(newsroom) == "7"


def test_it_stays_while_the_article_is_withheld(newsroom: Newsroom) -> None:
    newsroom.write("local/a.md", article(guid=OLD))
    newsroom.sync()
    newsroom.write("local/a.md", article(guid="7", status="withheld"))
    (note,) = problems(newsroom)
    assert note.startswith('note: guid: "7" is not the id')
    assert (newsroom.text().count("<item>"), guid(newsroom)) == (0, OLD)
    newsroom.write("local/a.md", article(guid="7"))
    assert problems(newsroom)[0].startswith('guid: "7" is not the id')


def test_a_kill_is_never_refused(newsroom: Newsroom) -> None:
    newsroom.write("local/a.md", article(guid=OLD))
    newsroom.sync()
    newsroom.write("local/a.md", article(status="canceled", note="Wrong."))
    newsroom.sync()
    killed = history.find(newsroom.database, "local/a")
    assert (killed.status, killed.guid) == ("canceled", OLD)


def test_it_stays_when_a_deleted_file_comes_back(newsroom: Newsroom) -> None:
    file = newsroom.write("local/a.md", article(guid=OLD))
    newsroom.write("local/b.md", article("B"))
    newsroom.write("local/c.md", article("C"))
    newsroom.sync()
    file.unlink()
    newsroom.sync()
    newsroom.now = NOW + timedelta(hours=1)
    newsroom.sync()
    with pytest.raises(NotFoundError):
        guid(newsroom)
    newsroom.write("local/a.md", article(guid="7"))
    assert problems(newsroom)[0].startswith('guid: "7" is not the id')
    newsroom.write("local/a.md", article(guid=OLD))
    assert problems(newsroom) == []
    assert guid(newsroom) == OLD


def test_an_embargoed_file_that_is_deleted_leaves_no_guid(newsroom: Newsroom) -> None:
    file = newsroom.write("local/a.md", article(guid=OLD, embargoed="2026-11-25"))
    newsroom.write("local/b.md", article("B"))
    newsroom.write("local/c.md", article("C"))
    newsroom.sync()
    file.unlink()
    newsroom.sync()
    newsroom.now = NOW + timedelta(hours=1)
    newsroom.sync()
    newsroom.write("local/a.md", article(guid="7"))
    assert problems(newsroom) == []


def test_two_records_with_one_guid_are_a_problem_of_the_later(newsroom: Newsroom) -> None:
    newsroom.write("local/a.md", article(guid=OLD))
    newsroom.sync()
    newsroom.write("local/b.md", article("B", guid=OLD))
    taken = (
        f'guid: "{OLD}" is already the guid of articles/local/a.md; take it out of one of the two'
    )
    assert problems(newsroom) == [taken]
    assert newsroom.text().count("<item>") == 1
    checked = check(newsroom.config, RecordFolder.of(newsroom.config), ["local/b.md"], NOW)
    assert [str(problem) for problem in checked] == [f"articles/local/b.md:1:1: {taken}"]


def test_a_kill_that_claims_the_guid_of_another_withdraws_its_own_article(
    newsroom: Newsroom,
) -> None:
    newsroom.write("local/a.md", article(guid=OLD))
    newsroom.write("local/b.md", article("B", embargoed="2026-11-24"))
    newsroom.sync()
    newsroom.now = NOW - timedelta(hours=1)
    newsroom.write("local/b.md", article("B", guid=OLD, status="withheld"))
    newsroom.sync()
    newsroom.now = NOW + timedelta(days=2)
    report = newsroom.sync()
    assert "<title>B</title>" not in newsroom.text()
    assert newsroom.sync().changes == ()
    assert report.problems


def test_a_guid_is_a_name_for_the_article(newsroom: Newsroom) -> None:
    newsroom.write("local/a.md", article(guid=OLD))
    newsroom.write("local/b.md", article("B", related=f"[{{headline: A, url: '{OLD}'}}]"))
    newsroom.sync()
    assert history.find(newsroom.database, OLD).id == "local/a"


def test_related_stories_are_named_by_a_guid_as_well(newsroom: Newsroom) -> None:
    newsroom.write("local/a.md", article(guid="7 at https://old.example"))
    newsroom.write("local/b.md", article("B", related="[7 at https://old.example]"))
    assert problems(newsroom) == []
    assert newsroom.text().count('rel="related"') == 1
    assert check(newsroom.config, RecordFolder.of(newsroom.config), ["local/b.md"], NOW) == []


def test_a_file_that_was_moved_is_recognized_by_its_guid(newsroom: Newsroom) -> None:
    file = newsroom.write("local/a.md", article(guid=OLD))
    newsroom.write("local/b.md", article("B"))
    newsroom.sync()
    file.unlink()
    newsroom.write("world/z.md", article("With Another Headline", guid=OLD))
    assert problems(newsroom) == []
    moved = history.find(newsroom.database, OLD)
    assert (moved.id, moved.path) == ("local/a", "world/z.md")
