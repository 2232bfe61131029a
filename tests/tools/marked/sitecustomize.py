"""Loads the marked modules of feedsvc in each process of the gate (see measuring.py)."""

from __future__ import annotations

import builtins
import marshal
import os
from importlib.machinery import SourceFileLoader
from mmap import mmap
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType

FEEDSVC = f"{Path(__file__).parents[3]}/feedsvc/"
NAME = "__marks__"
"""The global variable in which modules find the marks."""


def load_marked_modules(folder: str) -> None:
    """Take modules from a folder, and share its marks with all processes that do so."""
    get_code = SourceFileLoader.get_code

    def get_marked_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        if not path.startswith(FEEDSVC):
            return get_code(self, fullname)
        return marshal.loads(Path(f"{folder}/{path}").read_bytes())

    with Path(folder, "marks").open("r+b") as marks:
        setattr(builtins, NAME, mmap(marks.fileno(), 0))
    SourceFileLoader.get_code = get_marked_code


if Path(marked := os.environ.get("FEEDSVC_MARKED", ""), "marks").exists():
    load_marked_modules(marked)
