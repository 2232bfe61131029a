"""The services by which programs publish; readers need none of them."""

from collections.abc import Callable
from threading import BoundedSemaphore
from typing import cast

from flask import current_app
from msgspec import Struct
from werkzeug.local import LocalProxy

from feedsvc.model.publisher import Publisher
from feedsvc.publishing.article_list import ArticleList
from feedsvc.publishing.newsroom_files import NewsroomFiles
from feedsvc.publishing.pings import Pings
from feedsvc.publishing.push_results import Receiver
from feedsvc.publishing.replays import Replays
from feedsvc.publishing.upload import Uploads
from feedsvc.publishing.writes import Writer
from feedsvc.syndication.previews import Previews
from feedsvc.web.http.quota import Quota

KEY = "feedsvc.publishing"
"""Where the application keeps its PublishingServices, in ``app.extensions``."""


class PublishingServices(Struct, frozen=True):
    """The parts of the application that programs publish by."""

    publishers: Callable[[str], Publisher | None]
    """Returns whose token a text is."""
    quota: Quota
    """Limits the requests of each token."""
    writer: Writer
    article_list: ArticleList
    replays: Replays
    uploads: Uploads
    files: NewsroomFiles
    pushes: Receiver
    large_bodies: BoundedSemaphore
    """Acquired for each large body that a CMS sends: they take memory before they are proved."""
    pings: Pings
    previews: Previews


publishing_services = cast("PublishingServices", LocalProxy(lambda: current_app.extensions[KEY]))
"""The services of the application that answers this request."""
