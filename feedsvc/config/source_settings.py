"""The settings of ``[[sources]]``: systems that send their articles here, and who they are."""

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, cast, get_args

from msgspec import Struct, field

from feedsvc.config import value_types
from feedsvc.config.value_types import BaseUrl, Count
from feedsvc.errors import did_you_mean
from feedsvc.model.paths import section_path
from feedsvc.model.text import slug

SourceKind = Literal[
    "superdesk", "ghost", "wordpress", "sanity", "directus", "contentful", "strapi", "webhook"
]
Withdrawal = Literal["withhold", "delete", "kill"]
Event = Literal["unpublish", "delete", "kill"]

_NAME = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
_LEAST = 16
"""Characters of a secret: fewer can be guessed."""
_MOST = 200
"""Characters of a name, which is part of addresses and of the name of a lock."""
WITHDRAWS: dict[Event, Withdrawal] = {"unpublish": "withhold", "delete": "delete", "kill": "kill"}
"""The way in which each event withdraws an article, where a source does not say so."""


def source_name(typed: str) -> str:
    """Return the name of a source, which is part of its address."""
    if not _NAME.fullmatch(typed) or len(typed) > _MOST:
        raise ValueError(f'"{typed}" must be small letters, digits and hyphens, such as news-desk')
    return typed


def secret_text(typed: str) -> str:
    """Return a secret that is long enough."""
    if typed and len(typed) < _LEAST:
        raise ValueError(f"must have {_LEAST} characters or more, as a shorter one can be guessed")
    return typed


def pattern(typed: str) -> str:
    """Return a regular expression with one group."""
    try:
        groups = re.compile(typed).groups
    except re.error as error:
        raise ValueError(f'"{typed}" is no regular expression: {error}') from None
    if typed and groups != 1:
        raise ValueError(f'"{typed}" must have one group, such as "Photo: (.+)$"')
    return typed


def _entries(value: Any, sample: str) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict):
        raise ValueError(f"must be a table: {sample}")
    for key, typed in cast("dict[str, Any]", value).items():
        yield value_types.text(key), value_types.text(typed)


def section_map(value: Any) -> dict[str, str]:
    """Return sections by the codes and names that a system has for them."""
    sections: dict[str, str] = {}
    for code, section in _entries(value, '{sport = "sport", "news-*" = "*"}'):
        if code.count("*") > 1 or section.count("*") > code.count("*"):
            raise ValueError(f'has "{code}" = "{section}"; one * may stand on each side, or left')
        # A star stands for words that make a part of a path.
        section_path(section.replace("*", "x"))
        sections[code.casefold()] = section
    return sections


def field_map(value: Any) -> dict[str, str]:
    """Return the fields of another system by the keys of a record."""
    return dict(_entries(value, '{headline = "title", image = "cover.url"}'))


def withdrawals(value: Any) -> dict[Event, Withdrawal]:
    """Return how each event withdraws an article."""
    ways = dict(WITHDRAWS)
    for event, way in _entries(value, '{unpublish = "withhold", delete = "delete"}'):
        if event not in WITHDRAWS:
            hint = did_you_mean(event, WITHDRAWS) or f" Known are {', '.join(WITHDRAWS)}."
            raise ValueError(f'"{event}" withdraws nothing.{hint}')
        ways[event] = cast("Withdrawal", value_types.choice(get_args(Withdrawal), way))
    return ways


class SourceSettings(Struct, frozen=True, kw_only=True):
    """``[[sources]]``: a system that sends its articles here."""

    name: Annotated[str, source_name]
    """Of the source: in its address, in the log, and the ``system`` of the origin of articles."""
    kind: SourceKind
    secret: Annotated[str, secret_text] = ""
    secret_file: str = ""
    """A file with the secret, from the newsroom's folder."""
    sections: Annotated[dict[str, str], section_map] = field(default_factory=dict)
    """Sections by codes and names of the system, in small letters; one ``*`` stands for any."""
    default_section: Annotated[str, section_path] = ""
    """The section of an article for which ``sections`` has none; empty: it is refused."""
    fields: Annotated[dict[str, str], field_map] = field(default_factory=dict)
    """Fields of the system by the keys of a record, a dot between the parts of a path."""
    url: BaseUrl = ""
    """Of a WordPress, from which posts are fetched; without a slash at the end."""
    poll: Annotated[int, Count(1, 1440)] = 5
    """Minutes between two looks for changed posts of a WordPress."""
    credit: Annotated[str, pattern] = ""
    """A regular expression whose group is the credit in the caption of a picture."""
    withdraws: Annotated[dict[Event, Withdrawal], withdrawals] = field(
        default_factory=WITHDRAWS.copy
    )

    def section(self, codes: Iterable[str], named: str = "") -> str:
        """Return the section of an article: by a whole code, else by a pattern, else the default.

        :param codes: codes and names of its sections and subjects, the most important first.
        :param named: the section that it names itself, before the default.
        """
        typed = [it.casefold() for it in codes]
        for code in typed:
            if "*" not in code and code in self.sections:
                return self.sections[code]
        for known, section in self.sections.items():
            before, star, after = known.partition("*")
            for code in typed:
                if star and len(code) >= len(before + after) and _fits(code, before, after):
                    words = slug(code[len(before) : len(code) - len(after)])
                    if words or "*" not in section:
                        return section.replace("*", words)
        return named or self.default_section


def _fits(code: str, before: str, after: str) -> bool:
    return code.startswith(before) and code.endswith(after)
