"""Choose the related articles of an entry that readers may see."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from feedsvc.config.settings import Place
from feedsvc.model.article import Article, Related
from feedsvc.model.feed import HTML, Link


def choose(story: Related, candidates: Iterable[Article], now: datetime) -> Article | None:
    """Return the article a related story means: a usable one, by its id before its path.

    Of several with the same headline it is the newest.
    """
    usable = [article for article in candidates if article.usable(now)]
    return max(
        usable,
        key=lambda article: (article.id == story.ref, article.released, article.id),
        default=None,
    )


def stories_of(held: Iterable[Article]) -> list[Related]:
    """Return the stories that articles refer to."""
    return [story for article in held for story in article.references]


def related_links(
    article: Article, candidates: Mapping[Related, Sequence[Article]], place: Place, now: datetime
) -> list[Link]:
    """Return the links to the related stories in their order, each once.

    A story that is not out yet is left out; one that is known by its headline alone has no href.

    :param candidates: the articles that each story may mean.
    :param place: the section of the article.
    """
    links: dict[str, Link] = {}
    own_url = place.urls.article(article) if article.related else ""
    for story in article.related:
        meant = candidates.get(story, ())
        chosen = choose(story, meant, now)
        if meant and not chosen:
            continue
        link = _link(story, chosen, place)
        if link and link.href != own_url:
            links.setdefault(link.href or link.title, link)
    return list(links.values())


def _link(story: Related, chosen: Article | None, place: Place) -> Link | None:
    if story.url:
        return Link(story.url, "related", HTML, story.headline)
    if chosen:
        same = chosen.section == place.path
        language = chosen.language or (
            place.language if same else place.config.language(chosen.section)
        )
        return Link(place.urls.article(chosen), "related", HTML, chosen.headline, language)
    return Link("", "related", title=story.headline) if story.headline else None


def related_turns(
    article: Article, candidates: Mapping[Related, Sequence[Article]]
) -> list[datetime]:
    """Return when time alone changed or will change the related stories of an article."""
    meant = (other for story in article.references for other in candidates.get(story, ()))
    return [turn for other in meant for turn in other.turns()]
