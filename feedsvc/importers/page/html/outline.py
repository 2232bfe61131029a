"""Read the order of paragraphs, titles and links in an HTML page."""

from collections.abc import Iterator

from feedsvc.importers.page.html.tree import parse_html

_TITLES = frozenset("h1 h2 h3 h4 h5 h6".split())


def outline(text: str) -> Iterator[str]:
    """Generate the paragraphs of a page, and nothing for each title or link between them."""
    root = parse_html(text)
    for element in () if root is None else root.iter("p", "a", *_TITLES):
        words = " ".join(str(element.text_content()).split())
        if element.tag == "p":
            linked = sum(len(str(link.text_content())) for link in element.iter("a"))
            yield words if linked * 2 < len(words) else ""
        elif element.tag in _TITLES or next(element.iterancestors("p"), None) is None:
            yield ""
