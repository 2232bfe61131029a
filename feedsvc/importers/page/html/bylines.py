"""Read the names of the writers: shown ones before ones for machines."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields, comparable, path_of
from feedsvc.importers.page.html.tree import has_name, line_of
from feedsvc.importers.page.vocabulary import alternatives, words

_AUTHOR_LINK = re.compile(rf"/{alternatives('author_paths')}(?:[/._-]|$)", re.IGNORECASE)
_LABEL = re.compile(
    rf"(?:{alternatives('by')}(?:\s*:|\s|(?<=By)(?=(?-i:[A-Z])))\s*)+", re.IGNORECASE
)
_GLUED = re.compile(r"(?<=[a-zß-ÿ]{3})(?=[A-Z][a-z])")
"""Where a line for a title of a name was lost: ``Howard BlumeStaff Writer``."""
_NO_NAME = re.compile(r"\S*@\S+|https?:\S+|\(.*?\)|\[.*?\]")
_BEHIND = re.compile(r"\s+[|•·–—/-]\s+|\s*[|•·(]|\s+(?:in|en|à|aus|for|für)\s+(?=[A-ZÀ-Þ])")
_UNCASED = re.compile(r"(?:[^\W\d_a-zA-Z]{1,8}\s?){1,2}")
_TITLE_BEHIND = re.compile(rf"\s*{alternatives('titles_behind')}\W*$")
_WORD = re.compile(r"[^\W\d_][\w.’'-]*")
_FAMILY_FIRST = re.compile(r"([^\W\d_]\S+), ([^\W\d_]\S+)")
_ROLES, _NO_NAMES = words("roles"), words("no_names")
_LONGEST = 200
"""Characters of an element that holds only a byline."""

Person = str | dict[str, str]


def people(text: str) -> list[str]:
    """Return the names of people in a text; nothing where another word stands among them."""
    line = _GLUED.sub(" | ", _NO_NAME.sub(" ", text))
    label = _LABEL.match(line.strip())
    line = line.strip()[label.end() if label else 0 :].strip(" :,;|·•–—-")
    line = _FAMILY_FIRST.sub(r"\2 \1", line) if _FAMILY_FIRST.fullmatch(line) else line
    parts = line_patterns.names(_BEHIND.split(line, maxsplit=1)[0])
    return [name for part in parts if (name := _without_role(part))]


def _without_role(text: str) -> str:
    """Return a name without the role behind or before it; nothing where it is no name."""
    spoken = _TITLE_BEHIND.sub("", text).split()
    runs = [list(run) for is_role, run in groupby(spoken, key=_is_role) if not is_role]
    name = " ".join(next((run for run in runs if len(run) > 1 or run == spoken), ()))
    name = name.strip(" .:,-")
    uncased = _UNCASED.fullmatch(name) and name.upper() == name.lower()
    is_name = uncased or (" " in name and line_patterns.byline(f"By {name}") == [name])
    return name if is_name and _NO_NAMES.isdisjoint(name.casefold().split()) else ""


def _is_role(word: str) -> bool:
    parts = re.split(r"[-/]", word.casefold().strip(".,:"))
    return any(part in _ROLES for part in parts)


def shown_people(elements: Iterable[HtmlElement]) -> list[str]:
    """Return the names of the bylines among elements: links to writers, named elements, lines."""
    linked: list[str] = []
    named: list[str] = []
    labelled: list[str] = []
    for element in elements:
        text = line_of(element, _LONGEST)
        if not text or len(text) > _LONGEST:
            continue
        to_writer = _AUTHOR_LINK.search(path_of(element.get("href", "")))
        if element.tag == "a" and (element.get("rel") == "author" or to_writer):
            linked += people(text)
        elif has_name(element, "byline") or element.get("itemprop") == "author":
            named += _names_in(element)
        elif line_patterns.byline(text):
            labelled += people(text)
    return list(dict.fromkeys(linked or named or labelled))


def _names_in(element: HtmlElement) -> list[str]:
    """Return the names in an element of a byline: of each of its texts, or of all as one line."""
    if has_name(element, "role"):
        return []
    texts = [
        text
        for part in element.iter()
        for text in (part.text, part.tail if part is not element else "")
        if text and text.strip() and not has_name(part, "role")
    ]
    names = [name for text in texts for name in people(text)]
    return names or people(" ".join(texts))


def put_byline(
    fields: FoundFields,
    shown: Sequence[str],
    stated: Sequence[tuple[Sequence[Person], str]],
    house: Sequence[str],
) -> None:
    """Put the people that the page shows, else the ones it has for machines.

    :param stated: the people for machines, the most exact first, with their sources.
    :param house: names of the publisher and of the site.
    """
    houses = set(map(comparable, house))
    shown = [name for name in shown if comparable(name) not in houses]
    ranked = [(_persons(writers, houses), source) for writers, source in stated]
    ranked = [each for each in ranked if each[0]]
    names = [comparable(_name(person)) for writers, _ in ranked[:1] for person in writers]
    # A stated name may have more to it, such as an address, than the same name as it is shown.
    if not all(
        any(name in comparable(each) or comparable(each) in name for name in names)
        for each in shown
    ):
        fields.put_value("byline", shown, "byline")
    for writers, source in ranked:
        fields.put_value("byline", writers, source)


def _persons(writers: Sequence[Person], houses: set[str]) -> list[Person]:
    """Return writers under the names that are people's; one word may be an artist's name."""
    persons: dict[str, Person] = {}
    for writer in writers:
        whole = _name(writer)
        is_word = _WORD.fullmatch(whole) and not _is_role(whole)
        single = [whole] if is_word and whole.casefold() not in _NO_NAMES else []
        for name in people(whole) or single:
            if comparable(name) not in houses:
                persons[name] = {**writer, "name": name} if isinstance(writer, dict) else name
    return list(persons.values())


def put_house(fields: FoundFields, stated: Sequence[tuple[Sequence[Person], str]]) -> None:
    """Put the agency, the desk or the paper that is given for the writer where no person is."""
    for writers, source in stated:
        others = [each for each in writers if _may_write(_name(each))]
        fields.put_value("byline", others, source)


def _name(person: Person | Mapping[str, Any]) -> str:
    return person if isinstance(person, str) else str(person["name"])


def _may_write(name: str) -> bool:
    """Return whether a text can stand as the writer where no person does: an agency, a desk."""
    line = _LABEL.sub("", f"{name} ").strip()
    return bool(re.search(r"[^\W\d_]", line)) and not re.search(r"[@/(]", name)
