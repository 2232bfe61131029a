"""Tell links to files of the newsroom from links to pages."""

import re
from posixpath import normpath
from urllib.parse import quote, unquote

from feedsvc.ingest.files import SUFFIXES
from feedsvc.model.paths import ARTICLE_LINK

_FILE_LINK = re.compile(
    r"(?![a-z][a-z0-9+.-]*:|[/?#])[^?#]+"
    r"\.(?:md|json|pdf|jpe?g|png|gif|webp|avif|svg|mp3|m4a|aac|flac|ogg|wav|mp4|webm|mov)(?:[?#].*)?",
    re.IGNORECASE | re.DOTALL,
)


def is_file_link(href: str) -> bool:
    """Return whether an address is relative, and that of a file as newsrooms keep them."""
    return _FILE_LINK.fullmatch(href) is not None


def linked_article(href: str, record: str) -> tuple[str, str] | None:
    """Return the article file that a link names, and the link as a body has it.

    :param record: the path of the file with the link, below ``articles/``.
    :returns: the file's path without its suffix; None if the link names none below ``articles/``.
    """
    name, mark, fragment = href.partition("#")
    path = unquote(name.partition("?")[0])
    if not path.endswith(SUFFIXES):
        return None
    path = normpath(f"{record}/../{path}").rpartition(".")[0]
    if path.startswith("../"):
        return None
    return path, f"{ARTICLE_LINK}{quote(path)}{mark}{fragment}"


def without_addresses(body: str) -> str:
    """Return clean HTML whose links to articles do not have their addresses as words.

    A link without words has got its address, but that is not one for readers.
    """
    return re.sub(rf">{ARTICLE_LINK}[^<]*</a>", "></a>", body)
