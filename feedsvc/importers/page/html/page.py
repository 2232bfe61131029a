"""HTML of a page becomes findings.

Whoever says a thing most exactly is believed: JSON-LD, then microdata, then OpenGraph and meta
elements, then what the page shows people.
"""

from __future__ import annotations

import re
from typing import Any

from feedsvc.importers.page.found_fields import FoundFields
from feedsvc.importers.page.html.body import read_body
from feedsvc.importers.page.html.images import take_images
from feedsvc.importers.page.html.lead_image import put_pictures
from feedsvc.importers.page.html.meta_tags import MetaTags
from feedsvc.importers.page.html.related_boxes import take_related
from feedsvc.importers.page.html.structured_data import json_ld, microdata, read_schema
from feedsvc.importers.page.html.tree import parse_html
from feedsvc.importers.page.html.visible_fields import main_part, read_structure
from feedsvc.importers.page.markdown import escape, join


def read_html(text: str) -> FoundFields:
    """Return what a page in HTML says."""
    findings = FoundFields()
    root = parse_html(text)
    if root is None:
        return findings
    meta = MetaTags(root)
    findings.languages = tuple(filter(None, [(root.get("lang") or "").strip()]))
    findings.put("url", *meta.address())
    base = meta.base()
    machine = json_ld(root)
    leads = [
        (read_schema(machine, findings, "JSON-LD", base), "JSON-LD"),
        (read_schema(microdata(root), findings, "microdata", base), "microdata"),
        (meta.read(findings), "OpenGraph"),
    ]
    part = main_part(root)
    base = base or findings.fields.get("url", "")
    read_structure(root, part, findings, base)
    findings.put("headline", meta.title(), "<title>")
    findings.put("language", root.get("lang"), "<html lang>")
    put_pictures(findings, leads, take_images(part, base), base)
    headline = findings.fields.get("headline", "")
    findings.put_related(take_related(root, part, headline, base), "related box")
    read_body(root, findings, base)
    _told_body(findings, machine)
    return findings


def _told_body(findings: FoundFields, items: list[dict[str, Any]]) -> None:
    """Take the text from JSON-LD where the page itself shows none."""
    for item in items:
        text = item.get("articleBody")
        if isinstance(text, str):
            paragraphs = filter(None, map(escape, re.split(r"\n+", text)))
            findings.put_any("body", join(paragraphs), "JSON-LD")
