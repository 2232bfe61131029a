"""Machines with one store fail in every way, and no write is lost, and no reader sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.cluster import cluster
from tests.tools.cluster_faults import LEASE, Faults, differences
from tests.tools.cluster_life import Life

pytestmark = pytest.mark.postgres

REPLACED = 10.0
"""Seconds after which another machine publishes."""


def test_a_cluster_outlasts_the_faults_of_its_machines(tmp_path: Path) -> None:
    with cluster(tmp_path) as running:
        life, faults = Life(running, writers=2), Faults(running, tmp_path / "outside")
        with life:
            for kind in ("paused", "killed", "cut off"):
                machine = running.publisher() or running.machines[0]
                faults.strike(kind, machine, LEASE + 1)
        life.check_stories()
        assert life.faults == []
        assert life.writes[200] > 10
        assert len(faults.takeovers) == 3
        assert {kind: each for kind, each in faults.takeovers.items() if max(each) > REPLACED} == {}
        assert differences(running, tmp_path) == []
