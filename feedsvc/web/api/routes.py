"""All resources of the API."""

from feedsvc.web.api.acts import acts
from feedsvc.web.api.articles import articles
from feedsvc.web.api.checks import checks
from feedsvc.web.api.history import history

RESOURCES = acts, articles, checks, history
"""The blueprints of the resources."""
