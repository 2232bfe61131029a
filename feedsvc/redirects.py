"""What ``serve`` answers with 308, for servers that give out an edition."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from feedsvc.model.feed import FILES, FORMATS
from feedsvc.web.feeds import GUESSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedsvc.model.feed import Format

# Both compare with the address as it was sent: what is decoded must not get into a header. No
# section has other characters, and an address that began with two slashes would lead elsewhere.
_SECTION = r"(?:/[\w.~%-]+)*"

_NGINX = """\
# The addresses that people guess, and where they lead. Include this within "http".
map $request_uri $feedsvc_moved {{
    default "";
{lines}}}
"""

_CADDY = """\
# The addresses that people guess, and where they lead. Import this within a site.
{lines}"""


def redirects() -> dict[str, str]:
    """Return configurations by the names of their files."""
    nginx = (
        f'    "~^(?<feedsvc_{form}>{_SECTION}){rest}" "$feedsvc_{form}/{FILES[form]}";\n'
        for form, rest in _guesses()
    )
    caddy = (
        f"@feedsvc_{form} vars_regexp feedsvc_{form} {{http.request.uri}} `^({_SECTION}){rest}`\n"
        f"redir @feedsvc_{form} {{re.feedsvc_{form}.1}}/{FILES[form]} 308\n"
        for form, rest in _guesses()
    )
    return {
        "redirects.nginx": _NGINX.format(lines="".join(nginx)),
        "redirects.caddy": _CADDY.format(lines="".join(caddy)),
    }


def _guesses() -> Iterator[tuple[Format, str]]:
    """Yield each format with what the addresses end with that are meant for it."""
    for form in FORMATS:
        words = "|".join(re.escape(guess) for guess in GUESSES if GUESSES[guess] == form)
        yield form, rf"/(?:(?:{words})/?|{re.escape(FILES[form])}/)(?:\?|$)"
