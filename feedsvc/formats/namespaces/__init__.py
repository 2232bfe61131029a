"""Elements that feedgen lacks or gets wrong, one module for each vocabulary.

Each function adds to an element that feedgen made: an entry, or the root of a feed. The root of
the document declares the namespaces.
"""

from lxml.etree import _Element  # pyright: ignore[reportPrivateUsage]

Element = _Element  # lxml gives the class of its elements no public name
