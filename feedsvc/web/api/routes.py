"""All resources of the API."""

from feedsvc.web.api.acts import acts
from feedsvc.web.api.articles import articles
from feedsvc.web.api.bulk import bulk
from feedsvc.web.api.checks import checks
from feedsvc.web.api.files import files
from feedsvc.web.api.history import history
from feedsvc.web.api.media import media
from feedsvc.web.api.openapi import openapi
from feedsvc.web.api.sources import sources

RESOURCES = acts, articles, bulk, checks, files, history, media, openapi, sources
"""The blueprints of the resources."""
