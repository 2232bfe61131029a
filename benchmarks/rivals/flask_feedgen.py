# pyright: basic, reportCallIssue=false, reportAttributeAccessIssue=false
# The stubs of feedgen here cover only the names that feedsvc uses.
"""The work of an afternoon: Flask, and feedgen for each request.

It is a good one: its validators stay while nothing changes, it compresses, and it has its articles
in memory.
"""

from __future__ import annotations

import gzip
import json
import os
from datetime import datetime
from pathlib import Path

from feedgen.feed import FeedGenerator
from flask import Flask, Response, abort, request

FEEDS = json.loads(Path(os.environ["RIVAL_FEEDS"]).read_text(encoding="utf-8"))
app = Flask(__name__)


@app.get("/<path:section>/rss.xml")
def feed(section: str) -> Response:
    if section not in FEEDS:
        abort(404)
    known = FEEDS[section]
    newest = max(datetime.fromisoformat(it["published"]) for it in known["articles"])
    made = FeedGenerator()
    made.title(known["title"])
    made.link(href=known["link"], rel="alternate")
    made.description(known["title"])
    made.lastBuildDate(newest)  # else it is the present, and no validator ever matches
    for article in known["articles"]:
        entry = made.add_entry(order="append")
        entry.title(article["title"])
        entry.link(href=article["link"])
        entry.guid(article["id"])
        entry.description(article["summary"])
        entry.content(article["content"], type="CDATA")
        entry.pubDate(datetime.fromisoformat(article["published"]))
    response = Response(made.rss_str(), mimetype="application/rss+xml")
    response.last_modified = newest
    response.add_etag(weak=True)
    response.make_conditional(request)
    if response.status_code == 200 and "gzip" in request.accept_encodings:
        response.set_data(gzip.compress(response.get_data(), 6))
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    return response
