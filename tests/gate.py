"""The whole gate, as ``./run check`` runs it. Arguments go to pytest."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
STEPS: dict[str, list[str]] = {
    "format": ["ruff", "format", "--check", "--quiet", "."],
    "lint": ["ruff", "check", "--quiet", "."],
    "types": ["basedpyright", "--level", "error"],
    "layers": ["lint-imports", "--no-cache"],
    "tests": ["coverage", "run", "-m", "pytest", *sys.argv[1:]],
    "coverage": ["coverage", "report"],
}


def main() -> int:
    """Run the steps; return how many failed."""
    failed: list[str] = []
    for file in Path().glob(".coverage*"):
        file.unlink()
    for name, command in STEPS.items():
        print(f"== {name}", flush=True)
        begun = time.monotonic()
        if name == "coverage":
            subprocess.run([BIN / "coverage", "combine", "--quiet"], check=False)
        code = subprocess.run([BIN / command[0], *command[1:]], check=False).returncode
        verdict = "ok" if code == 0 else "FAILED"
        print(f"== {name}: {verdict} ({time.monotonic() - begun:.0f} s)", flush=True)
        if code:
            failed.append(name)
    print(f"gate: {'FAILED: ' + ', '.join(failed) if failed else 'ok'}")
    return len(failed)


if __name__ == "__main__":
    # Processes that the tests start measure themselves, wherever they are.
    os.environ["COVERAGE_FILE"] = str(Path(".coverage").resolve())
    sys.exit(main())
