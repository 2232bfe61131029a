"""The settings of config.toml: a class for each table, a field for each key.

The type of a field names the reader of its values, and a field without a default is required. A
value given on the command line wins over ``FEEDSVC_TABLE_KEY`` in the environment, that over
config.toml, that over the default.
"""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Struct, field, structs

from feedsvc.config import url_patterns, value_types
from feedsvc.config.cdn_settings import CdnSettings
from feedsvc.config.server_settings import (
    LOCAL,
    AdminSettings,
    ApiSettings,
    LimitSettings,
    LogSettings,
    MediaSettings,
    PushSettings,
)
from feedsvc.config.source_settings import SourceSettings
from feedsvc.config.store_settings import StoreSettings
from feedsvc.config.url_patterns import Pattern
from feedsvc.config.value_types import Address, BaseUrl, Count
from feedsvc.model import languages, paths, topics
from feedsvc.model.feed import FORMATS, Format
from feedsvc.model.urls import Urls

_DAY = 24 * 3600
"""Seconds."""

Language = Annotated[str, languages.language_tag]


class SiteSettings(Struct, frozen=True, kw_only=True):
    """``[site]``: the publication."""

    title: Annotated[str, value_types.filled]
    url: BaseUrl = ""
    """Where articles are read; without a slash at the end. Empty: at ``[feeds] url``."""
    pages: bool | None = None
    """Whether articles have pages here; None: they do where ``url`` is empty."""
    description: str = ""
    language: Language = "en"
    timezone: Annotated[str, value_types.timezone] = "UTC"
    rights: str = ""
    icon: Address = ""
    logo: Address = ""
    tag: Annotated[str, value_types.tag_authority] = ""
    """Authority and date of every tag URI (RFC 4151), such as ``quay.example,2026``."""
    show_problems: bool = False
    """Whether the page of feeds shows the problems of records to clients anywhere."""
    security_contact: Annotated[str, value_types.contact] = ""
    """Takes reports of a weakness: a mailto:, https: or tel: URI (RFC 9116 §2.5.3)."""


class FeedSettings(Struct, frozen=True, kw_only=True):
    """``[feeds]``: the contents of the feeds, and their address."""

    url: BaseUrl = LOCAL
    """Where this service is reached from outside; without a slash at the end."""
    items: Annotated[int, Count(1, 1000)] = 30
    """Entries of a feed, or more where ``hours`` hold more."""
    hours: Annotated[int, Count(0, 24 * 365)] = 48
    """Hours before the newest entry of which a feed has all entries."""
    content: Literal["full", "summary"] = "full"
    archive_items: Annotated[int, Count(1, 1000)] = 100
    """Entries of each archive document (RFC 5005 §4)."""
    browser_view: Literal["", "css"] = ""
    """How browsers show a feed that they load without saying that a person opened it."""
    by: Annotated[tuple[paths.TopicKind, ...], value_types.topic_kinds] = paths.TOPIC_KINDS
    """The kinds of feeds that there are besides the feeds of sections."""
    kill_notice: Annotated[int, Count(0, 366)] = 7
    """Days for which the notice of a kill stands in the place of the article."""
    kill_entry: bool = True
    """Whether feeds have a second entry about a kill meanwhile, with an id of its own."""
    tombstone: Annotated[int, Count(0, 3660)] = 90
    """Days for which Atom and JSON feeds list a killed article as deleted (RFC 6721)."""


class RecordSettings(Struct, frozen=True, kw_only=True):
    """``[articles]``: the records of the articles."""

    kept_in: Literal["folder", "database"] = field(default="folder", name="in")
    """Where the records are: files below ``articles/``, or rows of the store."""

    grace: Annotated[int, Count(0, _DAY)] = 60
    """Seconds after which an article whose file is gone is deleted."""
    max_bytes: Annotated[int, Count(1000, 10**9)] = 10_000_000
    """Bytes of a record, at most."""
    watch: Literal["auto", "poll", "off"] = "auto"
    """How ``serve`` notices changes: "auto" listens to the system where that reports them."""


class CacheSettings(Struct, frozen=True, kw_only=True):
    """``[cache]``: seconds for which feeds may be used without asking (RFC 9111)."""

    least: Annotated[int, Count(0, _DAY)] = 60
    """Of a feed that changes all the time."""
    most: Annotated[int, Count(0, _DAY)] = 600
    """Of a feed that hardly ever changes: a kill or a correction reaches its readers so late."""
    archives: Annotated[int, Count(0, 365 * _DAY)] = _DAY
    shared: Annotated[int, Count(0, 365 * _DAY)] = 60
    """At most, for a cache that many share, such as a CDN."""
    states: Annotated[int, Count(0, 1000)] = 32
    """States of each feed that are remembered for readers that have one of them (RFC 3229)."""


class SectionSettings(Struct, frozen=True, kw_only=True):
    """``[sections."world/europe"]``: a section, as far as its path alone does not describe it."""

    title: str = ""
    description: str = ""
    image: Address = ""
    language: Language = ""
    was: Annotated[tuple[str, ...], value_types.sections] = ()
    """Its old names, at which its feeds are still asked for."""
    edition_of: Annotated[str, paths.section_path] = ""
    """The section that it is in another language."""


class UrlSettings(Struct, frozen=True, kw_only=True):
    """``[urls]``: where the feeds were before."""

    style: Annotated[tuple[str, ...], value_types.styles] = ()
    """Systems that had the feeds before, keys of ``STYLES``."""
    rss: Annotated[Pattern | None, url_patterns.served] = None
    """Other addresses at which the RSS feeds are served; so for the other formats."""
    atom: Annotated[Pattern | None, url_patterns.served] = None
    json: Annotated[Pattern | None, url_patterns.served] = None

    @property
    def served(self) -> dict[Format, Pattern]:
        """Return the other addresses at which the feeds are served."""
        return {it: pattern for it in FORMATS if (pattern := getattr(self, it))}


class RedirectRule(Struct, frozen=True, kw_only=True):
    """``[[redirects]]``: an old address and where it leads."""

    pattern: Annotated[Pattern, url_patterns.pattern] = field(name="from")
    to: Annotated[str, url_patterns.target] = ""
    """Names in braces; empty where the feed is gone."""
    gone: bool = False


class Place(Struct, frozen=True, kw_only=True):
    """A section, a topic or the site, with all that its feeds and entries say of it."""

    path: str
    """Empty for the site."""
    title: str
    """Its own, without that of the site; empty for the site."""
    description: str
    language: str
    """BCP 47."""
    common_language: str
    """Of all feeds that hold its articles, up to that of the site; empty where they differ."""
    url: str
    """Where people read it."""
    image: str
    """Its picture, else the logo of the site; empty where there is none."""
    editions: tuple[tuple[str, str], ...]
    """The paths and languages of the same section in other languages."""
    config: "Config"
    urls: Urls


class Config(Struct, frozen=True, kw_only=True):
    """All of config.toml, checked."""

    file: Path
    """config.toml, or another name it was given."""
    root: Path
    """The newsroom's folder: that of config.toml."""
    state: Path
    """Where the store is: ``[server] state``, else ``$STATE_DIRECTORY``, else ``.feedsvc/``."""
    site: SiteSettings
    feeds: FeedSettings
    records: RecordSettings
    cache: CacheSettings
    limits: LimitSettings
    log: LogSettings
    cdn: CdnSettings
    admin: AdminSettings
    remote_media: MediaSettings
    api: ApiSettings
    push: PushSettings
    store: StoreSettings
    sections: dict[str, SectionSettings]
    old_urls: UrlSettings
    redirects: tuple[RedirectRule, ...]
    sources: tuple[SourceSettings, ...]

    @property
    def home(self) -> str:
        """Return where articles are read; without a slash at the end."""
        return self.site.url or self.feeds.url

    @property
    def urls(self) -> Urls:
        """Return the addresses of this newsroom."""
        feeds, here = self.feeds.url, not self.site.url
        hub = self.push.address(feeds)
        return Urls(site=self.home, feeds=feeds, tag=self.site.tag, reads_here=here, hub=hub)

    @property
    def pages(self) -> bool:
        """Return whether articles have pages here."""
        return not self.site.url if self.site.pages is None else self.site.pages

    @property
    def former_sections(self) -> dict[str, str]:
        """Return the sections of today by their old names."""
        return {old: path for path, section in self.sections.items() for old in section.was}

    def present_name(self, section: str) -> str:
        """Return the present path of a section that was renamed; empty if it was not."""
        was = self.former_sections
        above = next((it for it in paths.ancestors(section) if it in was), None)
        return "" if above is None else was[above] + section[len(above) :]

    @property
    def articles(self) -> Path:
        """Return the folder of the records."""
        return self.root / paths.ARTICLES

    @property
    def media(self) -> Path:
        """Return the folder of pictures and sounds that stand beside no record."""
        return self.root / paths.MEDIA_FOLDER

    def section(self, path: str) -> SectionSettings:
        """Return a section with its title filled in: from the last part of its path."""
        settings = self.sections.get(path, SectionSettings())
        name = path.rpartition("/")[2].replace("-", " ").replace("_", " ")
        return structs.replace(settings, title=settings.title or name[:1].upper() + name[1:])

    def feed_title(self, section: str, name: str = "") -> str:
        """Return the title of a section's feed; that of the site's feed for the empty section.

        :param name: of a topic; without it, as its address spells it.
        """
        if paths.FeedPath(section).topic == "lang":
            return f"{self.site.title} ({self.language(section)})"
        name = name or self.section(section).title
        return f"{name} – {self.site.title}" if section else self.site.title

    def language(self, section: str) -> str:
        """Return the language of a section: its own, that of one above it, else the site's.

        That of a topic is the site's, unless it is a language itself.
        """
        if paths.FeedPath(section).topic == "lang":
            return languages.canonical_case(section.partition("/")[2])
        above = [self.sections.get(path) for path in paths.ancestors(section)]
        languages_above = (it.language for it in above if it and it.language)
        return next(languages_above, self.site.language)

    def place(self, path: str) -> Place:
        """Return a section, a topic or the site (the empty path) as its feeds show it."""
        section, urls = self.section(path), self.urls
        language, *others = map(self.language, paths.ancestors(path))
        return Place(
            path=path,
            title=section.title,
            description=section.description if path else self.site.description,
            language=language,
            common_language=language if {*others} <= {language} else "",
            url=urls.section(path),
            image=urls.join(section.image) or urls.join(self.site.logo),
            editions=tuple((it, self.language(it)) for it in self.editions(path) if it != path),
            config=self,
            urls=urls,
        )

    @property
    def languages(self) -> list[str]:
        """Return the languages that the configuration names, the site's first."""
        others = {section.language for section in self.sections.values()}
        return [self.site.language, *sorted(others - {"", self.site.language})]

    def editions(self, section: str) -> list[str]:
        """Return the same section in all its languages, itself among them; empty for only one.

        The editions of the site are its feeds by language.
        """
        if not section or paths.FeedPath(section).topic == "lang":
            tags = self.languages if "lang" in self.feeds.by else ()
            editions = [topics.language_topic(tag) for tag in tags]
        else:
            first = self.sections.get(section, SectionSettings()).edition_of or section
            others = (path for path, it in self.sections.items() if it.edition_of == first)
            editions = [first, *others]
        return sorted(editions) if len(editions) > 1 else []
