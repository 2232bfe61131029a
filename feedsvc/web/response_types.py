"""Flask responses whose headers Werkzeug leaves as they are."""

from wsgiref.types import WSGIEnvironment

from flask import Response
from werkzeug.datastructures import Headers


class Answer(Response):
    """A response with the headers that a cache needs, and no header twice."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Return the headers as they are sent."""
        headers = super().get_wsgi_headers(environ)
        # Werkzeug removes it from a 304, though readers keep the validators of the last answer.
        if "Last-Modified" in self.headers:
            headers["Last-Modified"] = self.headers["Last-Modified"]
        # Werkzeug dates conditional answers, and the server adds a date to every answer.
        headers.pop("Date", None)
        return headers


class Decided(Answer):
    """A response with exactly the headers of a reply, in their order."""

    default_mimetype = None

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:  # noqa: ARG002
        """Return the headers as they are."""
        return self.headers
