"""The number of comments on an article: the slash module in RSS, RFC 4685 §5 in Atom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml.etree import SubElement

if TYPE_CHECKING:
    from feedsvc.formats.namespaces import Element

SLASH = "http://purl.org/rss/1.0/modules/slash/"
THREAD = "http://purl.org/syndication/thread/1.0"


class Discussion:
    """Writes ``slash:comments`` and ``thr:total``, if the number of comments is known."""

    def __init__(self, count: int | None = None) -> None:
        self._count = count

    def extend_rss(self, item: Element) -> None:
        """Write ``slash:comments``."""
        if self._count is not None:
            SubElement(item, f"{{{SLASH}}}comments").text = str(self._count)

    def extend_atom(self, entry: Element) -> None:
        """Write ``thr:total``."""
        if self._count is not None:
            SubElement(entry, f"{{{THREAD}}}total").text = str(self._count)
