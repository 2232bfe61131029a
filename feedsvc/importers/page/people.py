"""Recognize the names of people in a line: the writers of an article."""

import re
from itertools import groupby
from typing import NamedTuple

from feedsvc.importers.page.vocabulary import pattern, words

_LABEL = pattern("byline_label")
_BETWEEN = pattern("between_names")
_GLUED = pattern("glued_names")
_NO_NAME = pattern("no_name")
_FAMILY_FIRST = pattern("family_first")
_BEHIND = pattern("behind_names")
_WORD = pattern("name_word")
_PHOTO = pattern("photo_label")
_TITLE_BEHIND = pattern("title_behind")
_UNCASED = pattern("uncased_name")
_ROLES, _NO_NAMES, _PARTICLES = words("roles"), words("no_names"), words("particles")

Person = str | dict[str, str]


class Writer(NamedTuple):
    """A writer as a page states it for machines: a person, or a house."""

    name: str
    url: str
    is_person: bool

    def person(self) -> Person:
        """Return the writer as a record has it."""
        return {"name": self.name, "url": self.url} if self.url else self.name


def without_label(text: str) -> str:
    """Return a byline without the ``By`` before it."""
    label = _LABEL.match(f"{text.strip()} ")
    return text.strip()[label.end() if label else 0 :].strip(" :,;|·•–—-")


def split_names(text: str) -> list[str]:
    """Split a list of names, with or without ``By`` before it."""
    return [name.strip() for name in _BETWEEN.split(without_label(text)) if name.strip(" .")]


def people(text: str) -> list[str]:
    """Return the names of people among the words of a byline, without their roles."""
    line = without_label(_GLUED.sub(" | ", _NO_NAME.sub(" ", text)))
    line = _FAMILY_FIRST.sub(r"\2 \1", line) if _FAMILY_FIRST.fullmatch(line) else line
    return [name for part in split_names(_BEHIND.sub("", line)) if (name := _without_role(part))]


def single_name(text: str) -> list[str]:
    """Return a name of one word, as artists have."""
    is_name = _WORD.fullmatch(text) and not _is_role(text) and text.casefold() not in _NO_NAMES
    return [text] if is_name else []


def byline(text: str) -> list[str]:
    """Return the names of a line such as ``By Mara Oduya and Jonas Lindqvist``; else nothing."""
    label = _LABEL.match(text) if len(text) <= 200 else None
    return _only_names(text[label.end() :]) if label else []


def bare_names(text: str) -> list[str]:
    """Return the names of a line of nothing but names in full: ``Mara Oduya``."""
    is_other = len(text) > 80 or text.endswith(":") or _PHOTO.match(text)
    listed = [] if is_other else _only_names(text)
    return listed if all(2 <= len(person.split()) <= 4 for person in listed) else []


def _only_names(text: str) -> list[str]:
    """Return the names that begin a text with nothing else but roles and places behind them."""
    parts = [it for it in split_names(_BEHIND.sub("", text)) if not any(map(_is_role, it.split()))]
    full = [part for part in parts if " " in part]
    return (full or parts) if all(map(_is_name, parts)) else []


def _is_name(text: str) -> bool:
    spoken = text.split()
    fits = [_WORD.fullmatch(it) and (not it[0].islower() or it in _PARTICLES) for it in spoken]
    return len(spoken) <= 6 and all(fits)


def _without_role(text: str) -> str:
    """Return a name without the role behind or before it; nothing where it is no name."""
    spoken = _TITLE_BEHIND.sub("", text).split()
    runs = [list(run) for is_role, run in groupby(spoken, key=_is_role) if not is_role]
    name = " ".join(next((run for run in runs if len(run) > 1 or run == spoken), ()))
    name = name.strip(" .:,-")
    uncased = _UNCASED.fullmatch(name) and name.upper() == name.lower()
    is_name = uncased or (" " in name and _is_name(name))
    return name if is_name and _NO_NAMES.isdisjoint(name.casefold().split()) else ""


def _is_role(word: str) -> bool:
    return not _ROLES.isdisjoint(re.split(r"[-/]", word.casefold().strip(".,:")))
