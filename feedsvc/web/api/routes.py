"""All resources of the API."""

from feedsvc.web.api.articles import articles
from feedsvc.web.api.history import history

RESOURCES = articles, history
"""The blueprints of the resources."""
