"""Subscriptions as they stand in the store once they are verified."""

from __future__ import annotations

from datetime import datetime, timedelta

from feedsvc.model.feed import Format
from feedsvc.push.subscription_requests import SubscriptionRequest
from feedsvc.push.verification import new_subscription
from feedsvc.store.subscriptions import Subscription


def subscription(callback: str, path: str, format: Format, now: datetime) -> Subscription:
    """Return the subscription of a callback to a feed, for ten days."""
    lease = int(timedelta(days=10).total_seconds())
    request = SubscriptionRequest(
        "subscribe", callback, f"https://feeds.quay.example/{path}", path, format, lease
    )
    return new_subscription(request, 0, now)
