"""Dublin Core 1.1 in RSS: one ``dc:creator`` for each author; RSS's own ``author`` wants e-mail."""

from lxml.etree import SubElement

from feedsvc.formats.namespaces import Element
from feedsvc.model.feed import Entry

URI = "http://purl.org/dc/elements/1.1/"


def add_authors_and_language(item: Element, entry: Entry) -> None:
    """Add the authors, and the language if it differs from the feed's."""
    for author in entry.authors:
        SubElement(item, f"{{{URI}}}creator").text = author.name
    if entry.language:
        SubElement(item, f"{{{URI}}}language").text = entry.language
