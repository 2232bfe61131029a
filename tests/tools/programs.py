"""Programs of Debian that tests run: readers, parsers, servers."""

from __future__ import annotations

import os
import shutil

import pytest


def needed(program: str, package: str = "") -> str:
    """Return the path of a program; skip where there is none, or fail in CI, which installs it."""
    path = shutil.which(program)
    if path is None:
        message = f"{program} is not installed (Debian's package {package or program})"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return path
