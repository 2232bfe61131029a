"""Elements that feedgen lacks or gets wrong, one module for each vocabulary.

Each class is a feedgen extension: ``extend_rss`` and ``extend_atom`` add elements to an entry or
to a feed that feedgen has begun. The root of the document declares the namespaces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element  # pyright: ignore[reportPrivateUsage]

    Element = _Element  # lxml gives the class of its elements no public name
