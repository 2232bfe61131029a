"""Build pages in plain text, and read them."""

from __future__ import annotations

from typing import Any

from feedsvc.importers.page.read import parse

TITLE = "The Headline of It\n\nPublished 21 March 2023\n\n"
HEAD = "News > Russia\n\nThe Headline of the Story\n\nPublished 21 March 2023\n\nThe deck.\n\n"
BODY = HEAD + "First paragraph.\n\n{}\n\nLast paragraph.\n\nPost with no comments.\n"


def fields(text: str) -> dict[str, Any]:
    return parse(text.encode(), "page.txt").fields


def sources(text: str) -> dict[str, str]:
    return parse(text.encode(), "page.txt").sources
