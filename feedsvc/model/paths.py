"""The paths of feedsvc's own addresses: sections, topics, feeds, archives, reserved names."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, NamedTuple
from urllib.parse import quote

from feedsvc.model.article import Article
from feedsvc.model.feed import FILES, Format
from feedsvc.model.text import composed

GUESSES: dict[str, Format] = {
    "atom": "atom",
    "feed": "rss",
    "feed.xml": "rss",
    "index.xml": "rss",
    "json": "json",
    "rss": "rss",
}
"""Names that people and readers try below the site and below each section, and their formats."""

FAVICON = "/favicon.ico"
OUTLINES = "/feeds.opml"
"""The list of all feeds for readers, below ``[feeds] url``."""
WELL_KNOWN_FEEDS = "/.well-known/feeds"
"""The same list, at the address that readers may try by themselves."""
HUB = "/hub"
"""Where subscribers ask for feeds to be sent to them (WebSub §5), below ``[feeds] url``."""
ROBOTS = "/robots.txt"
SECURITY = "/.well-known/security.txt"
NEWS_SITEMAP = "/sitemap-news.xml"
SITEMAP = "/sitemap.xml"
"""Where crawlers find all pages of articles, below the site."""
API = "/api/v1"
"""Where programs publish articles, below ``[feeds] url``."""
MEDIA = "/media/"
"""Where pictures and sounds of the newsroom are served, below ``[feeds] url``."""
ARTICLE_LINK = "/articles/"
"""The beginning of a link to another article in a stored body; readers get its address."""
LATEST = "/feeds/latest"
"""Where people see the articles of the site's feed, below ``[feeds] url``."""
STYLESHEET = "/static/feed.css"
"""The style sheet that makes RSS and Atom readable in browsers, below ``[feeds] url``."""

LATEST_PARTS = LATEST.split("/")[1:]
OWN_FOLDERS = {path.split("/")[1] for path in (WELL_KNOWN_FEEDS, API, MEDIA, STYLESHEET)}
"""Names below which feedsvc has addresses of its own."""
ROOT_FILES = frozenset(path[1:] for path in (FAVICON, OUTLINES, ROBOTS))
"""Names at the root that are files of a static site, too."""
SINGLE_PAGES = ROOT_FILES | {
    *("feeds", "livez", "metrics", "readyz"),
    *(path[1:] for path in (HUB, NEWS_SITEMAP, SITEMAP)),
}
"""Names at the root that are addresses of feedsvc's own, but no feeds."""
BELOW_SECTIONS = {"archive", "corrections"}
"""Names that stand below a section in feedsvc's own addresses; no part of a section may be one."""

TopicKind = Literal["author", "tag", "lang"]

TOPIC_KINDS: tuple[TopicKind, ...] = ("author", "tag", "lang")
"""The first parts of the paths of topics."""

COMING = frozenset({"editor", HUB[1:]})
"""Names that addresses of feedsvc's own begin with since lately, or will: no new section may begin
with one, and old ones are to be renamed."""

RESERVED = frozenset(
    name
    for name in (*BELOW_SECTIONS, *GUESSES, *OWN_FOLDERS, *SINGLE_PAGES, *TOPIC_KINDS)
    if name.isalpha() and name not in COMING
)
"""Names that feedsvc's own addresses begin with; no section may begin with one of them."""

INDEX = "index.html"
"""The file that servers give out at the address of a folder, in a static site."""
_FILE_NAME = re.compile(
    rf"(?:{'|'.join(map(re.escape, (INDEX, *sorted(ROOT_FILES), *FILES.values())))})(?:\..*)?"
)
"""The names of files that stand beside the folders of sections and of articles in a static site,
also with the suffix of a content coding."""

MAX_DEPTH = 10
"""Sections within each other. Each has feeds and a page, and every page lists them all."""
MAX_NAME = 200
"""Bytes of a slug or of a part of a section: the name of a file has at most 255."""

FeedKind = Literal["section", "topic", "archive", "corrections"]

_NUMBER = re.compile("[0-9]{1,9}")
"""The number of an archive: more digits would only cost time."""


class FeedPath(NamedTuple):
    """A feed in any format; as a string its path, such as ``world/archive/3``."""

    place: str
    """A section or a topic; empty for the site."""
    document: Literal["newest", "archive", "corrections"] = "newest"
    number: int = 0
    """Of an archive, from 1."""

    @classmethod
    def parse(cls, path: str) -> FeedPath:
        """Return the feed that has a path; ``archive`` and ``corrections`` are no places."""
        place, _, last = path.rpartition("/")
        if last == "corrections":
            return cls(place, last)
        above, _, archive = place.rpartition("/")
        if archive == "archive" and _NUMBER.fullmatch(last):
            return cls(above, archive, int(last))
        return cls(path)

    def __str__(self) -> str:
        """Return the path below ``[feeds] url``, without the format."""
        parts = [self.place] if self.place else []
        if self.document != "newest":
            parts.append(self.document)
        if self.document == "archive":
            parts.append(str(self.number))
        return "/".join(parts)

    @property
    def topic(self) -> TopicKind | None:
        """Return the kind of the topic; None for a section, and for the site."""
        first, slash, _ = self.place.partition("/")
        return next((it for it in TOPIC_KINDS if it == first and slash), None)

    @property
    def kind(self) -> FeedKind:
        """Return the kind that the store lists it under."""
        if self.document != "newest":
            return self.document
        return "topic" if self.topic else "section"


class FeedRequest(NamedTuple):
    """One document of a feed: in one format, and in an archive from one place on."""

    path: FeedPath
    format: Format
    before: str = ""
    """Where the feed ended that named this archive: it holds the entries after this place, even
    when more is published while a reader goes from one document to the next."""


ARTICLES = "articles"
"""The folder of the records, in the newsroom's."""
MEDIA_FOLDER = "media"
"""The folder of pictures and sounds that stand beside no record, in the newsroom's."""
MEDIA_FOLDERS = (ARTICLES, MEDIA_FOLDER)
"""The only folders of a newsroom that files are served from."""

FETCHED = "fetched"
"""The folder of copies of other servers' pictures, in the state folder; also in their addresses."""

RENDITIONS = "renditions"
"""The folder of smaller copies of pictures, in the state folder; also in their addresses."""

PATH_CHARACTERS = "/:@!$&'()*+,;=~"
"""Characters that may stand unescaped in a path, besides letters, digits, ``-._`` (RFC 3986
§3.3)."""

_SEPARATORS = re.compile("[-_.]")
"""Characters between the words of a section's name."""


def in_newsroom(path: str) -> str:
    """Return the path of a record's file in the newsroom's folder.

    :param path: below ``articles/``.
    """
    return f"{ARTICLES}/{path}"


def below_articles(file: str) -> str:
    """Return a path in the newsroom's folder as one below ``articles/``; another stays as it is."""
    return file.removeprefix(f"{ARTICLES}/")


def media_path(digest: str, path: str) -> str:
    """Return the root-relative address of a local file; its content is part of the address."""
    return f"{MEDIA}{digest}/{quote(path, safe=PATH_CHARACTERS)}"


def feed_path(path: FeedPath | str, format: Format) -> str:
    """Return the path of a feed in one format below ``[feeds] url``, escaped."""
    folder = quote(str(path), safe=PATH_CHARACTERS)
    return f"/{folder}/{FILES[format]}" if folder else f"/{FILES[format]}"


def listed_in(article: Article) -> list[str]:
    """Return the paths of the feeds that an article is in: its sections, the site, its topics.

    A killed article is in the feeds that it had left, too.
    """
    if article.page_only:
        return [*article.former_feeds]
    if not article.other_sections:
        return [*ancestors(article.section), *article.topics, *article.former_feeds]
    sections = dict.fromkeys(above for it in article.sections for above in ancestors(it))
    return [*sections, *article.topics, *article.former_feeds]


def ancestors(section: str) -> list[str]:
    """Return the section itself and every section above it, the site (empty) last."""
    parts = section.split("/") if section else []
    return ["/".join(parts[:depth]) for depth in range(len(parts), -1, -1)]


def section_path(value: str) -> str:
    """Return the normal form of a section's path: NFC, without slashes around it.

    :raises ValueError: it is none; the message names the right form.
    """
    path = composed(value.strip().strip("/"))
    parts = path.split("/")
    if len(parts) > MAX_DEPTH:
        raise ValueError(f"has {len(parts):,} parts; {MAX_DEPTH} are the most")
    if path != path.lower() or not all(map(_is_section, parts)):
        raise ValueError(
            f'"{value}" is not a section; write it in lower case without spaces, '
            "parts parted by slashes, such as world/europe"
        )
    for part in parts:
        if part in BELOW_SECTIONS or is_file_name(part) or parts[0] in RESERVED:
            taken = parts[0] if parts[0] in RESERVED else part
            raise ValueError(f'"{taken}" is a name feedsvc needs for itself; choose another')
        check_name(part)
    return path


def is_file_name(name: str) -> bool:
    """Return whether a static site has a file of this name, where a folder cannot be."""
    return _FILE_NAME.fullmatch(name) is not None


def check_name(name: str) -> None:
    """Check the length of a slug or of a part of a section.

    :raises ValueError: a file could not have such a long name.
    """
    size = len(name.encode())
    if size > MAX_NAME:
        raise ValueError(
            f"has a part of {size:,} bytes (a letter has one to four); {MAX_NAME} are the most"
        )


def _is_section(part: str) -> bool:
    """Return whether a part has letters, marks and digits of any script, ``-_.`` between them."""
    return all(
        word and all(unicodedata.category(letter)[0] in "LMN" for letter in word)
        for word in _SEPARATORS.split(part)
    )
