"""Health and counters, for monitoring."""

from collections.abc import Iterator

from flask import Blueprint, Response, abort, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from feedsvc.web.counters import BYTES
from feedsvc.web.request_target import is_local
from feedsvc.web.services import services

ops = Blueprint("ops", __name__)


@ops.get("/livez")
def livez() -> Response:
    """Answer 200 while the process can answer at all."""
    return _plain("ok\n", 200)


@ops.get("/readyz")
def readyz() -> Response:
    """Answer 200 once the articles have been read, else 503."""
    if services.status.is_filled():
        return _plain("ready\n", 200)
    return _plain("not ready: the articles have not been read yet\n", 503)


@ops.get("/metrics")
def metrics() -> Response:
    """Answer with all counters, for a Prometheus on this machine."""
    if not is_local(request):
        abort(404)
    response = _plain(generate_latest(_Metrics()).decode(), 200)
    response.content_type = CONTENT_TYPE_LATEST
    return response


class _Metrics(Collector):
    """Collects the metrics of this newsroom."""

    def collect(self) -> Iterator[Metric]:
        answers = CounterMetricFamily(
            "feedsvc_responses", "Answers, by the door that gave them.", labels=["door", "status"]
        )
        sizes = CounterMetricFamily(
            "feedsvc_response_body_bytes", "Bytes of bodies sent.", labels=["door"]
        )
        for door, status, total in services.counters.sums():
            if status == BYTES:
                sizes.add_metric([door], total)
            elif total:
                answers.add_metric([door, str(status) if status else "other"], total)
        yield answers
        yield sizes
        problems = len(services.status.problems())
        yield GaugeMetricFamily("feedsvc_problems", "Problems in records.", problems)
        ready = services.status.is_filled()
        yield GaugeMetricFamily("feedsvc_ready", "Whether the articles have been read.", ready)


def _plain(text: str, status: int) -> Response:
    response = Response(text, status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
