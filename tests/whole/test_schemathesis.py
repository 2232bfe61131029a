"""The description of the API holds in a live server: schemathesis, which reads it, is content."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.tools.service import serve_sample
from tests.whole.test_api import token

ROOT = Path(__file__).parents[2]
EXAMPLES = os.environ.get("FEEDSVC_EXAMPLES", "5")
"""Requests that are made up for each operation, besides the ones that cover each rule."""


def test_a_live_server_answers_as_its_description_says(tmp_path: Path) -> None:
    (tmp_path / "newsroom").mkdir()
    service = serve_sample(tmp_path / "newsroom")
    words = f"""
        --config-file {ROOT}/tests/data/schemathesis.toml run --no-color --seed 1
        --generation-database none --max-examples {EXAMPLES}
        http://127.0.0.1:{service.port}/api/v1/openapi.json
    """.split()
    secret = token(tmp_path / "newsroom")
    try:
        run = subprocess.run(
            [
                sys.executable,
                "-m",
                "schemathesis.cli",
                *words,
                "-H",
                f"Authorization: Bearer {secret}",
            ],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}",
                "SCHEMATHESIS_HOOKS": "tests.tools.schemathesis_hooks",
            },
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        log = service.end()
    assert run.returncode == 0, run.stdout
    assert "failed" not in log
