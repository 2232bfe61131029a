"""Errors as JSON, for programs that publish (RFC 9457)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from feedsvc.errors import Finding
from feedsvc.web.response_types import Answer

PROBLEM_TYPE = "application/problem+json"


def problem(
    status: int,
    detail: str,
    findings: Sequence[Finding] = (),
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Return the answer to a request that failed.

    :param detail: one sentence.
    :param findings: every problem of the content that was sent.
    """
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if findings:
        body["errors"] = [{"pointer": it.pointer, "detail": it.detail} for it in findings]
    answer = Answer(msgspec.json.encode(body), status, headers, content_type=PROBLEM_TYPE)
    answer.headers["Cache-Control"] = "no-store"
    return answer
