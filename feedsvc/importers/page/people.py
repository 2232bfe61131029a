"""Recognize the names of people in a line: the writers of an article."""

import re
from itertools import groupby

from feedsvc.importers.page.vocabulary import pattern, words

_BETWEEN = pattern("between_names")
_BEHIND = pattern("behind_names")
_WORD = pattern("name_word")
_ROLES, _NO_NAMES, _PARTICLES = words("roles"), words("no_names"), words("particles")

Person = str | dict[str, str]
Writers = tuple[dict[str, Person], dict[str, Person]]
"""The people among the writers that a page states for machines, and all, houses too, by name."""


def without_label(text: str) -> str:
    """Return a byline without the ``By`` before it."""
    label = pattern("byline_label").match(f"{text.strip()} ")
    return text.strip()[label.end() if label else 0 :].strip(" :,;|·•–—-")


def split_names(text: str) -> list[str]:
    """Split a list of names, with or without ``By`` before it."""
    return [name.strip() for name in _BETWEEN.split(without_label(text)) if name.strip(" .")]


def people(text: str) -> list[str]:
    """Return the names of people among the words of a byline, without their roles."""
    line = without_label(pattern("glued_names").sub(" | ", pattern("no_name").sub(" ", text)))
    line = pattern("family_first").sub(r"\2 \1", line)
    return [name for part in split_names(_BEHIND.sub("", line)) if (name := _without_role(part))]


def byline(text: str) -> list[str]:
    """Return the names of a line such as ``By Mara Oduya and Jonas Lindqvist``; else nothing."""
    label = pattern("byline_label").match(text) if len(text) <= 200 else None
    return _only_names(text[label.end() :]) if label else []


def bare_names(text: str) -> list[str]:
    """Return the names of a line of nothing but names in full: ``Mara Oduya``."""
    is_other = len(text) > 80 or text.endswith(":") or pattern("photo_label").match(text)
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
    spoken = pattern("title_behind").sub("", text).split()
    runs = [list(run) for is_role, run in groupby(spoken, key=_is_role) if not is_role]
    name = " ".join(next((run for run in runs if len(run) > 1 or run == spoken), ()))
    name = name.strip(" .:,-")
    uncased = pattern("uncased_name").fullmatch(name) and name.upper() == name.lower()
    is_name = uncased or (" " in name and _is_name(name))
    return name if is_name and _NO_NAMES.isdisjoint(name.casefold().split()) else ""


def _is_role(word: str) -> bool:
    return not _ROLES.isdisjoint(re.split(r"[-/]", word.casefold().strip(".,:")))
