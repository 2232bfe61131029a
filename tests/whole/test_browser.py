"""The pages as people see them, in Debian's Chromium."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from tests.conftest import article, png
from tests.tools.node import packages
from tests.tools.service import Service

pytestmark = pytest.mark.browser

OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


FULL = article(
    "Tunnel & Light",
    "First.\n\n## Then\n\n| a | b |\n|---|---|\n| 1 | " + "long" * 30 + " |\n\n> Said.\n\n"
    '<iframe src="https://www.youtube.com/embed/abc" width="560" height="315"></iframe>\n\n'
    "[a link](/about)",
    summary="A deck of one sentence.",
    byline="[Ada Quay]",
    updated="2026-11-21 10:00",
    note="The tunnel is 3 km long.",
    keywords="[tunnels, " + "long" * 30 + "]",
    image='{file: photo.png, caption: "The mouth", credit: "Staff", alt: "A dark hole"}',
    media='[{url: "http://localhost:1/a.mp3", type: audio/mpeg, title: "Hear it"}]',
    related="[world/europe/a, {headline: A Plan That Nobody Has}]",
    comments='{url: "https://talk.example/1", count: 0}',
)
"""All that an article can have."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    program = shutil.which("chromium")
    if program is None:
        message = "chromium is not installed (Debian's package of that name)"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    tmp_path = tmp_path_factory.mktemp("quay")
    (tmp_path / "config.toml").write_text(
        '[site]\ntitle = "The Daily Quay"\ntag = "quay.example,2026"\n'
        '[sections.ar]\ntitle = "بالعربية"\nlanguage = "ar"\n'
    )
    (tmp_path / "articles/world/europe").mkdir(parents=True)
    (tmp_path / "articles/ar").mkdir()
    (tmp_path / "articles/world/europe/a.md").write_text(article("A" + "very" * 40 + "LongWord"))
    (tmp_path / "articles/ar/a.md").write_text(article("مقهى الميناء"))
    (tmp_path / "articles/world/full.md").write_text(FULL)
    (tmp_path / "articles/world/photo.png").write_bytes(png(1600, 900, 120))
    (tmp_path / "articles/world/gone.md").write_text(
        article("Gone", status="canceled", note="It was about somebody else.")
    )
    (tmp_path / "articles/wrong.md").write_text(article("[Wrong] again"))
    started = Service(tmp_path).wait()
    yield started
    started.end()


@pytest.fixture
def open_page(chromium: Any, service: Service) -> Iterator[Any]:
    opened: list[Any] = []
    complaints: list[str] = []

    def open_it(**options: Any) -> Any:
        context = chromium.new_context(**options)
        opened.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"http://localhost:{service.port}/feeds")
        return page

    yield open_it
    for context in opened:
        context.close()
    # Not even a missing icon; and the policy on scripts and styles was never broken.
    assert [text for text in complaints if not re.search("favicon|404|410", text)] == []


def test_an_address_is_copied_by_its_button(open_page: Any, service: Service) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.locator("button", has_text="RSS feed of Europe").click()
    page.locator("button", has_text="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"http://localhost:{service.port}/world/europe/rss.xml"


def test_the_page_works_without_scripts(open_page: Any, service: Service) -> None:
    page = open_page(java_script_enabled=False)
    assert page.locator(".formats button:visible").count() == 0
    link = page.get_by_role("link", name="Atom feed of World")
    assert link.get_attribute("href") == f"http://localhost:{service.port}/world/atom.xml"


@pytest.mark.parametrize("width", [320, 390, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_every_screen(open_page: Any, width: int, scheme: str) -> None:
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    light = sum(map(int, background.removeprefix("rgb(").removesuffix(")").split(","))) > 600
    assert light is (scheme == "light")
    box = page.locator(".formats a").first.bounding_box()
    assert box["height"] >= 40


@pytest.mark.parametrize("width", [320, 390, 1200])
@pytest.mark.parametrize("path", ["/world/full", "/ar/a", "/world/gone"])
def test_an_article_fits_every_screen(
    open_page: Any, service: Service, width: int, path: str
) -> None:
    page = open_page(viewport={"width": width, "height": 800})
    page.route("https://www.youtube.com/**", lambda route: route.fulfill(body="player"))
    page.goto(f"http://localhost:{service.port}{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    direction = "rtl" if path.startswith("/ar") else "ltr"
    assert page.locator("h1").evaluate("it => getComputedStyle(it).direction") == direction


def test_a_person_comes_from_the_list_of_feeds_to_a_story_and_to_another(open_page: Any) -> None:
    page = open_page()
    page.route("https://www.youtube.com/**", lambda route: route.fulfill(body="player"))
    page.get_by_role("link", name="World", exact=True).click()
    page.get_by_role("link", name="Tunnel & Light").click()
    assert page.locator("h1").inner_text() == "Tunnel & Light"
    picture = page.locator("figure img").first
    assert picture.evaluate("it => it.decode().then(() => it.naturalWidth)") == 1600
    page.locator(".more a").click()
    assert page.locator("h1").inner_text().startswith("Avery")
    page.get_by_role("link", name="World", exact=True).click()
    assert page.url.endswith("/world/")


def test_the_newsroom_sees_what_is_wrong_and_right_to_left_is_so(open_page: Any) -> None:
    page = open_page()
    assert "put the headline in quotes" in page.locator(".problems").inner_text()
    heading = page.get_by_role("heading", name="بالعربية")
    assert heading.evaluate("element => getComputedStyle(element).direction") == "rtl"


AXE = """async () => {
    const found = await axe.run(document, {});
    const told = it => `${it.id}: ${it.help}: ${it.nodes.map(node => node.html).join(" | ")}`;
    return [found.passes.length, found.violations.map(told)];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/feeds", 200),
        ("/feeds?q=wor", 200),
        ("/feeds/latest", 200),
        ("/world/", 200),
        ("/world/europe/", 200),
        ("/ar/", 200),
        ("/ar/a", 200),
        ("/world/full", 200),
        ("/world/gone", 410),
        ("/none/", 404),
    ],
)
def test_nobody_is_shut_out(
    chromium: Any, service: Service, path: str, status: int, scheme: str
) -> None:
    context = chromium.new_context(bypass_csp=True, color_scheme=scheme)
    page = context.new_page()
    answer = page.goto(f"http://localhost:{service.port}{path}")
    assert answer.status == status
    page.add_script_tag(path=packages() / "node_modules/axe-core/axe.min.js")
    passed, found = page.evaluate(AXE)
    context.close()
    assert passed > 10
    assert found == []


def test_a_person_who_opens_a_feed_sees_its_page_and_can_see_the_source(
    open_page: Any, service: Service
) -> None:
    page = open_page()
    page.get_by_role("link", name="RSS feed of Europe").click()
    page.wait_for_url(f"http://localhost:{service.port}/world/europe/")
    assert page.get_by_role("heading", level=1).inner_text() == "Europe"
    page.get_by_role("link", name="XML").click()
    page.wait_for_url("**/world/europe/rss.xml?view=source")
    assert "<rss" in page.inner_text("body")


@pytest.mark.parametrize("path", ["/world/europe/", "/ar/"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_section_fits_a_phone(open_page: Any, service: Service, path: str, scheme: str) -> None:
    page = open_page(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page.goto(f"http://localhost:{service.port}{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_keyboard_is_enough(open_page: Any, service: Service) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"http://localhost:{service.port}/world/europe/")
    focused = "document.activeElement.innerText.replace(/\\s+/g, ' ')"
    reached: list[str] = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(focused))
        ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring != "none", reached
        if reached[-1].startswith("Copy the address of the Atom"):
            break
    page.keyboard.press("Enter")
    page.locator("button", has_text="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"http://localhost:{service.port}/world/europe/atom.xml"


def test_a_search_needs_no_mouse(open_page: Any, service: Service) -> None:
    page = open_page()
    page.get_by_role("searchbox").fill("euro")
    page.keyboard.press("Enter")
    page.wait_for_url("**/feeds?q=euro")
    headings = page.get_by_role("heading", level=2).all_inner_texts()
    assert [it for it in headings if "problem" not in it] == ["Europe"]
    page.get_by_role("link", name="See all feeds").click()
    page.wait_for_url("**/feeds")


def test_a_person_subscribes_from_the_list(open_page: Any, service: Service) -> None:
    page = open_page()
    page.get_by_role("link", name="Europe", exact=True).click()
    page.wait_for_url("**/world/europe/")
    name = page.locator(".elsewhere a").first
    feed = f"http%3A%2F%2Flocalhost%3A{service.port}%2Fworld%2Feurope%2Frss.xml"
    assert name.get_attribute("href").endswith(feed)
