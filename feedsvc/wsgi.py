"""``feedsvc.wsgi:app``, for gunicorn, granian and every other WSGI server."""

from feedsvc.app import create_standalone
from feedsvc.config import load

app = create_standalone(load())
