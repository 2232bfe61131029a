"""What ``serve`` answers with 308 and 410, for servers that give out an edition."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlencode

from feedsvc.config.url_patterns import SECTION
from feedsvc.model.feed import FILES, FORMATS
from feedsvc.model.paths import GUESSES, feed_path
from feedsvc.syndication.redirects import Redirects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedsvc.config.settings import Config
    from feedsvc.config.url_patterns import Part, Pattern
    from feedsvc.model.feed import Format

# All compare with the address as it was sent: what is decoded must not get into a header. No
# section has other characters, and an address that began with two slashes would lead elsewhere.
_PART = r"[\w.~%-]+"
_SECTION = rf"(?:/{_PART})*"
_END = r"(?:\?|$)"
_OTHERS = r"\.well-known|favicon\.ico|feeds|feeds\.opml|media|robots\.txt|static"
_FILES = "|".join(map(re.escape, FILES.values()))
_OWN = rf"^(?:{_SECTION}/(?:{_FILES})|/(?:{_OTHERS})(?:/[^?]*)?){_END}"
"""Addresses of an edition's own files."""

_NGINX = """\
# The addresses that people guess, or know from before, and where they lead. Include this within
# "http".
map $request_uri $feedsvc_moved {{
    default "";
{moved}}}

# The addresses of feeds that have ended.
map $request_uri $feedsvc_gone {{
    default "";
{gone}}}
"""

_CADDY = """\
# The addresses that people guess, or know from before, and where they lead. Import this within a
# site.
{lines}"""


class _Rule(NamedTuple):
    """An address and where it leads: what stands in braces are the groups of the expression."""

    name: str
    expression: str
    groups: tuple[str, ...]
    to: str
    """Empty where it is gone."""
    wide: bool = False
    """Whether it begins with a name, so that it may fit a file of the edition."""

    def nginx(self) -> str:
        """Return a line of a map."""
        filled = self.to
        expression = self.expression
        for group in self.groups:
            variable = f"{self.name}_{group}" if group else self.name
            expression = expression.replace(f"(?<{group}>", f"(?<{variable}>")
            filled = filled.replace(f"{{{group}}}", f"${{{variable}}}")
        return f'    "~{expression}" "{filled or 1}";\n'

    def caddy(self) -> str:
        """Return a matcher, and what is done where it fits."""
        filled, expression = self.to, self.expression
        for number, group in enumerate(self.groups, 1):
            expression = expression.replace(f"(?<{group}>", "(")
            filled = filled.replace(f"{{{group}}}", f"{{re.{self.name}.{number}}}")
        matcher = f"vars_regexp {self.name} {{http.request.uri}} `{expression}`"
        if self.wide:
            own = f"not vars_regexp feedsvc_own {{http.request.uri}} `{_OWN}`"
            matcher = f"{{\n    {matcher}\n    {own}\n}}"
        done = f"redir @{self.name} {filled} 308" if filled else f"respond @{self.name} 410"
        return f"@{self.name} {matcher}\n{done}\n"


def redirects(config: Config) -> dict[str, str]:
    """Return configurations by the names of their files."""
    rules = [*_former(config), *_listed(config)]
    first = [rule for rule in rules if not rule.wide]
    wide = [rule for rule in rules if rule.wide]
    ordered = [*first, *_guesses(), *wide]
    guard = f'    "~{_OWN}" "";\n' if wide else ""
    lines = {
        gone: [
            "".join(rule.nginx() for rule in some if gone != bool(rule.to))
            for some in (first, [] if gone else [*_guesses()], wide)
        ]
        for gone in (False, True)
    }
    return {
        "redirects.nginx": _NGINX.format(
            moved=guard.join(("".join(lines[False][:2]), lines[False][2])),
            gone=guard.join((lines[True][0], lines[True][2])),
        ),
        "redirects.caddy": _CADDY.format(lines="".join(rule.caddy() for rule in ordered)),
    }


def _words(format: Format) -> str:
    return "|".join(guess.replace(".", r"\.") for guess in GUESSES if GUESSES[guess] == format)


def _guesses() -> Iterator[_Rule]:
    """Yield what the addresses end with that are meant for each format."""
    for format in FORMATS:
        rest = rf"/(?:(?:{_words(format)})/?|{re.escape(FILES[format])}/){_END}"
        yield _Rule(f"feedsvc_{format}", f"^(?<>{_SECTION}){rest}", ("",), f"{{}}/{FILES[format]}")


def _former(config: Config) -> Iterator[_Rule]:
    """Yield the old names of sections, those that are longest first."""
    names = sorted(config.redirects.former_sections.items(), key=lambda it: (-it[0].count("/"), it))
    for number, (old, today) in enumerate(names, 1):
        for format in FORMATS:
            file = re.escape(feed_path("", format))
            end = rf"(?:/(?:{_words(format)})|{file})/?{_END}"
            yield _Rule(
                f"feedsvc_was{number}_{format}",
                f"^/{re.escape(quote(old))}(?<below>{_SECTION}){end}",
                ("below",),
                f"/{quote(today)}{{below}}{feed_path('', format)}",
            )


def _listed(config: Config) -> Iterator[_Rule]:
    """Yield the redirects, the addresses of other systems and those that are served as well."""
    for number, (found, to) in enumerate(Redirects(config).listed(), 1):
        yield _Rule(
            f"feedsvc_old{number}",
            _expression(found),
            tuple(found.names),
            # Both servers take a dollar sign for the beginning of a variable.
            to.replace("$", "%24"),
            wide=bool(found.parts and found.parts[0].name),
        )


def _expression(found: Pattern) -> str:
    """Return the regular expression of a pattern; parameters are in the order they stand there."""
    path = "".join(f"/{_escaped(part)}" for part in found.parts)
    asked = "&".join(rf"(?:[^#]*&)?{re.escape(urlencode([pair]))}" for pair in found.query)
    return f"^{path}/?" + (rf"\?{asked}(?:&|$)" if asked else _END)


def _escaped(part: Part) -> str:
    before, after = (re.escape(quote(text, safe="!$&'()*+,;=:@")) for text in (part[0], part[2]))
    more = f"(?:/{_PART})*" if part.name == SECTION else ""
    return before + (f"(?<{part.name}>{_PART}{more})" if part.name else "") + after
