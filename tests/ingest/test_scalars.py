"""Single values of a record: accepted in one form, or refused in a sentence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from feedsvc.ingest import scalars
from feedsvc.ingest.source import Value


def of(data: str) -> Value:
    return Value(1, 1, data)


@pytest.mark.parametrize(
    ("read", "typed", "value"),
    [
        (scalars.scalar, " a\n", " a\n"),
        (scalars.text, " a\n b\t", "a b"),
        (scalars.text, "<b>a</b>", "<b>a</b>"),
        (scalars.line, " a  b ", "a b"),
        (scalars.line, "5 < 6 > 4 & <3", "5 < 6 > 4 & <3"),
        (scalars.line, "<Untitled>", "<Untitled>"),
        (scalars.prose, "a\r\n\n  b\0", "a\n\n  b"),
        (scalars.identifier, " urn:x:1 ", "urn:x:1"),
        (scalars.identifier, "local/2026-11-21-harbour", "local/2026-11-21-harbour"),
        (scalars.language, "pt_br", "pt-BR"),
        (scalars.section, "/world/europe/", "world/europe"),
        (scalars.url, " https://quay.example/ ", "https://quay.example/"),
        (scalars.email, "desk@quay.example", "desk@quay.example"),
        (scalars.slug, "harbour-bridge_2.0~", "harbour-bridge_2.0~"),
        (scalars.slug, "puente-año", "puente-año"),
        (scalars.status, "draft", "draft"),
        (scalars.status, " canceled ", "canceled"),
        (scalars.number, "0", 0),
        (scalars.number, "007", 7),
        (scalars.size, "1", 1),
        (scalars.duration, "95", 95),
        (scalars.duration, "1:35", 95),
        (scalars.duration, "1:01:05", 3665),
        (scalars.duration, "90:00", 5400),
        (scalars.media_type, "Image/SVG+XML", "image/svg+xml"),
    ],
)
def test_a_value_has_one_form(read: Callable[[Value], object], typed: str, value: object) -> None:
    assert read(of(typed)) == value


@pytest.mark.parametrize(
    ("read", "typed", "said"),
    [
        (scalars.line, "a\nb", "must be one line"),
        (scalars.line, "a <b>c</b>", "has markup (<b>); write plain text"),
        (scalars.line, "a<br/>b", "has markup (<br/>); write plain text"),
        (scalars.line, "a</EM>", "has markup (</EM>); write plain text"),
        (scalars.line, '<a href="x">', 'has markup (<a href="x">); write plain text'),
        (scalars.identifier, "a b", '"a b" must have no spaces and not begin with a slash'),
        (scalars.identifier, "/a", '"/a" must have no spaces and not begin with a slash'),
        (scalars.language, "english",
         '"english" is not a language; write a code such as en, es or pt-BR'),
        (scalars.section, "feeds", '"feeds" is a name feedsvc needs for itself; choose another'),
        (scalars.url, "quay",
         '"quay" is not a web address; write it whole, https://… without spaces'),
        (scalars.email, "desk", '"desk" is not an e-mail address'),
        (scalars.email, "a@b", '"a@b" is not an e-mail address'),
        (scalars.email, "A <a@b.c>", '"A <a@b.c>" is not an e-mail address'),
        (scalars.slug, "a b", '"a b" must be letters, digits and hyphens, such as harbour-bridge'),
        (scalars.slug, "a/b", '"a/b" must be letters, digits and hyphens, such as harbour-bridge'),
        (scalars.slug, ".", '"." must be letters, digits and hyphens, such as harbour-bridge'),
        (scalars.slug, "..", '".." must be letters, digits and hyphens, such as harbour-bridge'),
        (scalars.status, "cancelled",
         '"cancelled" is none of draft, usable, withheld, canceled. Did you mean "canceled"?'),
        (scalars.status, "x", '"x" is none of draft, usable, withheld, canceled.'),
        (scalars.number, "-1", '"-1" must be a whole number'),
        (scalars.number, "1.5", '"1.5" must be a whole number'),
        (scalars.number, "٣", '"٣" must be a whole number'),
        (scalars.number, "1" * 16, f'"{"1" * 16}" must be a whole number'),
        (scalars.size, "0", "must be more than 0; leave it out where nobody knows"),
        (scalars.duration, "0", '"0" must be seconds or h:mm:ss, such as 95 or 1:35'),
        (scalars.duration, "1:99", '"1:99" must be seconds or h:mm:ss, such as 95 or 1:35'),
        (scalars.duration, "long", '"long" must be seconds or h:mm:ss, such as 95 or 1:35'),
        (scalars.media_type, "jpeg", '"jpeg" is not a media type; write one such as image/jpeg'),
        (scalars.media_type, "image/",
         '"image/" is not a media type; write one such as image/jpeg'),
    ],
)  # fmt: skip
def test_a_value_that_is_wrong_is_told(
    read: Callable[[Value], object], typed: str, said: str
) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        read(of(typed))
    assert str(caught.value) == said


@pytest.mark.parametrize(("data", "kind"), [([], "list"), ({}, "mapping")])
def test_a_text_is_no_list_and_no_mapping(data: list[Value] | dict[str, Value], kind: str) -> None:
    with pytest.raises(ValueError, match=f"^must be a text, not a {kind}; put it in quotes$"):
        scalars.text(Value(1, 1, data))
