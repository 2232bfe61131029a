"""Every absolute URL and every permanent id that feedsvc gives out is made here."""

import re
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote, urljoin

from feedsvc.model.article import Article, File
from feedsvc.model.feed import Format, first_day
from feedsvc.model.paths import MEDIA, PATH_CHARACTERS, FeedPath, feed_path, media_path

HERE = "http://site.invalid"
"""The address of the site in the store where it is ``[feeds] url``, which may change: no host has
this name (RFC 6761 §6.4)."""

_OWN_FILE = re.compile(
    rf'<(?:a|img|audio|video)(?=[^>]*? (?:src|href)="{MEDIA}) '
    rf'(?:[^>]*? )??(?:src|href)="{MEDIA}'
)
"""Where in clean HTML the host of a file of the newsroom is missing."""

_IRI = re.compile(
    r"(?!https?:(?!//[^/?#]))[a-z][a-z0-9+.-]*:"
    r"""(?:[^\s"#%<>\[\\\]^`{|}]|%[0-9a-f]{2})+(?:#(?:[^\s"#%<>\[\\\]^`{|}]|%[0-9a-f]{2})*)?""",
    re.IGNORECASE,
)
"""An absolute IRI (RFC 3987 §2.2), perhaps with a fragment; one of http has a host."""


@lru_cache(4096)
def _quoted(path: str) -> str:
    return quote(path, safe=PATH_CHARACTERS)


class Urls:
    """The addresses of one newsroom.

    :param site: where articles are read; without a slash at the end, as ``feeds``.
    :param feeds: where feeds and pages of this service are.
    :param tag: authority and date of tag URIs.
    :param reads_here: whether articles are read at this service.
    :param hub: the address of the hub that feeds name (WebSub §4); empty for none.
    """

    def __init__(self, *, site: str, feeds: str, tag: str, reads_here: bool, hub: str = "") -> None:
        self.site = site
        self.feeds = feeds
        self.hub = hub
        self._tag = tag
        self._here = reads_here

    def tag(self, specific: str) -> str:
        """Return a tag URI (RFC 4151): an id that outlives headlines, addresses and hosts."""
        return f"tag:{self._tag}:{_quoted(specific)}"

    @property
    def first_day(self) -> datetime:
        """Return the first day of the date in every tag URI."""
        return first_day(self.tag(""))

    def entry_id(self, article_id: str, guid: str = "") -> str:
        """Return the permanent id of an article's entry in Atom, the same in every feed.

        :param guid: the one of a former system, which Atom can have if it is an IRI (§4.2.6).
        """
        return guid if _IRI.fullmatch(guid) else self.tag(article_id)

    def entry_guid(self, article_id: str, guid: str = "") -> str:
        """Return the permanent id of an article's entry in RSS and JSON, where it is any text."""
        return guid or self.tag(article_id)

    def correction_id(self, article: Article, moment: datetime) -> str:
        """Return the permanent id of the corrections of an article at one moment.

        The slash before a guid keeps it apart from an id, which begins with none.
        """
        name = f"/{article.guid}" if article.guid else article.id
        return self.tag(f"/:correction/{int(moment.timestamp())}/{name}")

    def feed_id(self, section: str) -> str:
        """Return the permanent id of a section's feed, or of its corrections.

        It begins with a slash, which no article's id does.
        """
        return self.tag(f"/{section}")

    def scheme(self, name: str) -> str:
        """Return the scheme (RFC 4287 §4.2.2.2) of a kind of category."""
        return self.tag(f"/:{name}")

    def section(self, section: str) -> str:
        """Return where people read a section: its page here where ``[site] url`` is left out.

        That of a topic always is.
        """
        if FeedPath(section).topic or (self._here and section):
            return f"{self.feeds}/{_quoted(section)}/"
        return f"{self.site}/{_quoted(section)}"

    def article(self, article: Article) -> str:
        """Return an article's permalink."""
        return article.url or self.page(article)

    def page(self, article: Article) -> str:
        """Return where an article's page is, unless it is read elsewhere."""
        return self.place(article.section, article.slug)

    def place(self, section: str, slug: str) -> str:
        """Return the address of a page in a section."""
        parts = [self.site, _quoted(section), quote(slug, safe="")]
        return "/".join(part for part in parts if part)

    def feed(self, path: FeedPath | str, format: Format, before: str = "") -> str:
        """Return the address of a feed: its ``rel="self"`` link.

        :param path: as a string that of a section or a topic.
        :param before: of an archive: it holds the entries after this place.
        """
        query = f"?before={quote(before, safe=PATH_CHARACTERS.replace('&', '').replace('+', ''))}"
        return self.feeds + feed_path(path, format) + (query if before else "")

    def file(self, file: File, at: str = "") -> str:
        """Return the address of a picture, a sound or a film.

        :param at: where another server gives it out; empty where feedsvc does.
        """
        return file.url or self.media(media_path(file.digest, file.path), at)

    def media(self, path: str, at: str = "") -> str:
        """Return the address of a file of the newsroom, whose root-relative one is given."""
        return f"{at}/{path.removeprefix(MEDIA)}" if at else self.feeds + path

    def absolute(self, html: str, at: str = "") -> str:
        """Return clean HTML with every address of the newsroom as an absolute one.

        :param at: where another server gives out its pictures and sounds.
        """
        folder = f"{at}/" if at else self.feeds + MEDIA

        def absolute(tag: re.Match[str]) -> str:
            return tag[0].removesuffix(MEDIA) + folder

        return _OWN_FILE.sub(absolute, html).replace(f'="{HERE}/', f'="{self.site}/')

    def join(self, url: str) -> str:
        """Return an address of the configuration relative to the site as an absolute one."""
        return urljoin(f"{self.site}/", url) if url else ""
