"""Read the names of the writers: shown ones before ones for machines."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields, comparable
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
    roles = [index for index, word in enumerate(spoken) if _is_role(word)]
    if roles and roles[0] >= 2:
        spoken = spoken[: roles[0]]
    elif roles and len(spoken) - roles[-1] > 2:
        spoken = spoken[roles[-1] + 1 :]
    elif roles:
        return ""
    name = " ".join(spoken).strip(" .:,-")
    uncased = _UNCASED.fullmatch(name) and name == name.upper() == name.lower()
    if not uncased and (len(spoken) < 2 or line_patterns.byline(f"By {name}") != [name]):
        return ""
    return "" if _NO_NAMES & set(name.casefold().split()) else name


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
        if element.tag == "a" and (
            element.get("rel") == "author" or _AUTHOR_LINK.search(_path(element.get("href", "")))
        ):
            linked += people(text)
        elif has_name(element, "byline") or element.get("itemprop") == "author":
            named += _names_in(element)
        elif line_patterns.byline(text):
            labelled += people(text)
    return list(dict.fromkeys(linked or named or labelled))


def _path(href: str) -> str:
    try:
        return urlsplit(href).path
    except ValueError:
        return ""


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
    houses = {comparable(name) for name in house}
    shown = [name for name in shown if comparable(name) not in houses]
    ranked: list[tuple[list[Person], str]] = []
    for writers, source in stated:
        persons: dict[str, Person] = {}
        for writer in writers:
            for name in people(_name(writer)) or _single_name(writer):
                if comparable(name) not in houses:
                    persons[name] = {**writer, "name": name} if isinstance(writer, dict) else name
        if persons:
            ranked.append((list(persons.values()), source))
    if shown and not (ranked and _confirms(shown, ranked[0][0])):
        fields.put_value("byline", shown, "byline")
    for writers, source in ranked:
        fields.put_value("byline", writers, source)


def put_house(fields: FoundFields, stated: Sequence[tuple[Sequence[Person], str]]) -> None:
    """Put the agency, the desk or the paper that is given for the writer where no person is."""
    for writers, source in stated:
        others = [each for each in writers if _may_write(_name(each))]
        fields.put_value("byline", others, source)


def _single_name(writer: Person) -> list[str]:
    """Return the name of a stated person that is one word: an artist's, or an agency's."""
    name = _name(writer)
    is_name = re.fullmatch(r"[^\W\d_][\w.’'-]*", name)
    return [name] if is_name and not _is_role(name) and name.casefold() not in _NO_NAMES else []


def _confirms(shown: Sequence[str], stated: Sequence[Person]) -> bool:
    """Return whether each shown name is a stated one, or the longer form of one."""
    names = [comparable(_name(person)) for person in stated]
    return all(
        any(name in comparable(each) or comparable(each) in name for name in names)
        for each in shown
    )


def _name(person: Person | Mapping[str, Any]) -> str:
    return person if isinstance(person, str) else str(person["name"])


def _may_write(name: str) -> bool:
    """Return whether a text can stand as the writer where no person does: an agency, a desk."""
    line = _LABEL.sub("", f"{name} ").strip()
    return bool(re.search(r"[^\W\d_]", line)) and not re.search(r"[@/(]", name)
