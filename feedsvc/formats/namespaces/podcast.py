"""Apple's podcast elements in RSS: the only duration of a sound that some podcast players read."""

from lxml.etree import SubElement

from feedsvc.formats.namespaces import Element
from feedsvc.model.feed import Entry

URI = "http://www.itunes.com/dtds/podcast-1.0.dtd"


def add_duration(item: Element, entry: Entry) -> None:
    """Add the duration of the enclosure in seconds, if it is known."""
    enclosed = [link.href for link in entry.links_of("enclosure")[:1]]
    duration = next((it.duration for it in entry.media if it.url in enclosed), None)
    if duration:
        SubElement(item, f"{{{URI}}}duration").text = str(duration)
