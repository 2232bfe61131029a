"""A newsroom's article files, published as exact per-section RSS, Atom and JSON feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def create_app() -> Flask:
    """Return the WSGI application for the newsroom in this folder (``flask --app feedsvc run``).

    :raises feedsvc.errors.ConfigError: config.toml is missing or wrong.
    """
    # Imported here so that `import feedsvc` costs nothing.
    from feedsvc.config.load import load
    from feedsvc.server.standalone import create_standalone

    return create_standalone(load())
