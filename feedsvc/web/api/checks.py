"""Check articles without writing them."""

from werkzeug import Response

from feedsvc.errors import RefusedError
from feedsvc.publishing.writes import Write
from feedsvc.web import auth
from feedsvc.web.api.answers import CheckResult, WriteResult, note_of
from feedsvc.web.api.resource import JSON, answer, id_in, json_object, resource
from feedsvc.web.auth import needs
from feedsvc.web.publishing_services import publishing_services

checks = resource("checks")


@checks.post("/check")
@needs("draft", "write")
def post_check() -> Response:
    """Answer with all problems of an article, and with all that writing it would change."""
    values = json_object(JSON)
    write = Write(by=auth.publisher(), trial=True)
    try:
        if article_id := id_in(values):
            written = publishing_services.writer.put(article_id, values, write)
        else:
            written = publishing_services.writer.create(values, write, lambda _: None)
    except RefusedError as error:
        return answer(CheckResult(ok=False, errors=[*map(note_of, error.findings)]))
    return answer(CheckResult(ok=True, errors=[], result=WriteResult.of(written, trial=True)))
