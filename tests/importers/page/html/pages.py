"""Build pages in HTML, and read them."""

from __future__ import annotations

import json
from typing import Any

from feedsvc.importers.page.page_fields import PageFields
from feedsvc.importers.page.read import parse

ARTICLE = {"@type": "NewsArticle", "headline": "Rain"}
TEXT = "<p>It rained all day long in the harbour, and the ferries stayed at the quay.</p>" * 3


def page(body: str, head: str = "") -> PageFields:
    return parse(f"<html><head>{head}</head><body>{body}</body></html>".encode(), "p.html")


def fields(body: str, head: str = "") -> dict[str, Any]:
    return page(body, head).fields


def json_ld(*items: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(items)}</script>'
