"""The doors for systems that send their articles, as far as all of them are alike."""

from __future__ import annotations

import base64
import json
import threading
from typing import Any

import pytest

from feedsvc.publishing.pushed_content import PushedContent
from feedsvc.store.lock import try_lock
from tests.conftest import CONFIG, NOW, MakeNewsroom, Newsroom
from tests.tools import senders
from tests.tools.senders import (
    CONFIGURED,
    SECRET,
    Sender,
    Superdesk,
    encoded,
    entries,
    results,
)
from tests.web.api.test_superdesk import ITEM
from tests.web.http import test_signatures as signed

newsroom = senders.newsroom
RECORD: dict[str, Any] = {
    "id": "a1",
    "revised": "2026-11-21T09:00:00Z",
    "headline": "Harbour Opens",
    "section": "world",
    "published": "2026-11-21T08:30:00Z",
    "body_html": "<p>Ships came in.</p>",
}


def send(newsroom: Newsroom, name: str, value: Any, path: str = "", **headers: str) -> Any:
    bearer = {} if path else {"Authorization": f"Bearer {SECRET}"}
    return Sender(newsroom, name).post(encoded(value), path, **bearer, **headers)


def test_a_record_is_published_changed_and_withdrawn(newsroom: Newsroom) -> None:
    assert results(send(newsroom, "flows", RECORD)) == ["stored"]
    assert results(send(newsroom, "flows", RECORD)) == ["unchanged"]
    changed = {**RECORD, "revised": "2026-11-21T10:00:00Z", "headline": "Harbour", "summary": "S"}
    assert results(send(newsroom, "flows", changed)) == ["stored"]
    assert results(send(newsroom, "flows", RECORD)) == ["ignored"]
    [entry] = entries(newsroom, "world")
    assert (entry["title"], entry["summary"]) == ("Harbour", "S")
    assert results(send(newsroom, "flows", {"id": "a1", "act": "unpublish"})) == ["withdrawn"]
    assert entries(newsroom) == []
    newsroom.now = newsroom.now.replace(hour=13)
    again = {key: value for key, value in RECORD.items() if key != "revised"}
    assert results(send(newsroom, "flows", again)) == ["stored"]
    [entry] = entries(newsroom)
    assert entry.get("summary") != "S"
    newsroom.now = newsroom.now.replace(hour=14)
    send(newsroom, "flows", {"id": "a1", "act": "kill", "note": "It was wrong."})
    assert "It was wrong." in newsroom.text("world")


def set_by_hand(newsroom: Newsroom, **values: Any) -> None:
    """Change the only record as a person does."""
    [file] = (newsroom.root / "articles").rglob("*.json")
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))
    newsroom.sync()


@pytest.mark.parametrize("event", [{"headline": "Harbour"}, {"act": "unpublish"}])
def test_a_kill_that_comes_while_an_article_is_taken_stays(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, event: dict[str, str]
) -> None:
    send(newsroom, "flows", RECORD)
    method = "withdrawn" if "act" in event else "published"
    real = getattr(PushedContent, method)

    def meanwhile(*given: Any) -> Any:
        set_by_hand(newsroom, status="canceled")
        return real(*given)

    monkeypatch.setattr(PushedContent, method, meanwhile)
    later = {**RECORD, **event, "revised": "2026-11-21T10:00:00Z"}
    answer = send(newsroom, "flows", later)
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    monkeypatch.undo()
    newsroom.sync()
    assert "Ships came in." not in newsroom.text("world")
    assert send(newsroom, "flows", later).status_code == (200 if "act" in event else 422)
    [file] = (newsroom.root / "articles").rglob("*.json")
    assert json.loads(file.read_text())["status"] == "canceled"


def test_an_embargo_and_a_note_of_a_person_stay_until_they_are_named(newsroom: Newsroom) -> None:
    send(newsroom, "flows", RECORD)
    set_by_hand(newsroom, embargoed="2026-12-24", updated="2026-11-21 09:30", note="A wrong name.")
    assert entries(newsroom) == []
    again = {**RECORD, "headline": "Harbour", "revised": "2026-11-21T10:00:00Z"}
    assert results(send(newsroom, "flows", again)) == ["stored"]
    assert entries(newsroom) == []
    named = {**again, "revised": "2026-11-21T10:30:00Z", "embargoed": None}
    assert results(send(newsroom, "flows", named)) == ["stored"]
    [entry] = entries(newsroom)
    assert "A wrong name." in entry["content_html"]


def test_an_article_that_is_written_anew_after_its_deletion_is_another(
    newsroom: Newsroom,
) -> None:
    story = {**RECORD, "slug": "harbour"}
    send(newsroom, "flows", story)
    [before] = entries(newsroom)
    send(newsroom, "flows", {"id": "a1", "act": "delete"})
    assert results(send(newsroom, "flows", {**story, "id": "a2"})) == ["stored"]
    [after] = entries(newsroom)
    assert after["id"] != before["id"]
    assert results(send(newsroom, "flows", {**story, "id": "a2", "headline": "New"})) == ["stored"]
    assert [it["title"] for it in entries(newsroom)] == ["New"]


def test_a_record_may_have_several_sections(newsroom: Newsroom) -> None:
    text = (newsroom.root / "config.toml").read_text()
    mapped = 'kind = "directus"\nsections = {Sports = "sport"}'
    newsroom.configure(text.replace('kind = "directus"', mapped))
    several = {**RECORD, "section": None, "sections": ["Sports", "business"]}
    assert results(send(newsroom, "flows", several)) == ["stored"]
    assert entries(newsroom, "sport") == entries(newsroom, "business") != []
    later = {**RECORD, "revised": "2026-11-21T10:00:00Z"}
    assert results(send(newsroom, "flows", later)) == ["stored"]
    assert entries(newsroom, "business") == []
    assert len(entries(newsroom, "world")) == 1


def test_the_status_of_a_record_withdraws_it(newsroom: Newsroom) -> None:
    assert results(send(newsroom, "flows", RECORD)) == ["stored"]
    held = {**RECORD, "status": "withheld", "revised": "2026-11-21T10:00:00Z"}
    assert results(send(newsroom, "flows", held)) == ["withdrawn"]
    assert entries(newsroom) == []


def test_standard_webhooks_sign_a_record(newsroom: Newsroom) -> None:
    headers = signed.standard(NOW.timestamp())
    body = encoded(RECORD)
    digest = signed.digest(f"msg_1.{NOW.timestamp():.0f}.".encode() + body)
    headers["webhook-signature"] = "v1," + base64.b64encode(digest).decode()
    assert results(Sender(newsroom, "hooks").post(body, **headers)) == ["stored"]


def test_sanity_names_document_and_operation_in_headers(newsroom: Newsroom) -> None:
    document = {**RECORD, "_type": "article", "_updatedAt": RECORD["revised"]}
    del document["id"], document["revised"]
    headers = {"Sanity-Operation": "create", "Sanity-Document-Id": "doc-1"}
    assert results(send(newsroom, "studio", document, **headers)) == ["stored"]
    draft = {**headers, "Sanity-Document-Id": "drafts.doc-1"}
    assert results(send(newsroom, "studio", document, **draft)) == []
    headers["Sanity-Operation"] = "delete"
    assert results(send(newsroom, "studio", document, **headers)) == ["withdrawn"]
    assert entries(newsroom) == []


def test_contentful_names_the_event_in_a_header(newsroom: Newsroom) -> None:
    topic = "ContentManagement.Entry."
    entry = {**RECORD, "sys": {"id": "x", "updatedAt": "2026-11-21T08:00:00Z"}}
    del entry["id"]
    for event, expected in (
        *(("save", []), ("auto_save", []), ("create", []), ("publish", ["stored"])),
        *(("unarchive", []), ("unpublish", ["withdrawn"]), ("delete", ["withdrawn"])),
    ):
        answer = send(newsroom, "space", entry, **{"X-Contentful-Topic": topic + event})
        assert results(answer) == expected, event
    assert entries(newsroom) == []


def test_contentful_may_send_its_own_fields(newsroom: Newsroom) -> None:
    text = (newsroom.root / "config.toml").read_text()
    fields = 'fields = {headline = "fields.title.en", published = "fields.date.en"}'
    newsroom.configure(
        text.replace('kind = "contentful"', f'kind = "contentful"\n{fields}\ndefault_section = "x"')
    )
    entry = {
        "sys": {"id": "e1", "updatedAt": "2026-11-21T09:00:00Z"},
        "metadata": {"tags": []},
        "fields": {"title": {"en": "Harbour"}, "date": {"en": "2026-11-21T08:30Z"}, "other": {}},
    }
    topic = {"X-Contentful-Topic": "ContentManagement.Entry.publish"}
    assert results(send(newsroom, "space", entry, **topic)) == ["stored"]
    assert [it["title"] for it in entries(newsroom, "x")] == ["Harbour"]


def test_strapi_sends_its_own_fields(newsroom: Newsroom) -> None:
    entry = {
        "id": 7,
        "documentId": "abc",
        "title": "Harbour Opens",
        "content": "Ships *came* in.",
        "summary": "All of them.",
        "internal": "not for readers",
        "publishedAt": "2026-11-21T08:30:00Z",
        "updatedAt": "2026-11-21T08:31:00Z",
        "cover": {"url": "https://strapi.example/a.png", "alternativeText": "Ships", "caption": ""},
    }
    published = {"event": "entry.publish", "model": "article", "entry": entry}
    assert results(send(newsroom, "strapi", published)) == ["stored"]
    [item] = entries(newsroom, "local")
    assert (item["title"], item["summary"]) == ("Harbour Opens", "All of them.")
    assert "<em>came</em>" in item["content_html"]
    assert "https://strapi.example/a.png" in item["content_html"]
    update = {**published, "event": "entry.update"}
    assert results(send(newsroom, "strapi", update)) == ["unchanged"]
    draft = {**update, "entry": {**entry, "publishedAt": None, "title": "Draft"}}
    assert results(send(newsroom, "strapi", draft)) == []
    assert results(send(newsroom, "strapi", {"event": "media.create", "media": {}})) == []
    gone = {**published, "event": "entry.unpublish", "entry": {**entry, "cover": "cover.png"}}
    assert results(send(newsroom, "strapi", gone)) == ["withdrawn"]
    assert entries(newsroom) == []


def test_an_unknown_key_and_an_unknown_act_are_refused(newsroom: Newsroom) -> None:
    answer = send(newsroom, "flows", {**RECORD, "headlin": "x"})
    assert answer.status_code == 422
    assert "headlin" in answer.json["detail"]
    assert "act" in send(newsroom, "flows", {**RECORD, "act": "spike"}).json["detail"]
    assert "/id is missing" in send(newsroom, "flows", {"headline": "x"}).json["detail"]
    no_section = {**RECORD, "section": ""}
    assert "it has no section here" in send(newsroom, "flows", no_section).json["detail"]


def test_an_address_with_the_secret_needs_no_header(newsroom: Newsroom) -> None:
    assert results(send(newsroom, "flows", RECORD, f"/{SECRET}")) == ["stored"]
    assert send(newsroom, "flows", RECORD, f"/{SECRET}x").status_code == 401
    desk = Superdesk(newsroom)
    address = f"{desk.address}/{SECRET}/assets/a"
    assert desk.client.get(address).status_code == 404
    assert desk.client.get(address.replace(SECRET, "wrong")).status_code == 401


def test_a_secret_in_an_address_is_in_no_log(
    make_newsroom: MakeNewsroom, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom = make_newsroom("log", CONFIGURED + '\n[log]\nrequests = "access.log"\n')
    newsroom.sync()
    client = newsroom.client()
    services = client.application.extensions["feedsvc"]
    for address in (
        f"/api/v1/hooks/flows/{SECRET}",
        f"/api/v1//hooks//flows//{SECRET}/more",
        f"/api/v1/hooks/flows/{SECRET}/assets/picture",
        f"http://feeds.quay.example/api/v1/hooks/flows/{SECRET}",
        "/api/v1/hooks/flows/assets/picture",
    ):
        client.post(address, data=encoded({"id": 1}))
        client.get(address)
    receiver = client.application.extensions["feedsvc.publishing"].pushes
    monkeypatch.setattr(type(receiver), "receive", lambda *_: 1 / 0)
    answer = client.post(f"/api/v1/hooks/flows/{SECRET}", data=encoded(RECORD))
    assert answer.status_code == 500
    services.access_log.close()
    written = (newsroom.root / "access.log").read_text()
    assert "/api/v1/hooks/flows/… " in written
    assert "/api/v1/hooks/flows/assets/picture" in written
    assert "hooks/flows/… failed" in caplog.text
    assert SECRET not in written + caplog.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"guid": "x", "guid": "y"}', 400),
        (b'{"guid": "\xff"}', 400),
        ('{"guid": "é"}'.encode("utf-16"), 400),
        (b'{"a":' * 60 + b"1" + b"}" * 60, 400),
        (b'{"a":' * 90_000, 400),
        (b'{"guid": "' + b"x" * 60_000_001 + b'"}', 413),
        (b'{"guid": "\\ud800\\u0000"}', 422),
    ],
    ids="empty broken list twice bytes utf-16 nested deep long surrogate".split(),
)
def test_a_body_that_is_no_item_is_refused_and_changes_nothing(
    shared: Newsroom, body: bytes, status: int
) -> None:
    answer = Superdesk(shared).send(body)
    assert answer.status_code == status
    assert answer.json["detail"].endswith(".")
    assert not [*(shared.root / "articles").iterdir()]


def test_a_wrong_signature_changes_nothing_and_is_counted(
    newsroom: Newsroom, shared: Newsroom
) -> None:
    desk = Superdesk(newsroom)
    for _ in range(2):
        answer = desk.post(encoded(ITEM), X_Superdesk_Signature="sha1=" + "0" * 40)
        assert answer.status_code == 401
        assert "Bearer" in answer.headers["WWW-Authenticate"]
    assert entries(newsroom) == []
    metrics = desk.client.get("/metrics", headers={"Host": "localhost"}).text
    assert 'feedsvc_source_articles_total{result="unsigned",source="desk"} 1.0' in metrics


def test_an_unknown_source_is_not_there(shared: Newsroom) -> None:
    answer = Sender(shared, "other").post(b"{}")
    assert answer.status_code == 404
    assert "config.toml" in answer.json["detail"]


def test_the_metrics_count_results(newsroom: Newsroom) -> None:
    desk = Superdesk(newsroom)
    for item in (ITEM, ITEM, {**ITEM, "type": "video"}):
        desk.send(item)
    metrics = desk.client.get("/metrics", headers={"Host": "localhost"}).text
    for result in ("stored", "unchanged", "refused"):
        assert f'source_articles_total{{result="{result}",source="desk"}} 1.0' in metrics
    last = metrics.partition('last_timestamp_seconds{result="stored",source="desk"} ')[2]
    assert float(last.split()[0]) == NOW.timestamp()


def test_many_at_once_write_one_article(newsroom: Newsroom) -> None:
    desk = Superdesk(newsroom)
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(desk_of(newsroom, desk).status_code))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 200, 200, 201]
    assert len(entries(newsroom)) == 1


def desk_of(newsroom: Newsroom, desk: Superdesk) -> Any:
    body = encoded(ITEM)
    client = desk.client.application.test_client()
    headers = {"X-Superdesk-Signature": desk.signature(body)}
    return client.post(desk.address, data=body, headers=headers)


def test_not_now_is_503_and_nothing_is_lost(
    make_newsroom: MakeNewsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom = make_newsroom("busy", CONFIGURED)
    desk = Superdesk(newsroom)
    answer = desk.send(ITEM)  # the articles have not been read yet
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True)
    newsroom.sync()
    monkeypatch.setattr("feedsvc.publishing.pushes.PATIENCE", 0.0)
    with try_lock(newsroom.config.state / "source-desk.lock") as mine:
        assert mine
        assert desk.send(ITEM).status_code == 503
    (newsroom.root / "articles" / "sport").write_text("a file in the place of a folder")
    assert desk.send(ITEM).status_code == 422
    (newsroom.root / "articles" / "sport").unlink()
    assert desk.send(ITEM).status_code == 201


def test_few_large_bodies_are_read_at_once(newsroom: Newsroom) -> None:
    desk = Superdesk(newsroom)
    slots = desk.client.application.extensions["feedsvc.publishing"].large_bodies
    long = {**ITEM, "body_html": f"<p>{'A ship. ' * 150_000}</p>"}
    while slots.acquire(blocking=False):
        pass
    answer = desk.send(long)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert desk.send(ITEM).status_code == 201
    slots.release()
    for _ in range(2):  # the slot is free again
        assert desk.send(long).status_code == 200


def test_a_request_without_any_proof_is_refused_before_its_body_is_read(
    shared: Newsroom,
) -> None:
    body = b"x" * 60_000_001
    assert Sender(shared, "desk").post(body).status_code == 401
    assert Sender(shared, "flows").post(body, Authorization="Bearer no").status_code == 401


def test_contentful_signs_method_path_and_headers(newsroom: Newsroom) -> None:
    address = "/api/v1/hooks/space"
    headers = {
        "x-contentful-topic": "ContentManagement.Entry.publish",
        "x-contentful-timestamp": f"{NOW.timestamp() * 1000:.0f}",
    }
    names = ",".join(headers)
    signed_headers = ";".join(f"{name}:{headers[name]}" for name in sorted(headers))
    body = encoded(RECORD)
    for query in ("", "?a=1"):
        text = f"POST\n{address}{query}\n{signed_headers}\n".encode() + body
        proof = {
            "x-contentful-signed-headers": names,
            "x-contentful-signature": signed.digest(text).hex(),
        }
        answer = Sender(newsroom, "space").post(body, query, **headers, **proof)
        assert answer.status_code in (200, 201), query
    assert Sender(newsroom, "space").post(body, "?a=2", **headers, **proof).status_code == 401


def test_without_sources_there_is_no_door(make_newsroom: MakeNewsroom) -> None:
    newsroom = make_newsroom("none", CONFIG)
    newsroom.sync()
    assert Sender(newsroom, "desk").post(b"{}").status_code == 404
