"""For the machines that look after this one."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from feedsvc.web.http.rate_limits import FORWARDED
from feedsvc.web.services import current_services

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedsvc.web.services import Services

ops = Blueprint("ops", __name__)


@ops.get("/livez")
def livez() -> Response:
    """Answer 200 while the process can answer at all."""
    return _plain("ok\n", 200)


@ops.get("/readyz")
def readyz() -> Response:
    """Answer 200 once the articles have been read, else 503."""
    if current_services().status.is_filled():
        return _plain("ready\n", 200)
    return _plain("not ready: the articles have not been read yet\n", 503)


@ops.get("/metrics")
def metrics() -> Response:
    """Answer with what was counted, for Prometheus; to this machine, and not through a proxy."""
    local = request.remote_addr and ip_address(request.remote_addr).is_loopback
    if not local or any(name in request.headers for name in FORWARDED):
        abort(404)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Counted(current_services()))
    response = _plain(generate_latest(registry).decode(), 200)
    response.content_type = CONTENT_TYPE_LATEST
    return response


class _Counted(Collector):
    """What there is to tell, in Prometheus's words."""

    def __init__(self, room: Services) -> None:
        self._room = room

    def collect(self) -> Iterator[Metric]:
        answers = CounterMetricFamily(
            "feedsvc_responses", "Answers, by the door that gave them.", labels=["door", "status"]
        )
        sizes = CounterMetricFamily(
            "feedsvc_response_body_bytes", "Bytes of bodies sent.", labels=["door"]
        )
        for door, status, total in self._room.tally.sums():
            if status < 0:
                sizes.add_metric([door], total)
            elif total:
                answers.add_metric([door, str(status) if status else "other"], total)
        yield answers
        yield sizes
        problems = len(self._room.status.problems())
        yield GaugeMetricFamily("feedsvc_problems", "Problems in records.", problems)
        ready = self._room.status.is_filled()
        yield GaugeMetricFamily("feedsvc_ready", "Whether the articles have been read.", ready)


def _plain(text: str, status: int) -> Response:
    response = Response(text, status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
