"""The pictures and sounds of articles, with the words under which readers see them."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from html import unescape
from itertools import chain

from feedsvc.ingest.article_file import ReadFile
from feedsvc.model.article import Article
from feedsvc.model.digests import digest_of
from feedsvc.model.paths import media_path
from feedsvc.publishing.known_media import known
from feedsvc.store import media
from feedsvc.store.database import Connection
from feedsvc.store.media import MediaUse

_TAG = re.compile(r'<(?:[^"<>]++|"[^"]*+")++>')
"""A tag of clean HTML, in which each attribute stands in double quotes."""

_ATTRIBUTE = re.compile(r'\b(alt|title|src|href|poster)="([^"]*+)"')


def replace(connection: Connection, files: Collection[ReadFile], now: datetime) -> None:
    """Serve the pictures and sounds of usable articles alone; withdraw the killed ones'."""
    articles = [file.article for file in files if file.article]
    usable = [file for file in files if file.article and file.article.status == "usable"]
    measures = chain.from_iterable(file.files for file in usable)
    media.measured(connection, map(known, measures))
    lasting = [article.id for article in articles if article.status != "canceled"]
    media.use(connection, lasting, uses(usable), now)
    killed = [article.id for article in articles if article.status == "canceled"]
    media.withdraw(connection, killed, now)


def uses(files: Iterable[ReadFile]) -> Iterator[MediaUse]:
    """Yield the pictures and sounds that the articles of some files show."""
    for file, article in ((file, file.article) for file in files if file.article):
        words = _words(article) if file.files else {}
        for measure in file.files:
            yield MediaUse(
                path=measure.path,
                digest=measure.digest,
                article=article.id,
                words=digest_of(sorted(words.get(media_path(measure.digest, measure.path), []))),
                released=article.released,
                expires=article.expires,
            )


def _words(article: Article) -> dict[str, list[list[str]]]:
    """Return, by the addresses of pictures and sounds, the words that stand with them."""
    words = defaultdict[str, list[list[str]]](list)
    for image in article.images:
        words[media_path(image.digest, image.path)].append([image.caption, image.credit, image.alt])
    for medium in article.media:
        words[media_path(medium.digest, medium.path)].append([medium.title])
    for addresses, texts in _in_body(article.body):
        for address in addresses:
            words[address].append(texts)
    for size in article.renditions:
        words[media_path(size.digest, size.path)] = words[size.of]
    return words


def _in_body(body: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the addresses in each figure, and in each tag outside of figures, with its words."""
    depth, end = 0, 0
    addresses, texts = list[str](), list[str]()
    for tag in _TAG.finditer(body):
        name = tag[0]
        if depth:
            texts.append(body[end : tag.start()].strip())
        end = tag.end()
        depth += name.startswith("<figure")
        depth -= name == "</figure>"
        for key, value in _ATTRIBUTE.findall(name):
            (texts if key in ("alt", "title") else addresses).append(unescape(value))
        if not depth:
            yield addresses, texts
            addresses, texts = [], []
