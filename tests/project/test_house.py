"""The rules of the house that no linter checks: sizes, layout, imports, facts in one place."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from statistics import median, quantiles

import grimp
import pytest

from tests.conftest import Newsroom

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "feedsvc"
MODULES = sorted(PACKAGE.rglob("*.py"))
LISTING = {
    *("cli", "server", "static_site", "web", "push", "publishing", "syndication", "importers"),
    *("ingest", "formats", "store", "config", "model", "errors.py"),
}
STARTS = {"__init__.py", "__main__.py", "wsgi.py"}
LONGER: set[str] = set()
"""Modules of 301 to 400 lines, because one idea needs them."""
FACTS = {
    ".feedsvc": "config/load.py",
    "store.sqlite": "store/sqlite.py",
    "writer.lock": "store/lock.py",
    "/media/": "model/paths.py",
    "fetched": "model/paths.py",
    "jobs.lock": "push/worker.py",
    "/feeds.opml": "model/paths.py",
    "/sitemap.xml": "model/paths.py",
}
"""Strings that only one module may contain, and which: names of files, and addresses."""


def parse(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def name_of(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function's body, without its docstring."""
    statements = function.body[1:] if ast.get_docstring(function) else function.body
    if not statements:
        return 0
    return (function.end_lineno or 0) - statements[0].lineno + 1


@cache
def function_sizes() -> dict[str, int]:
    """Return the size of every function. Migrations are left out: they repeat a schema."""
    return {
        f"{name_of(module)}:{node.lineno} {node.name}": body_lines(node)
        for module in MODULES
        if "migrations" not in module.parts
        for node in ast.walk(parse(module))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def imported_names(tree: ast.Module) -> Iterator[str]:
    """Generate the full names that a module imports, in functions, too."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str() as module, names=names, level=0):
                yield module
                yield from (f"{module}.{name.name}" for name in names)
            case _:
                pass


def imports() -> dict[str, set[str]]:
    """Return the modules that each module imports, typing imports included."""
    graph = grimp.build_graph("feedsvc", cache_dir=None)
    return {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}


@cache
def import_chains() -> dict[str, list[str]]:
    """Return the longest chain of imports from each module down."""
    imported = imports()
    chains: dict[str, list[str]] = {}
    for name in TopologicalSorter(imported).static_order():
        chains[name] = [name, *max((chains[it] for it in imported[name]), key=len, default=[])]
    return chains


def strings(tree: ast.Module) -> Iterator[str]:
    """Generate the string constants of a module that are no docstrings."""
    statements = (node for node in ast.walk(tree) if isinstance(node, ast.Expr))
    docstrings = {id(statement.value) for statement in statements}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str() as text) if id(node) not in docstrings:
                yield text
            case _:
                pass


def test_the_listing_shows_fourteen_entries_and_the_starts() -> None:
    entries = {path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert entries == LISTING | STARTS
    assert len(LISTING) == 14


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_no_module_is_longer_than_300_lines(module: Path) -> None:
    limit = 400 if name_of(module) in LONGER else 300
    assert len(module.read_text(encoding="utf-8").splitlines()) <= limit


def test_only_the_guarded_client_sends_requests_to_other_servers() -> None:
    ways = {"http.client", "urllib.request", "urllib3", "ssl", "ftplib", "smtplib"}
    senders = {
        name_of(module)
        for module in MODULES
        for name in imported_names(parse(module))
        if any(name == way or name.startswith(f"{way}.") for way in ways)
    }
    assert senders == {"push/http_client.py", "push/http_connection.py"}


def test_only_one_module_opens_connections() -> None:
    ways = ("create_connection", "open_connection", "sock_connect", "create_datagram_endpoint")
    openers = {
        name_of(module)
        for module in MODULES
        for node in ast.walk(parse(module))
        if isinstance(node, ast.Attribute) and node.attr in ways
    }
    assert openers == {"push/http_connection.py"}


def test_no_module_has_a_vague_name() -> None:
    vague = {"utils", "util", "helpers", "common", "misc", "manager", "base"}
    assert [path for path in MODULES if path.stem in vague] == []


def test_no_function_is_longer_than_40_lines() -> None:
    assert {name: size for name, size in function_sizes().items() if size > 40} == {}


def test_functions_are_short() -> None:
    sizes = list(function_sizes().values())
    assert median(sizes) <= 5
    assert quantiles(sizes, n=10)[-1] <= 15


def test_no_modules_import_each_other() -> None:
    TopologicalSorter(imports()).prepare()  # raises a CycleError


def test_no_chain_of_imports_is_longer_than_18_modules() -> None:
    longest = max(import_chains().values(), key=len)
    assert len(longest) <= 18, " → ".join(longest)


def test_the_fast_path_stands_on_at_most_14_modules() -> None:
    chains = import_chains().items()
    longest = max((chain for name, chain in chains if ".fast_path" in name), key=len)
    assert len(longest) <= 14, " → ".join(longest)


def test_each_fact_is_in_one_module() -> None:
    places: dict[str, set[str]] = defaultdict(set)
    for module in MODULES:
        if "migrations" not in module.parts:
            for text in strings(parse(module)):
                places[text].add(name_of(module))
    assert {fact: places[fact] for fact in FACTS} == {
        fact: {module} for fact, module in FACTS.items()
    }


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("feedsvc", {"flask", "sqlalchemy", "feedgen", "msgspec"}),
        ("feedsvc.cli", {"flask", "sqlalchemy", "feedgen", "uvicorn"}),
        ("feedsvc.cli.check", {"flask", "sqlalchemy", "feedgen", "uvicorn", "imagesize"}),
        ("feedsvc.cli.import_", {"flask", "sqlalchemy", "feedgen", "trafilatura"}),
        ("feedsvc.cli.kill", {"flask", "feedgen", "babel", "prometheus_client", "uvicorn"}),
        ("feedsvc.cli.log", {"flask", "feedgen", "babel", "prometheus_client", "uvicorn"}),
        ("feedsvc.cli.show", {"flask", "feedgen", "babel", "prometheus_client", "uvicorn"}),
        ("feedsvc.store.database", {"flask", "alembic", "sqlalchemy.dialects.postgresql"}),
    ],
)
def test_heavy_libraries_are_imported_only_where_they_are_needed(
    module: str, heavy: set[str]
) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert heavy & set(run.stdout.split()) == set()


def test_the_log_is_printed_without_flask_feedgen_and_babel(newsroom: Newsroom) -> None:
    code = "import gc, sys; from feedsvc.cli import main; main(['log'], standalone_mode=False)"
    run = subprocess.run(
        [sys.executable, "-c", f"{code}; assert gc.isenabled(); print(*sys.modules)"],
        cwd=newsroom.root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"flask", "feedgen", "babel", "prometheus_client"} & set(run.stdout.split()) == set()


def test_run_stays_short_enough_to_be_read() -> None:
    assert len((ROOT / "run").read_text(encoding="utf-8").splitlines()) <= 60


def test_run_without_a_word_lists_its_words() -> None:
    run = subprocess.run([ROOT / "run"], capture_output=True, text=True, check=True)
    for word in ("install", "serve", "check", "test", "format", "bench"):
        assert f"\n  {word} " in run.stdout


def test_run_refuses_an_unknown_word() -> None:
    run = subprocess.run([ROOT / "run", "srve"], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "usage" in run.stdout
