"""Posts as Ghost sends them by its webhooks.

The body of a webhook does not name its event, so the state of the post decides.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from feedsvc.importers import payload
from feedsvc.importers.payload import first, line, lines, mapping, mappings, refuse
from feedsvc.model.pushed_article import PushedArticle
from feedsvc.model.text import slug

_MEMBERS_ONLY = "<!--members-only-->"
"""Stands in a text between the part that all readers get, and the part for members."""
_HERE = "__GHOST_URL__"
"""Stands for the address of the site."""


class Ghost:
    """Reads posts.

    :param credit: a regular expression whose group is the credit in a caption; empty for none.
    :param parse: reads dates that are not in the notation of ISO 8601.
    """

    def __init__(self, credit: str, parse: Callable[[str], datetime]) -> None:
        self._credit = credit
        self._parse = parse

    def articles(self, given: Mapping[str, Any]) -> list[PushedArticle]:
        """Return the article of a post; none where it was only sent as a newsletter.

        :raises RefusedError: it is none.
        """
        post = mapping(given.get("post"))
        current, previous = mapping(post.get("current")), mapping(post.get("previous"))
        post_id = line(current.get("id")) or line(previous.get("id"))
        if not post:
            raise refuse("/post", "is missing; send the events of posts, and not those of others")
        post_id = payload.identity(post_id, "/post/current/id")
        if not current:
            return [PushedArticle(id=post_id, act="delete", final=True)]
        status, revised = line(current.get("status")), self._moment(current, "updated_at")
        if status == "sent":
            return []
        if status not in ("published", "draft", "scheduled"):
            raise refuse("/post/current/status", f'is "{status}"; it is published, draft or sent')
        if line(current.get("type")) == "page":
            raise refuse("/post/current/type", "is page; only posts are articles")
        body, public = _public_part(current)
        if status != "published" or not public:
            return [PushedArticle(id=post_id, act="unpublish", revised=revised)]
        return [
            PushedArticle(
                id=post_id,
                revised=revised,
                values=self._values(post_id, current, body),
                codes=_codes(current),
            )
        ]

    def _moment(self, post: Mapping[str, Any], key: str) -> datetime | None:
        return payload.moment(post.get(key), f"/post/current/{key}", self._parse)

    def _values(self, post_id: str, post: Mapping[str, Any], body: str) -> dict[str, Any]:
        address = first(post.get("canonical_url"), post.get("url"))
        place = urlsplit(address) if address.startswith(("http://", "https://")) else None
        site = f"{place.scheme}://{place.netloc}" if place else _HERE
        published = self._moment(post, "published_at")
        return {
            "guid": post_id,
            "headline": line(post.get("title")),
            "summary": line(post.get("custom_excerpt")) or None,
            "byline": lines(it.get("name") for it in mappings(post.get("authors"))) or None,
            "published": published.isoformat(timespec="seconds") if published else None,
            "keywords": lines(_tag_names(post)) or None,
            "image": self._image(post, site),
            "url": address or None,
            "slug": slug(line(post.get("slug"))) or None,
            "body": None,
            "body_html": body.replace(_HERE, site) or None,
        }

    def _image(self, post: Mapping[str, Any], site: str) -> dict[str, str] | None:
        address = line(post.get("feature_image")).replace(_HERE, site)
        if not address:
            return None
        caption = payload.words_of(payload.prose(post.get("feature_image_caption")))
        caption, credit = payload.without_credit(caption, self._credit)
        words = {
            "caption": caption,
            "credit": credit,
            "alt": line(post.get("feature_image_alt")),
        }
        return {"url": address, **{key: text for key, text in words.items() if text}}


def _public_part(post: Mapping[str, Any]) -> tuple[str, bool]:
    """Return the text that all readers may have, and whether they may have the post at all."""
    body = payload.prose(post.get("html"))
    if line(post.get("visibility")) == "public":
        return body, True
    preview, marker, _ = body.partition(_MEMBERS_ONLY)
    return preview, bool(marker and preview.strip())


def _tag_names(post: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of tags, without the internal ones, which begin with a number sign."""
    for tag in mappings(post.get("tags")):
        if not line(tag.get("name")).startswith("#"):
            yield line(tag.get("name"))


def _codes(post: Mapping[str, Any]) -> tuple[str, ...]:
    tags = [mapping(post.get("primary_tag")), *mappings(post.get("tags"))]
    return tuple(lines(it.get(key) for it in tags for key in ("slug", "name")))
