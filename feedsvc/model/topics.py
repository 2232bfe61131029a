"""The feeds by author, by keyword and by language.

A topic is the path of such a feed without its format, as a section is: ``author/jane-doe``,
``tag/floods``, ``lang/ar``. No section has such a path.
"""

from collections.abc import Collection, Sequence

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
    :param kinds: the kinds of topics that have feeds.
    """
    paths = {
        *(topic("author", person.name) for person in byline),
        *(topic("tag", word) for word in keywords),
        language_topic(language) if language else "",
    }
    return tuple(sorted(path for path in paths if path and FeedPath(path).topic in kinds))


def language_topic(language: str) -> str:
    """Return the topic of a language; its letters are small, as in all addresses."""
    return f"lang/{language.lower()}"


def name(path: str, articles: Sequence[Article]) -> str:
    """Return the name of a topic as the first article that has it spells it.

    :param articles: the newest first. Where none has it, the name is as in the address.
    """
    sort, _, address = path.partition("/")
    for article in articles:
        people = [person.name for person in article.byline]
        for text in {"author": people, "tag": article.keywords}.get(sort, ()):
            if topic(sort, text) == path:
                return text
    return address.removesuffix("_").replace("-", " ")


def topic(sort: str, text: str) -> str:
    """Return the topic of an author's name or of a keyword; empty where no letter of it is left.

    :param sort: ``author`` or ``tag``.
    """
    last = slug(text, _LENGTH)
    return f"{sort}/{last}{'_' if last in _TAKEN else ''}" if last else ""
