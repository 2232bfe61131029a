"""The newsroom learns of all that cleaning leaves out, and addresses and words stay."""

from __future__ import annotations

import re

import pytest

from feedsvc.ingest.html.sanitize import clean_html
from feedsvc.model.text import plain_text

VIDEO = "https://www.youtube.com/embed/abc123XYZ_0"
CHART = "https://charts.quay.example/turnout"


def clean(markup: str) -> tuple[str, list[tuple[str, str]]]:
    notes = list[tuple[str, str]]()

    def file_url(name: str, _kind: str) -> str | None:
        return None if "missing" in name else f"/media/x/{name}"

    def note(tag: str, message: str) -> None:
        notes.append((tag, message))

    return clean_html(markup, "https://quay.example/world/flood", file_url, note), notes


def messages(markup: str) -> list[str]:
    return [message for _, message in clean(markup)[1]]


# Hidden parts


@pytest.mark.parametrize(
    "attributes",
    [
        "hidden",
        'hidden=""',
        "HIDDEN",
        'style="display:none"',
        "style='DISPLAY : NONE !important; color: red'",
        'style="color:red;/* x */display:none"',
        'style="display:none!important;display:block"',
        'style="visibility: hidden"',
        'style="visibility:collapse"',
        'style="height:0;overflow:hidden"',
        'style="max-height:0px;overflow:hidden"',
        'style="width:0;overflow:hidden"',
        'style="font-size:0"',
        "popover",
    ],
)
@pytest.mark.parametrize("name", ["p", "div", "span", "section", "x-note"])
def test_a_part_that_the_page_hides_is_left_out_and_noted(name: str, attributes: str) -> None:
    tag = f"<{name} {attributes}>"
    cleaned, notes = clean(f"<p>a</p>{tag}the desk alone</{name}><p>b</p>")
    assert cleaned == "<p>a</p><p>b</p>"
    assert notes == [(tag, f"the hidden <{name}> is left out, as on the page")]


@pytest.mark.parametrize(
    "shown",
    [
        '<p hidden="until-found">a</p>',
        '<p hidden style="display:block">a</p>',
        '<p style="display:none;display:block">a</p>',
        '<p style="height:0">a</p>',
        '<p style="overflow:hidden">a</p>',
        '<p style="height:0;overflow:hidden;padding-bottom:56%">a</p>',
        '<p style="height:0;overflow:hidden;padding:0 0 56%">a</p>',
        '<p style="width:0;min-width:100%;overflow:hidden">a</p>',
        '<div style="font-size:0"><p>a</p></div>',
        "<dialog open>a</dialog>",
        '<p title="x hidden">a</p>',
    ],
)
def test_a_part_that_the_page_shows_stays(shown: str) -> None:
    cleaned, notes = clean(shown)
    assert plain_text(cleaned) == "a"
    assert notes == []


def test_a_closed_dialog_and_a_list_of_proposals_are_hidden() -> None:
    markup = "<dialog>a</dialog><datalist><option>b</option></datalist>c"
    assert clean(markup)[0] == "c"
    assert messages(markup) == [
        "the hidden <dialog> is left out, as on the page",
        "the hidden <datalist> is left out, as on the page",
    ]


def test_an_empty_part_that_is_hidden_is_no_loss() -> None:
    assert clean('<p>a</p><div style="display:none"> </div>') == ("<p>a</p>", [])


def test_of_a_hidden_part_only_the_outermost_is_noted() -> None:
    markup = f'<div hidden><p hidden>a</p><iframe src="{CHART}"></iframe></div>b'
    assert clean(markup) == (
        "b",
        [("<div hidden>", "the hidden <div> is left out, as on the page")],
    )


# Frames


@pytest.mark.parametrize(
    "size",
    [
        'style="width: 0; min-width: 100% !important; border: none;" height="392"',
        'style="width: 1px; min-width: 100%;" height="500"',
        'style="width:1px" height="500"',
        'style="height:0;padding-top:56.25%"',
        'style="width:100%;height:1px;min-height:400px"',
        'width="100%" height="0"',
        'style="border:none" width="600"',
        'style="width:0;min-width:calc(100% - 2px)"',
        "",
    ],
)
def test_a_chart_in_a_frame_of_any_size_becomes_a_link(size: str) -> None:
    tag = f'<iframe title="Turnout" src="{CHART}" {size}>'
    assert clean(f"{tag}</iframe>") == (
        f'<a href="{CHART}">Turnout</a>',
        [(tag, "the frame of charts.quay.example is left out; readers get a link to it")],
    )
    picture = f'<img src="{CHART}" {size}>'
    assert clean(picture)[0].startswith(f'<img src="{CHART}"')


@pytest.mark.parametrize("size", ['width="1" height="1"', 'style="width:1px;height:0"'])
def test_a_counter_of_readers_is_left_out_and_noted(size: str) -> None:
    assert messages(f'<img src="https://stats.example/p" {size}>') == [
        "the hidden picture or frame of stats.example is left out, as on the page"
    ]


@pytest.mark.parametrize("name", ["data-src", "data-cookieblock-src", "data-cmp-src", "data-url"])
def test_a_frame_that_waits_for_consent_is_shown(name: str) -> None:
    markup = f'<iframe {name}="{VIDEO}" src="about:blank" title="The lock"></iframe>'
    assert clean(markup) == (f'<iframe title="The lock" src="{VIDEO}"></iframe>', [])


def test_a_frame_without_an_address_is_noted() -> None:
    assert messages('<iframe srcdoc="<p>a"></iframe>') == [
        "the frame has no web address and is left out"
    ]


def test_the_copy_of_a_frame_is_shown_once() -> None:
    frame = f'<iframe data-src="{CHART}"></iframe>'
    markup = f'{frame}<noscript><iframe src="{CHART}"></iframe></noscript>'
    cleaned, notes = clean(markup)
    assert cleaned == f'<a href="{CHART}">{CHART}</a>'
    assert len(notes) == 1


def test_the_words_of_two_frames_do_not_run_together() -> None:
    markup = f'a<iframe title="b" src="{CHART}"></iframe><iframe title="c" src="{CHART}"></iframe>d'
    assert plain_text(clean(markup)[0]) == "a b c d"


# Embeds


@pytest.mark.parametrize(
    ("markup", "address"),
    [
        ('<div class="fb-post" data-href="https://a.example/1"></div>', "https://a.example/1"),
        ('<div class="flourish-embed" data-src="visualisation/123"></div>',
         "https://public.flourish.studio/visualisation/123"),
        ('<div class="infogram-embed" data-id="ab-c"></div>', "https://infogram.com/ab-c"),
        ('<lite-youtube videoid="abc123XYZ_0"></lite-youtube>', VIDEO),
        ('<lite-youtube videoid="abc123XYZ_0"/>', VIDEO),
        ('<amp-youtube data-videoid="abc123XYZ_0"></amp-youtube>', VIDEO),
        ('<lite-vimeo videoid="12"></lite-vimeo>', "https://player.vimeo.com/video/12"),
        ('<amp-twitter data-tweetid="12"></amp-twitter>', "https://twitter.com/i/status/12"),
        ('<amp-iframe src="https://a.example/1"></amp-iframe>', "https://a.example/1"),
        ('<figure class="media"><oembed url="https://a.example/1"></oembed></figure>',
         "https://a.example/1"),
        ('<blockquote class="twitter-tweet"><a href="https://a.example/1"></a></blockquote>',
         "https://a.example/1"),
        ('<blockquote class="tiktok-embed" cite="https://a.example/1"></blockquote>',
         "https://a.example/1"),
        ('<blockquote class="instagram-media" data-instgrm-permalink="https://a.example/1">'
         "</blockquote>", "https://a.example/1"),
        ('<object data="https://a.example/1"><embed src="https://a.example/1"></object>',
         "https://a.example/1"),
        ('<object><param name="movie" value="https://a.example/1"></object>',
         "https://a.example/1"),
        ('<object data="/b.pdf">No viewer.</object>', "https://quay.example/b.pdf"),
        ('<embed src="//a.example/1">', "https://a.example/1"),
        ('<object data="b"><a href="https://a.example/1">PDF</a></object>', "https://a.example/1"),
        ('<object data="https://a.example/1" type="image/png"></object>', "https://a.example/1"),
        ('<script src="/1.js"></script><noscript><a href="https://a.example/1">a</a></noscript>',
         "https://a.example/1"),
        ('<x-card href="https://a.example/1">Words</x-card>', "https://a.example/1"),
        ('<div data-pym-src="https://a.example/1"></div>', "https://a.example/1"),
        ('<div data-pym-src="https://a.example/1">Loading …</div>', "https://a.example/1"),
        ('<p data-child-src="https://a.example/1">Loading …</p>', "https://a.example/1"),
        ('<div class="flourish-embed" data-src="story/5"><noscript><img src="/a.png"></noscript>'
         "</div>", "https://public.flourish.studio/story/5"),
        ('<iframe src="plan.pdf"></iframe>', "/media/x/plan.pdf"),
        ('<embed src="plan.pdf">', "/media/x/plan.pdf"),
        ('<div background="https://a.example/1">Words</div>', "https://a.example/1"),
    ],
)  # fmt: skip
def test_an_embed_leaves_its_address_once(markup: str, address: str) -> None:
    cleaned, _ = clean(f"<p>start</p>{markup}<p>end</p>")
    assert len(re.findall(rf'(?:href|src)="{re.escape(address)}"', cleaned)) == 1


@pytest.mark.parametrize(
    ("markup", "message"),
    [
        ('<div class="elfsight-app-12"></div>',
         "the embed has no address and is left out; add a link to it"),
        ("<x-poll></x-poll>", "the embed has no address and is left out; add a link to it"),
        ('<lite-youtube videoid="&quot;"></lite-youtube>',
         "the embed has no address and is left out; add a link to it"),
        ('<script src="https://polls.example/1.js"></script>',
         "the script of polls.example is left out; readers run none"),
        ('<script src="/1.js"></script>', "the script of /1.js is left out; readers run none"),
        ('<video src="blob:x"></video>', "the film has no web address and is left out"),
        ("<audio></audio>", "the sound has no web address and is left out"),
        ('<img src="javascript:x">', "the picture has no web address and is left out"),
        ('<img src="https://[">', "the picture has no web address and is left out"),
        ("<noscript>Turn JavaScript on.</noscript>",
         "the text for browsers without scripts is left out"),
        ("<select><option>a</option></select>",
         "the list to choose from is left out, as feed readers cannot send it"),
    ],
)  # fmt: skip
def test_an_embed_that_leaves_nothing_is_noted(markup: str, message: str) -> None:
    cleaned, notes = clean(f"<p>start</p>{markup}<p>end</p>")
    assert plain_text(cleaned) == "start end"
    assert [note for _, note in notes] == [message]


@pytest.mark.parametrize(
    "markup",
    [
        "<script>let a</script>",
        '<div class="share" data-url="https://a.example/1"></div>',
        '<div data-url="https://quay.example/world/flood#x"></div>',
        '<a href="#top"></a>',
        '<a href="https://a.example/1"></a><a href="https://a.example/1">end</a>',
    ],
)
def test_parts_of_the_page_that_are_no_embeds_leave_nothing(markup: str) -> None:
    cleaned, notes = clean(f"<p>start</p>{markup}<p>end</p>")
    assert "://a.example/1<" not in cleaned
    assert notes == []


def test_the_script_of_an_embed_that_is_linked_is_no_loss() -> None:
    markup = (
        '<blockquote class="twitter-tweet">a <a href="https://twitter.com/q/1">b</a></blockquote>'
        '<script async src="https://platform.twitter.com/widgets.js"></script>'
    )
    assert messages(markup) == []
    assert clean("<script src='https://p.example/1.js'>")[0] == ""


def test_a_link_without_words_shows_its_address() -> None:
    assert clean('<p>a<a href="mailto:desk@quay.example"></a>b</p>')[0] == (
        '<p>a <a href="mailto:desk@quay.example">desk@quay.example</a> b</p>'
    )
    assert clean('<a href="/b" title="The plan"><svg aria-hidden="true"></svg></a>')[0] == (
        '<a href="https://quay.example/b" title="The plan">The plan</a>'
    )


# Pictures, drawings and formulas


def test_a_picture_pasted_as_data_is_noted() -> None:
    cleaned, notes = clean('<p>a</p><img alt="b" src="data:image/png;base64,iVBO">')
    assert cleaned == "<p>a</p>"
    assert notes == [
        (
            '<img alt="b" src="data:image/png;base64,iVBO">',
            "a picture is pasted into the text; save it as a file beside and name that",
        )
    ]


def test_a_picture_of_a_script_is_one() -> None:
    assert clean('<amp-img src="b.jpg" alt="c"></amp-img>') == (
        '<img src="/media/x/b.jpg" alt="c">',
        [],
    )


def test_a_placeholder_with_its_copy_is_no_loss() -> None:
    markup = '<img src="data:image/gif;base64,R0"><noscript><img src="b.jpg"></noscript>'
    assert clean(markup) == ('<img src="/media/x/b.jpg">', [])


@pytest.mark.parametrize(
    ("drawing", "words"),
    [
        ('<svg aria-label="Turnout"><text>x</text></svg>', "Turnout"),
        ("<svg><title>Turnout</title><path d='M0 0'/></svg>", "Turnout"),
        ("<svg><style>a{}</style><text>North</text><text>61%</text></svg>", "North 61%"),
        ("<svg>" + "<path d='M0 0'/>" * 300 + "<text>many</text></svg>", "many"),
        ("<svg aria-hidden='true'><text>x</text></svg>", ""),
        ("<svg/>", ""),
        ("<svg>", ""),
    ],
)
def test_the_words_of_a_drawing_stay(drawing: str, words: str) -> None:
    assert plain_text(clean(f"a{drawing}b")[0]) == (f"a {words} b" if words else "ab")


def test_a_drawing_without_words_is_noted() -> None:
    assert messages("<svg><path/></svg>") == [
        "the drawing (svg) is left out; save it as a picture in media/ to show it"
    ]


def test_a_figure_of_which_only_the_caption_is_left_is_noted() -> None:
    markup = "<figure><img src='missing.png'><figcaption>b</figcaption></figure>"
    assert messages(markup) == ["only the caption of the figure is left; nothing stands above it"]
    assert messages("<figure><table><tr><td>a</table><figcaption>b</figcaption></figure>") == []


# Words


@pytest.mark.parametrize(
    ("markup", "cleaned"),
    [
        ("<form><p>a</p></form>", "<p>a</p>"),
        ("<form>a<input value='x'><textarea>b</textarea></form>", "<div>a b</div>"),
        ("<form><label><input type=radio>a</label><label>b</label></form>", "<div>a<br>b</div>"),
        ("<form><select></select><label></label>a</form>", "<div>a</div>"),
        ("<section>a</section><section>b</section>", "<div>a</div><div>b</div>"),
        ("<details><summary>a</summary><p>b</p></details>", "<div>a</div><p>b</p>"),
        ("a<button>b</button>c", "a b c"),
        ("a<noscript>b</noscript>c", "a b c"),
        ("<x-row>a</x-row><x-row>b</x-row>", "<div>a</div><div>b</div>"),
        ("a<iframe/>b", "ab"),
        ("a<title>b", "a"),
        ("a<style>b", "a"),
        ("<!--> a <!-- b --!>c", "a c"),
        ('<a title="<iframe>" href="/b#c">d</a>',
         '<a title="&lt;iframe&gt;" href="https://quay.example/b#c">d</a>'),
    ],
)  # fmt: skip
def test_words_stay_and_stay_apart(markup: str, cleaned: str) -> None:
    assert clean(markup)[0] == cleaned


def test_notes_are_in_the_order_of_the_tags() -> None:
    markup = "<form>a</form><p hidden>b</p><x-poll></x-poll>"
    assert [tag for tag, _ in clean(markup)[1]] == ["<form>", "<p hidden>", "<x-poll>"]


def test_ordinals_of_lists_stay() -> None:
    markup = '<ol reversed="" type="a"><li value="3">a</li></ol>'
    assert clean(markup) == (markup, [])


def test_an_address_that_is_none_breaks_nothing() -> None:
    assert messages("<script src='https://['></script>") == [
        "the script of the page is left out; readers run none"
    ]
    assert messages("<iframe hidden data-src='https://['></iframe>") == [
        "the hidden picture or frame of https://[ is left out, as on the page"
    ]
    markup = "<a href='https://[' hidden>a</a><p data-x='1'>b</p>"
    assert clean(markup)[0] == "<p>b</p>"
    assert clean("<a href='/c' style=''>a</a><script src=/d></script>")[0] == (
        '<a href="https://quay.example/c">a</a>'
    )


def test_a_comment_among_other_tags_leaves_nothing() -> None:
    assert clean("<section>a<!-- <iframe> --></section>")[0] == "<div>a</div>"


def test_a_link_to_a_file_of_the_newsroom_has_its_name() -> None:
    cleaned, notes = clean(
        '<iframe src="The%20plan.pdf"></iframe><div class="infogram-embed" '
        'data-id="a-1" data-title="Turnout"></div>'
    )
    assert ">The plan.pdf</a>" in cleaned
    assert '<a href="https://infogram.com/a-1">Turnout</a>' in cleaned
    assert notes[0][1] == "the frame of The plan.pdf is left out; readers get a link to it"


def test_the_picture_behind_a_table_is_linked_behind_it() -> None:
    cleaned, _ = clean(
        '<table id="t" background="/a.jpg"><tr background="/b.jpg"><td>1</td></table>'
    )
    link = '<a href="https://quay.example/a.jpg">https://quay.example/a.jpg</a>'
    assert cleaned == f"<table><tbody><tr><td>1</td></tr></tbody></table> {link}"


@pytest.mark.parametrize("end", ["</textarea>", ""])
def test_the_words_of_a_text_field_stay(end: str) -> None:
    cleaned, _ = clean(f"<p>Write:</p><textarea>Dear editor, 1 < 2{end}")
    assert plain_text(cleaned) == "Write: Dear editor, 1 < 2"


def test_an_empty_text_field_leaves_nothing() -> None:
    assert clean("<p>Write:</p><textarea> </textarea>")[0] == "<p>Write:</p>"


@pytest.mark.parametrize(
    "address", ["file:///C:/plan.pdf", r"C:\docs\plan.pdf", "javascript:void(0)", "skype:ada"]
)
def test_a_link_that_readers_cannot_follow_is_noted(address: str) -> None:
    cleaned, notes = clean(f'<p><a href="{address}">The plan</a></p>')
    assert "href" not in cleaned
    message = f'the link to "{address}" is left out, as it is no address on the web'
    assert notes == [(address, message)]


def test_of_a_long_address_the_note_has_the_beginning() -> None:
    ((_, message),) = clean(f'<a href="file:///{"a" * 200}">b</a>')[1]
    assert f'"file:///{"a" * 92}…"' in message


@pytest.mark.parametrize(
    "typed", ["www.quay.example", "www.quay.example/a.pdf", "WWW.Quay.example?b"]
)
def test_an_address_without_its_scheme_is_one_of_the_web(typed: str) -> None:
    assert f'<a href="https://{typed}">' in clean(f'<p><a href="{typed}">a</a></p>')[0]


@pytest.mark.parametrize("typed", ["/local/first.md", "first.markdown", "data.csv"])
def test_a_link_to_a_file_as_newsrooms_keep_them_is_looked_for(typed: str) -> None:
    assert f'<a href="/media/x/{typed}">' in clean(f'<p><a href="{typed}">a</a></p>')[0]


@pytest.mark.parametrize("typed", ["//cdn.example/a.md", "/data/a.json", "/media/a.png", "/about"])
def test_a_link_to_a_page_of_the_site_is_none_to_a_file(typed: str) -> None:
    assert "/media/x/" not in clean(f'<p><a href="{typed}">a</a></p>')[0]
