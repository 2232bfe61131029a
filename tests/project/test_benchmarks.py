"""The parts of the benchmarks that need neither wrk nor nginx."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks import readers
from benchmarks.cms import Cms, Written, newest
from benchmarks.freshness import quantiles
from benchmarks.hostile import Latencies
from benchmarks.hostile_kinds import KINDS, RECORDS, REQUESTS
from benchmarks.load import Request, counted, script

if TYPE_CHECKING:
    from collections.abc import Sequence

MODULES = sorted((Path(__file__).parents[2] / "benchmarks").rglob("*.py"))

OUTPUT = """\
Running 1s test @ http://127.0.0.1:8000/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.05ms    2.17ms  31.99ms   92.45%
  Latency Distribution
     50%  230.00us
     75%    0.86ms
     90%    2.50ms
     99%    1.20s
  51209 requests in 1.10s, 310.54MB read
  Socket errors: connect 0, read 3, write 0, timeout 2
  Non-2xx or 3xx responses: 17
Requests/sec:  46553.63
Transfer/sec:    282.31MB
"""


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_benchmark_is_longer_than_300_lines(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 300


def test_the_output_of_wrk_is_read_with_its_errors() -> None:
    run = counted(OUTPUT, 0.5)
    assert run == (46553.63, 0.23, 1200.0, 51209, 17, 5, 0.5)


def known(paths: Sequence[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    return {path: (("If-None-Match", f'"{path}"'),) for path in paths}


def test_the_heads_of_a_thousand_clients_differ_and_are_the_same_each_time() -> None:
    feeds = known(readers.FEEDS[:40])
    requests = readers.mix(feeds)
    assert requests == readers.mix(feeds)
    assert len(set(requests)) == len(requests) == 1000
    assert Counter(request.status for request in requests) == {304: 700, 200: 300}
    assert sum('"0123456789abcdef"' in str(request.headers) for request in requests) == 100
    assert len({dict(request.headers)["User-Agent"] for request in requests}) == 50
    assert {request.path for request in requests} == set(feeds)


def test_a_script_holds_whole_requests(tmp_path: Path) -> None:
    wanted = [Request("/a.xml", (("If-None-Match", '"x"'),), 304), Request("/b.xml", (), 200)]
    text = script(wanted, 8000, tmp_path / "requests.lua").read_text()
    assert r'"GET /a.xml HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nIf-None-Match: \"x\"\r\n\r\n"' in text
    assert "%" not in text.replace("% #requests", "")


def test_a_cms_writes_records_and_changes_each_fourth(tmp_path: Path) -> None:
    written: list[Written] = []
    cms = Cms(tmp_path, written.append)
    for section in readers.SECTIONS:
        (tmp_path / "articles" / section).mkdir(parents=True)
    for _ in range(8):
        cms.write()
    files = sorted((tmp_path / "articles").rglob("*.md"))
    assert len(files) == 6
    assert written[3].section == written[2].section != written[4].section
    headlines = "".join(
        re.sub("headline: (.*)", r"<title>\1</title>", file.read_text()) for file in files
    )
    assert newest(headlines.encode()) == written[-1].number
    assert newest(b"<title>Harbour 72 and the bridge</title>") == 0


def test_quantiles_of_few_delays_are_theirs() -> None:
    assert quantiles([]) == (0, 0)
    assert quantiles([3.0]) == (3, 3)
    assert quantiles([1.0, 2.0, 3.0])[0] == 2


def test_every_hostile_kind_has_a_name_of_its_own_and_is_small() -> None:
    assert len(KINDS) == len(set(KINDS))
    assert max(len(text().encode()) for text in RECORDS.values()) < 1_000_000
    assert max(map(len, REQUESTS.values())) < 17_000


def test_a_median_that_the_scheduler_decides_counts_as_a_millisecond() -> None:
    assert Latencies([0.1, 0.2, 9.0], [20.0, 30.0]).medians() == [1.0, 25.0]
