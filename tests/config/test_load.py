"""config.toml becomes a Config, or every problem is reported with its line."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from msgspec import structs

from feedsvc.config.load import load
from feedsvc.config.settings import Config, SectionSettings
from feedsvc.errors import ConfigError

SITE = '[site]\ntitle = "The Daily Quay"\nurl = "https://quay.example/"\n'
FULL = """\
[site]
title = "The  Daily Quay"
url = "https://quay.example/news/"
pages = true
description = "What the tide brings."
language = "en_gb"
timezone = "Europe/Lisbon"
rights = "© The Daily Quay"
icon = "/icon.png"
logo = "https://cdn.example/logo.png"
tag = "quay.example,2020"
show_problems = true
security_contact = "desk@quay.example"

[feeds]
url = "https://feeds.quay.example/"
items = 50
hours = 0
content = "summary"
kill_notice = 3
kill_entry = false
browser_view = "css"
by = ["lang", "author"]
tombstone = 0

[sections."world/europe"]
title = "Europe"
description = "From the continent."
image = "europe.png"
language = "fr"

[sections.es]
language = "es"
"""


def config(tmp_path: Path, text: str, **environ: str) -> Config:
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    return load(tmp_path / "config.toml", environ)


def problems(tmp_path: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config(tmp_path, text, **environ)
    return str(caught.value).splitlines()


def test_every_key_is_read(tmp_path: Path) -> None:
    read = config(tmp_path, FULL)
    assert structs.asdict(read.site) == {
        "title": "The Daily Quay",
        "url": "https://quay.example/news",
        "pages": True,
        "description": "What the tide brings.",
        "language": "en-GB",
        "timezone": "Europe/Lisbon",
        "rights": "© The Daily Quay",
        "icon": "/icon.png",
        "logo": "https://cdn.example/logo.png",
        "tag": "quay.example,2020",
        "show_problems": True,
        "security_contact": "mailto:desk@quay.example",
    }
    assert structs.asdict(read.feeds) == {
        "url": "https://feeds.quay.example",
        "items": 50,
        "hours": 0,
        "content": "summary",
        "archive_items": 100,
        "kill_notice": 3,
        "kill_entry": False,
        "browser_view": "css",
        "by": ("author", "lang"),
        "tombstone": 0,
    }
    assert read.sections == {
        "world/europe": SectionSettings(
            title="Europe", description="From the continent.", image="europe.png", language="fr"
        ),
        "es": SectionSettings(language="es"),
    }


def test_a_missing_key_has_a_default(tmp_path: Path) -> None:
    read = config(tmp_path, SITE)
    assert structs.asdict(read.site) == {
        "title": "The Daily Quay",
        "url": "https://quay.example",
        "pages": None,
        "description": "",
        "language": "en",
        "timezone": "UTC",
        "rights": "",
        "icon": "",
        "logo": "",
        "tag": "quay.example,2026",
        "show_problems": False,
        "security_contact": "",
    }
    assert structs.asdict(read.feeds) == {
        "url": "http://localhost:8000",
        "items": 30,
        "hours": 48,
        "content": "full",
        "archive_items": 100,
        "browser_view": "",
        "by": ("author", "tag", "lang"),
        "kill_notice": 7,
        "kill_entry": True,
        "tombstone": 90,
    }
    assert read.sections == {}
    assert read.root == tmp_path.resolve()
    assert read.articles == tmp_path.resolve() / "articles"
    assert read.state == tmp_path.resolve() / ".feedsvc"


def test_a_folder_is_as_good_as_its_config(tmp_path: Path) -> None:
    config(tmp_path, SITE)
    assert load(tmp_path, {}).root == tmp_path.resolve()


def test_the_environment_names_the_file_and_the_folder_of_the_store(tmp_path: Path) -> None:
    config(tmp_path, SITE)
    environ = {"FEEDSVC_CONFIG": str(tmp_path), "STATE_DIRECTORY": "/var/lib/feedsvc"}
    read = load(environ=environ)
    assert read.root == tmp_path.resolve()
    assert read.state == Path("/var/lib/feedsvc")


def test_without_a_word_the_file_is_that_of_this_folder_and_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(tmp_path, SITE)
    for name in [name for name in os.environ if name.startswith("FEEDSVC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FEEDSVC_SITE_TITLE", "From here")
    monkeypatch.chdir(tmp_path)
    assert load().site.title == "From here"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    read = config(
        tmp_path,
        FULL,
        FEEDSVC_SITE_TITLE="2026",
        FEEDSVC_SITE_DESCRIPTION="true",
        FEEDSVC_SITE_SHOW_PROBLEMS="False",
        FEEDSVC_FEEDS_ITEMS="7",
        FEEDSVC_FEEDS_CONTENT="full",
    )
    assert (read.site.title, read.site.description) == ("2026", "true")
    assert read.site.show_problems is False
    assert (read.feeds.items, read.feeds.content) == (7, "full")


def test_the_environment_gives_keys_that_the_file_lacks(tmp_path: Path) -> None:
    read = config(tmp_path, "", FEEDSVC_SITE_TITLE="Quay", FEEDSVC_SITE_URL="https://quay.example")
    assert (read.site.title, read.site.tag) == ("Quay", "quay.example,2026")


def test_a_wrong_value_in_the_environment_is_reported_with_its_name(tmp_path: Path) -> None:
    assert problems(
        tmp_path,
        SITE,
        FEEDSVC_SITE_TITLE=" ",
        FEEDSVC_SITE_SHOW_PROBLEMS="yes",
        FEEDSVC_FEEDS_ITEMS="0",
        FEEDSVC_FEEDS_HOURS="some",
    ) == [
        "FEEDSVC_FEEDS_HOURS:1:1: hours: must be a whole number from 0 to 8760, not 'some'",
        "FEEDSVC_FEEDS_ITEMS:1:1: items: must be a whole number from 1 to 1000, not '0'",
        "FEEDSVC_SITE_SHOW_PROBLEMS:1:1: show_problems: must be true or false, not 'yes'",
        "FEEDSVC_SITE_TITLE:1:1: title: must not be empty",
    ]


def test_every_problem_is_reported_at_once_with_its_line(tmp_path: Path) -> None:
    text = """\
[site]
title = 7
  urll = "https://quay.example"
timezone = "Lisbon"

[feed]
items = 3

[feeds]
"items" = 0
content = "all"
colour = "red"

[sections.World]
[sections.static]
[sections."a/b"]
titel = "A"
language = 'klingon'
"""
    assert problems(tmp_path, text) == [
        "config.toml:2:1: site.title: must be a text in quotes, not 7",
        'config.toml:3:3: site.urll: is not a key of [site]. Did you mean "url"?',
        'config.toml:4:1: site.timezone: "Lisbon" is not a time zone; write one such as '
        "Europe/Berlin or UTC",
        'config.toml:6:1: feed: is not known here. Did you mean "feeds"?',
        "config.toml:10:1: feeds.items: must be a whole number from 1 to 1000, not 0",
        """config.toml:11:1: feeds.content: must be "full" or "summary", not 'all'""",
        "config.toml:12:1: feeds.colour: is not a key of [feeds]. Known are url, items, hours, "
        "content, archive_items, browser_view, by, kill_notice, kill_entry, tombstone.",
        'config.toml:14:1: sections.World: "World" is not a section; write it in lower case '
        "without spaces, parts parted by slashes, such as world/europe",
        'config.toml:15:1: sections.static: "static" is a name feedsvc needs for itself; choose '
        "another",
        'config.toml:17:1: sections.a/b.titel: is not a key of [sections."a/b"]. Did you mean '
        '"title"?',
        'config.toml:18:1: sections.a/b.language: "klingon" is not a language; write a code such '
        "as en, es or pt-BR",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('url = "quay.example"', '"quay.example" is not a web address; write it whole, '
         "https://… without spaces"),
        ('url = "https://quay.example?x"', '"https://quay.example?x" must end with its path: '
         'no "?" and no "#"'),
        ("description = 1", "must be a text in quotes, not 1"),
        ('language = "english"', '"english" is not a language; write a code such as en, es or '
         "pt-BR"),
        ("rights = true", "must be a text in quotes, not True"),
        ('security_contact = "http://quay.example"', '"http://quay.example" is not a contact; '
         "write an e-mail address, or an address that begins with mailto:, https: or "
         "tel:"),
        ("icon = []", "must be a text in quotes, not []"),
        ("logo = 1.5", "must be a text in quotes, not 1.5"),
        ('tag = "quay"', '"quay" must be a host, a comma and a year, such as quay.example,2026'),
        ('show_problems = "yes"', "must be true or false, not 'yes'"),
    ],
)  # fmt: skip
def test_a_key_of_the_site_with_a_wrong_value_is_reported(
    tmp_path: Path, line: str, message: str
) -> None:
    key = line.partition(" ")[0]
    others = "".join(
        f"{other}\n"
        for other in ('title = "Q"', 'url = "https://q.example"')
        if not other.startswith(f"{key} ")
    )
    assert problems(tmp_path, f"[site]\n{line}\n{others}") == [
        f"config.toml:2:1: site.{key}: {message}"
    ]


def test_a_section_in_a_section_is_reported_with_how_it_is_written(tmp_path: Path) -> None:
    text = SITE + '[sections.world]\ntitle = "World"\n[sections.world.europe]\ntitle = "Europe"\n'
    assert problems(tmp_path, text) == [
        'config.toml:6:1: sections.world.europe: is not a key of [sections."world"]. '
        'A section in a section is written [sections."world/europe"].'
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("site = 1\n", "config.toml:1:1: site: must be a table: [site]"),
        (
            f"feeds = 2\n{SITE}",
            "config.toml:1:1: feeds: must be a table: [feeds]",
        ),
        (
            f"sections = 3\n{SITE}",
            'config.toml:1:1: sections: must be a table: [sections."world/europe"]',
        ),
        (
            f"{SITE}[sections]\nworld = 1\n",
            'config.toml:1:1: sections.world: must be a table: [sections."world"]',
        ),
        (
            f'colour = "x"\n{SITE}',
            "config.toml:1:1: colour: is not known here. "
            "Known are [site], [feeds], [articles], [cache], [limits], [media], [log], [cdn], "
            "[urls], [server], [admin], [api], [push], [store], "
            "[[redirects]], [[sources]], [sections.…].",
        ),
    ],
)
def test_a_value_in_the_place_of_a_table_is_reported(
    tmp_path: Path, text: str, message: str
) -> None:
    assert message in problems(tmp_path, text)


def test_a_missing_key_is_reported_at_its_table_or_at_the_top(tmp_path: Path) -> None:
    assert problems(tmp_path, '\n\n[site]\nurl = "https://quay.example"\n') == [
        'config.toml:3:1: site.title: is missing; add title = "…" below [site]'
    ]
    assert problems(tmp_path, "") == [
        "config.toml:1:1: site.tag: is missing; ids begin with it and must never change, so name a "
        'host and a year of yours: tag = "paper.example,2026"',
        'config.toml:1:1: site.title: is missing; add title = "…" below [site]',
    ]


@pytest.mark.parametrize(
    ("text", "home", "tag", "pages"),
    [
        ('url = "https://a.example"', "https://a.example", "a.example,2026", False),
        ('url = "https://a.example"\npages = true', "https://a.example", "a.example,2026", True),
        ('tag = "b.example,2020"', "http://localhost:8000", "b.example,2020", True),
        (
            'pages = true\n[feeds]\nurl = "https://c.example"',
            "https://c.example",
            "c.example,2026",
            True,
        ),
    ],
)
def test_articles_are_read_here_where_no_other_place_is_named(
    tmp_path: Path, text: str, home: str, tag: str, pages: bool
) -> None:
    read = config(tmp_path, f'[site]\ntitle = "A"\n{text}\n')
    assert (read.home, read.site.tag, read.pages) == (home, tag, pages)


def test_articles_must_be_read_somewhere(tmp_path: Path) -> None:
    assert problems(tmp_path, '[site]\ntitle = "A"\ntag = "a.example,2026"\npages = false\n') == [
        "config.toml:4:1: site.pages: is false, but there is no url where articles are read "
        "instead; add url, or leave this out"
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[site]\ntitle = The Daily Quay\n", "2:9"),
        ('[site]\ntitle = "a"\ntitle = "b"\n', "3:12"),
        ("[site\n", "1:6"),
    ],
)
def test_a_syntax_error_is_reported_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    (line,) = problems(tmp_path, text)
    assert line.startswith(f"config.toml:{place}: is not TOML: ")
    assert line.endswith("; texts stand in quotes")
    assert "(at " not in line


def test_a_file_that_ends_too_early_is_reported(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, '[site]\ntitle = """x')
    assert line.startswith("config.toml:1:1: is not TOML: ")


def test_a_missing_file_is_reported_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "config.toml", {})
    assert str(caught.value) == (
        f"config.toml:1:1: there is no config.toml in {tmp_path.resolve()}; "
        '"feedsvc init DIR" makes a newsroom'
    )


def test_a_file_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    (tmp_path / "config.toml" / "config.toml").mkdir()
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, {})
    assert str(caught.value) == "config.toml:1:1: cannot be read: Is a directory"


def test_a_disk_that_fails_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    (tmp_path / "config.toml").write_text(SITE)
    monkeypatch.setattr("os.open", refused)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, {})
    assert str(caught.value) == "config.toml:1:1: cannot be read: Input/output error"


def test_a_file_that_is_not_utf_8_is_reported(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes('[site]\ntitle = "Café"\n'.encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, {})
    assert str(caught.value) == "config.toml:1:1: is not UTF-8; save it as UTF-8"


def test_a_byte_order_mark_and_crlf_are_accepted(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode())
    assert load(tmp_path, {}).site.title == "The Daily Quay"


def test_escaped_control_characters_are_gone(tmp_path: Path) -> None:
    text = SITE.replace("The Daily", "The\\u000BDai\\u0000ly")
    assert config(tmp_path, text).site.title == "The Daily Quay"


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("world", "World"),
        ("world/middle-east", "Middle east"),
        ("arts_and_books", "Arts and books"),
        ("world/europe", "Europe (EU)"),
        ("économie", "Économie"),
        ("", ""),
    ],
)
def test_a_section_without_a_title_takes_it_from_its_path(
    tmp_path: Path, path: str, title: str
) -> None:
    read = config(tmp_path, SITE + '[sections."world/europe"]\ntitle = "Europe (EU)"\n')
    assert read.section(path).title == title


def test_the_rest_of_a_section_stays_when_its_title_is_filled_in(tmp_path: Path) -> None:
    keys = 'description = "d"\nimage = "i.png"\nlanguage = "es"\nwas = "sp"\nedition_of = "en"\n'
    read = config(tmp_path, f"{SITE}[sections.en]\n[sections.es]\n{keys}")
    assert read.section("es") == SectionSettings(
        title="Es", description="d", image="i.png", language="es", was=("sp",), edition_of="en"
    )


@pytest.mark.parametrize(
    ("section", "language"),
    [
        ("", "en"),
        ("local", "en"),
        ("es", "es"),
        ("es/cultura", "es"),
        ("es/cultura/libros", "ca"),
        ("es/cultura/libros/nuevos", "ca"),
        ("espresso", "en"),
    ],
)
def test_a_section_inherits_its_language(tmp_path: Path, section: str, language: str) -> None:
    text = f"""{SITE}
[sections.es]
language = "es"
[sections."es/cultura"]
title = "Cultura"
[sections."es/cultura/libros"]
language = "ca"
"""
    assert config(tmp_path, text).language(section) == language


def test_a_site_whose_host_cannot_be_part_of_an_id_has_to_name_one(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[site]\ntitle = "A"\nurl = "http://[::1]:8000"\n')
    with pytest.raises(ConfigError) as caught:
        load(file, environ={})
    assert str(caught.value) == (
        'config.toml:1:1: site.tag: is missing; "::1" cannot be part of an id, so name one'
    )
    file.write_text(file.read_text() + 'tag = "quay.example,2026"\n')
    assert load(file, environ={}).site.tag == "quay.example,2026"


OLD = """
[urls]
style = ["ghost", "arc", "ghost"]
rss = "/{section}/rss"

[[redirects]]
from = "/rss/{section}.xml"
to = "/{section}/rss.xml?from=Müller"

[[redirects]]
from = "/caf%C3%A9/{page}.rdf?cat=world"
to = "https://bücher.example/{page}"

[[redirects]]
from = "/tips.rdf"
gone = true

[sections.world]
was = ["abroad", "news/abroad"]

[sections.culture]
was = "arts"
"""


def test_old_addresses_are_read(tmp_path: Path) -> None:
    read = config(tmp_path, SITE + OLD)
    assert read.old_urls.style == ("ghost", "arc")
    assert {format: pattern.text for format, pattern in read.old_urls.served.items()} == {
        "rss": "/{section}/rss"
    }
    assert read.former_sections == {"abroad": "world", "news/abroad": "world", "arts": "culture"}
    assert [(it.pattern.text, it.to) for it in read.redirects] == [
        ("/rss/{section}.xml", "/{section}/rss.xml?from=M%C3%BCller"),
        ("/caf%C3%A9/{page}.rdf?cat=world", "https://xn--bcher-kva.example/{page}"),
        ("/tips.rdf", ""),
    ]
    assert read.redirects[1].pattern.match("/café/a.rdf", "x=1&cat=world") == {"page": "a"}


def test_a_style_can_be_given_in_the_environment(tmp_path: Path) -> None:
    assert config(tmp_path, SITE, FEEDSVC_URLS_STYLE="drupal").old_urls.style == ("drupal",)


TO = 'to = "/rss.xml"'
OWN = "is one of feedsvc's own addresses, which no redirect can hide; take it out"
TWICE = "leads somewhere already; take one of the two out"


def moved(*entries: str) -> str:
    return SITE + "[sections.world]\n" + "".join(f"\n[[redirects]]\n{it}\n" for it in entries)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/rss.xml",
        "/atom.xml/",
        "/rss.xml?x=1",
        "/world/atom.xml",
        "/{section}/rss.xml",
        "/{a}/{b}/rss.xml",
        "/archive/3/rss.xml",
        "/world/archive/{number}/atom.xml",
        "/corrections/rss.xml",
        "/{section}/corrections/atom.xml",
        "/feed",
        "/world/index.xml",
        "/feeds",
        "/feeds/latest",
        "/livez",
        "/metrics",
        "/media/x/y.jpg",
        "/static/{file}",
    ],
)
def test_a_redirect_cannot_hide_an_address_of_feedsvc(tmp_path: Path, path: str) -> None:
    assert problems(tmp_path, moved(f'from = "{path}"\n{TO}')) == [
        f'config.toml:7:1: redirects.from: "{path}" {OWN}'
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/?feed=rss2",
        "/feed?cat=world",
        "/sport/rss.xml",
        "/rss/world/rss.xml",
        "/category/{section}/feed",
        "/archive/x/rss.xml",
        "/archive/3/feed",
        "/feeds/all.xml",
        "/{section}",
    ],
)
def test_a_redirect_can_begin_where_feedsvc_has_nothing(tmp_path: Path, path: str) -> None:
    read = config(tmp_path, moved(f'from = "{path}"\n{TO}'))
    assert read.redirects[0].pattern.text == path


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            f'from = "rss/x.xml"\n{TO}',
            '7:1: redirects.from: "rss/x.xml" is not the path of an address; begin it with one '
            "slash, such as /rss/{section}.xml",
        ),
        (
            f'from = "//evil.example/x"\n{TO}',
            '7:1: redirects.from: "//evil.example/x" is not the path of an address; begin it with '
            "one slash, such as /rss/{section}.xml",
        ),
        (
            f'from = "/x?y={{a}}"\n{TO}',
            '7:1: redirects.from: "/x?y={a}" has a name in its query; only a path can have one',
        ),
        (
            f'from = "/{{a}}/x/{{a}}"\n{TO}',
            '7:1: redirects.from: "/{a}/x/{a}" has a name twice; give each another',
        ),
        (
            f'from = "/{{a}}{{b}}"\n{TO}',
            '7:1: redirects.from: "{a}{b}" can have one name between two slashes, such as '
            "{section} or {year}, in small letters",
        ),
        (
            f'from = "/x{{A}}"\n{TO}',
            '7:1: redirects.from: "x{A}" can have one name between two slashes, such as '
            "{section} or {year}, in small letters",
        ),
        (
            'from = "/x/{a}"\nto = "/{section}/{b}/rss.xml"',
            '8:1: redirects.to: has the name {b}, which "/x/{a}" does not have; use one that is '
            "there",
        ),
        (
            'from = "/x"\nto = "//evil.example/"',
            '8:1: redirects.to: "//evil.example/" must begin with one slash, or be a whole '
            "address, https://…",
        ),
        (
            'from = "/x/{a}"\nto = "https://{a}.example/"',
            '8:1: redirects.to: "https://{a}.example/" can have names such as {section} in small '
            "letters, but not in its host",
        ),
        (
            'from = "/x/{a}"\nto = "/{A}"',
            '8:1: redirects.to: "/{A}" can have names such as {section} in small letters, but not '
            "in its host",
        ),
        (
            'from = "/x"\nto = "https:///x"',
            '8:1: redirects.to: "https://" is not a web address; write it whole, https://… '
            "without spaces",
        ),
        (
            'from = "/x"',
            "6:1: redirects.to: says nothing of where it leads; a redirect has either "
            'to = "…" or gone = true',
        ),
        (
            f'from = "/x"\n{TO}\ngone = true',
            '9:1: redirects.gone: has both; a redirect has either to = "…" or gone = true',
        ),
        (TO, '6:1: redirects.from: is missing; add from = "…" below [[redirects]]'),
        (
            f'form = "/x"\nfrom = "/x"\n{TO}',
            '7:1: redirects.form: is not a key of [[redirects]]. Did you mean "from"?',
        ),
    ],
)
def test_a_wrong_redirect_is_reported(tmp_path: Path, entry: str, message: str) -> None:
    assert f"config.toml:{message}" in problems(tmp_path, moved(entry))


def test_each_redirect_is_reported_with_its_own_line(tmp_path: Path) -> None:
    fine = 'from = "/x"\nto = "/rss.xml"'
    text = moved(fine, 'from = "/y/{a}"\nto = "/{a}.xml"', fine, 'from = "/y/{b}/"\ngone = true')
    assert problems(tmp_path, text) == [
        f'config.toml:15:1: redirects.from: "/x" {TWICE}',
        f'config.toml:19:1: redirects.from: "/y/{{b}}/" {TWICE}',
    ]


def test_redirects_are_a_list(tmp_path: Path) -> None:
    assert problems(tmp_path, SITE + "[redirects]\n") == [
        "config.toml:4:1: redirects: must be a list of tables: each begins with [[redirects]]"
    ]
    assert "config.toml:1:1: redirects: must be a table: [[redirects]]" in problems(
        tmp_path, "redirects = [1]\n" + SITE
    )


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            'style = "wordpres"',
            'urls.style: "wordpres" is no style that is known here. Did you mean "wordpress"?',
        ),
        (
            'style = ["x"]',
            'urls.style: "x" is no style that is known here. Known are "wordpress", "ghost", '
            '"arc", "drupal".',
        ),
        ("style = 1", "urls.style: must be a text in quotes, not 1"),
        *(
            (
                f'rss = "{path}"',
                f'urls.rss: "{path}" must have {{section}} after a slash, something besides, and '
                'no other name or "?", such as /{section}/rss',
            )
            for path in ("/x", "/{section}", "/x{section}", "/{section}/{a}", "/{section}/x?y=1")
        ),
        *(
            (
                f'rss = "{path}"',
                f'urls.rss: "{path}" is one of feedsvc\'s own addresses; take another',
            )
            for path in ("/{section}/atom.xml", "/feeds/{section}", "/{section}/livez")
        ),
    ],
)
def test_a_wrong_address_of_feeds_is_reported(tmp_path: Path, keys: str, message: str) -> None:
    assert problems(tmp_path, f"{SITE}[urls]\n{keys}\n") == [f"config.toml:5:1: {message}"]


def test_two_feeds_at_one_address_is_reported(tmp_path: Path) -> None:
    text = SITE + '[urls]\nrss = "/x/{section}"\natom = "/x/{section}/"\n'
    assert problems(tmp_path, text) == [
        'config.toml:6:1: urls.atom: "/x/{section}/" is another feed already; give each its own'
    ]
    text = SITE + '[urls]\nrss = "/x/{section}"\n[[redirects]]\nfrom = "/x"\ngone = true\n'
    assert problems(tmp_path, text) == [
        'config.toml:7:1: redirects.from: "/x" is where [urls] rss has the feeds; '
        "take one of the two out"
    ]


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (
            '[sections.world]\nwas = "culture"\n[sections.culture]',
            '5:1: sections.world.was: "culture" is a section of today; name it once',
        ),
        (
            '[sections.world]\nwas = "news"\n[sections."news/abroad"]',
            '5:1: sections.world.was: "news" is a section of today; name it once',
        ),
        (
            '[sections.world]\nwas = ["abroad"]\n[sections.culture]\nwas = ["arts", "abroad"]',
            '7:1: sections.culture.was: "abroad" became [sections."world"] already; name it once',
        ),
        (
            '[sections.world]\nwas = ["abroad", "abroad"]',
            '5:1: sections.world.was: "abroad" became [sections."world"] already; name it once',
        ),
        (
            '[sections.world]\nwas = ["A B"]',
            '5:1: sections.world.was: "A B" is not a section; write it in lower case without '
            "spaces, parts parted by slashes, such as world/europe",
        ),
        (
            '[sections.world]\nwas = "x/y"\n[[redirects]]\nfrom = "/x/y/feed"\ngone = true',
            '7:1: redirects.from: "/x/y/feed" leads to [sections."world"] already, by its was; '
            "take one of them out",
        ),
    ],
)
def test_a_wrong_old_name_is_reported(tmp_path: Path, tables: str, message: str) -> None:
    assert problems(tmp_path, f"{SITE}{tables}\n") == [f"config.toml:{message}"]


def test_another_view_for_browsers_is_reported(tmp_path: Path) -> None:
    text = SITE + '[feeds]\nbrowser_view = "xslt"\n'
    assert problems(tmp_path, text) == [
        "config.toml:5:1: feeds.browser_view: must be \"css\" or empty, not 'xslt'"
    ]


@pytest.mark.parametrize(
    ("listen", "address"),
    [
        ("", None),
        ("127.0.0.1:9464", ("127.0.0.1", 9464)),
        ("[::1]:9464", ("::1", 9464)),
        ("localhost:80", ("localhost", 80)),
    ],
)
def test_operators_have_an_address(
    tmp_path: Path, listen: str, address: tuple[str, int] | None
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(SITE)
    config = load(file, environ={"FEEDSVC_ADMIN_LISTEN": listen})
    assert config.admin.address == address


@pytest.mark.parametrize("listen", ["9464", ":9464", "a b:1", "127.0.0.1:0", "::1:70000", "a:b"])
def test_an_address_for_operators_needs_host_and_port(tmp_path: Path, listen: str) -> None:
    sentence = f'"{listen}" must be a host and a port, such as 127.0.0.1:9464'
    (found,) = problems(tmp_path, f'{SITE}[admin]\nlisten = "{listen}"\n')
    assert found.endswith(f": admin.listen: {sentence}")


@pytest.mark.parametrize("typed", ['"192.0.2.0/33"', '["10.0.0.1", "proxy"]', "[1]"])
def test_a_wrong_network_of_proxies_is_reported(tmp_path: Path, typed: str) -> None:
    (problem,) = problems(tmp_path, f"{SITE}[limits]\nproxies = {typed}\n")
    assert problem.startswith("config.toml:5:1: limits.proxies: ")
    assert ("a network such as" in problem) is (typed != "[1]")
    assert config(tmp_path, f'{SITE}[limits]\nproxies = "192.0.2.7/24"\n').limits.proxies == (
        "192.0.2.7/24",
    )


def test_the_hub_has_settings_also_in_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'{SITE}[push]\nports = [8443, 443, 443]\nhub = "https://hub.example/é"\n')
    push = load(file, environ={"FEEDSVC_PUSH_LEAST_LEASE": "600", "FEEDSVC_PUSH_PORTS": "80"}).push
    assert (push.least_lease, push.ports, push.hub) == (600, (80,), "https://hub.example/%C3%A9")
    assert load(file, environ={}).push.ports == (443, 8443)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("ports = []", "ports: must be a list of ports such as [80, 443], not []"),
        ("ports = [0]", "ports: must be a list of ports such as [80, 443], not [0]"),
        ('ports = "http"', "ports: must be a list of ports such as [80, 443], not 'http'"),
        (
            'hub = "yes"',
            'hub: "yes" is not a web address; write it whole,',
        ),
        (
            "least_lease = 7200\nmost_lease = 3600",
            "least_lease: is 7200, more than most_lease, 3600; make it smaller",
        ),
    ],
)
def test_wrong_settings_of_the_hub_are_reported(tmp_path: Path, keys: str, message: str) -> None:
    [problem] = problems(tmp_path, f"{SITE}[push]\n{keys}\n")
    assert f": push.{message}" in problem
