"""HTML of a page becomes findings.

Whoever says a thing most exactly is believed: JSON-LD, then microdata, then OpenGraph and meta
elements, then what the page shows people.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from feedsvc.ingest.page.body import read_body
from feedsvc.ingest.page.boxes import take_pictures, take_related
from feedsvc.ingest.page.findings import Findings
from feedsvc.ingest.page.markdown import escape, join
from feedsvc.ingest.page.meta import Meta
from feedsvc.ingest.page.schema import json_ld, microdata, read_schema
from feedsvc.ingest.page.structure import main_part, read_structure
from feedsvc.ingest.page.tree import parse_html

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_html(text: str) -> Findings:
    """Return what a page in HTML says."""
    findings = Findings()
    root = parse_html(text)
    if root is None:
        return findings
    meta = Meta(root)
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
    _pictures(findings, leads, take_pictures(part, base))
    headline = findings.fields.get("headline", "")
    findings.put_related(take_related(root, part, headline, base), "related box")
    read_body(root, findings, base)
    _told_body(findings, machine)
    return findings


def _pictures(
    findings: Findings, leads: Sequence[tuple[dict[str, Any], str]], shown: list[dict[str, Any]]
) -> None:
    """Put the lead picture as machines are told it, with the caption that people see."""
    told = next((each for each in leads if each[0]), None)
    if told is None:
        findings.put_images(shown, "<figure>")
        return
    lead, source = told
    for other, _ in leads:
        if other.get("url") == lead["url"]:
            lead = {**other, **lead}
    twins = [picture for picture in shown if _stem(picture.get("url")) == _stem(lead["url"])]
    # The only picture a page shows is its lead picture, whatever the name of the file.
    twins = twins or (shown if len(shown) == 1 else [])
    if twins:
        lead = _with_words(lead, twins[0])
        source += ", <figure>"
    findings.put_images([lead, *(picture for picture in shown if picture not in twins)], source)


def _with_words(lead: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any]:
    """Add to a picture what the page shows with it; sizes belong to one file only."""
    sizes = () if shown.get("url") == lead["url"] else ("width", "height")
    found = {**{key: shown[key] for key in shown if key not in sizes}, **lead}
    order = ("url", "caption", "credit", "alt", "width", "height")
    return {key: found[key] for key in order if key in found}


def _stem(url: str | None) -> str:
    """Return the name of a picture without its size: ``storm-1200x675.jpg`` is ``storm``."""
    name = PurePosixPath(urlsplit(url or "").path).stem.lower()
    return re.sub(
        r"(?:[-_.@](?:\d+x\d*|x?\d{2,4}w?|\dx|large|small|medium|thumb|scaled|crop))+$", "", name
    )


def _told_body(findings: Findings, items: list[dict[str, Any]]) -> None:
    """Take the text from JSON-LD where the page itself shows none."""
    for item in items:
        text = item.get("articleBody")
        if isinstance(text, str):
            paragraphs = filter(None, map(escape, re.split(r"\n+", text)))
            findings.put_any("body", join(paragraphs), "JSON-LD")
