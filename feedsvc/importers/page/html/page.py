"""Read an article from the HTML of a page.

The most exact source of a field comes first: JSON-LD, then microdata, then OpenGraph and meta
elements, then the visible page.
"""

import re

from feedsvc.importers.page.found_fields import FoundFields
from feedsvc.importers.page.html.body import read_body
from feedsvc.importers.page.html.images import take_images
from feedsvc.importers.page.html.lead_image import put_images
from feedsvc.importers.page.html.meta_tags import MetaTags
from feedsvc.importers.page.html.related_boxes import take_related
from feedsvc.importers.page.html.structured_data import json_ld, microdata, read_structured_data
from feedsvc.importers.page.html.tree import parse_html
from feedsvc.importers.page.html.visible_fields import main_part, read_visible_fields
from feedsvc.importers.page.markdown import escape, join


def read_html(text: str) -> FoundFields:
    """Return the fields of a page in HTML."""
    fields = FoundFields()
    root = parse_html(text)
    if root is None:
        return fields
    meta = MetaTags(root)
    language = root.get("lang", "").strip()
    fields.languages = (language,) if language else ()
    fields.put("url", *meta.address())
    base = meta.base()
    items = json_ld(root)
    leads = [
        (read_structured_data(items, fields, "JSON-LD", base), "JSON-LD"),
        (read_structured_data(microdata(root), fields, "microdata", base), "microdata"),
        (meta.read(fields), "OpenGraph"),
    ]
    part = main_part(root)
    base = base or fields.get("url")
    read_visible_fields(root, part, fields, base)
    fields.put("headline", meta.title(), "<title>")
    fields.put("language", language, "<html lang>")
    put_images(fields, leads, take_images(part), base)
    fields.put_related(take_related(root, part, fields.get("headline"), base), "related box")
    read_body(root, fields, base)
    for item in items:  # the text in JSON-LD, where the page itself shows none
        body = item.get("articleBody")
        if isinstance(body, str):
            paragraphs = filter(None, map(escape, re.split(r"\n+", body)))
            fields.put_value("body", join(paragraphs), "JSON-LD")
    return fields
