"""Resolve the links of a body to other articles, which it has by their files."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from urllib.parse import unquote

from msgspec.structs import replace

from feedsvc.config.settings import Place
from feedsvc.model.article import Article, Related
from feedsvc.model.paths import ARTICLE_LINK
from feedsvc.syndication.related import choose

_LINK = re.compile(
    rf'<a(?P<before>(?:\s[a-z]+="[^"]*")*?) href="{ARTICLE_LINK}(?P<path>[^"#]*)'
    r'(?P<fragment>[^"]*)"'
    r'(?P<after>(?:\s[a-z]+="[^"]*")*)>(?P<words>.*?)</a>',
    re.DOTALL,
)


def with_article_links(
    article: Article, candidates: Mapping[Related, Sequence[Article]], place: Place, now: datetime
) -> Article:
    """Return an article whose body leads to the addresses of others.

    Of a link to an article that is not out, only the words stay.

    :param candidates: the articles that each link may mean.
    """
    if not article.links:
        return article

    def resolved(link: re.Match[str]) -> str:
        story = Related(unquote(link["path"]))
        meant = choose(story, candidates.get(story, ()), now)
        if meant is None:
            return link["words"]
        words = link["words"] or escape(meant.headline, quote=False)
        href = escape(place.urls.article(meant)) + link["fragment"]
        return f'<a{link["before"]} href="{href}"{link["after"]}>{words}</a>'

    return replace(article, body=_LINK.sub(resolved, article.body))
