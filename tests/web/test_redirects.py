"""Old addresses, asked for as readers of another system do."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import run_wsgi_app

from feedsvc.config.url_patterns import STYLES
from feedsvc.model.feed import FORMATS
from feedsvc.model.paths import GUESSES, feed_path
from feedsvc.syndication.redirects import Redirects
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article
from tests.project.test_docs import DOCS, blocks

MOVED = """
[[redirects]]
from = "/rss/{section}.xml"
to = "/{section}/rss.xml"

[[redirects]]
from = "/feed?cat=world"
to = "/world/rss.xml"

[[redirects]]
from = "/podcast/{show}/feed.php"
to = "https://pods.quay.example/{show}?from={show}#top"

[[redirects]]
from = "/tips.rdf"
gone = true

[[redirects]]
from = "/page/{name}.html"
to = "/about/{name}"

[[redirects]]
from = "/full/{section}.xml"
to = "https://feeds.quay.example/{section}/atom.xml"

[[redirects]]
from = "/{lang}/index.rdf"
to = "/atom.xml"

[[redirects]]
from = "/culture/index.xml?old=1"
gone = true

[sections."world"]
was = ["abroad", "news/abroad"]

[sections.culture]
was = "arts"
"""


@pytest.fixture
def filled(newsroom: Newsroom) -> Newsroom:
    newsroom.write("world/europe/a.md", article("Tunnel"))
    newsroom.write("culture/b.md", article("Opera"))
    newsroom.write("météo/c.md", article("Rain"))
    newsroom.sync()
    newsroom.configure(CONFIG + MOVED)
    return newsroom


def test_the_feeds_of_a_section_that_is_renamed_lead_to_its_new_ones(newsroom: Newsroom) -> None:
    newsroom.write("abroad/a.md", article("Tunnel"))
    newsroom.sync()
    newsroom.configure(CONFIG + MOVED)
    client = newsroom.client()
    assert client.get("/abroad/rss.xml").status_code == 200  # its articles are there still
    (newsroom.config.articles / "abroad").rename(newsroom.config.articles / "world")
    newsroom.sync()
    for file in ("rss.xml", "archive/1/atom.xml", "corrections/feed.json"):
        answer = client.get(f"/abroad/{file}")
        assert (answer.status_code, answer.location) == (301, f"/world/{file}")
    assert "Tunnel" in client.get("/world/rss.xml").text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/rss/world.xml", "/world/rss.xml"),
        ("/rss/world/europe.xml", "/world/europe/rss.xml"),
        ("/rss/world.xml?x=1&y=%0d%0aSet-Cookie:1", "/world/rss.xml?x=1&y=%0D%0ASet-Cookie%3A1"),
        ("/rss/m%C3%A9t%C3%A9o.xml", "/m%C3%A9t%C3%A9o/rss.xml"),
        ("/page/%0d%0aa:b.html", "/about/%0D%0Aa%3Ab"),
        ("/page/\\evil.example.html", "/about/%5Cevil.example"),
        ("/page/%FF.html", "/about/%EF%BF%BD"),
        ("/feed?cat=world", "/world/rss.xml"),
        ("/feed/?a=b&cat=world", "/world/rss.xml?a=b"),
        (
            "/podcast/tide%26turn/feed.php?x=1",
            "https://pods.quay.example/tide%26turn?from=tide%26turn#top",
        ),
        ("/es/index.rdf?x=1", "/atom.xml?x=1"),
        ("/full/world.xml?x=1", "https://feeds.quay.example/world/atom.xml?x=1"),
        ("/news/abroad/corrections/rss.xml", "/world/corrections/rss.xml"),
        ("/abroad/europe/rss.xml", "/world/europe/rss.xml"),
        ("/arts/feed/", "/culture/rss.xml"),
        ("/arts/atom.xml/", "/culture/atom.xml"),
    ],
)
def test_an_old_address_redirects_to_the_feed(filled: Newsroom, old: str, new: str) -> None:
    client = filled.client()
    answer = client.get(old)
    assert (answer.status_code, answer.headers.get("Location")) == (301, new)
    assert answer.headers["Cache-Control"] == "max-age=86400"
    assert answer.text == f"301 Moved Permanently: {new}\n"
    head = client.head(old)
    assert (head.status_code, head.data, head.headers["Location"]) == (301, b"", new)


@pytest.mark.parametrize(
    "old",
    [
        "/rss/nowhere.xml",
        "/full/nowhere.xml",
        "/rss/%0d%0aa:b.xml",
        "/abroad/nowhere/rss.xml",
        "/abroad/nowhere/feed/",
        "/abroad/archive/3/atom.xml",
        "/feed/rss",
        "/feed/json/",
        "/culture/b/feed",
        "/nowhere/rss.xml/",
        "/culture/archive/7/feed",
    ],
)
def test_no_old_address_and_no_guess_leads_to_nothing(filled: Newsroom, old: str) -> None:
    answer = filled.client().get(old)
    assert answer.status_code == 404
    assert answer.text.startswith("404 Not Found: ")


def test_the_addresses_of_wordpress_lead_to_feeds_or_nowhere(newsroom: Newsroom) -> None:
    newsroom.configure(f'{CONFIG}[urls]\nstyle = "wordpress"\n')
    newsroom.write("local/first.md", article("First"))
    newsroom.sync()
    client = newsroom.client()
    for old, new in {
        "/feed/": "/rss.xml",
        "/category/local/feed/": "/local/rss.xml",
        "/local/feed/": "/local/rss.xml",
    }.items():
        answer = client.get(old)
        assert (answer.status_code, answer.headers["Location"]) == (301, new)
        assert client.get(new).status_code == 200
    for old in ("/feed/json", "/local/first/feed", "/category/none/feed/"):
        assert client.get(old).status_code == 404, old


def test_a_guess_below_corrections_leads_to_them(filled: Newsroom) -> None:
    answer = filled.client().get("/world/corrections/feed?x=1", follow_redirects=True)
    assert (answer.status_code, answer.request.path) == (200, "/world/corrections/rss.xml")


def test_an_archive_that_exists_is_still_at_its_old_address(make_newsroom: MakeNewsroom) -> None:
    newsroom = make_newsroom("old", CONFIG.replace("items = 30", "items = 1") + MOVED)
    for day in range(1, 9):
        newsroom.write(f"world/{day}.md", article(f"Day {day}", published=f"2026-11-0{day} 08:30"))
    newsroom.sync()
    client = newsroom.client()
    old = client.get("/abroad/archive/1/atom.xml")
    assert (old.status_code, old.headers["Location"]) == (301, "/world/archive/1/atom.xml")
    linked = re.search(
        r'/world(/archive/1/atom.xml\?before=[^"]+)"', client.get("/world/atom.xml").text
    )
    assert linked
    answer = client.get(f"/abroad{linked[1]}")
    assert answer.status_code == 301
    assert client.get(answer.headers["Location"]).status_code == 200
    assert client.get("/abroad/archive/1/atom.xml?before=x").status_code == 404


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ["abroad", "news/abroad"])
def test_every_feed_below_an_old_name_redirects_to_the_new_one(
    filled: Newsroom, name: str, format: Any
) -> None:
    client = filled.client()
    for below in ("", "/corrections", "/europe", "/europe/corrections"):
        answer = client.get(feed_path(name + below, format))
        assert answer.status_code == 301
        assert answer.headers["Location"] == feed_path("world" + below, format)
    assert client.get(feed_path(name, format), follow_redirects=True).status_code == 200


@pytest.mark.parametrize("guess", GUESSES)
def test_a_guess_below_an_old_name_redirects_to_the_feed_at_once(
    filled: Newsroom, guess: str
) -> None:
    answer = filled.client().get(f"/abroad/{guess}")
    assert answer.status_code == 301
    assert answer.headers["Location"] == feed_path("world", GUESSES[guess])


@pytest.mark.parametrize("old", ["/tips.rdf", "/tips.rdf/", "/culture/index.xml?old=1"])
def test_a_feed_that_has_ended_is_gone(filled: Newsroom, old: str) -> None:
    answer = filled.client().get(old)
    assert answer.status_code == 410
    assert "feed has ended, and no other takes its place." in answer.text
    assert filled.client().head(old).status_code == 410


@pytest.mark.parametrize(
    "path",
    [
        "/rss/.xml",
        "/rss/...xml",
        "/rss/a/../b.xml",
        "/rss/%2e%2e/%2e%2e/b.xml",
        "/rss/world.json",
        "/rss/world",
        "/podcast/a/b/feed.php",
        "/podcast/feed.php",
        "/abroad",
        "/abroad/page.html",
        "/abroad/../rss.xml",
        "/abroad/%2e%2e/rss.xml",
        "/news/rss.xml",
    ],
)
def test_an_address_that_no_pattern_matches_is_not_found(filled: Newsroom, path: str) -> None:
    assert filled.client().get(path).status_code == 404


def test_only_get_and_head_are_redirected(filled: Newsroom) -> None:
    assert filled.client().post("/rss/world.xml").status_code == 404


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/culture/feed", "/culture/rss.xml"),
        ("/feed?cat=sport", "/rss.xml?cat=sport"),
        ("/culture/index.xml", "/culture/rss.xml"),
        ("/", "/feeds"),
        ("//evil.example/feed", "/evil.example/feed"),
        ("/rss//evil.example.xml", "/rss/evil.example.xml"),
    ],
)
def test_redirects_leave_feedsvc_s_own_addresses_alone(
    filled: Newsroom, path: str, location: str
) -> None:
    environ = {"PATH_INFO": path.partition("?")[0], "QUERY_STRING": path.partition("?")[2]}
    assert answered(filled, **environ)["Location"] == location


def test_a_section_that_exists_wins_over_a_redirect(filled: Newsroom) -> None:
    filled.write("abroad/c.md", article("Ferry"))
    filled.write("rss/c.md", article("Ferry", section="x"))
    filled.sync()
    client = filled.client()
    assert client.get("/abroad/rss.xml").status_code == 200
    assert client.get("/abroad/feed").headers["Location"] == "/abroad/rss.xml"


def test_the_first_redirect_that_matches_wins(newsroom: Newsroom) -> None:
    newsroom.configure(
        CONFIG
        + '[[redirects]]\nfrom = "/x/{a}"\nto = "/1"\n'
        + '[[redirects]]\nfrom = "/x/y"\nto = "/2"\n'
        + '[[redirects]]\nfrom = "/y/z?x=1"\nto = "/3?y=2"\n'
        + '[[redirects]]\nfrom = "/y/z"\nto = "/4?y=2"\n'
    )
    client = newsroom.client()
    asked = ["/x/y", "/y/z?x=1&z=2", "/y/z?x=2"]
    assert [client.get(it).headers["Location"] for it in asked] == ["/1", "/3?y=2", "/4?y=2"]


def test_a_redirect_stays_below_the_path_of_the_application(filled: Newsroom) -> None:
    assert answered(filled, SCRIPT_NAME="/news", PATH_INFO="/rss/world.xml")["Location"] == (
        "/news/world/rss.xml"
    )


WORDPRESS = [
    ("/feed/", "/rss.xml"),
    ("/feed/rss2/", "/rss.xml"),
    ("/feed/rss/", "/rss.xml"),
    ("/feed/rdf/", "/rss.xml"),
    ("/category/world/feed/rss/", "/world/rss.xml"),
    ("/feed/atom/", "/atom.xml"),
    ("/category/world/feed/", "/world/rss.xml"),
    ("/category/world/europe/feed", "/world/europe/rss.xml"),
    ("/category/culture/feed/atom/", "/culture/atom.xml"),
    ("/?feed=rss2", "/rss.xml"),
    ("/?feed=atom", "/atom.xml"),
    ("/?feed=rdf", "/rss.xml"),
    ("/category/world/feed/rdf/", "/world/rss.xml"),
    ("/wp-atom.php", "/atom.xml"),
    ("/wp-rss2.php", "/rss.xml"),
]
GHOST = [
    ("/rss/", "/rss.xml"),
    ("/world/rss/", "/world/rss.xml"),
    ("/tag/culture/rss/", "/culture/rss.xml"),
]
ARC = [
    ("/arc/outboundfeeds/rss/", "/rss.xml"),
    ("/arc/outboundfeeds/rss/?outputType=xml", "/rss.xml"),
    ("/arc/outboundfeeds/rss/category/world/europe/", "/world/europe/rss.xml"),
    ("/arc/outboundfeeds/rss/category/world/?outputType=xml&size=9", "/world/rss.xml?size=9"),
]
DRUPAL = [("/world/feed", "/world/rss.xml")]


@pytest.mark.parametrize(
    ("style", "old", "new"),
    [
        *(("wordpress", *it) for it in WORDPRESS),
        *(("ghost", *it) for it in GHOST),
        *(("arc", *it) for it in ARC),
        *(("drupal", *it) for it in DRUPAL),
    ],
)
def test_addresses_of_another_system_redirect_to_the_feeds(
    filled: Newsroom, style: str, old: str, new: str
) -> None:
    filled.configure(f'{CONFIG}[urls]\nstyle = "{style}"\n')
    for answer in (filled.client().get(old), filled.client().head(old)):
        assert (answer.status_code, answer.headers.get("Location")) == (301, new)


@pytest.mark.parametrize(
    "path",
    [
        "/category/sport/feed/",
        "/category/sport/feed/atom/",
        "/category/feed/",
        "/tag/sport/rss",
        "/arc/outboundfeeds/rss/category/sport/",
        "/arc/outboundfeeds/",
    ],
)
def test_a_category_that_is_no_section_is_not_found(filled: Newsroom, path: str) -> None:
    filled.configure(f'{CONFIG}[urls]\nstyle = ["wordpress", "ghost", "arc"]\n')
    assert filled.client().get(path, follow_redirects=True).status_code == 404


SERVED = '[urls]\nrss = "/{section}/rss"\natom = "/old/{section}.atom/"\n'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/world/rss", "/world/rss.xml"),
        ("/rss", "/rss.xml"),
        ("/old/world/europe.atom/", "/world/europe/atom.xml"),
    ],
)
def test_a_feed_is_served_at_its_old_address_byte_for_byte(
    filled: Newsroom, old: str, new: str
) -> None:
    filled.configure(CONFIG + SERVED)
    client = filled.client()
    one, other = client.get(old), client.get(new)
    assert one.status_code == 200
    assert (one.data, dict(one.headers)) == (other.data, dict(other.headers))
    assert one.headers["Link"].endswith(f', <https://feeds.quay.example{new}>; rel="self"')
    again = client.get(old, headers={"If-None-Match": one.headers["ETag"]})
    assert again.status_code == 304
    head = client.head(old)
    assert (head.status_code, head.data, dict(head.headers)) == (200, b"", dict(one.headers))


def test_the_site_s_feed_has_the_address_without_a_section(filled: Newsroom) -> None:
    filled.configure(CONFIG + '[urls]\nrss = "/feeds/all/{section}.php"\natom = "/a/{section}"\n')
    client = filled.client()
    assert client.get("/feeds/all/world.php").data == client.get("/world/rss.xml").data
    assert client.get("/a").data == client.get("/atom.xml").data


@pytest.mark.parametrize("path", ["/nowhere/rss", "/old/nowhere.atom/", "/old/world.atom"])
def test_an_unknown_section_is_not_served_at_old_addresses_either(
    filled: Newsroom, path: str
) -> None:
    filled.configure(CONFIG + SERVED)
    assert filled.client().get(path, follow_redirects=True).status_code == 404


def answered(newsroom: Newsroom, **environ: str) -> Any:
    return ask(newsroom.client().application, **environ)


def ask(app: Any, **environ: str) -> Any:
    """Return the headers of the answer to a request in a server's own form."""
    whole: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "SERVER_NAME": "x",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "feeds.quay.example",
        "wsgi.url_scheme": "http",
        "wsgi.errors": None,
        **environ,
    }
    return run_wsgi_app(app, whole)[2]


GUIDE = DOCS["moving.md"]


def test_the_guide_states_the_answers(filled: Newsroom) -> None:
    example, served = blocks(GUIDE, "toml")
    filled.configure(CONFIG + example)
    client = filled.client()
    table = GUIDE.partition("| request |")[2].partition("\n\n")[0].splitlines()[2:]
    assert len(table) == 7
    for line in table:
        _, requests, answers, _ = line.split("|")
        for address in re.findall("`([^`]+)`", requests):
            answer = client.get(address)
            assert answer.status_code == int(answers.split()[0].rstrip(":")), address
            for to in re.findall("301 to `([^`]+)`", answers):
                assert answer.headers["Location"] == to
    filled.configure(CONFIG + served)
    assert filled.client().get("/world/rss").data == filled.client().get("/world/rss.xml").data


def test_the_guide_names_the_addresses_of_every_style() -> None:
    named = {
        name: set(re.findall(r"`(/[^`]+)`", rest))
        for name, rest in re.findall(r"^\| `(\w+)` \| (.*)$", GUIDE, re.MULTILINE)
    }
    named["drupal"] -= {"/rss.xml", "/taxonomy/term/…"}
    both = "?outputType=xml"
    assert named == {
        name: {address.removesuffix(both) for address in shapes} for name, shapes in STYLES.items()
    }


CHARACTERS = "/\\.:@?#%&=;{}<>\r\n\t\0 abé\u2028"
ODD = st.lists(st.sampled_from([*CHARACTERS, "%2f", "section", "..", "//", "evil.example"])).map(
    "".join
)


@pytest.fixture
def every(filled: Newsroom) -> tuple[Any, Redirects]:
    """Return a newsroom with every kind of old address."""
    styles = '[urls]\nstyle = ["wordpress", "ghost", "arc", "drupal"]\n'
    filled.configure(CONFIG + styles + MOVED)
    return filled.client().application, Redirects(filled.config)


@settings(
    deadline=None,
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    start=st.sampled_from(["/", "/rss/", "/podcast/", "/abroad/", "/category/", "/tag/"]),
    odd=ODD,
    end=st.sampled_from(["", ".xml", "/feed.php", "/rss.xml", "/feed/", "/index.rdf", "/rss"]),
    query=ODD,
)
def test_no_request_is_redirected_to_a_host_that_the_newsroom_did_not_name(
    every: tuple[Any, Redirects], start: str, odd: str, end: str, query: str
) -> None:
    app, addresses = every
    path, asked = (it.encode().decode("latin-1") for it in (start + odd + end, query))
    location = ask(app, PATH_INFO=path, QUERY_STRING=asked).get("Location", "/")
    parts = urlsplit(location)
    hosts = ("pods.quay.example", "feeds.quay.example")
    assert (parts.scheme, parts.netloc) in (("", ""), *(("https", host) for host in hosts))
    assert re.fullmatch(r"(/|https://(?:pods|feeds)\.)(?!/)[!-\[\]-~]*", location)
    # The same again without the check of the request target.
    moved = addresses.find(start + odd + end, query)
    if moved:
        assert re.fullmatch(r"(/|https://(pods|feeds)\.quay\.example/)(?!/)[!-\[\]-~]*", moved)
        assert not {".", ".."} & {*urlsplit(moved).path.split("/")}
