"""``feedsvc.wsgi:app``, for gunicorn, granian and every other WSGI server."""

from feedsvc.config.load import load
from feedsvc.server.standalone import create_standalone

app = create_standalone(load())
