"""Every error that feedsvc raises on purpose, and the problems that it reports.

* FeedsvcError

  * ConfigError: config.toml is missing or wrong; carries every problem found
  * RecordError: an article file is wrong; carries every problem found
  * PageError: a saved article page cannot become a record
  * EditError: an article file cannot be changed safely

    * DiskError: the disk does not take a file

  * StoreError: the store cannot be used

    * StoreAwayError: its database server cannot be reached at present

      * StoreVersionError: another version of feedsvc has made or upgraded it

  * FetchError: another server gave no answer that can be used
  * ConflictError: a request does not fit the state of an article
  * BusyError: something cannot be done now, but soon
  * OutdatedError: an article has changed since a program read it
  * ForbiddenError: a token does not give the right to something
  * RefusedError: the content that a program sent is wrong; carries every problem found
  * NotFoundError: no such feed or picture

    * GoneError: there was one, and it was withdrawn
"""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from msgspec import Struct, structs

UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that control a terminal or the direction of a line, or end one."""
MAX_PROBLEMS = 100
"""Problems of one file that are reported: more are not read, and each takes its time and room."""
_LONGEST = 400
"""Characters of a message: it repeats words of the file, which may be of any length."""
_LONGEST_KEY = 100
"""Characters of a key as messages show it."""


class Problem(Struct, frozen=True, order=True):
    """One error in a file, and how to correct it.

    ``str()`` gives ``file:line:column: key: message``, the form editors can jump to.
    """

    file: str
    """The file, relative to the newsroom's folder."""
    line: int
    """Counted from 1."""
    column: int
    """Counted from 1."""
    key: str
    """The key of the record or of the configuration; empty for the file as a whole."""
    message: str
    """The error, and how to correct it."""
    note: bool = False
    """Whether the article is published all the same."""

    def __str__(self) -> str:
        """Return the problem as one line."""
        key = f"{self.key}: " if self.key else ""
        mark = "note: " if self.note else ""
        return printable(f"{self.file}:{self.line}:{self.column}: {mark}{key}{self.message}")


def bounded(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return the problems of a file, or the first of very many, with messages of bounded length."""
    kept = [
        structs.replace(
            problem,
            key=_shortened(problem.key, _LONGEST_KEY),
            message=_shortened(problem.message, _LONGEST),
        )
        for problem in problems[:MAX_PROBLEMS]
    ]
    if len(problems) > MAX_PROBLEMS:
        note = all(problem.note for problem in problems)
        message = f"has more problems than these {MAX_PROBLEMS}; solve them, and the rest is shown"
        kept.append(Problem(kept[0].file, 1, 1, "", message, note))
    return tuple(kept)


def _shortened(text: str, length: int) -> str:
    """Return a text without its middle if it is too long: the advice is at its end."""
    if len(text) <= length:
        return text
    return f"{text[: length // 2]} … {text[-length // 2 :]}"


class FeedsvcError(Exception):
    """Any error that feedsvc raises on purpose; ``str()`` is a sentence for people."""

    def lines(self) -> list[str]:
        """Return it as lines for a terminal."""
        return [printable(str(self))]


class _ProblemsError(FeedsvcError):
    """Several problems, all reported at once, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))

    def lines(self) -> list[str]:
        """Return each problem as a line."""
        return [*map(str, self.problems)]


class ConfigError(_ProblemsError):
    """config.toml is missing or wrong; ``problems`` holds everything found."""


class RecordError(_ProblemsError):
    """An article file is wrong; ``problems`` holds everything found.

    :param dependencies: paths, below the newsroom's folder, whose files could solve the problems.
    """

    def __init__(self, problems: Sequence[Problem], *, dependencies: Sequence[str] = ()) -> None:
        self.dependencies = tuple(dependencies)
        super().__init__(problems)


class PageError(FeedsvcError):
    """A saved article page cannot become a record; the message says why."""


class EditError(FeedsvcError):
    """An article file cannot be changed safely; it is as it was, and the message says why."""


class DiskError(EditError):
    """The disk does not take a file; the message gives the reason and the remedy."""


class StoreError(FeedsvcError):
    """The store cannot be used; the message gives the reason and the remedy."""


class StoreAwayError(StoreError):
    """The database server with the store cannot be reached; it may be back at any moment."""


class StoreVersionError(StoreAwayError):
    """The store is of another version of feedsvc; it can be used again once that one runs."""


class FetchError(FeedsvcError):
    """Another server gave no answer that can be used; the message goes on from its address.

    :param permanent: asking again would not help.
    :param after: seconds for which the server asks to wait.
    """

    def __init__(self, message: str, *, permanent: bool = False, after: float = 0.0) -> None:
        self.permanent = permanent
        self.after = after
        super().__init__(message)


class ConflictError(FeedsvcError):
    """A request does not fit the state of an article; the message says why."""


class BusyError(FeedsvcError):
    """Something cannot be done now, but soon; the message says why."""


class OutdatedError(FeedsvcError):
    """An article has changed since a program read it, or exists although it must not."""


class ForbiddenError(FeedsvcError):
    """A token does not give the right to something.

    :param scopes: any of these would give it; none where the sections of the token forbid it.
    """

    def __init__(self, message: str, *scopes: str) -> None:
        self.scopes = scopes
        super().__init__(message)


class Finding(Struct, frozen=True):
    """One problem in content that a program sent, and how to solve it."""

    pointer: str
    """The JSON pointer of the value (RFC 6901); empty for the whole."""
    detail: str
    note: bool = False
    """Whether the article is published all the same."""


class RefusedError(FeedsvcError):
    """The content that a program sent is wrong; ``findings`` holds everything found."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(f"{it.pointer} {it.detail}".strip() for it in findings))


class NotFoundError(FeedsvcError):
    """There is no feed or picture under this name."""


class GoneError(NotFoundError):
    """There was one under this name, and it was withdrawn."""


def printable(text: str) -> str:
    """Return a text for one line of a terminal: it may have the names of files, or their words."""
    return UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `` Did you mean "…"?`` for a word close to a known one, else nothing."""
    close = get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.6)
    return f' Did you mean "{close[0]}"?' if close else ""
