"""Health and counters, for monitoring."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from flask import Blueprint, Response, abort, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from feedsvc.errors import StoreAwayError, StoreVersionError
from feedsvc.publishing.status import LATE, Count, Health, OutboxState, Reach, SubscriptionCounts
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
    """Answer 200 once the articles have been read, else 503; in detail for ``?verbose``.

    Details are for programs on this machine only, because they name files.
    """
    try:
        filled = services.status.is_filled()
    except StoreAwayError as error:
        return _without_store(error)
    text = "ready\n" if filled else "not ready: the articles have not been read yet\n"
    if "verbose" in request.args and is_local(request):
        text += "".join(f"{line}\n" for line in _details(services.seconds()))
    return _plain(text, 200 if filled else 503)


def _without_store(error: StoreAwayError) -> Response:
    """Answer while the store is away: a process that has feeds in memory goes on with these."""
    if isinstance(error, StoreVersionError):
        return _plain("not ready: the store is of another version of feedsvc\n", 503)
    reason, known = str(error), services.status.was_filled
    text = "ready, with feeds from memory" if known else "not ready"
    detail = f"problem  store          {reason}\n"
    shown = "verbose" in request.args and is_local(request)
    return _plain(f"{text}: the store is away\n{detail if shown else ''}", 200 if known else 503)


def _details(now: float) -> Iterator[str]:
    """Yield a line for the publisher, the last try to publish, config.toml, records and jobs."""
    health = services.status.health()
    silent = health.silent(now)
    if silent is None:
        yield "problem  publisher      no process has published yet"
    elif silent >= LATE:
        yield f"problem  publisher      no process has looked for changes for {silent:.0f} s"
    else:
        yield f"ok       publisher      a process looked for changes {silent:.0f} s ago"
    for subject, fault in ("publishing", health.failed), ("configuration", health.refused):
        if fault:
            yield f"problem  {subject:<13}  for {now - fault.since:.0f} s: {fault.reason}"
        else:
            yield f"ok       {subject:<13}  works"
    yield f"ok       records        {len(services.status.problems())} problems and notes"
    jobs = services.status.jobs()
    level = "problem" if jobs.failed else "ok"
    yield f"{level:<7}  jobs           {jobs.waiting} wait, {jobs.failed} failed"


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
        yield from _ages(services.status.health(), services.seconds())
        problems = len(services.status.problems())
        yield GaugeMetricFamily("feedsvc_problems", "Problems in records.", problems)
        yield from _jobs(services.status.jobs(), services.clock())
        yield from _sources(services.status.sources())
        yield from _subscribers(services.status.subscribers(), services.clock())
        yield from _deliveries(services.status.deliveries(), services.status.reach())
        ready = services.status.is_filled()
        yield GaugeMetricFamily("feedsvc_ready", "Whether the articles have been read.", ready)


def _sources(counts: Sequence[Count]) -> Iterator[Metric]:
    sent = CounterMetricFamily(
        "feedsvc_source_articles", "Articles that a CMS sent.", labels=["source", "result"]
    )
    name, sentence = "feedsvc_source_last_timestamp_seconds", "When it last sent one."
    last = GaugeMetricFamily(name, sentence, labels=["source", "result"])
    for count in counts:
        sent.add_metric([count.source, count.result], count.number)
        last.add_metric([count.source, count.result], count.last.timestamp())
    yield sent
    yield last


def _jobs(jobs: OutboxState, now: datetime) -> Iterator[Metric]:
    counts = GaugeMetricFamily("feedsvc_jobs", "Jobs that ask other servers.", labels=["state"])
    counts.add_metric(["waiting"], jobs.waiting)
    counts.add_metric(["failed"], jobs.failed)
    yield counts
    age = max(0.0, (now - jobs.oldest).total_seconds()) if jobs.oldest else 0.0
    name = "feedsvc_jobs_oldest_seconds"
    yield GaugeMetricFamily(name, "Seconds for which the oldest waiting job has been there.", age)


def _subscribers(counts: SubscriptionCounts, now: datetime) -> Iterator[Metric]:
    states = GaugeMetricFamily(
        "feedsvc_subscriptions",
        "Subscriptions to feeds; the ones that wait or fail are active, too.",
        labels=["state"],
    )
    for name in ("active", "waiting", "failing", "asleep"):
        states.add_metric([name], getattr(counts, name))
    yield states
    age = max(0.0, (now - counts.oldest).total_seconds()) if counts.oldest else 0.0
    name = "feedsvc_deliveries_failing_seconds"
    sentence = "Seconds for which all deliveries to the worst subscriber have failed."
    yield GaugeMetricFamily(name, sentence, age)


def _deliveries(counts: Mapping[str, int], reach: Reach | None) -> Iterator[Metric]:
    results = CounterMetricFamily(
        "feedsvc_deliveries", "Deliveries to subscribers.", labels=["result"]
    )
    for result, number in counts.items():
        results.add_metric([result], number)
    yield results
    reached = GaugeMetricFamily(
        "feedsvc_reach", "Subscriptions that have the last correction or kill.", labels=["state"]
    )
    for state in ("have", "refuse", "tried") if reach else ():
        reached.add_metric([state], getattr(reach, state))
    yield reached
    name = "feedsvc_reach_fetches"
    sentence = "Times that readers have fetched the last correction or kill by themselves."
    yield GaugeMetricFamily(name, sentence, reach.fetches if reach else 0)


def _ages(health: Health, now: float) -> Iterator[Metric]:
    """Yield for how many seconds each fault has lasted: 0 where there is none."""
    silent = health.silent(now)
    if silent is not None:
        name = "feedsvc_publisher_age_seconds"
        yield GaugeMetricFamily(name, "Seconds since a publisher looked for changes.", silent)
    for name, sentence, fault in (
        ("publish_failed", "Seconds for which nothing could be published.", health.failed),
        ("config_refused", "Seconds for which config.toml has been refused.", health.refused),
    ):
        age = max(0.001, now - fault.since) if fault else 0.0
        yield GaugeMetricFamily(f"feedsvc_{name}_seconds", sentence, age)


def _plain(text: str, status: int) -> Response:
    response = Response(text, status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
