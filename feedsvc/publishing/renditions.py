"""Smaller copies of pictures: the ones that were made become sizes of them; others are asked for.

A job makes them after the article is published. Then the record is read again, so that the article
goes the way of every change.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from msgspec.structs import replace

from feedsvc.config.settings import Config
from feedsvc.ingest.article_file import ReadFile
from feedsvc.ingest.media import Measure
from feedsvc.ingest.pictures import PublishedParts
from feedsvc.model.article import Rendition
from feedsvc.model.paths import media_path
from feedsvc.model.renditions import (
    HEAVIEST,
    RESIZED,
    WIDTHS,
    RenditionFile,
    Renditions,
    rendition_path,
)
from feedsvc.store import outbox, renditions
from feedsvc.store.database import Connection


def with_renditions(
    connection: Connection, files: Collection[ReadFile], config: Config, now: datetime
) -> list[ReadFile]:
    """Return files whose articles have their pictures in all sizes; ask for the missing ones.

    Copies that no article shows any more are to be deleted.
    """
    if not config.remote_media.renditions:
        return [*files]
    wanted = {it.digest for file in files for it in _pictures(file)}
    made = renditions.get_many(connection, wanted)
    release(connection, [file.article.id for file in files if file.article], now, but=wanted)
    outbox.add(connection, renditions.JOB, wanted - made.keys(), now, renew=False)
    return [_with_sizes(file, made) for file in files]


def release(
    connection: Connection, ids: Iterable[str], now: datetime, but: Collection[str] = ()
) -> None:
    """Ask for the copies that some articles show to be deleted, unless others show them.

    :param but: the digests of pictures that these articles go on to show.
    """
    outbox.add(connection, renditions.JOB, renditions.shown_by(connection, ids) - {*but}, now)


def _pictures(file: ReadFile) -> Iterator[Measure]:
    """Yield the pictures of a usable article of which there may be smaller copies."""
    if file.article and file.article.status == "usable":
        yield from (it for it in file.files if it.type in RESIZED)


def _with_sizes(file: ReadFile, made: Mapping[str, Renditions]) -> ReadFile:
    record, article = file.record, file.article
    pictures = {it.path: it for it in _pictures(file) if it.digest in made}
    copies = [(it, copy) for it in pictures.values() for copy in made[it.digest].files]
    if record is None or article is None or not copies:
        return file
    sizes = [_copy(picture, copy) for picture, copy in copies]
    sizes += [it for picture in pictures.values() for it in _whole(picture, made[picture.digest])]
    sizes.sort(key=lambda it: (it.of, it.width))
    article = replace(article, renditions=tuple(sizes))
    measures = [_measure(picture, copy) for picture, copy in copies]
    return replace(file, record=replace(record, article=article, files=(*record.files, *measures)))


def _copy(picture: Measure, copy: RenditionFile) -> Rendition:
    """Return a copy as a size of its picture."""
    return Rendition(
        path=rendition_path(picture.path, copy.name),
        digest=copy.digest,
        type=copy.type,
        length=copy.length,
        width=copy.width,
        height=copy.height,
        of=media_path(picture.digest, picture.path),
    )


def _whole(picture: Measure, made: Renditions) -> Iterator[Rendition]:
    """Yield the picture itself as its largest size, if readers should have that."""
    small = picture.length <= HEAVIEST and made.width <= WIDTHS[-1]
    if made.files and made.shown and small and made.files[-1].width < made.width:
        yield Rendition(
            path=picture.path,
            digest=picture.digest,
            type=picture.type,
            length=picture.length,
            width=made.width,
            height=made.height,
            of=media_path(picture.digest, picture.path),
        )


def _measure(picture: Measure, copy: RenditionFile) -> Measure:
    """Return a copy as a file that readers may have."""
    return Measure(
        path=rendition_path(picture.path, copy.name),
        digest=copy.digest,
        type=copy.type,
        length=copy.length,
        published=PublishedParts(((0, copy.length),)),
        original=copy.digest,
        stamp=(copy.length, copy.modified),
    )
