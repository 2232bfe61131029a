"""A plugin of pytest that measures which lines and branches of feedsvc its process runs.

Before Python 3.14 coverage.py follows the lines of every library, too, and tests take 1.7 times as
long. Here marks are set in the modules of feedsvc alone when they are imported, and coverage.py
has them as its data in the end. It measures the processes that tests start, and reports.
"""

from __future__ import annotations

import ast
import builtins
import os
from collections import defaultdict
from functools import cache
from importlib.machinery import SourceFileLoader
from itertools import accumulate
from mmap import mmap
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from coverage import CoverageData
from coverage.parser import PythonParser

Arc = tuple[int, int]
"""Two lines that run one after the other, as coverage.py counts them."""

ROOT = Path(__file__).parents[2]
NAME = "__marks__"
"""The global variable in which modules find the marks."""
RUNS_TESTS = "PYTEST_XDIST_WORKER" in os.environ
"""The process that collects the results of the others need not be measured."""
START = -1
"""The line before a statement, where all that counts is that it ran."""


class Marking:
    """Sets a mark before each statement of a module. The first of a block marks its branch, too.

    :param first: the number of the first mark.
    """

    def __init__(self, source: str, first: int = 0) -> None:
        self.arcs: list[set[Arc]] = []
        """The arcs that ran where a mark is set, for each mark."""
        self._first = first
        self._parser = PythonParser(text=source)
        self._parser.parse_source()
        self._following: dict[int, set[int]] = defaultdict(set)
        for line, following in self._parser.arcs():
            self._following[line].add(following)
        self._entered: dict[ast.AST, set[Arc]] = {}
        self.tree = ast.parse(source)
        for node in list(ast.walk(self.tree)):
            branches = self._branches(node)
            for field in ("body", "orelse", "finalbody"):
                block, arcs = getattr(node, field, None), branches.get(field, set())
                if isinstance(block, list) and (block or arcs):
                    setattr(node, field, self._block(block, arcs))
        ast.fix_missing_locations(self.tree)

    def _block(self, statements: list[ast.stmt], arcs: set[Arc]) -> list[ast.stmt]:
        """Return the statements with a mark before each, or after one that must be the first."""
        block: list[ast.stmt] = []
        for statement in statements:
            arcs |= {(START, line) for line in self._lines(statement)}
            if not _must_be_first(statement):
                block.append(self._mark(arcs))
                arcs = set()
            block.append(statement)
        return [*block, self._mark(arcs)] if arcs else block

    def _mark(self, arcs: set[Arc]) -> ast.stmt:
        self.arcs.append(arcs)
        return ast.parse(f"{NAME}[{self._first + len(self.arcs) - 1}] = 1").body[0]

    def _lines(self, node: ast.AST) -> list[int]:
        """Return the lines on which a statement and its decorators begin."""
        places: list[Any] = [*getattr(node, "decorator_list", []), getattr(node, "pattern", node)]
        return [self._parser.first_line(place.lineno) for place in places]

    def _branches(self, node: ast.AST) -> dict[str, set[Arc]]:
        """Return the arcs that a statement takes to its blocks, by the names of their fields."""
        match node:
            case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
                return self._two_ways(self._lines(node)[0], node.body)
            case ast.Try():
                reached: set[Arc] = set()
                for handler in node.handlers:
                    reached |= {(START, self._lines(handler)[0])}
                    self._entered[handler] = set(reached)
            case ast.Match():
                self._enter_cases(node)
            case _:
                pass
        return {"body": self._entered.get(node, set())}

    def _two_ways(self, line: int, body: list[ast.stmt]) -> dict[str, set[Arc]]:
        inside = self._lines(body[0])[0]
        others = self._following[line] - {inside}
        return {"body": {(line, inside)}, "orelse": {(line, other) for other in others}}

    def _enter_cases(self, node: ast.Match) -> None:
        reached, others = set[Arc](), set[Arc]()
        for case in node.cases:
            line = self._lines(case)[0]
            ways = self._two_ways(line, case.body)
            self._entered[case] = reached | ways["body"] | {(START, line)}
            others = ways["orelse"]
            reached = reached | others | {(START, line)}
        if others:
            node.cases.append(ast.match_case(ast.MatchAs(), body=[self._mark(reached)]))


def _must_be_first(statement: ast.stmt) -> bool:
    """Return whether a statement is a docstring or an import from the future."""
    match statement:
        case ast.Expr(ast.Constant()) | ast.ImportFrom(module="__future__"):
            return True
        case _:
            return False


def _first_marks() -> dict[str, int]:
    """Return the number of the first mark of each module by its path, the same in each process."""
    files = sorted((ROOT / "feedsvc").rglob("*.py"))
    sizes = [file.stat().st_size for file in files]  # more than there are statements
    return dict(zip(map(str, files), accumulate(sizes, initial=0), strict=False))


FIRST = _first_marks()
MARKS = mmap(-1, sum(Path(path).stat().st_size for path in FIRST))
"""A byte for each mark, in memory that forked processes share."""


@cache
def marking(path: str) -> Marking:
    """Return the marking of a module of feedsvc."""
    return Marking(Path(path).read_text(encoding="utf-8"), FIRST[path])


def measured() -> dict[str, set[Arc]]:
    """Return the arcs that ran, by the paths of their modules."""
    ran: dict[str, set[Arc]] = {}
    for path, first in FIRST.items():
        if MARKS[first : first + Path(path).stat().st_size].strip(b"\0"):
            marks = enumerate(marking(path).arcs, first)
            ran[path] = set[Arc]().union(*(arcs for number, arcs in marks if MARKS[number]))
    return ran


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Mark each module of feedsvc from now on, before any is imported, and measure processes."""
    get_code = SourceFileLoader.get_code

    def get_marked_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        if path not in FIRST:
            return get_code(self, fullname)
        return compile(marking(path).tree, path, "exec", dont_inherit=True)

    if RUNS_TESTS:
        SourceFileLoader.get_code = get_marked_code
        setattr(builtins, NAME, MARKS)
        os.environ["COVERAGE_PROCESS_START"] = str(ROOT / "pyproject.toml")


def pytest_unconfigure() -> None:
    """Write the arcs that ran as data of coverage.py."""
    if RUNS_TESTS:
        data = CoverageData(os.environ["COVERAGE_FILE"], suffix=True)
        data.add_arcs(measured())
        data.write()
