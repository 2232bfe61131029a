"""The values that the API answers with, each a JSON object."""

from datetime import datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType, convert
from msgspec.structs import replace

from feedsvc.errors import Finding
from feedsvc.model.article import Article
from feedsvc.model.change import Act, Change, Version
from feedsvc.model.feed import Format
from feedsvc.model.publisher import Publisher, Scope
from feedsvc.publishing.article_list import Item
from feedsvc.publishing.push_results import Outcome, Result
from feedsvc.publishing.subscribers import Reach
from feedsvc.publishing.upload import Upload
from feedsvc.publishing.writes import Written
from feedsvc.web.publishing_services import publishing_services
from feedsvc.web.services import services


class Note(Struct, frozen=True):
    """A hint about content that is published all the same."""

    pointer: str
    """JSON pointer (RFC 6901) of the value; empty for the whole record."""
    detail: str


class FeedChange(Struct, frozen=True, kw_only=True):
    """A change to an article, and the feeds that it changed."""

    act: Act
    id: str
    moment: datetime
    feeds: dict[str, str]
    """Paths of feeds without the format, the site's empty, each with the rule that moved it."""
    note: str
    by: str
    reach: Reach | UnsetType = UNSET
    """Of a correction or a kill, where it was asked for."""

    @classmethod
    def of(cls, change: Change, reach: Reach | None = None) -> "FeedChange":
        """Return a change as the API shows it."""
        return replace(convert(change, cls, from_attributes=True), reach=reach or UNSET)


class WriteResult(Struct, frozen=True, kw_only=True):
    """The result of a write, or of a trial."""

    id: str
    file: str
    """The record, below the newsroom's folder; empty where it was deleted."""
    etag: str
    changes: list[FeedChange]
    notes: list[Note]
    entry: dict[Format, str] | UnsetType = UNSET
    """Of a trial: the entry as readers would get it, in each format."""

    @classmethod
    def of(cls, written: Written, *, trial: bool = False) -> "WriteResult":
        """Return a result as the API shows it."""
        entry = {}
        if written.article:
            entry = publishing_services.previews.entries(written.article, services.clock())
        return cls(
            id=written.id,
            file=written.file,
            etag=written.etag,
            changes=[*map(FeedChange.of, written.changes)],
            notes=[*map(note_of, written.notes)],
            entry=entry if trial else UNSET,
        )


class CheckResult(Struct, frozen=True, kw_only=True):
    """The result of a check."""

    ok: bool
    errors: list[Note]
    """Problems for which the article would not be written."""
    result: WriteResult | UnsetType = UNSET
    """The result that a write would have; only where there are no errors."""


def note_of(finding: Finding) -> Note:
    """Return a note as the API shows it."""
    return Note(finding.pointer, finding.detail)


class ListedArticle(Struct, frozen=True, kw_only=True):
    """An article in a list."""

    id: str
    file: str
    etag: str
    section: str
    status: str
    headline: str
    published: datetime
    updated: datetime
    url: str

    @classmethod
    def of(cls, item: Item) -> "ListedArticle":
        """Return an item as the API shows it."""
        article = item.article
        return cls(
            id=article.id,
            file=article.path,
            etag=item.etag,
            section=article.section,
            status=article.status,
            headline=article.headline,
            published=article.published,
            updated=article.updated,
            url=services.config.urls.article(article),
        )


class ArticlePart(Struct, frozen=True, kw_only=True):
    """A part of a list of articles, the longest unchanged first."""

    items: list[ListedArticle]
    next: str | None
    """The cursor of the next part; null at the end."""


class ListedVersion(Struct, frozen=True, kw_only=True):
    """An article as it was until it was changed."""

    number: int
    until: datetime | None
    """Null for the present version."""
    headline: str
    summary: str
    body: str
    """Clean HTML, as feeds have it."""
    updated: datetime

    @classmethod
    def of(cls, version: Version) -> "ListedVersion":
        """Return a version as the API shows it."""
        article: Article = version.article
        return cls(
            number=version.number,
            until=version.until,
            headline=article.headline,
            summary=article.summary,
            body=article.body,
            updated=article.updated,
        )


class VersionList(Struct, frozen=True):
    """All versions of an article, the oldest first."""

    items: list[ListedVersion]


class Log(Struct, frozen=True):
    """The last changes, the newest first."""

    items: list[FeedChange]


class Me(Struct, frozen=True, kw_only=True):
    """The token of a request, and the rights that it gives."""

    name: str
    owner: str
    scopes: list[Scope]
    sections: list[str]
    """The only sections in which it may read and write; empty for all."""
    expires: datetime | None

    @classmethod
    def of(cls, publisher: Publisher) -> "Me":
        """Return a publisher as the API shows it."""
        return cls(
            name=publisher.name,
            owner=publisher.owner,
            scopes=sorted(publisher.scopes),
            sections=[*publisher.sections],
            expires=publisher.expires,
        )


class BulkLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The result of one line of a bulk write."""

    line: int
    """Counted from 1, without empty lines."""
    id: str
    """Empty where it is not known."""
    file: str = ""
    """The record, where the line has one as its file."""
    status: int
    """As the answer to a PUT would have it."""
    etag: str = ""
    detail: str = ""
    """Why it was not written."""
    errors: list[Note] = []


class Differences(Struct, frozen=True):
    """The files that are not here with the bytes of a digest."""

    different: list[str]
    """In the order of the request."""


class UploadedFile(Struct, frozen=True, kw_only=True):
    """A picture or a sound that was sent."""

    file: str
    """The name by which a record names it."""
    url: str
    """Its address, as soon as an article shows it to readers."""
    type: str
    length: int
    width: int | None
    height: int | None

    @classmethod
    def of(cls, upload: Upload) -> "UploadedFile":
        """Return a file as the API shows it."""
        measure = upload.measure
        return cls(
            file=upload.file,
            url=upload.url,
            type=measure.type,
            length=measure.length,
            width=measure.width,
            height=measure.height,
        )


class PushedItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The result of an article that a CMS sent."""

    id: str
    """In the CMS."""
    result: Result | Literal["expected"]
    """A post is expected where a site only tells that it has changed."""
    article: str = ""
    """The id of the article here."""
    detail: str = ""
    """One sentence, where nothing was changed."""

    @classmethod
    def of(cls, outcome: Outcome) -> "PushedItem":
        """Return a result as the answer to a CMS shows it."""
        return convert(outcome, cls, from_attributes=True)


class PushResult(Struct, frozen=True):
    """The results of all articles in one request of a CMS."""

    items: list[PushedItem]


class StoredAsset(Struct, frozen=True):
    """A picture or a sound that a CMS sent."""

    file: str
    """Its name; empty where it is of a kind that feeds do not carry, so it was not kept."""
