"""The description of the API in OpenAPI 3.1, made of its routes and of the types of its answers."""

import re
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, NamedTuple

import msgspec
from flask import current_app
from msgspec import Struct
from werkzeug import Response

from feedsvc.model.paths import API
from feedsvc.publishing.record_keys import KEYS
from feedsvc.web.api import answers
from feedsvc.web.api.resource import JSON, NDJSON, PATCH_TYPE, answer, resource
from feedsvc.web.problems import PROBLEM_TYPE

openapi = resource("openapi", public=True)

_SCHEMA = "#/components/schemas/{name}"
_RECORD = {"$ref": _SCHEMA.format(name="Record")}
_TEXT = {"type": "string"}
_TRIAL = ("dry_run", {"type": "boolean"})
_LIMIT = ("limit", {"type": "integer", "minimum": 1, "maximum": 500})


class _Operation(NamedTuple):
    """The part of an operation that its route does not tell."""

    answer: type[Struct] | None
    """None for a record."""
    statuses: tuple[int, ...] = (200,)
    body: tuple[str, Any] | None = None
    """Media type and schema."""
    query: tuple[tuple[str, Any], ...] = ()
    headers: tuple[dict[str, Any], ...] = ()
    token: bool = True
    """Whether it needs one; the others are public, or signed."""


def _header(name: str, pattern: str, *, required: bool = False) -> dict[str, Any]:
    """Return the description of a header."""
    schema = {"type": "string", "pattern": f"^(?:{pattern})$"}
    return {"name": name, "in": "header", "required": required, "schema": schema}


_TAGS = r'\*|(?:W/)?"[!#-~]*"(?:, ?(?:W/)?"[!#-~]*")*'
"""Entity tags of a condition (RFC 9110 §13.1)."""
_ACT_BODY = {"type": "object", "properties": {"note": _TEXT, "moment": _TEXT}}
_BINARY = ("application/octet-stream", {"type": "string", "format": "binary"})
_RECORD_FILE = {
    "type": "object",
    "required": ["file", "text"],
    "properties": {"file": _TEXT, "text": _TEXT},
    "additionalProperties": False,
}
_DIGESTS = {
    "type": "object",
    "required": ["files"],
    "properties": {
        "files": {
            "type": "object",
            "maxProperties": 1000,
            "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        }
    },
}
_MATCH = _header("If-Match", _TAGS)
_MATCH_NEEDED = _header("If-Match", _TAGS, required=True)
_WRITE = (
    _MATCH,
    {"name": "If-None-Match", "in": "header", "schema": {"type": "string", "enum": ["*"]}},
)
_KEY = _header("Idempotency-Key", r"[!#-~](?:[ !#-~]{0,253}[!#-~])?")
_NAME = _header("Content-Disposition", 'attachment; filename="[A-Za-z0-9._-]+"', required=True)
OPERATIONS = {
    "list_articles": _Operation(
        answers.ArticlePart,
        query=(
            _LIMIT,
            *((it, _TEXT) for it in ("section", "status", "changed_since", "cursor")),
        ),
    ),
    "post_article": _Operation(
        answers.WriteResult, (200, 201), (JSON, _RECORD), (_TRIAL,), (_KEY,)
    ),
    "get_article": _Operation(None, headers=(_header("If-None-Match", _TAGS),)),
    "put_article": _Operation(answers.WriteResult, (200, 201), (JSON, _RECORD), (_TRIAL,), _WRITE),
    "patch_article": _Operation(
        answers.WriteResult, body=(PATCH_TYPE, _RECORD), query=(_TRIAL,), headers=(_MATCH_NEEDED,)
    ),
    "delete_article": _Operation(answers.WriteResult, query=(_TRIAL,), headers=(_MATCH_NEEDED,)),
    "get_versions": _Operation(answers.VersionList),
    "get_versions_of": _Operation(answers.VersionList),
    "get_log": _Operation(
        answers.Log, query=(_LIMIT, ("article", _TEXT), ("reach", {"type": "boolean"}))
    ),
    "get_me": _Operation(answers.Me),
    "post_act": _Operation(
        answers.WriteResult, body=(JSON, _ACT_BODY), query=(_TRIAL,), headers=_WRITE
    ),
    "post_check": _Operation(answers.CheckResult, body=(JSON, _RECORD)),
    "post_bulk": _Operation(
        answers.BulkLine, body=(NDJSON, {"anyOf": [_RECORD, _RECORD_FILE]}), query=(_TRIAL,)
    ),
    "post_compare": _Operation(answers.Differences, body=(JSON, _DIGESTS)),
    "put_file": _Operation(answers.UploadedFile, (200, 201), _BINARY),
    "post_media": _Operation(
        answers.UploadedFile,
        (200, 201),
        _BINARY,
        headers=(_NAME,),
    ),
    "get_openapi": _Operation(None, token=False),
    "post_push": _Operation(
        answers.PushResult, (200, 201, 202), (JSON, {"type": "object"}), token=False
    ),
    "get_asset": _Operation(answers.StoredAsset, token=False),
    "post_asset": _Operation(
        answers.StoredAsset, (201,), ("multipart/form-data", {"type": "object"}), token=False
    ),
}
"""The operations by the names of their views."""


@openapi.get("/openapi.json")
def get_openapi() -> Response:
    """Answer with the description of the API."""
    return answer(_description())


def _description() -> dict[str, Any]:
    types = {it.answer for it in OPERATIONS.values() if it.answer}
    ordered = sorted(types, key=lambda it: it.__name__)
    _, schemas = msgspec.json.schema_components(ordered, ref_template=_SCHEMA)
    paths: dict[str, dict[str, Any]] = {}
    for path, method, name in sorted(_routes()):
        paths.setdefault(path, {})[method] = _operation(path, name)
    return {
        "openapi": "3.1.0",
        "info": {"title": "feedsvc", "version": version("feedsvc")},
        "servers": [{"url": API}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Record": _record(), "Problem": _PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _routes() -> Iterator[tuple[str, str, str]]:
    """Yield path, method and name of every operation."""
    for rule in current_app.url_map.iter_rules():
        if rule.rule.startswith(f"{API}/"):
            path = re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule.removeprefix(API))
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield path, method.lower(), rule.endpoint.partition(".")[2]


def _operation(path: str, name: str) -> dict[str, Any]:
    operation = OPERATIONS[name]
    view = next(it for key, it in current_app.view_functions.items() if key.endswith(f".{name}"))
    in_path = re.findall(r"{(\w+)}", path)
    parameters = [
        *({"name": it, "in": "path", "required": True, "schema": _TEXT} for it in in_path),
        *({"name": it, "in": "query", "schema": schema} for it, schema in operation.query),
        *operation.headers,
    ]
    kind = NDJSON if name == "post_bulk" else JSON
    schema = {"$ref": _SCHEMA.format(name=operation.answer.__name__)} if operation.answer else {}
    content = {kind: {"schema": schema or (_RECORD if name == "get_article" else {})}}
    failure = {"$ref": _SCHEMA.format(name="Problem")}
    responses: dict[str, Any] = {
        str(status): {"description": "done", "content": content} for status in operation.statuses
    }
    responses["default"] = {
        "description": "a problem (RFC 9457)",
        "content": {PROBLEM_TYPE: {"schema": failure}},
    }
    described: dict[str, Any] = {
        "operationId": f"{name}_with_secret" if "secret" in in_path else name,
        "summary": (view.__doc__ or "").partition("\n")[0],
        "parameters": parameters,
        "responses": responses,
    }
    if not operation.token:
        described["security"] = []
    if operation.body:
        kind, schema = operation.body
        described["requestBody"] = {
            "required": name != "post_act",
            "content": {kind: {"schema": schema}},
        }
    return described


def _record() -> dict[str, Any]:
    """Return the schema of a record: its keys, whose values the validator of records checks."""
    return {
        "type": "object",
        "description": "The keys of a record, as docs/record.md explains them.",
        "properties": dict.fromkeys(KEYS, True),
        "additionalProperties": False,
    }


_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": _TEXT, "detail": _TEXT},
            },
        },
    },
}
