"""The versions of articles, the log of changes, and the token of a request."""

from flask import request
from werkzeug import Response

from feedsvc.errors import NotFoundError
from feedsvc.web import auth
from feedsvc.web.api.answers import FeedChange, ListedVersion, Log, Me, VersionList
from feedsvc.web.api.articles import has_record, record_answer
from feedsvc.web.api.resource import answer, is_set, limit, resource
from feedsvc.web.auth import needs
from feedsvc.web.publishing_services import publishing_services

history = resource("history")


@history.get("/articles/<path:article_id>/versions")
@needs("read")
def get_versions(article_id: str) -> Response:
    """Answer with all versions of an article, or with the article that has this path as its id."""
    if has_record(f"{article_id}/versions"):
        return record_answer(f"{article_id}/versions")
    return get_versions_of(article_id)


@history.get("/versions/<path:article_id>")
@needs("read")
def get_versions_of(article_id: str) -> Response:
    """Answer with all versions of an article."""
    versions = publishing_services.article_list.versions(article_id, auth.publisher())
    if not versions:
        raise NotFoundError(f'there is no article "{article_id}"')
    return answer(VersionList([*map(ListedVersion.of, versions)]))


@history.get("/log")
@needs("read")
def get_log() -> Response:
    """Answer with the last changes, of all articles or of one, and how many they have reached."""
    listed = publishing_services.article_list
    reach = is_set("reach")
    changes = listed.log(limit(), request.args.get("article"), auth.publisher())
    return answer(Log([FeedChange.of(it, listed.reach(it) if reach else None) for it in changes]))


@history.get("/me")
def get_me() -> Response:
    """Answer with the rights of the token that came with this request."""
    return answer(Me.of(auth.publisher()))
