"""The hub's address: each wrong request gets a sentence, and developers a page (WebSub §5.1)."""

from __future__ import annotations

import io
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from feedsvc.push import hub as module
from feedsvc.store import outbox
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article

FEEDS = "https://feeds.quay.example"
GOOD = {
    "hub.mode": "subscribe",
    "hub.topic": f"{FEEDS}/world/atom.xml",
    "hub.callback": "https://reader.example/cb?id=1",
}
LONG_SECRET = "ö" * 100


def push(keys: str) -> str:
    return f"{CONFIG}\n[push]\n{keys}\n"


@pytest.fixture
def newsroom(make_newsroom: MakeNewsroom) -> Newsroom:
    newsroom = make_newsroom("quay", push("requests = 0\nports = [80, 443, 8443]"))
    filled(newsroom)
    return newsroom


def filled(newsroom: Newsroom) -> None:
    newsroom.write("world/a.md", article())
    newsroom.write("secret/b.md", article("Secret", published="2027-01-01 08:00"))
    newsroom.sync()


def post(newsroom: Newsroom, **changes: str | None) -> TestResponse:
    """Send a good request with some parameters changed, or left out."""
    form = GOOD | {f"hub.{name}": value for name, value in changes.items()}
    data = {name: value for name, value in form.items() if value is not None}
    return newsroom.client().post("/hub", data=data)


def waiting(newsroom: Newsroom) -> list[str]:
    with newsroom.database.reading() as connection:
        return [job.key for job in outbox.jobs(connection)]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"mode": "unsubscribe"},
        {"mode": "unsubscribe", "topic": f"{FEEDS}/gone/rss.xml"},
        {"topic": f"{FEEDS}/world/corrections/feed.json"},
        {"topic": f"{FEEDS}/rss.xml"},
        {"callback": "http://reader.example:8443/"},
        {"callback": "https://bücher.example/cb"},
        {"lease_seconds": "86400", "secret": "x" * 199},
        {"secret": "", "lease_seconds": ""},
        {"verify": "sync", "unknown": "x"},
    ],
)
def test_a_good_request_is_taken(newsroom: Newsroom, changes: dict[str, str]) -> None:
    answer = post(newsroom, **changes)
    assert (answer.status_code, answer.mimetype) == (202, "text/plain")
    assert len(waiting(newsroom)) == 1


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"mode": None}, 400, "hub.mode is missing; it must be subscribe or unsubscribe."),
        ({"mode": "subscrib"}, 400, 'hub.mode is "subscrib"; it must be subscribe or unsubscribe.'),
        ({"mode": "publish"}, 403, "hub.mode=publish is not possible: this hub knows by itself"),
        ({"topic": None}, 400, "hub.topic is missing; it must be the address of a feed"),
        ({"topic": "https://other.example/rss.xml"}, 404, f"hub.topic is no feed of {FEEDS}/;"),
        ({"topic": f"{FEEDS}.evil.example/rss.xml"}, 404, f"hub.topic is no feed of {FEEDS}/;"),
        ({"topic": f"{FEEDS}/world/"}, 404, f"hub.topic is no feed of {FEEDS}/;"),
        ({"topic": f"{FEEDS}/world/archive/1/rss.xml"}, 404, f"hub.topic is no feed of {FEEDS}/;"),
        ({"topic": f"{FEEDS}/nowhere/rss.xml"}, 404, "hub.topic is no feed: there is no section"),
        ({"topic": f"{FEEDS}/secret/rss.xml"}, 404, "hub.topic is no feed: there is no section"),
        (
            {"topic": f"{FEEDS}/%77orld/rss.xml"},
            404,
            f"hub.topic must be written as the feed names it: {FEEDS}/world/rss.xml",
        ),
        ({"callback": None}, 400, "hub.callback is missing; it must be the address that"),
        ({"callback": " "}, 400, "hub.callback is missing"),
        ({"callback": "https://a.example/#top"}, 400, "hub.callback has a fragment"),
        ({"callback": "ftp://a.example/"}, 400, "hub.callback must begin with https:// or http://"),
        ({"callback": "reader.example/cb"}, 400, "hub.callback must begin with https://"),
        ({"callback": "https://me:pw@a.example/"}, 400, "hub.callback has a user's name"),
        ({"callback": "https://a.example:22/"}, 400, "hub.callback has port 22; only 80, 443 and"),
        ({"callback": "http://127.0.0.1/"}, 400, "hub.callback leads to 127.0.0.1, which is no"),
        ({"callback": "http://[::1]/"}, 400, "hub.callback leads to ::1, "),
        ({"callback": "http://169.254.169.254/"}, 400, "hub.callback leads to 169.254.169.254"),
        ({"callback": "http://2130706433/"}, 400, "hub.callback has an IP address in an odd"),
        ({"callback": f"https://a.example/{'x' * 2048}"}, 400, "hub.callback has 2,066 characters"),
        ({"secret": "x" * 200}, 400, "hub.secret has 200 bytes; 199 are the most (WebSub §5.1)"),
        ({"secret": LONG_SECRET}, 400, "hub.secret has 200 bytes"),
        ({"lease_seconds": "-1"}, 400, 'hub.lease_seconds is "-1"; it must be a number of seconds'),
        ({"lease_seconds": "0"}, 400, 'hub.lease_seconds is "0"'),
        ({"lease_seconds": "soon"}, 400, 'hub.lease_seconds is "soon"'),
        ({"lease_seconds": "²"}, 400, 'hub.lease_seconds is "²"'),
    ],
)
def test_a_wrong_request_gets_a_sentence(
    newsroom: Newsroom, changes: dict[str, Any], status: int, sentence: str
) -> None:
    answer = post(newsroom, **changes)
    assert (answer.status_code, answer.mimetype) == (status, "text/plain")
    assert answer.text.startswith(sentence)
    assert answer.headers["Cache-Control"] == "no-store"
    assert waiting(newsroom) == []


def test_a_callback_and_a_feed_with_long_addresses_are_too_long_together(
    newsroom: Newsroom,
) -> None:
    section = "/".join(["x" * 150] * 4)
    newsroom.write(f"{section}/a.md", article())
    newsroom.sync()
    topic, callback = f"{FEEDS}/{section}/rss.xml", f"https://a.example/{'x' * 1900}"
    answer = post(newsroom, topic=topic, callback=callback)
    sentence = "hub.callback and the path of the feed have 2,521 bytes together; 2,500 are the most"
    assert (answer.status_code, answer.text.strip()) == (400, sentence)
    assert post(newsroom, topic=topic, callback=callback[:-30]).status_code == 202


@pytest.mark.parametrize(
    ("body", "kind", "status", "sentence"),
    [
        (b"{}", "application/json", 415, "the Content-Type must be application/x-www-form"),
        (b"x=" + b"y" * 16_000, "", 413, "the body is longer than 16,000 bytes"),
        (b"&".join([b"a=b"] * 51), "", 400, "there are more than 50 parameters"),
        (b"hub.mode=\xff", "", 400, "the parameters must be in UTF-8"),
        (b"hub.mode=%ff", "", 400, "the parameters must be in UTF-8"),
        (b"hub.mode=subscribe&hub.mode=subscribe", "", 400, "hub.mode is given 2 times; keep one"),
        (b"hub.callback=a&hub.callback=b", "", 400, "hub.callback is given 2 times; keep one"),
        (b"", "", 400, "hub.mode is missing"),
    ],
)
def test_a_body_that_is_no_such_form_gets_a_sentence(
    newsroom: Newsroom, body: bytes, kind: str, status: int, sentence: str
) -> None:
    kind = kind or "application/x-www-form-urlencoded"
    answer = newsroom.client().post("/hub", data=body, content_type=kind)
    assert (answer.status_code, answer.text.startswith(sentence)) == (status, True)


@pytest.mark.parametrize(("size", "status"), [(100, "400"), (20_000, "413")])
def test_a_body_in_chunks_is_read_up_to_the_limit(
    newsroom: Newsroom, size: int, status: str
) -> None:
    builder = EnvironBuilder(
        "/hub",
        method="POST",
        input_stream=io.BytesIO(b"x" * size),
        content_type="application/x-www-form-urlencoded",
        headers=[("Transfer-Encoding", "chunked")],
    )
    environ = builder.get_environ()
    environ.pop("CONTENT_LENGTH")
    answer = run_wsgi_app(newsroom.client().application, environ)
    assert answer[1].split()[0] == status


def test_no_address_of_a_subscriber_is_in_the_list_of_jobs(newsroom: Newsroom) -> None:
    post(newsroom, callback="https://reader.example/s3cret-path")
    [key] = waiting(newsroom)
    assert key.startswith("reader.example:443 ")
    assert "s3cret" not in key


def test_a_client_may_send_so_many_requests_in_a_minute(make_newsroom: MakeNewsroom) -> None:
    newsroom = make_newsroom("quay", push("requests = 2"))
    filled(newsroom)
    client = newsroom.client()

    def status(**headers: str) -> tuple[int, str | None]:
        answer = client.post("/hub", data=GOOD, headers=headers)
        return answer.status_code, answer.headers.get("Retry-After")

    assert [status()[0] for _ in range(3)] == [202, 202, 429]
    assert status()[1] == "60"
    assert status(X_Forwarded_For="198.51.100.7, 203.0.113.9")[0] == 202
    assert client.post("/hub", data=GOOD, environ_base={"REMOTE_ADDR": "203.0.113.9"}).text == (
        "the request is taken, and your callback is asked whether it is yours\n"
    )
    forged = {"REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_FOR": "1.2.3.4"}
    assert client.post("/hub", data=GOOD, environ_base=forged).status_code == 429


def test_requests_that_wait_cannot_fill_the_store(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 1)
    post(newsroom)
    answer = post(newsroom, callback="https://other.example/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert answer.text == "too many requests wait to be verified; ask again later\n"
    assert len(waiting(newsroom)) == 1


@pytest.mark.parametrize("keys", ['hub = "off"', 'hub = "https://hub.example/"'])
def test_without_a_hub_of_its_own_nothing_is_there(make_newsroom: MakeNewsroom, keys: str) -> None:
    newsroom = make_newsroom("quay", push(keys))
    filled(newsroom)
    assert newsroom.client().get("/hub").status_code == 404
    assert post(newsroom).status_code == 404
    named = newsroom.client().get("/rss.xml").headers["Link"]
    other = '<https://hub.example/>; rel="hub", ' if "example" in keys else ""
    assert named == f'{other}<{FEEDS}/rss.xml>; rel="self"'


@pytest.mark.parametrize("url", ["", "http://localhost:9000", "http://[::1]:80"])
def test_a_newsroom_without_a_public_address_names_a_hub_for_this_machine_alone(
    make_newsroom: MakeNewsroom, url: str
) -> None:
    text = '[site]\ntitle = "Quay"\nurl = "https://quay.example"\n'
    text += f'[feeds]\nurl = "{url}"\n' if url else ""
    newsroom = make_newsroom("quay", text)
    filled(newsroom)
    assert "hub" not in newsroom.client().get("/rss.xml").headers["Link"]
    assert newsroom.client().get("/hub").status_code == 404
    newsroom.configure(f"{text}[push]\nallow_private = true\n")
    assert "/hub" in newsroom.client().get("/rss.xml").headers["Link"]
    assert newsroom.client().get("/hub").status_code == 200


@pytest.mark.parametrize("path", ["/rss.xml", "/world/atom.xml", "/world/corrections/feed.json"])
def test_every_feed_names_the_hub_also_without_a_body(newsroom: Newsroom, path: str) -> None:
    client = newsroom.client()
    full = client.get(path)
    link = f'<{FEEDS}/hub>; rel="hub", <{FEEDS}{path}>; rel="self"'
    again = client.get(path, headers={"If-None-Match": full.headers["ETag"]})
    assert [full.status_code, again.status_code] == [200, 304]
    assert {it.headers["Link"] for it in (full, client.head(path), again)} == {link}
    assert f"{FEEDS}/hub" in full.text


def test_the_source_of_a_feed_names_no_hub(newsroom: Newsroom) -> None:
    assert "hub" not in newsroom.client().get("/rss.xml?view=source").headers["Link"]


def test_developers_get_a_page(newsroom: Newsroom) -> None:
    answer = newsroom.client().get("/hub")
    assert answer.status_code == 200
    for text in (f"curl {FEEDS}/hub", f"hub.topic={FEEDS}/atom.xml", "864000 seconds"):
        assert text in answer.text
    assert (
        newsroom.client().get("/hub", headers={"If-None-Match": answer.headers["ETag"]}).status_code
        == 304
    )
