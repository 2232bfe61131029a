# pyright: basic, reportMissingImports=false
"""Django's syndication framework with the middleware that its documentation names for feeds.

Its articles are in memory, where a site would ask a database; and it gives summaries alone, as
it does by default, so that its answers are smaller than the others' answers.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

import django
from django.conf import settings
from django.contrib.syndication.views import Feed
from django.core.wsgi import get_wsgi_application
from django.http import Http404
from django.urls import path

FEEDS = json.loads(Path(os.environ["RIVAL_FEEDS"]).read_text(encoding="utf-8"))

settings.configure(
    SECRET_KEY="signs nothing",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[
        "django.middleware.gzip.GZipMiddleware",
        "django.middleware.http.ConditionalGetMiddleware",
    ],
)
django.setup()


class Articles(Feed):
    """The articles of a section."""

    def get_object(self, _request, section):
        if section not in FEEDS:
            raise Http404
        return FEEDS[section]

    def title(self, known):
        return known["title"]

    def link(self, known):
        return known["link"]

    description = title

    def items(self, known):
        return known["articles"]

    def item_title(self, item):
        return item["title"]

    def item_link(self, item):
        return item["link"]

    def item_guid(self, item):
        return item["id"]

    item_guid_is_permalink = False

    def item_description(self, item):
        return item["summary"]

    def item_pubdate(self, item):
        return datetime.fromisoformat(item["published"])


urlpatterns = [path("<path:section>/rss.xml", Articles())]
app = get_wsgi_application()
