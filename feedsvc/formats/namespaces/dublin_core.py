"""Dublin Core 1.1 in RSS: all authors in one ``dc:creator``; RSS's own ``author`` wants e-mail.

Of several ``dc:creator`` most readers show only the first or only the last.
"""

from lxml.etree import SubElement

from feedsvc.formats.namespaces import Element
from feedsvc.model.feed import Entry

URI = "http://purl.org/dc/elements/1.1/"


def add_authors_and_language(item: Element, entry: Entry) -> None:
    """Add the authors, and the language if it differs from the feed's."""
    names = ", ".join(author.name for author in entry.authors)
    SubElement(item, f"{{{URI}}}creator").text = names
    if entry.language:
        SubElement(item, f"{{{URI}}}language").text = entry.language
