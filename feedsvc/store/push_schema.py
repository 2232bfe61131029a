"""The tables of push, beside the ones of ``schema``."""

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, Table

from feedsvc.store.column_types import Integer, Text
from feedsvc.store.moment import Moment
from feedsvc.store.schema import METADATA

__all__ = [
    "ANNOUNCEMENTS",
    "DELIVERY_COUNTS",
    "FEED_FETCHES",
    "FEED_SNAPSHOTS",
    "SUBSCRIPTIONS",
]

SUBSCRIPTIONS = Table(
    "subscriptions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("callback", Text, nullable=False),  # a secret of its subscriber, as all of the address
    Column("host", Text, nullable=False),  # of the callback, with its port
    Column("path", Text, nullable=False),  # of the feed, without the format
    Column("format", Text, nullable=False),
    Column("topic", Text, nullable=False),  # the address of the feed as the subscriber wrote it
    Column("secret", LargeBinary, nullable=False),  # of signatures; empty for none
    Column("created", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("number", BigInteger, nullable=False),  # of the last change to the feed that it has
    Column("etag", Text, nullable=False),  # of the feed that was delivered last; empty: unknown
    Column("due", Moment),  # when the next delivery is tried; null: it has the feed as it is
    Column("attempts", Integer, nullable=False),  # that failed since the last one that did not
    Column("failing", Moment),  # since when
    Column("asleep", Boolean, nullable=False),  # no delivery is tried until it is verified again
    Column("refused", Boolean, nullable=False),  # the last failure was no passing one
    Column("last_error", Text, nullable=False),
    Column("lease_by", Text, nullable=False),  # a random name of one attempt; empty: nothing works
    Column("lease_until", Moment),
    Index("subscriptions_callback", "callback", "path", "format", unique=True),
    Index("subscriptions_feed", "path", "format"),
    Index("subscriptions_due", "due", "id"),
    Index("subscriptions_host", "host", "due"),
)
"""Subscriptions to feeds (WebSub) that were verified, each with the state of its delivery."""

ANNOUNCEMENTS = Table(
    "announcements",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("path", Text, nullable=False),  # of the feed, without the format
    Column("number", BigInteger, nullable=False),  # of the change
    Column("moment", Moment, nullable=False),
    Column("urgent", Boolean, nullable=False),  # a correction or a kill: each is delivered
    Column("open", Boolean, nullable=False, index=True),  # no subscriber has been made due yet
    Index("announcements_feed", "path", "moment"),
)
"""Changes to feeds with subscribers, written in the transaction of the change."""

FEED_SNAPSHOTS = Table(
    "feed_snapshots",
    METADATA,
    Column("path", Text, primary_key=True),
    Column("format", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("etag", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("moment", Moment, nullable=False),
    Column("body", LargeBinary, nullable=False),  # deflated
)
"""Feeds as they were after a correction or a kill, until all of their subscribers have them."""

FEED_FETCHES = Table(
    "feed_fetches",
    METADATA,
    Column("path", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),  # of the last change to the feed
    Column("moment", Moment, nullable=False),  # of the first of these fetches
    Column("fetches", Integer, nullable=False),
)
"""How often each state of a feed was fetched: by readers that did not have it."""

DELIVERY_COUNTS = Table(
    "delivery_counts",
    METADATA,
    Column("result", Text, primary_key=True),
    Column("deliveries", BigInteger, nullable=False),
)
"""How many deliveries ended with each result."""
