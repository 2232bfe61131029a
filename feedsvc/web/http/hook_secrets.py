"""Secrets in addresses, of systems that can neither sign nor send a header: no log shows them."""

import re

from feedsvc.model.paths import API

HOOKS = f"{API}/hooks"
"""Where other systems send their articles."""
ASSETS = "assets"
"""Below the address of a source: its pictures and sounds."""
_BEHIND_NAME = re.compile(
    f"({'/+'.join(HOOKS.split('/'))}/+[^/]+/+)(?!{ASSETS}(?:/|$)).+", re.DOTALL
)


def without_secret(path: str) -> str:
    """Return a path for a log: without the secret in it."""
    return _BEHIND_NAME.sub(r"\1…", path) if "hooks" in path else path
