"""The feeds by author, by keyword and by language.

A topic is the path of such a feed without its format, as a section is: ``author/jane-doe``,
``tag/floods``, ``lang/ar``. No section has such a path.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from feedsvc.model.article import Article, Person
from feedsvc.model.paths import BELOW_SECTIONS, GUESSES, FeedPath
from feedsvc.model.text import slug

_TAKEN = {*BELOW_SECTIONS, *GUESSES}
"""Names below the addresses of all feeds."""
_LENGTH = 80
"""Characters of a slug: in any script fewer bytes than a file's name may have."""


def topics(
    byline: Sequence[Person], keywords: Sequence[str], language: str, kinds: Collection[str]
) -> tuple[str, ...]:
    """Return the topics of an article, in order.

    :param language: BCP 47; empty where it is the only one there is.
    :param kinds: those that are wanted.
    """
    found = [
        *(topic("author", person.name) for person in byline),
        *(topic("tag", word) for word in keywords),
        language_topic(language) if language else "",
    ]
    return tuple(sorted({it for it in found if it and FeedPath(it).topic in kinds}))


def language_topic(language: str) -> str:
    """Return the topic of a language; its letters are small, as in all addresses."""
    return f"lang/{language.lower()}"


def name(path: str, articles: Sequence[Article]) -> str:
    """Return what a topic is called: as the first of some articles spells it that does.

    :param articles: the newest first. Where none of them does, it is spelled as in the address.
    """
    sort, _, written = path.partition("/")
    spelled = (
        it for article in articles for it in _names(sort, article) if topic(sort, it) == path
    )
    return next(spelled, written.removesuffix("_").replace("-", " "))


def _names(sort: str, article: Article) -> Iterator[str]:
    if sort == "author":
        yield from (person.name for person in article.byline)
    elif sort == "tag":
        yield from article.keywords


def topic(sort: str, text: str) -> str:
    """Return the topic of an author's name or of a keyword; empty where nothing of it is left.

    :param sort: ``author`` or ``tag``.
    """
    found = slug(text, _LENGTH)
    return f"{sort}/{found}{'_' if found in _TAKEN else ''}" if found else ""
