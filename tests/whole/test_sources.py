"""A CMS sends articles to ``feedsvc serve``, and readers have them at once."""

from __future__ import annotations

import hmac
import json
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.tools.senders import CONFIGURED, SECRET
from tests.tools.service import Service
from tests.web.api.test_ghost import event
from tests.web.api.test_superdesk import CORRECTED, ITEM, KILL


def post(
    service: Service, path: str, value: Any, headers: dict[str, str], *, chunked: bool = False
) -> Any:
    body = json.dumps(value).encode()
    connection = HTTPConnection("127.0.0.1", service.port, timeout=30)
    try:
        sent = iter([body[:10], body[10:]]) if chunked else body
        address = f"/api/v1/hooks/{path}"
        connection.request("POST", address, sent, headers, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def superdesk(item: Any) -> str:
    return f"sha1={hmac.digest(SECRET.encode(), json.dumps(item).encode(), 'sha1').hex()}"


def test_a_cms_publishes_corrects_and_withdraws_over_http(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    log = '\n[log]\nrequests = "access.log"\n'
    (tmp_path / "config.toml").write_text(CONFIGURED + log, encoding="utf-8")
    service = Service(tmp_path).wait()
    try:
        for chunked, item, shown in (
            (True, CORRECTED, "Harbour Opens at Seven"),
            (False, ITEM, "Harbour Opens at Seven"),
            (True, KILL, "There was no ship."),
        ):
            headers = {"X-Superdesk-Signature": superdesk(item)}
            if chunked:
                headers["Transfer-Encoding"] = "chunked"
            status, _ = post(service, "desk", item, headers, chunked=chunked)
            assert status in (200, 201)
            assert service.shows(shown, "/sport/rss.xml")
        stamp = f"{time.time() * 1000:.0f}"
        body = json.dumps(event()).encode()
        proof = hmac.digest(SECRET.encode(), body + stamp.encode(), "sha256").hex()
        header = {"X-Ghost-Signature": f"sha256={proof}, t={stamp}"}
        assert post(service, "blog", event(), header)[0] == 201
        assert service.shows("Ships came in.", "/old-town/feed.json")
        assert post(service, f"flows/{SECRET}", {"id": "x", "act": "delete"}, {})[0] == 200
    finally:
        output = service.end()
    written = (tmp_path / "access.log").read_text()
    assert "POST /api/v1/hooks/flows/… " in written
    assert SECRET not in written + output
