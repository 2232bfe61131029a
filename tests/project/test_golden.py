"""Golden documents: a failure shows each difference, and names the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.golden import Golden

COMMAND = "./run test tests/formats --update-golden"
FEED = b"<rss>\n<title>Quay</title>\n</rss>\n"
Failed = pytest.fail.Exception


def failure(folder: Path, data: bytes) -> str:
    with pytest.raises(Failed) as failed:
        Golden(folder, update=False)("rss.xml", data)
    return str(failed.value)


@pytest.mark.parametrize(
    ("data", "diff"),
    [
        (FEED.replace(b"Quay", b"Key"), ["-<title>Quay</title>", "+<title>Key</title>"]),
        (FEED.replace(b"</title>", b"</title>\r"), ["+<title>Quay</title>\\r"]),
        (FEED.replace(b"Quay", b"Qu\xe4y"), ["+<title>Qu\\xe4y</title>"]),
        (FEED.rstrip(), ["-"]),
    ],
    ids=["text", "carriage return", "no UTF-8", "no newline at the end"],
)
def test_a_difference_is_shown_as_a_unified_diff_with_the_remedy(
    tmp_path: Path, data: bytes, diff: list[str]
) -> None:
    (tmp_path / "rss.xml").write_bytes(FEED)
    lines = failure(tmp_path, data).splitlines()
    assert lines[:2] == ["--- golden/rss.xml", "+++ now/rss.xml"]
    assert lines[2].startswith("@@ ")
    assert set(diff) < set(lines)
    assert COMMAND in lines[-1]
    assert (tmp_path / "rss.xml").read_bytes() == FEED


def test_a_missing_document_names_the_remedy_too(tmp_path: Path) -> None:
    message = failure(tmp_path, FEED)
    assert message.startswith("There is no golden document rss.xml for these bytes.\n")
    assert COMMAND in message
    assert list(tmp_path.iterdir()) == []


def test_an_update_writes_the_document(tmp_path: Path) -> None:
    Golden(tmp_path / "new", update=True)("rss.xml", FEED)
    assert (tmp_path / "new" / "rss.xml").read_bytes() == FEED
    Golden(tmp_path / "new", update=False)("rss.xml", FEED)
