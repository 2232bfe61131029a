"""Pictures of other servers: measured or copied ones become enclosures, others are asked for.

A job fetches a picture after its article is published. Then the record is read again, so that the
article goes the way of every change.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from html import escape, unescape

import msgspec
from msgspec.structs import replace

from feedsvc.config.settings import Config
from feedsvc.ingest.article_file import ReadFile
from feedsvc.ingest.html.body_images import with_facts
from feedsvc.ingest.media import Measure
from feedsvc.model.article import Article, Image
from feedsvc.model.paths import media_path
from feedsvc.store import outbox, remote_pictures
from feedsvc.store.database import Connection

_FACTS = msgspec.json.Decoder(Measure)
_LONGEST = 2500
"""Bytes of a picture's address and the id of its article, as an index of PostgreSQL takes them."""
_SOURCE = re.compile(r'(<img(?:\s(?!src=)[a-z-]+="[^"]*")*\ssrc=")([^"]*)(?=")')


def with_remote_pictures(
    connection: Connection, files: Collection[ReadFile], config: Config, now: datetime
) -> list[ReadFile]:
    """Return files whose articles have the pictures that were fetched; ask for all others.

    Pictures that no article shows any more are to be forgotten, and their copies deleted.
    """
    mode = config.remote_media.remote
    articles = [file.article for file in files if file.article]
    urls = {article.id: set[str]() if mode == "leave" else _urls(article) for article in articles}
    wanted = set[str]().union(*urls.values())
    fetched = remote_pictures.get_many(connection, wanted)
    known = {
        url: _FACTS.decode(picture.facts)
        for url, picture in fetched.items()
        if bool(picture.path) == (mode == "copy")
    }
    _release(connection, urls, now)
    outbox.add(connection, remote_pictures.JOB, wanted - known.keys(), now, renew=False)
    return [_with_facts(file, known) for file in files]


def forget(connection: Connection, ids: Iterable[str], now: datetime) -> None:
    """Ask for the pictures of removed articles to be forgotten, unless others show them."""
    _release(connection, dict.fromkeys(ids, ()), now)


def _release(connection: Connection, urls: Mapping[str, Collection[str]], now: datetime) -> None:
    unused = remote_pictures.use(connection, urls)
    outbox.add(connection, remote_pictures.JOB, unused, now)


def _urls(article: Article) -> set[str]:
    """Return the addresses of an article's pictures elsewhere; none of a killed one.

    Very long ones are left as they are.
    """
    if article.status == "canceled":
        return set()
    most = _LONGEST - len(article.id.encode())
    return {image.url for image in article.images if 0 < len(image.url.encode()) <= most}


def _with_facts(file: ReadFile, known: Mapping[str, Measure]) -> ReadFile:
    article, record = file.article, file.record
    if record is None or article is None or not _urls(article) & known.keys():
        return file
    images = [_enriched(image, known.get(image.url)) for image in article.images]
    addresses = {
        before.url: (media_path(after.digest, after.path) if after.path else before.url, after)
        for before, after in zip(article.images, images, strict=True)
        if before.url in known
    }
    sources = {url: address for url, (address, _) in addresses.items()}
    body = with_facts(_with_sources(article.body, sources), dict(addresses.values()))
    copies = [known[url] for url in sources if known[url].path]
    article = replace(article, images=tuple(images), body=body)
    return replace(file, record=replace(record, article=article, files=(*record.files, *copies)))


def _enriched(image: Image, measure: Measure | None) -> Image:
    """Return a picture with the facts that were measured; the record's are only its opinion."""
    if measure is None:
        return image
    facts = {
        "type": measure.type,
        "length": measure.length,
        "width": measure.width or image.width,
        "height": measure.height or image.height,
    }
    if measure.path:
        return replace(image, url="", path=measure.path, digest=measure.digest, **facts)
    return replace(image, **{**facts, "length": measure.stamp[0]})  # no metadata is left out there


def _with_sources(body: str, addresses: Mapping[str, str]) -> str:
    """Return a body whose pictures are shown from other addresses."""

    def source(tag: re.Match[str]) -> str:
        url = unescape(tag[2])
        return tag[1] + (escape(addresses[url]) if url in addresses else tag[2])

    return _SOURCE.sub(source, body)
