"""Sections, languages, addresses and the values of config.toml: one form each, or a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.config import value_types
from feedsvc.model import languages, paths
from feedsvc.model.text import absolute_url


def read(reader: Callable[[str], str], value: Any) -> str:
    """Return a value of config.toml as the field that names this reader has it."""
    return value_types.reader_of(Annotated[str, reader])(value)


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("world", "world"),
        (" /world/europe/ ", "world/europe"),
        ("2026", "2026"),
        ("arts-and_books.new", "arts-and_books.new"),
        ("culture/économie", "culture/économie"),
        ("e\u0301conomie", "économie"),
        ("мир/европа", "мир/европа"),
        ("हिन्दी", "हिन्दी"),
        ("ข่าว", "ข่าว"),
        ("文化", "文化"),
        ("world/feeds", "world/feeds"),
    ],
)
def test_a_section_has_one_form(typed: str, path: str) -> None:
    assert paths.section_path(typed) == path


@pytest.mark.parametrize(
    "typed",
    ["", "/", "World", "Économie", "a b", "a//b", "-a", "a-", "a--b", "a/../b", "..", "a?", "a\0"],
)
def test_a_text_that_is_no_section_is_reported(typed: str) -> None:
    with pytest.raises(ValueError, match="is not a section") as caught:
        paths.section_path(typed)
    assert str(caught.value) == (
        f'"{typed}" is not a section; write it in lower case without spaces, '
        "parts parted by slashes, such as world/europe"
    )


@pytest.mark.parametrize("name", sorted(paths.RESERVED))
def test_a_section_does_not_begin_with_a_name_feedsvc_needs(name: str) -> None:
    for path in (name, f"{name}/europe"):
        with pytest.raises(ValueError, match="needs for itself") as caught:
            paths.section_path(path)
        assert str(caught.value) == (f'"{name}" is a name feedsvc needs for itself; choose another')


@pytest.mark.parametrize("path", ["world/archive", "world/archive/3", "world/europe/corrections"])
def test_no_part_of_a_section_is_a_name_that_stands_below_sections(path: str) -> None:
    with pytest.raises(ValueError, match="is a name feedsvc needs for itself; choose another"):
        paths.section_path(path)


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("en", "en"),
        ("en_us", "en-US"),
        (" PT-br ", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("ar", "ar"),
        ("iw", "he"),
    ],
)
def test_a_language_has_one_form(typed: str, tag: str) -> None:
    assert languages.language_tag(typed) == tag
    assert languages.canonical_case(tag.lower()) == tag


@pytest.mark.parametrize("typed", ["", "english", "xx-yy-zz", "und", "en US x", "e", "12", "-"])
def test_a_text_that_is_no_language_is_reported(typed: str) -> None:
    with pytest.raises(ValueError, match="is not a language") as caught:
        languages.language_tag(typed)
    assert str(caught.value) == (
        f'"{typed}" is not a language; write a code such as en, es or pt-BR'
    )


@given(st.text(max_size=30))
@settings(max_examples=100, deadline=None)
def test_any_text_is_a_language_or_reported(text: str) -> None:
    try:
        tag = languages.language_tag(text)
    except ValueError as error:
        message = str(error)
    else:
        message = f'"{text}" is not a language{languages.language_tag(tag)[:0]}'
    assert message.startswith(f'"{text}" is not a language')


@pytest.mark.parametrize(
    "url",
    [
        "https://quay.example",
        "http://quay.example:8080/a?b=c#d",
        "HTTPS://quay.example/%20",
        "https://user@quay.example/",
        "https://[::1]:8000/",
    ],
)
def test_a_web_address_is_kept_as_it_is(url: str) -> None:
    assert absolute_url(f" {url} ") == url


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        (
            "https://münchen.example/é?ü=1#ß",
            "https://xn--mnchen-3ya.example/%C3%A9?%C3%BC=1#%C3%9F",
        ),
        ("https://новости.example:8080", "https://xn--b1amnebsh.example:8080"),
        ("https://quay.example/%20é", "https://quay.example/%20%C3%A9"),
    ],
)
def test_a_web_address_of_any_script_is_one_in_ascii(typed: str, url: str) -> None:
    assert absolute_url(typed) == url


def test_a_host_that_cannot_be_one_is_reported() -> None:
    with pytest.raises(ValueError, match="has a host that cannot be one"):
        absolute_url(f"https://{'é' * 80}.example")


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("", ""),
        ("/icon.png", "/icon.png"),
        ("i/é.png", "i/%C3%A9.png"),
        ("https://cdn.example/a", "https://cdn.example/a"),
    ],
)
def test_an_address_is_whole_or_below_the_site(typed: str, address: str) -> None:
    assert read(value_types.address, typed) == address


@pytest.mark.parametrize(
    "typed", ["http://[x", "javascript:alert(1)", "//cdn.example/a", "data:,x"]
)
def test_a_text_that_is_no_address_is_reported(typed: str) -> None:
    with pytest.raises(ValueError, match="is not a web address"):
        read(value_types.address, typed)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "quay.example",
        "//quay.example",
        "ftp://quay.example",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://quay.example/a b",
        "https://quay.example/a\tb",
        'https://quay.example/"',
        "https://quay.example/<b>",
        "https://quay.example/a\\b",
        "https://quay.example/{x}",
        "https://[::1",
        "https://quay.example:port/",
        "https://quay.example:99999/",
        "https://quay.example:0/",
    ],
)
def test_a_text_that_is_no_web_address_is_reported(url: str) -> None:
    with pytest.raises(ValueError, match="is not a web address") as caught:
        absolute_url(url)
    assert str(caught.value) == (
        f'"{url}" is not a web address; write it whole, https://… without spaces'
    )


def test_a_text_has_single_spaces_and_no_control_characters() -> None:
    assert value_types.text(" The\n Daily\x00\x0b\ufffe   Quay ") == "The Daily Quay"
    assert value_types.text("Cafe\u0301") == "Café"
    assert value_types.text("") == ""


@pytest.mark.parametrize("value", [1, True, 1.5, None, ["a"], {"a": 1}])
def test_a_text_stands_in_quotes(value: Any) -> None:
    with pytest.raises(ValueError, match="must be a text in quotes") as caught:
        value_types.text(value)
    assert str(caught.value) == f"must be a text in quotes, not {value!r}"


def test_a_text_that_must_say_something_does() -> None:
    assert read(value_types.filled, " a ") == "a"
    for nothing in ("", "  ", "\0"):
        with pytest.raises(ValueError, match=r"^must not be empty$"):
            read(value_types.filled, nothing)


def test_an_address_that_others_begin_with_ends_without_a_slash() -> None:
    assert read(value_types.base_url, "https://quay.example/news//") == "https://quay.example/news"
    for url in ("https://quay.example/?a", "https://quay.example/#a"):
        with pytest.raises(ValueError, match="must end with its path") as caught:
            read(value_types.base_url, url)
        assert str(caught.value) == f'"{url}" must end with its path: no "?" and no "#"'


def test_a_time_zone_is_one_of_iana() -> None:
    assert read(value_types.timezone, "Europe/Lisbon") == "Europe/Lisbon"


@pytest.mark.parametrize("name", ["", "Lisbon", "Europe/", "../UTC", "/etc/localtime", "CEST+1"])
def test_a_text_that_is_no_time_zone_is_reported(name: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone") as caught:
        read(value_types.timezone, name)
    assert str(caught.value) == (
        f'"{name}" is not a time zone; write one such as Europe/Berlin or UTC'
    )


@pytest.mark.parametrize(
    "tag", ["quay.example,2026", "desk@quay.example,2026-01", "quay.example,2026-01-31"]
)
def test_the_authority_of_a_tag_is_kept(tag: str) -> None:
    assert read(value_types.tag_authority, tag) == tag


@pytest.mark.parametrize(
    "tag", ["quay.example", "quay.example,26", "Quay,2026", ",2026", "a,2026-1", "a,2026-13"]
)
def test_a_text_that_is_no_authority_of_a_tag_is_reported(tag: str) -> None:
    with pytest.raises(ValueError, match="must be a host, a comma and a year") as caught:
        read(value_types.tag_authority, tag)
    assert str(caught.value) == (
        f'"{tag}" must be a host, a comma and a year, such as quay.example,2026'
    )


def test_a_count_is_a_whole_number_within_its_limits() -> None:
    read = value_types.Count(1, 10)
    assert [read(1), read(10)] == [1, 10]
    for wrong in (0, 11, "5", 5.0, True, None):
        with pytest.raises(ValueError, match="must be a whole number") as caught:
            read(wrong)
        assert str(caught.value) == f"must be a whole number from 1 to 10, not {wrong!r}"


def test_a_switch_is_true_or_false() -> None:
    assert value_types.switch(True) is True
    assert value_types.switch(False) is False
    for wrong in (1, "true", None):
        with pytest.raises(ValueError, match="must be true or false") as caught:
            value_types.switch(wrong)
        assert str(caught.value) == f"must be true or false, not {wrong!r}"


@pytest.mark.parametrize(
    ("choices", "named"),
    [
        (("full", "summary"), '"full" or "summary"'),
        (("", "css"), '"css" or empty'),
        (("", "surrogate-key", "cache-tag"), '"surrogate-key", "cache-tag" or empty'),
    ],
)
def test_a_choice_is_one_of_a_few_words(choices: tuple[str, ...], named: str) -> None:
    read = value_types.reader_of(Literal[choices])
    assert tuple(map(read, choices)) == choices
    for wrong in ("all", 1, None):
        with pytest.raises(ValueError, match="must be ") as caught:
            read(wrong)
        assert str(caught.value) == f"must be {named}, not {wrong!r}"


@pytest.mark.parametrize(
    ("typed", "uri"),
    [
        ("", ""),
        (" desk@quay.example ", "mailto:desk@quay.example"),
        ("a.b+c@news.quay.example", "mailto:a.b+c@news.quay.example"),
        ("50%@quay.example", "mailto:50%25@quay.example"),
        ("mailto:desk@quay.example", "mailto:desk@quay.example"),
        ("MAILTO:desk%25@quay.example?subject=A", "mailto:desk%25@quay.example?subject=A"),
        ("https://quay.example/security", "https://quay.example/security"),
        ("https://quay.example/sécurité", "https://quay.example/s%C3%A9curit%C3%A9"),
        ("tel:+351-555-0100", "tel:+351-555-0100"),
        ("Tel:112", "tel:112"),
    ],
)
def test_a_contact_is_a_uri(typed: str, uri: str) -> None:
    assert read(value_types.contact, typed) == uri


@pytest.mark.parametrize(
    "typed",
    [
        "http://quay.example/security",
        "ftp://quay.example",
        "javascript:alert(1)",
        "the desk",
        "desk",
        "desk@",
        "desk@quay",
        "desk@quay.example, news@quay.example",
        "@quay.example",
        "mailto:",
        "mailto:desk",
        "tel:",
        "tel:desk",
        "+351-555-0100",
    ],
)
def test_a_text_that_is_no_contact_is_reported(typed: str) -> None:
    with pytest.raises(ValueError, match="is not a contact") as caught:
        read(value_types.contact, typed)
    assert str(caught.value) == (
        f'"{typed}" is not a contact; write an e-mail address, '
        "or an address that begins with mailto:, https: or tel:"
    )


def test_a_page_to_write_at_is_a_web_address() -> None:
    with pytest.raises(ValueError, match="is not a web address"):
        read(value_types.contact, "https:quay.example")
