"""Results of libraries that each newsroom of the tests would need anew are made once.

A process of the tests makes thousands of applications and stores; any other makes one of each.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import brotli
from jinja2 import Environment
from sqlalchemy import Engine
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


def reuse_builders() -> None:
    """Share the functions that build addresses among the same rules of all applications."""
    builders: dict[object, Builder] = {}
    compile_builder = Rule._compile_builder

    def compile_once(self: Rule, append_unknown: bool = True) -> Builder:
        key = tuple(self._trace), repr(self.defaults), append_unknown
        if key not in builders:
            builders[key] = compile_builder(self, append_unknown)
        return builders[key]

    Rule._compile_builder = compile_once


def reuse_templates() -> None:
    """Share the code of templates among all applications, which have the same settings."""
    code: dict[object, Any] = {}
    compile_template = Environment.compile

    def compile_once(
        self: Environment, source: Any, name: str | None = None, *arguments: Any, **options: Any
    ) -> Any:
        key = source, name, arguments, *options.items()
        if key not in code:
            code[key] = compile_template(self, source, name, *arguments, **options)
        return code[key]

    Environment.compile = compile_once


def reuse_statements() -> None:
    """Share the statements that are compiled for SQLite among all stores."""
    statements: LRUCache[Any, Any] = LRUCache(3000)
    make = Engine.__init__

    def make_engine(self: Engine, *arguments: Any, **options: Any) -> None:
        make(self, *arguments, **options)
        self._compiled_cache = statements

    def is_same(self: SQLiteDialect_pysqlite, other: object) -> bool:
        return type(self) is type(other)

    Engine.__init__ = make_engine
    # Each engine has a dialect of its own, which is a part of the keys.
    SQLiteDialect_pysqlite.__eq__ = is_same
    SQLiteDialect_pysqlite.__hash__ = lambda self: hash(type(self))


def reuse_compressed_texts() -> None:
    """Compress a text once: at its best, Brotli takes a third of the time of a static site."""
    brotli.compress = lru_cache(2000)(brotli.compress)
