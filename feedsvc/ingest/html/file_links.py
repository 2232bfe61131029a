"""Tell links to files of the newsroom from links to pages."""

import re
from posixpath import normpath
from urllib.parse import quote, unquote

from feedsvc.ingest.files import SUFFIXES
from feedsvc.model.paths import ARTICLE_LINK

_FILE_LINK = re.compile(
    r"(?:(?![a-z][a-z0-9+.-]*:|[/?#])[^?#]+\.(?:json|pdf|jpe?g|png|gif|webp|avif|svg|mp3|m4a|aac|flac"
    r"|ogg|wav|mp4|webm|mov|csv|docx?|odt|ods|pptx?|xlsx?|zip|epub|md|markdown)"
    r"|/(?!/)[^?#]+\.(?:md|markdown))(?:[?#].*)?",
    re.IGNORECASE | re.DOTALL,
)
_BARE_HOST = re.compile(r"www\.[a-z0-9-]+\.[a-z0-9.-]*[a-z](?:[/:?#]|$)", re.IGNORECASE)


def is_file_link(href: str) -> bool:
    """Return whether an address is relative, and that of a file as newsrooms keep them."""
    return _FILE_LINK.fullmatch(href) is not None


def with_scheme(href: str) -> str:
    """Return an address with the scheme that people leave out, as in ``www.quay.example``."""
    return f"https://{href}" if _BARE_HOST.match(href) else href


def linked_article(href: str, record: str) -> tuple[str, str] | None:
    """Return the article file that a link names, and the link as a body has it.

    :param record: the path of the file with the link, below ``articles/``.
    :returns: the file's path without its suffix; None if the link names none below ``articles/``.
    """
    name, mark, fragment = href.partition("#")
    path = unquote(name.partition("?")[0])
    if not path.endswith(SUFFIXES):
        return None
    # A path from the root of the site is one below articles/, whose folders are the sections.
    path = normpath(path.lstrip("/") if path[0] == "/" else f"{record}/../{path}")
    path = path.rpartition(".")[0]
    if path.startswith("../"):
        return None
    return path, f"{ARTICLE_LINK}{quote(path)}{mark}{fragment}"


def address_words(url: str) -> str:
    """Return the words of a link that has none: its address, or the name of a file.

    The address of a file of the newsroom has a digest in it. That of an article stays until it is
    known whether the article is out: its name may be a secret.
    """
    named = url.startswith("/") and not url.startswith(ARTICLE_LINK)
    return unquote(url.rpartition("/")[2]) if named else url


def without_addresses(body: str) -> str:
    """Return clean HTML whose links to articles do not have their addresses as words.

    A link without words has got its address, but that is not one for readers.
    """
    return re.sub(rf">{ARTICLE_LINK}[^<]*</a>", "></a>", body)
