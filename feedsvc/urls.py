"""Every absolute URL and every permanent id that feedsvc gives out is made here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin

from feedsvc import topics
from feedsvc.model.feed import FILES

if TYPE_CHECKING:
    from datetime import datetime

    from feedsvc.config import Config
    from feedsvc.model.article import Article, File
    from feedsvc.model.feed import Format

MEDIA = "/media/"
"""Where pictures and sounds of the newsroom are served, below ``[feeds] url``."""
LATEST = "/feeds/latest"
"""Where people see what is in the site's feed, below ``[feeds] url``."""
HERE = "http://site.invalid"
"""What stands in the store for the address of the site where that is ``[feeds] url``, which may
change: no host is called so (RFC 6761 §6.4)."""
STYLE = "/static/feed.css"
"""What makes RSS and Atom readable in browsers, below ``[feeds] url``."""
OPML = "/feeds.opml"
"""Where all feeds are listed for readers, below ``[feeds] url``."""
PAGES = "/sitemap.xml"
"""Where crawlers find all pages of articles, below the site."""

_OWN_FILE = re.compile(
    rf'<(?:img|audio|video)(?=[^>]*? src="{MEDIA}) (?:[^>]*? )??src="(?={MEDIA})'
)
"""Where in clean HTML the host of a file of the newsroom is missing."""

_PCHAR = "/:@!$&'()*+,;=~"
"""RFC 3986 §3.3: what may stand in a path unescaped, besides letters, digits, ``-._``."""


def media_path(digest: str, path: str) -> str:
    """Return the root-relative address of a local file; its content is part of the address."""
    return f"{MEDIA}{digest}/{quote(path, safe=_PCHAR)}"


class Urls:
    """The addresses of one newsroom."""

    def __init__(self, config: Config) -> None:
        """Take ``[site] url``, ``[site] tag`` and ``[feeds] url``."""
        self.site = config.home
        self._here = not config.site.url
        self.feeds = config.feeds.url
        self._tag = config.site.tag

    def tag(self, specific: str) -> str:
        """Return a tag URI (RFC 4151): an id that outlives headlines, addresses and hosts."""
        return f"tag:{self._tag}:{quote(specific, safe=_PCHAR)}"

    def entry_id(self, article: Article) -> str:
        """Return the permanent id of an article's entry, the same in every feed."""
        return self.tag(article.id)

    def correction_id(self, article: Article, told: datetime) -> str:
        """Return the permanent id of what readers were told of an article at one moment."""
        return self.tag(f"/:correction/{int(told.timestamp())}/{article.id}")

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
        if topics.kind(section) or (self._here and section):
            return f"{self.feeds}/{quote(section, safe=_PCHAR)}/"
        return f"{self.site}/{quote(section, safe=_PCHAR)}"

    def article(self, article: Article) -> str:
        """Return an article's permalink."""
        return article.url or self.page(article)

    def page(self, article: Article) -> str:
        """Return where an article's page is, unless it is read elsewhere."""
        return self.place(article.section, article.slug)

    def place(self, section: str, slug: str) -> str:
        """Return the address of a page in a section."""
        parts = [self.site, quote(section, safe=_PCHAR), quote(slug, safe="")]
        return "/".join(part for part in parts if part)

    def feed(self, path: str, form: Format, before: str = "") -> str:
        """Return the address of a feed, which is its rel=self.

        :param path: a section, or what stands below one, such as ``world/archive/3``.
        :param before: of an archive: it holds what comes after this place.
        """
        query = f"?before={quote(before, safe=_PCHAR.replace('&', '').replace('+', ''))}"
        return self.feeds + feed_path(path, form) + (query if before else "")

    def file(self, file: File) -> str:
        """Return the address of a picture, a sound or a film."""
        return file.url or self.feeds + media_path(file.digest, file.path)

    def absolute(self, html: str) -> str:
        """Return clean HTML with every address of the newsroom as an absolute one."""
        return _OWN_FILE.sub(rf"\g<0>{self.feeds}", html).replace(f'="{HERE}/', f'="{self.site}/')

    def join(self, url: str) -> str:
        """Return an address of the configuration relative to the site as an absolute one."""
        return urljoin(f"{self.site}/", url) if url else ""


def feed_path(section: str, form: Format) -> str:
    """Return the path of a feed below ``[feeds] url``."""
    return f"/{quote(section, safe=_PCHAR)}/{FILES[form]}" if section else f"/{FILES[form]}"


def archive_path(section: str, number: int) -> str:
    """Return the path of an archive document, without the format."""
    return f"{section}/archive/{number}".lstrip("/")


def corrections_path(section: str) -> str:
    """Return the path of a section's corrections, without the format."""
    return f"{section}/corrections".lstrip("/")


def listed_in(article: Article) -> list[str]:
    """Return the paths of the feeds that an article is in: its sections, the site, its topics."""
    return [*ancestors(article.section), *article.topics]


def ancestors(section: str) -> list[str]:
    """Return the section itself and every section above it, the site (empty) last."""
    parts = section.split("/") if section else []
    return ["/".join(parts[:depth]) for depth in range(len(parts), -1, -1)]
