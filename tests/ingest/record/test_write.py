"""Records become files that read back the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from feedsvc.errors import PageError
from feedsvc.ingest.record.keys import KEYS
from feedsvc.ingest.record.save import write_record
from feedsvc.ingest.record.write import record_path, record_text, scalar
from feedsvc.model.text import slug

TRAPS = r"""
no 0123 10:30 1e3 ~ 2023-03-21 a:_b a_#b -_a NaN 0x1F .inf Y a: @a `a {a [a] a,_b 'a "a" !a &a *a %a
| > ?_a --- ... << = yes Null
"""
TEXTS = st.text() | st.sampled_from([trap.replace("_", " ") for trap in TRAPS.split()])
MAPPINGS = st.fixed_dictionaries(
    {"url": TEXTS, "count": st.integers(0), "also": st.lists(TEXTS | st.sampled_from([0.5, 1]))}
)
VALUES = TEXTS | st.integers(0) | st.lists(TEXTS, min_size=1) | MAPPINGS
STORIES = st.lists(
    TEXTS | st.fixed_dictionaries({"headline": TEXTS}, optional={"url": TEXTS}), min_size=1
)


def front_matter(text: str) -> tuple[str, str]:
    match = re.fullmatch(r"---\n(.*?\n)?---\n(.*)", text, re.DOTALL)
    assert match
    return match[1] or "", match[2]


def as_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_texts(each) for key, each in value.items()}
    return [as_texts(each) for each in value] if isinstance(value, list) else str(value)


@given(st.dictionaries(st.sampled_from(KEYS[:-1]), VALUES | STORIES), st.text())
@example({"headline": "\x85\u2028\ufeff\x7f\ud7ff\U0001f600"}, "")
def test_a_record_reads_back_as_the_same_texts(fields: dict[str, Any], body: str) -> None:
    written, below = front_matter(record_text({**fields, "body": body}))
    values = yaml.load(written, Loader=yaml.CBaseLoader) or {}
    assert values == as_texts(fields)
    assert list(values) == [key for key in KEYS if key in fields]
    assert below == (f"{body}\n" if body else "")


@given(TEXTS)
def test_no_version_of_yaml_takes_a_text_for_anything_else(text: str) -> None:
    written, _ = front_matter(record_text({"headline": text}))
    assert yaml.safe_load(written) == {"headline": text}
    plain = re.fullmatch(r"headline: (\w+)\n", written)
    assert not (plain and re.fullmatch(r"(?i)y|n|yes|no|on|off|true|false|null", plain[1]))


def test_a_record_looks_as_a_person_would_write_it() -> None:
    fields = {
        "body": "It rained.",
        "headline": "Rain: Again",
        "byline": ["Mara Oduya", {"name": "Ana Quirós", "url": "https://quay.example/ana"}],
        "published": "2026-05-02",
        "image": {"caption": "It’s “wet”, 50 % of it & cold.", "width": 800},
    }
    assert record_text(fields) == (
        "---\n"
        'headline: "Rain: Again"\n'
        "byline:\n"
        "  - Mara Oduya\n"
        "  - name: Ana Quirós\n"
        "    url: https://quay.example/ana\n"
        'published: "2026-05-02"\n'
        "image:\n"
        "  caption: It’s “wet”, 50 % of it & cold.\n"
        "  width: 800\n"
        "---\n"
        "It rained.\n"
    )


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        (
            {"headline": "Rain", "section": "world/europe", "published": "2026-05-02 10:00"},
            "world/europe/2026-05-02-rain.md",
        ),
        ({"headline": "Rain", "published": "2026-05-02"}, "2026-05-02-rain.md"),
        ({"headline": "Rain", "section": "world"}, "world/rain.md"),
        ({"headline": "!!!"}, "article.md"),
    ],
)
def test_the_path_of_a_record_has_its_section_its_day_and_its_headline(
    fields: dict[str, str], path: str
) -> None:
    assert record_path(fields) == path


@pytest.mark.parametrize(
    ("headline", "expected"),
    [
        ("Ñandú, Łódź & Straße", "nandu-lodz-strasse"),
        ("Russia’s “Big” Day", "russias-big-day"),
        ("U.S. and U.K. rates rise by 3.5", "us-and-uk-rates-rise-by-3-5"),
        ("Привет, мир", "привет-мир"),
        ("हिन्दी समाचार", "हिन्दी-समाचार"),
        ("word " * 30, "word-" * 11 + "word"),
        ("x" * 80, "x" * 60),
        ("…", ""),
    ],
)
def test_a_slug_is_short_and_readable(headline: str, expected: str) -> None:
    assert slug(headline) == expected


@given(st.text())
def test_every_slug_can_be_the_name_of_a_file(headline: str) -> None:
    name = f"2026-05-02-{slug(headline)}.md"
    assert len(name.encode()) <= 255
    assert not re.search(r"[\s/\\.\x00]", slug(headline))


def test_a_file_is_written_whole_and_alone(tmp_path: Path) -> None:
    target = tmp_path / "articles" / "world" / "rain.md"
    write_record(target, "é\n")
    assert target.read_bytes() == "é\n".encode()
    assert [each.name for each in target.parent.iterdir()] == ["rain.md"]


def test_an_existing_file_is_overwritten_only_on_request(tmp_path: Path) -> None:
    target = tmp_path / "rain.md"
    write_record(target, "one")
    with pytest.raises(PageError, match="is there already; --replace writes over it"):
        write_record(target, "two")
    assert target.read_text() == "one"
    write_record(target, "three", replace=True)
    assert target.read_text() == "three"
    assert [each.name for each in tmp_path.iterdir()] == ["rain.md"]


def test_a_file_system_without_hard_links_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: Path, _target: Path) -> None:
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    target = tmp_path / "rain.md"
    write_record(target, "one")
    with pytest.raises(PageError, match="is there already"):
        write_record(target, "two")
    assert target.read_text() == "one"
    assert [each.name for each in tmp_path.iterdir()] == ["rain.md"]


def test_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    write_record(tmp_path / "rain.md", b"\xef\xbb\xbf---\r\n")
    assert (tmp_path / "rain.md").read_bytes() == b"\xef\xbb\xbf---\r\n"


def test_a_check_sees_the_whole_file_before_it_has_its_name(tmp_path: Path) -> None:
    target = tmp_path / "rain.md"
    target.write_text("old")
    seen: list[tuple[str, str]] = []
    write_record(
        target,
        "new",
        replace=True,
        check=lambda draft: seen.append((draft.read_text(), target.read_text())),
    )
    assert seen == [("new", "old")]
    assert target.read_text() == "new"


def test_a_check_that_fails_leaves_everything_as_it_was(tmp_path: Path) -> None:
    def refuse(_draft: Path) -> None:
        raise PageError("no")

    target = tmp_path / "rain.md"
    target.write_text("old")
    with pytest.raises(PageError, match="no"):
        write_record(target, "new", replace=True, check=refuse)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("rain.md", "old")]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Rain: again", '"Rain: again"'),
        ("Rain, again", "Rain, again"),
        ("no", '"no"'),
        ("", '""'),
        ("a\nb", '"a\\nb"'),
        (7, "7"),
        (0.25, "0.25"),
        (False, "false"),
    ],
)
def test_a_scalar_is_one_line(text: str | float, written: str) -> None:
    assert scalar(text) == written


def test_the_path_of_a_record_has_the_first_of_its_sections() -> None:
    fields = {"headline": "Rain", "sections": ["sport", "business"]}
    assert record_path(fields) == "sport/rain.md"
