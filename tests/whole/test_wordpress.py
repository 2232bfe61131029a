"""feedsvc's plugin in a real WordPress: its stories go to a real ``feedsvc serve``."""

from __future__ import annotations

import base64
import html
import json
import re
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from feedsvc.push.http_client import HttpClient
from feedsvc.push.worker import Worker
from tests.conftest import CONFIG, MakeNewsroom, png
from tests.tools.programs import needed
from tests.tools.service import Service, free_port, until
from tests.tools.wordpress import WordPress, wordpress
from tests.whole.test_api import call, token
from tests.whole.test_browser import OPTIONS

pytestmark = pytest.mark.wordpress


class Site:
    """A WordPress, and the service that it sends its stories to."""

    def __init__(self, site: WordPress, service: Service) -> None:
        self.site = site
        self.service = service
        self.token = token(service.root)
        self.set_up()

    def set_up(self, port: int = 0, **settings: str) -> None:
        url = f"http://127.0.0.1:{port or self.service.port}/"
        values = {"url": url, "token": self.token, **settings}
        self.site.php("update_option('feedsvc', json_decode($argv[1], true));", json.dumps(values))

    def post(self, **values: Any) -> int:
        """Publish a post by the REST API, and return its id."""
        story = {"title": "Harbour Opens", "content": "<p>Ships came in.</p>", "status": "publish"}
        return self.site.rest("POST", "posts", {**story, **values})["id"]

    def edit(self, post: int, **values: Any) -> None:
        self.site.rest("POST", f"posts/{post}", values)

    def record(self, post: int) -> Any:
        """Return the record of a post; None where there is none."""
        status, value, _ = self.call("GET", f"/articles/wordpress/{post}")
        return value if status == 200 else None

    def call(self, method: str, path: str, value: Any = None) -> tuple[int, Any, dict[str, str]]:
        headers = {} if method == "GET" else {"If_Match": "*"}
        return call(self.service, self.token, method, path, value, **headers)

    def status(self, post: int) -> str:
        """Return the line that editors see about a post."""
        return self.site.php("echo feedsvc_status(get_post((int) $argv[1]));", str(post))

    def feed(self, path: str = "/rss.xml") -> str:
        return self.service.get(path)[2]

    def correct(self, post: int, note: str, times: int = 1) -> None:
        """Send the panel of the block editor with its tick and a note, as that editor does."""
        page = self.site.page(f"post.php?post={post}&action=edit")
        [path] = re.findall(r'_wpMetaBoxUrl = "[^"]+wp-admin\\/([^"]+)"', page)
        forms = re.findall(
            r'<form class="metabox-(?:base-form|location-side)".*?</form>', page, re.DOTALL
        )
        inputs = re.findall(
            r"<input [^>]*name=['\"](\w+)['\"] value=['\"]([^'\"]*)", "".join(forms)
        )
        fields = {name: html.unescape(value) for name, value in inputs if name != "feedsvc_correct"}
        for _ in range(times):
            self.site.page(path, **fields, feedsvc_correct="1", feedsvc_correction=note)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root = tmp_path_factory.mktemp("quay")
    (root / "config.toml").write_text(f"{CONFIG}[articles]\ngrace = 0\n")
    (root / "articles").mkdir()
    # The socket of a database has a short path.
    with tempfile.TemporaryDirectory() as folder, wordpress(Path(folder)) as site:
        there = Site(site, Service(root).wait())
        try:
            yield there
            log = site.log.read_text() if site.log.exists() else ""
            assert not [line for line in log.splitlines() if "feedsvc" in line]
            assert there.token not in log
        finally:
            there.service.end()


def test_a_story_goes_to_the_feeds_is_corrected_and_leaves_a_tombstone(there: Site) -> None:
    post = there.post(title="The Ferry’s Last Trip")
    assert "The Ferry’s Last Trip" in there.feed()
    there.edit(post, content="<p>It left at seven.</p>")
    assert "It left at seven." in there.feed()
    assert "<updated>" in there.feed("/atom.xml")
    assert "note" not in there.record(post)
    assert "updated" not in there.record(post)
    there.correct(post, "It left at seven, not six.")
    assert "It left at seven, not six." in there.feed("/corrections/rss.xml")
    assert there.status(post).startswith("Published, ")
    guid = there.record(post)["guid"]
    assert guid in there.site.request("GET", "/feed/")[1]
    there.site.rest("DELETE", f"posts/{post}")
    assert "Ferry" not in there.feed()
    until(lambda: f'<at:deleted-entry ref="{guid}"' in there.feed("/atom.xml"))
    assert there.record(post) is None


def test_all_that_a_post_has_is_in_its_record(there: Site) -> None:
    above = there.site.rest("POST", "categories", {"name": "World"})["id"]
    europe = there.site.rest("POST", "categories", {"name": "Europe", "parent": above})["id"]
    arts = there.site.rest("POST", "categories", {"name": "Arts"})["id"]
    tag = there.site.rest("POST", "tags", {"name": "Boats & Ships"})["id"]
    picture = upload(there, title="Pier", alt_text="A pier", caption="The <b>pier</b> at dawn")
    post = there.post(
        title="Fish &amp; “Chips”",
        excerpt="A <em>short</em> summary.",
        content="<!-- wp:paragraph --><p>One.</p><!-- /wp:paragraph -->[caption]x[/caption]",
        date_gmt="2026-11-20T09:30:00",
        categories=[arts, above, europe],
        tags=[tag],
        featured_media=picture,
        status="draft",
    )
    assert there.record(post) is None
    code = """[, $post, $picture, $europe] = $argv;
        add_post_meta($post, 'authors', 'Ada Quay');
        add_post_meta($post, 'authors', 'Boris and Sons');
        add_post_meta($picture, '_media_credit', 'Cy');
        add_post_meta($post, '_yoast_wpseo_primary_category', $europe);"""
    there.site.php(code, *map(str, (post, picture, europe)))
    there.edit(post, status="publish")
    record = there.record(post)
    revised = record["origin"].pop("revised")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", revised)
    image = record.pop("image")
    assert image.pop("url").endswith(".png")
    assert image == {"caption": "The pier at dawn", "credit": "Cy", "alt": "A pier"}
    assert record == {
        "id": f"wordpress/{post}",
        "guid": f"{there.site.url}/?p={post}",
        "origin": {"system": "wordpress", "id": str(post)},
        "headline": "Fish & “Chips”",
        "summary": "A short summary.",
        "byline": ["Ada Quay", "Boris and Sons"],
        "published": "2026-11-20T09:30:00Z",
        "sections": ["world/europe", "arts"],
        "keywords": ["Boats & Ships"],
        "url": f"{there.site.url}/2026/fish-chips/",
        "body_html": record["body_html"],
    }
    assert record["body_html"].strip().startswith("<p>One.</p>")
    assert "<title>Fish &amp; “Chips”" in there.feed("/world/europe/rss.xml")
    assert "Fish" in there.feed("/arts/rss.xml")
    assert "Boris and Sons" in there.feed()
    there.edit(post, categories=[arts], tags=[], featured_media=0, excerpt="")
    record = there.record(post)
    assert record["section"] == "arts"
    assert not {"sections", "keywords", "image", "summary"} & record.keys()


def upload(there: Site, **values: str) -> int:
    """Upload a picture, and return its id."""
    code = """[, $bytes] = $argv; require ABSPATH . 'wp-admin/includes/image.php';
        $file = wp_upload_bits('pier.png', null, base64_decode($bytes))['file'];
        $id = wp_insert_attachment(['post_mime_type' => 'image/png'], $file);
        wp_update_attachment_metadata($id, wp_generate_attachment_metadata($id, $file));
        echo $id;"""
    picture = int(there.site.php(code, base64.b64encode(png(40, 30)).decode()))
    there.site.rest("POST", f"media/{picture}", values)
    return picture


def test_a_story_has_the_text_that_all_may_read(there: Site) -> None:
    post = there.post(title="For Subscribers", content="<p>Paid words.</p>")
    code = """$free = fn($text) => is_user_logged_in() ? $text : '<p>Free words.</p>';
        add_filter('the_content', $free);
        feedsvc_send((int) $argv[1]); echo get_current_user_id();"""
    assert there.site.php(code, str(post)) == "1"
    assert there.record(post)["body_html"] == "<p>Free words.</p>"


def test_words_at_a_picture_that_change_reach_its_stories(there: Site) -> None:
    picture = upload(there, alt_text="A pier")
    post = there.post(featured_media=picture)
    there.site.rest("POST", f"media/{picture}", {"caption": "By night"})
    assert there.record(post)["image"]["caption"] == "By night"
    # Where a newsroom marks the pictures that it may pass on, others stay here.
    other = upload(there)
    code = "add_post_meta($argv[1], '_navis_media_can_distribute', '1');"
    there.site.php(code, str(other))
    there.edit(post, title="Again")
    assert "image" not in there.record(post)
    there.site.php(code, str(picture))
    there.edit(post, title="And Again")
    assert there.record(post)["image"]["caption"] == "By night"
    there.site.php("delete_post_meta_by_key('_navis_media_can_distribute');")


def test_a_scheduled_story_comes_out_at_its_time(there: Site) -> None:
    post = there.site.schedule("Scheduled Launch")
    assert there.record(post) is None
    moment = there.site.publish_scheduled(post)
    assert "Scheduled Launch" in there.feed()
    assert there.record(post)["published"] == moment


def test_a_page_is_no_story(there: Site) -> None:
    post = there.post(title="Soon a Page")
    there.site.php("wp_update_post(['ID' => $argv[1], 'post_type' => 'page']);", str(post))
    assert there.record(post)["status"] == "withheld"
    page = there.site.rest("POST", "pages", {"title": "Imprint", "status": "publish"})["id"]
    assert there.record(page) is None


def test_a_withheld_story_with_a_picture_is_deleted_with_its_post(there: Site) -> None:
    post = there.post(title="Withheld For Good", featured_media=upload(there))
    there.edit(post, status="draft")
    assert there.record(post)["status"] == "withheld"
    there.site.rest("DELETE", f"posts/{post}?force=true")
    assert there.record(post) is None


@pytest.mark.parametrize(
    "hidden", [{"password": "secret"}, {"status": "private"}, {"status": "draft"}]
)
def test_a_story_that_is_not_public_any_more_is_withheld(
    there: Site, hidden: dict[str, str]
) -> None:
    never = there.post(title="Never Public", **hidden)
    post = there.post(title="Guarded Story")
    there.edit(post, **hidden)
    assert there.record(post)["status"] == "withheld"
    assert "Guarded" not in there.feed()
    assert there.record(never) is None
    there.edit(post, password="", status="publish")
    assert "Guarded Story" in there.feed()
    there.site.rest("DELETE", f"posts/{post}?force=true")


def test_a_story_comes_back_from_the_trash_under_its_id(there: Site) -> None:
    post = there.post(title="Lost Story")
    guid = there.record(post)["guid"]
    there.site.rest("DELETE", f"posts/{post}")
    until(lambda: f'<at:deleted-entry ref="{guid}"' in there.feed("/atom.xml"))
    there.site.php("wp_untrash_post((int) $argv[1]);", str(post))
    assert there.record(post) is None  # a draft first
    there.edit(post, status="publish")
    assert f"<id>{guid}</id>" in there.feed("/atom.xml")
    assert f'<at:deleted-entry ref="{guid}"' not in there.feed("/atom.xml")


def test_a_story_in_the_trash_is_killed_where_that_is_chosen(there: Site) -> None:
    there.set_up(on_trash="kill", on_delete="kill", kill_note="It was wrong.")
    post, other = there.post(title="Wrong Story"), there.post(title="Another Wrong Story")
    there.correct(post, "Kept until the kill.")
    there.site.rest("DELETE", f"posts/{post}")
    there.site.rest("DELETE", f"posts/{other}?force=true")
    assert there.record(post)["status"] == there.record(other)["status"] == "canceled"
    assert there.feed().count("It was wrong.") >= 2
    assert there.status(post).startswith("Killed, ")
    there.site.php("wp_untrash_post((int) $argv[1]);", str(post))
    assert there.record(post)["status"] == "canceled"
    there.edit(post, status="publish")
    assert "status" not in there.record(post)
    assert [it["text"] for it in there.record(post)["note"]] == [
        "This story had been withdrawn. It is published again."
    ]
    there.set_up(on_trash="withhold")
    there.site.rest("DELETE", f"posts/{post}")
    assert there.record(post)["status"] == "withheld"
    there.set_up()


def test_a_story_that_was_withdrawn_in_feedsvc_stays_out_and_keeps_its_keys(there: Site) -> None:
    post = there.post(title="Legal Trouble")
    path = f"wordpress/{post}"
    there.call("PATCH", f"/articles/{path}", {"embargoed": "2099-01-01 08:00"})
    there.edit(post, content="<p>Other words.</p>")
    assert there.record(post)["embargoed"] == "2099-01-01 08:00"
    there.call("PATCH", f"/articles/{path}", {"embargoed": None})
    assert there.call("POST", f"/acts/kill/{path}", {"note": "Our lawyers."})[0] == 200
    there.edit(post, title="Legal Trouble, Again")
    assert there.record(post)["status"] == "canceled"
    assert there.status(post).startswith('Refused: This story is "canceled" in feedsvc')
    there.edit(post, status="draft")
    there.edit(post, status="publish")
    there.site.rest("DELETE", f"posts/{post}")
    assert there.record(post)["note"] == "Our lawyers."


def test_the_block_editor_sends_a_correction_with_one_save_and_not_with_the_next(
    there: Site,
) -> None:
    post = there.post(title="Edited In Blocks")
    program = needed("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        page = browser.new_page()
        page.goto(f"{there.site.url}/wp-login.php")
        page.fill("#user_login", "ada")
        page.fill("#user_pass", "harbour")
        page.click("#wp-submit")
        page.goto(f"{there.site.url}/wp-admin/post.php?post={post}&action=edit")
        page.evaluate("() => document.querySelector('[name=feedsvc_correct]').checked = true")
        page.evaluate("it => document.querySelector('#feedsvc_correction').value = it", "It was 3.")
        for title in ("First Save", "Second Save"):
            page.evaluate("it => wp.data.dispatch('core/editor').editPost({title: it})", title)
            page.evaluate("() => wp.data.dispatch('core/editor').savePost()")
            until(lambda expected=title: there.record(post)["headline"] == expected)
            page.wait_for_function(
                "() => !document.querySelector('[name=feedsvc_correct]').checked"
                " && !wp.data.select('core/edit-post').isSavingMetaBoxes()"
            )
        browser.close()
    assert [it["text"] for it in there.record(post)["note"]] == ["It was 3."]


def test_a_correction_is_told_once_and_added_to_others(there: Site) -> None:
    post = there.post(title="Much Corrected")
    there.call("POST", f"/acts/correct/wordpress/{post}", {"note": "First."})
    there.correct(post, "Second.", times=2)  # editors send a form twice
    assert [it["text"] for it in there.record(post)["note"]] == ["First.", "Second."]
    # The answer was lost, so it is sent again.
    code = """[$it] = array_slice(json_decode($argv[2], true), -1);
        add_post_meta($argv[1], '_feedsvc_correction', $it); feedsvc_note((int) $argv[1]);"""
    there.site.php(code, str(post), json.dumps(there.record(post)["note"]))
    assert [it["text"] for it in there.record(post)["note"]] == ["First.", "Second."]
    # The clock of the site is fast.
    code = """$it = ['date' => '2099-01-01T00:00:00Z', 'text' => 'Third.'];
        add_post_meta($argv[1], '_feedsvc_correction', $it); feedsvc_note((int) $argv[1]);"""
    there.site.php(code, str(post))
    assert "Third." in there.feed("/corrections/rss.xml")
    before = there.record(post)["updated"]
    time.sleep(2)  # a moment has whole seconds, and a server tells it up to one late
    there.correct(post, "")
    assert there.record(post)["updated"] > before
    assert len(there.record(post)["note"]) == 3


def test_of_saves_at_the_same_time_the_last_one_stays(there: Site) -> None:
    post = there.post(title="First Save")
    # While this process makes the record of the post, another one saves and sends it.
    code = """$id = (int) $argv[1];
        $save = fn($title) => $wpdb->update($wpdb->posts, ['post_title' => $title], ['ID' => $id]);
        add_filter('feedsvc_record', function ($record) use ($id, $save) {
            static $calls = 0;
            if (!$calls++) {
                $changes = ['headline' => 'Third Save', 'summary' => 'Of another process.'];
                feedsvc_request('PATCH', "/articles/wordpress/$id", $changes, ['If-Match' => '*']);
                $save('Third Save');
            }
            return $record;
        });
        get_post($id); $save('Second Save'); echo json_encode(feedsvc_send($id)['error']);"""
    assert there.site.php(code, str(post)) == '""'
    assert there.record(post)["headline"] == "Third Save"
    # A save of another process, after this one has read the post.
    code = """$id = (int) $argv[1]; get_post($id);
        $wpdb->update($wpdb->posts, ['post_title' => 'Fourth Save'], ['ID' => $id]);
        feedsvc_send($id);"""
    there.site.php(code, str(post))
    assert there.record(post)["headline"] == "Fourth Save"


def test_nothing_is_lost_while_feedsvc_is_away(there: Site) -> None:
    post, gone = there.post(title="Before The Storm"), there.post(title="Gone In The Storm")
    there.set_up(free_port())
    there.edit(post, title="After The Storm")
    there.site.rest("DELETE", f"posts/{gone}?force=true")
    new = there.post(title="In The Storm")
    assert there.status(new).startswith("Waiting to be sent. cURL error 7")
    assert "In The Storm (" in there.site.page("options-general.php?page=feedsvc")
    due = "foreach (feedsvc_jobs() as $it) echo $it['next'] - time(), ' ', $it['tries'], ';';"
    assert re.fullmatch(r"(\d+ 1;){3}", there.site.php(due))
    there.site.php("feedsvc_work();")
    assert re.fullmatch(r"(\d+ 1;){3}", there.site.php(due))  # it is too early
    there.set_up()
    there.site.cron()
    feed = there.feed()
    assert "After The Storm" in feed
    assert "In The Storm<" in feed
    assert "Before The Storm" not in feed
    assert "Gone In The Storm" not in feed
    assert there.site.php("echo count(feedsvc_jobs()), wp_next_scheduled('feedsvc_work');") == "0"


def test_a_site_without_the_plugin_is_read_by_feedsvc(
    there: Site, make_newsroom: MakeNewsroom
) -> None:
    source = '[[sources]]\nname = "wp"\nkind = "wordpress"\nsecret = "a-secret-of-the-site"\n'
    config = f"{CONFIG}[media]\nallow_private = true\n{source}"
    newsroom = make_newsroom("pull", f'{config}url = "{there.site.url}"\n')
    newsroom.sync()

    def later() -> None:
        newsroom.now = max(newsroom.now, datetime.now(UTC)) + timedelta(minutes=10)
        client = HttpClient("test/1", allow_private=True)
        Worker(newsroom.config, newsroom.database, lambda: newsroom.now, client).work_due()

    text = "It was first read here."
    post, other = there.post(title="Pulled Story", content=text), there.post(title="Other Story")
    locked, planned = there.post(title="Locked Story"), there.site.schedule("Planned Story")
    later()
    assert text in newsroom.text("uncategorized")
    assert "Planned Story" not in newsroom.text()
    assert "Other Story" in newsroom.text()
    assert f'<guid isPermaLink="false">{there.record(post)["guid"]}</guid>' in newsroom.text()
    time.sleep(1)  # WordPress counts seconds
    there.site.publish_scheduled(planned)
    there.edit(post, content="It was edited, & read again.")
    there.edit(locked, password="secret")
    there.site.rest("DELETE", f"posts/{other}")
    later()
    assert "It was edited, &amp;amp; read again." in newsroom.text()
    assert "Other Story" not in newsroom.text()
    assert "Locked Story" not in newsroom.text()
    assert "Planned Story" in newsroom.text()


def test_a_story_that_is_refused_says_why_where_editors_look(there: Site) -> None:
    section = there.site.rest("POST", "categories", {"name": "Feeds"})["id"]
    post = there.post(title="Refused Story", categories=[section])
    page = there.site.page("edit.php")
    assert re.search(r"Refused: section .*feeds", page)
    assert there.site.php("echo count(feedsvc_jobs());") == "0"
    there.edit(post, categories=[1])
    assert "Refused Story" in there.feed()


def test_everything_is_sent_on_demand(there: Site) -> None:
    code = "$wpdb->query(\"DELETE FROM $wpdb->postmeta WHERE meta_key LIKE '_feedsvc%'\");"
    post = there.post(title="Long There")
    there.site.php(code)
    there.call("DELETE", f"/articles/wordpress/{post}")
    page = there.site.page("options-general.php?page=feedsvc")
    assert "Connected as &quot;cms&quot;." in page
    assert there.token not in page
    [nonce] = re.findall(
        r'value="feedsvc_everything"><input [^>]*name="_wpnonce" value="(\w+)"', page
    )
    there.site.page("admin-post.php", action="feedsvc_everything", _wpnonce=nonce)
    assert "Long There" in there.feed()
    assert there.site.php("echo json_encode(get_option('feedsvc_everything'));") == "false"


def test_settings_are_checked_and_keep_the_token(there: Site) -> None:
    there.post(title="Begun")  # so the name of the site stays
    page = there.site.page("options-general.php?page=feedsvc")
    part = page[page.index("options.php") : page.index("feedsvc-url")]
    hidden = dict(
        re.findall(r"name=['\"](option_page|action|_wpnonce)['\"] value=['\"](\w+)", part)
    )
    fields = {
        "feedsvc[url]": f"http://127.0.0.1:{there.service.port}/api/v1/",
        "feedsvc[token]": "",
        "feedsvc[name]": "another",
        "feedsvc[on_trash]": "burn",
    }
    there.site.page("options.php", **hidden, **fields)
    settings = json.loads(there.site.php("echo json_encode(feedsvc_settings());"))
    assert settings["token"] == there.token
    assert settings["url"] == f"http://127.0.0.1:{there.service.port}"
    assert (settings["name"], settings["on_trash"]) == ("wordpress", "delete")
    there.set_up(token="fsk_wrong")
    page = there.site.page("options-general.php?page=feedsvc")
    assert "this token is mistyped, expired or revoked" in page
    there.set_up()


def test_nothing_stays_of_the_plugin_where_it_is_uninstalled(there: Site) -> None:
    there.post(title="Last Story")
    # Not deactivated: other tests may come after this one.
    there.site.php("do_action('deactivate_feedsvc.php'); feedsvc_uninstall();")
    rows = """SELECT (SELECT count(*) FROM $wpdb->options WHERE option_name LIKE '%feedsvc%')
        + (SELECT count(*) FROM $wpdb->postmeta WHERE meta_key LIKE '%feedsvc%')"""
    assert there.site.php(f'echo $wpdb->get_var("{rows}");') == "0"
    assert "feedsvc" not in there.site.php("echo json_encode(_get_cron_array());")
    there.set_up()
