"""Acts: publish, correct, kill, withhold and embargo articles."""

from typing import cast, get_args

from flask import request
from werkzeug import Response

from feedsvc.publishing.acts import ActName
from feedsvc.publishing.perform_act import ActPerformer
from feedsvc.web.api.articles import result
from feedsvc.web.api.resource import JSON, json_object, resource, write
from feedsvc.web.auth import needs
from feedsvc.web.publishing_services import publishing_services
from feedsvc.web.services import services

acts = resource("acts")

_ACT = f"<any({', '.join(map(repr, get_args(ActName)))}):act>"


@acts.post(f"/acts/{_ACT}/<path:article_id>")
@needs("write", "kill")
def post_act(act: str, article_id: str) -> Response:
    """Carry out an act."""
    given = json_object(JSON) if request.mimetype or request.content_length else {}
    writer, articles = publishing_services.writer, publishing_services.article_list
    performer, now = ActPerformer(services.config, writer, articles), services.clock()
    return result(performer.perform(cast("ActName", act), article_id, given, write(), now))
