"""Single values of a record: accepted in one form, or refused in a sentence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from feedsvc.ingest.record import value_types as values
from feedsvc.ingest.record.parsed import Value
from feedsvc.model.languages import language_tag
from feedsvc.model.paths import section_path
from feedsvc.model.text import absolute_url


@pytest.mark.parametrize(
    ("read", "typed", "value"),
    [
        (values.line, " a  b ", ("a b", "")),
        (values.line, "5 < 6 > 4 & <3", ("5 < 6 > 4 & <3", "")),
        (values.line, "<Untitled>", ("<Untitled>", "")),
        (
            values.line,
            "A **bold** bid",
            (
                "A **bold** bid",
                "has **bold**, whose marks readers see as they stand; write the words alone",
            ),
        ),
        (values.identifier, "urn:x:1", "urn:x:1"),
        (values.identifier, "local/2026-11-21-harbour", "local/2026-11-21-harbour"),
        (language_tag, "pt_br", "pt-BR"),
        (section_path, "/world/europe/", "world/europe"),
        (absolute_url, " https://quay.example/ ", "https://quay.example/"),
        (values.email, "desk@quay.example", "desk@quay.example"),
        (values.slug, "harbour-bridge_2.0~", "harbour-bridge_2.0~"),
        (values.slug, "puente-año", "puente-año"),
        (values.status, "draft", "draft"),
        (values.status, "canceled", "canceled"),
        (values.number, "0", 0),
        (values.number, "007", 7),
        (values.size, "1", 1),
        (values.duration, "95", 95),
        (values.duration, "1:35", 95),
        (values.duration, "1:01:05", 3665),
        (values.duration, "90:00", 5400),
        (values.media_type, "Image/SVG+XML", "image/svg+xml"),
    ],
)
def test_a_value_has_one_form(read: Callable[[str], object], typed: str, value: object) -> None:
    assert read(typed) == value


@pytest.mark.parametrize(
    ("read", "typed", "message"),
    [
        (values.line, "a\nb", "must be one line"),
        (values.line, "a <b>c</b>", "has markup (<b>); write plain text"),
        (values.line, "a<br/>b", "has markup (<br/>); write plain text"),
        (values.line, "a</EM>", "has markup (</EM>); write plain text"),
        (values.line, '<a href="x">', 'has markup (<a href="x">); write plain text'),
        (values.identifier, "a b", '"a b" must have no spaces and not begin with a slash'),
        (values.identifier, "/a", '"/a" must have no spaces and not begin with a slash'),
        (language_tag, "english",
         '"english" is not a language; write a code such as en, es or pt-BR'),
        (section_path, "feeds", '"feeds" is a name feedsvc needs for itself; choose another'),
        (absolute_url, "quay",
         '"quay" is not a web address; write it whole, https://… without spaces'),
        (values.email, "desk", '"desk" is not an e-mail address'),
        (values.email, "a@b", '"a@b" is not an e-mail address'),
        (values.email, "A <a@b.c>", '"A <a@b.c>" is not an e-mail address'),
        (values.slug, "a b", '"a b" must be letters, digits and hyphens, such as harbour-bridge'),
        (values.slug, "a/b", '"a/b" must be letters, digits and hyphens, such as harbour-bridge'),
        (values.slug, ".", '"." must be letters, digits and hyphens, such as harbour-bridge'),
        (values.slug, "..", '".." must be letters, digits and hyphens, such as harbour-bridge'),
        (values.status, "cancelled",
         '"cancelled" is none of draft, usable, withheld, canceled. Did you mean "canceled"?'),
        (values.status, "x", '"x" is none of draft, usable, withheld, canceled.'),
        (values.status, "Published", '"Published" is none of draft, usable, withheld, canceled. '
         'Here that is "usable".'),
        (values.number, "-1", '"-1" must be a whole number'),
        (values.number, "1.5", '"1.5" must be a whole number'),
        (values.number, "٣", '"٣" must be a whole number'),
        (values.number, "1" * 16, f'"{"1" * 16}" must be a whole number'),
        (values.size, "0", "must be more than 0; leave it out if it is not known"),
        (values.duration, "0", '"0" must be seconds or h:mm:ss, such as 95 or 1:35'),
        (values.duration, "1:99", '"1:99" must be seconds or h:mm:ss, such as 95 or 1:35'),
        (values.duration, "long", '"long" must be seconds or h:mm:ss, such as 95 or 1:35'),
        (values.media_type, "jpeg", '"jpeg" is not a media type; write one such as image/jpeg'),
        (values.media_type, "image/",
         '"image/" is not a media type; write one such as image/jpeg'),
    ],
)  # fmt: skip
def test_a_wrong_value_is_reported(read: Callable[[str], object], typed: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        read(typed)
    assert str(caught.value) == message


@pytest.mark.parametrize(("data", "kind"), [([], "list"), ({}, "mapping")])
def test_a_text_is_no_list_and_no_mapping(data: list[Value] | dict[str, Value], kind: str) -> None:
    with pytest.raises(ValueError, match=f"^must be a text, not a {kind}; put it in quotes$"):
        _ = Value(1, 1, data).text
