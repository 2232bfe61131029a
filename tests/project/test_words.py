"""Plain names and sentences: the part of the rules that can be checked."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = "feedsvc", "benchmarks", "tests/tools", "tests/project"
MODULES = sorted(
    module
    for folder in FOLDERS
    for module in (ROOT / folder).rglob("*.py")
    if module != Path(__file__)
)
VAGUE_NAMES = {"form", "found", "own", "room", "said", "told"}
"""Names of variables that do not say what the variable holds."""
BANNED_WORDS = re.compile(
    r"\b(what|whatever|whatsoever|whoever|whom|those|told"
    r"|nobody|somebody|anybody|everybody)\b"
    r"|\blet\b.*\bbe\b"
    r"|\bhave (a|the|an|it|them|its)\b.*\b(made|taken|sent|read|written|counted)\b",
    re.IGNORECASE,
)
"""Words and phrases of stilted sentences, in docstrings and comments."""
FIRST_WORDS = set(
    "A All An Be Begin. For Have How If In It Leave Let Of One Only That The These Those Up "
    "What Where Whether Who With Without Tell".split()
)
"""Words that begin no docstring of a function: it begins with a verb in the imperative."""

INLINE = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

Violation = tuple[int, str]
"""A line, and the rule that it breaks."""


def violations(source: str) -> list[Violation]:
    tree = ast.parse(source)
    comments = (
        (token.start[0], token.string)
        for token in tokenize.generate_tokens(iter(source.splitlines(keepends=True)).__next__)
        if token.type == tokenize.COMMENT
    )
    banned = (
        (line, f"banned words in: {text}")
        for line, text in [*docstrings(tree), *comments]
        if BANNED_WORDS.search(text)
    )
    return sorted([*banned, *vague_names(tree), *wrong_beginnings(tree)])


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Generate the docstrings of everything, attributes and constants included."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str() as text)):
                yield node.lineno, text
            case _:
                pass


def wrong_beginnings(tree: ast.Module) -> Iterator[Violation]:
    """Generate docstrings of functions that do not begin with a verb, and those of __init__."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node)
            if docstring and node.name == "__init__":
                yield node.lineno, "__init__ has a docstring"
            elif docstring and docstring.split()[0].strip(",:") in FIRST_WORDS:
                yield node.lineno, f"docstring begins with {docstring.split()[0]!r}"


def vague_names(tree: ast.Module) -> Iterator[Violation]:
    """Generate variables and arguments whose name does not say what they hold."""
    short = set(in_one_line(tree))
    for node in ast.walk(tree):
        for line, name in assigned(node):
            if name in VAGUE_NAMES or (name == "it" and node not in short):
                yield line, f"vague name {name!r}"


def assigned(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.lineno, node.id
    elif isinstance(node, ast.arg):
        yield node.lineno, node.arg


def in_one_line(tree: ast.Module) -> Iterator[ast.AST]:
    """Generate all nodes inside of lambdas and comprehensions that take one line."""
    for node in ast.walk(tree):
        if isinstance(node, INLINE) and node.lineno == node.end_lineno:
            yield from ast.walk(node)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_names_and_sentences_are_plain(module: Path) -> None:
    assert violations(module.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("def f():\n    '''Whether it rains.'''\n", 1),
        ("def f():\n    '''Return what falls.'''\n", 2),
        ("class F:\n    def __init__(self):\n        '''Take nothing.'''\n", 2),
        ("# for whoever asks\n", 1),
        ("LIMIT = 3\n'''Let there be three.'''\n", 2),
        ("found = 1\n", 1),
        ("def f(told): ...\n", 1),
        ("x = [\n    it\n    for it in y\n]\n", 3),
        ("for it in y: ...\n", 1),
    ],
)
def test_a_violation_is_found(source: str, line: int) -> None:
    assert [number for number, _ in violations(source)] == [line]


def test_it_is_plain_in_one_line() -> None:
    assert violations("x = [it for it in y]\nz = sorted(y, key=lambda it: it.age)\n") == []
