"""``./run bench`` lists the benchmarks; ``./run bench NAME [ARGUMENT …]`` runs one."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

_USAGE = "\nUsage: ./run bench "
"""Marks a module that can be run; the others are parts of such modules."""
NAMES = sorted(
    path.stem
    for path in Path(__file__).parent.glob("*.py")
    if _USAGE in path.read_text(encoding="utf-8")
)


def main() -> int:
    """Run the benchmark named, or list them."""
    if len(sys.argv) < 2 or sys.argv[1] not in NAMES:
        for name in NAMES:
            source = (Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8")
            first = source.splitlines()[0].strip('"')
            print(f"  {name:<10} {first}")
        return 0 if len(sys.argv) < 2 else 2
    del sys.argv[0]
    runpy.run_module(f"benchmarks.{sys.argv[0]}", run_name="__main__", alter_sys=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
