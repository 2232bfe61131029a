"""The pictures of an article: the record names some, and the body shows some."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from feedsvc.ingest.html.body_images import first_image, with_facts, with_words
from feedsvc.ingest.media import Measure
from feedsvc.model.article import Image
from feedsvc.model.paths import media_path
from feedsvc.model.text import absolute_url


def with_pictures(
    body: str, named: tuple[Image, ...], files: Iterable[Measure], *, lead: bool
) -> tuple[str, tuple[Image, ...]]:
    """Return a body whose pictures have words and sizes, and the pictures of the article.

    :param named: the pictures that the record names.
    :param files: the newsroom's files among them and in the body.
    :param lead: whether the first picture of the body is the lead image where none is named.
    """
    if "<img" not in body:
        return body, named
    measured = {_address(it): it for it in map(_image, files)}
    known = {_address(image): image for image in reversed(named)}
    images = named or (_lead(body, measured) if lead else ())
    return with_facts(with_words(body, known), measured | known), images


def _address(image: Image) -> str:
    return image.url or media_path(image.digest, image.path)


def _image(file: Measure) -> Image:
    return Image(
        path=file.path,
        digest=file.digest,
        type=file.type,
        length=file.length,
        width=file.width,
        height=file.height,
    )


def _lead(body: str, measured: Mapping[str, Image]) -> tuple[Image, ...]:
    """Return the first picture that a body shows."""
    first = first_image(body)
    if first is None:
        return ()
    url, alt, caption = first
    if url in measured:
        return (replace(measured[url], alt=alt, caption=caption),)
    try:
        return (Image(url=absolute_url(url), alt=alt, caption=caption),)
    except ValueError:
        return ()  # an address of the site itself, or one that only browsers understand
