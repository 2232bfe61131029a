"""The redirects and gone feeds of ``serve``, as configurations for nginx and Caddy."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote, urlencode

from feedsvc.config.settings import Config
from feedsvc.config.url_patterns import SECTION, Part, Pattern
from feedsvc.model.feed import FILES, FORMATS, Format
from feedsvc.model.paths import GUESSES, OWN_FOLDERS, ROOT_FILES, feed_path
from feedsvc.syndication.redirects import Redirects

# Rules match the address as it was sent, because decoded text must not get into a header. Sections
# have no other characters, and an address that begins with two slashes would lead to another host.
_PART = r"[\w.~%-]+"
_SECTION = rf"(?:/{_PART})*"
_END = r"(?:\?|$)"
_QUERY = r"(?:$|(?<query1>\?[!-~]*))"
"""The end of an address whose query is kept. No name in config.toml has a digit."""
_OWN = (
    rf"^(?:{_SECTION}/(?:{'|'.join(map(re.escape, FILES.values()))})"
    rf"|/(?:{'|'.join(map(re.escape, sorted((*OWN_FOLDERS, *ROOT_FILES, 'feeds'))))})(?:/[^?]*)?)"
    rf"{_END}"
)
"""The addresses of the site's own files."""

_NGINX = """\
# Guessed and old addresses of feeds, and where they lead. Include this within "http".
map $request_uri $feedsvc_moved {{
    default "";
{moved}}}

# Addresses of feeds that have ended.
map $request_uri $feedsvc_gone {{
    default "";
{gone}}}
"""

_CADDY = """\
# Guessed and old addresses of feeds, and where they lead. Import this within a site.
{lines}"""


class _Rule(NamedTuple):
    """An address, and where it leads; names in braces are groups of the expression."""

    name: str
    expression: str
    groups: tuple[str, ...]
    to: str
    """Empty if the feed has ended."""
    wide: bool = False
    """Whether it begins with a group, so that it may also match a file of the site."""

    def nginx(self) -> str:
        """Return a line of a map."""
        filled = self.to
        expression = self.expression
        for group in self.groups:
            # Rules share their variables, of which nginx expects about a hundred in all.
            variable = f"feedsvc_{group}"
            expression = expression.replace(f"(?<{group}>", f"(?<{variable}>")
            filled = filled.replace(f"{{{group}}}", f"${{{variable}}}")
        return f'    "~{expression}" "{filled or 1}";\n'

    def caddy(self) -> str:
        """Return a matcher, and the directive for the requests that it matches."""
        filled, expression = self.to, self.expression
        for number, group in enumerate(self.groups, 1):
            expression = expression.replace(f"(?<{group}>", "(")
            filled = filled.replace(f"{{{group}}}", f"{{re.{self.name}.{number}}}")
        matcher = f"vars_regexp {self.name} {{http.request.uri}} `{expression}`"
        if self.wide:
            files = f"not vars_regexp feedsvc_own {{http.request.uri}} `{_OWN}`"
            matcher = f"{{\n    {matcher}\n    {files}\n}}"
        directive = f"redir @{self.name} {filled} 301" if filled else f"respond @{self.name} 410"
        return f"@{self.name} {matcher}\n{directive}\n"


def redirect_rules(config: Config) -> dict[str, str]:
    """Return configurations by the names of their files."""
    rules = [*_renamed(config), *_listed(config)]
    first = [*(it for it in rules if not it.wide), *_guesses()]
    wide = [it for it in rules if it.wide]
    # The first rule that matches wins, so the site's own files come before the wide ones.
    files = f'    "~{_OWN}" "";\n' if wide else ""
    moved, gone = (_nginx(first, moved=it) + files + _nginx(wide, moved=it) for it in (True, False))
    return {
        "redirects.nginx": _NGINX.format(moved=moved, gone=gone),
        "redirects.caddy": _CADDY.format(lines="".join(it.caddy() for it in (*first, *wide))),
    }


def _nginx(rules: Iterable[_Rule], *, moved: bool) -> str:
    """Return the lines of rules that redirect, or of rules for feeds that have ended."""
    return "".join(rule.nginx() for rule in rules if bool(rule.to) == moved)


def _guesses_at(format: Format) -> str:
    """Return an expression for the guesses at a format."""
    return "|".join(re.escape(guess) for guess in GUESSES if GUESSES[guess] == format)


def _guesses() -> Iterator[_Rule]:
    """Yield a rule for the guesses at each format."""
    for format in FORMATS:
        rest = rf"/(?:(?:{_guesses_at(format)})/?|{re.escape(FILES[format])}/){_QUERY}"
        to = f"{{section}}/{FILES[format]}{{query1}}"
        expression = f"^(?<section>{_SECTION}){rest}"
        yield _Rule(f"feedsvc_{format}", expression, ("section", "query1"), to)


def _renamed(config: Config) -> Iterator[_Rule]:
    """Yield the rules for old names of sections, the longest first."""
    names = sorted(config.former_sections.items(), key=lambda it: (-it[0].count("/"), it))
    for number, (old, today) in enumerate(names, 1):
        for format in FORMATS:
            file = re.escape(feed_path("", format))
            end = rf"(?:/(?:{_guesses_at(format)})|{file})/?{_QUERY}"
            yield _Rule(
                f"feedsvc_was{number}_{format}",
                f"^/{re.escape(quote(old))}(?<below>{_SECTION}){end}",
                ("below", "query1"),
                f"/{quote(today)}{{below}}{feed_path('', format)}{{query1}}",
            )


def _listed(config: Config) -> Iterator[_Rule]:
    """Yield the rules for redirects, for other systems' addresses, and for feeds served twice."""
    for number, (pattern, target) in enumerate(Redirects(config).listed(), 1):
        kept = bool(target) and "?" not in target and not pattern.query
        address, mark, fragment = target.partition("#")
        to = f"{address}{{query1}}{mark}{fragment}" if kept else target
        yield _Rule(
            f"feedsvc_old{number}",
            _expression(pattern, _QUERY if kept else _END),
            (*pattern.names, *(["query1"] if kept else [])),
            # Both servers take a dollar sign for the beginning of a variable.
            to.replace("$", "%24"),
            wide=bool(pattern.parts and pattern.parts[0].name),
        )


def _expression(pattern: Pattern, end: str) -> str:
    """Return the regular expression of a pattern; parameters must come in the pattern's order.

    :param end: of an address without parameters that have to be there.
    """
    path = "".join(f"/{_escaped(part)}" for part in pattern.parts)
    query = "&".join(rf"(?:[^#]*&)?{re.escape(urlencode([pair]))}" for pair in pattern.query)
    return f"^{path}/?" + (rf"\?{query}(?:&|$)" if query else end)


def _escaped(part: Part) -> str:
    before, after = (re.escape(quote(text, safe="!$&'()*+,;=:@")) for text in (part[0], part[2]))
    deeper = f"(?:/{_PART})*" if part.name == SECTION else ""
    return before + (f"(?<{part.name}>{_PART}{deeper})" if part.name else "") + after
