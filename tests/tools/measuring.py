"""Measures which lines and branches of feedsvc run during the gate, in all of its processes.

Before Python 3.14 coverage.py follows the lines of every library, too, and tests take 1.7 times as
long. So each process of the gate loads modules of feedsvc in which marks are set, a byte each in
memory that all share: also one that is killed is measured. coverage.py reports in the end.
"""

from __future__ import annotations

import ast
import marshal
import os
import sys
from collections import defaultdict
from itertools import accumulate
from pathlib import Path
from typing import Any

from coverage import CoverageData
from coverage.parser import PythonParser

from tests.tools.marked.sitecustomize import NAME

Arc = tuple[int, int]
"""Two lines that run one after the other, as coverage.py counts them."""

ROOT = Path(__file__).parents[2]
ARCS = ".arcs"
"""The suffix of the file with the arcs of a module."""
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


def modules() -> dict[str, int]:
    """Return the number of the first mark of each module of feedsvc, by its path."""
    paths = sorted((ROOT / "feedsvc").rglob("*.py"))
    sizes = [path.stat().st_size for path in paths]  # more than there are statements
    return dict(zip(map(str, paths), accumulate(sizes, initial=0), strict=False))


def marking(path: str, first: int) -> Marking:
    return Marking(Path(path).read_text(encoding="utf-8"), first)


def begin(folder: Path, paths: dict[str, int]) -> None:
    """Write modules with marks, their arcs, and a byte for each mark, which all processes share."""
    for path, first in paths.items():
        file = folder / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        module = marking(path, first)
        code = compile(module.tree, path, "exec", dont_inherit=True)
        file.write_bytes(marshal.dumps(code))
        file.with_suffix(ARCS).write_bytes(marshal.dumps(module.arcs))
    with (folder / "marks").open("wb") as marks:
        marks.truncate(max(first + Path(path).stat().st_size for path, first in paths.items()))


def ran(folder: Path, paths: dict[str, int]) -> dict[str, set[Arc]]:
    """Return the arcs that ran in any process, by the paths of their modules."""
    marks = (folder / "marks").read_bytes()
    arcs: dict[str, set[Arc]] = {}
    for path, first in paths.items():
        module = (folder / path[1:]).with_suffix(ARCS)
        passed = enumerate(marshal.loads(module.read_bytes()), first)
        arcs[path] = set[Arc]().union(*(each for mark, each in passed if marks[mark]))
    return arcs


def end(folder: Path, paths: dict[str, int]) -> None:
    """Write the arcs that ran as the data of coverage.py, also for modules in which none ran."""
    data = CoverageData()
    data.erase()
    data.add_arcs(ran(folder, paths))
    data.touch_files(paths)
    data.write()


if __name__ == "__main__":
    {"begin": begin, "end": end}[sys.argv[1]](Path(os.environ["FEEDSVC_MARKED"]), modules())
