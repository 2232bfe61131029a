"""Find the places of words of a body in the text of its file."""

import json
import re

_MAX_LOCATED = 1000
"""Words that are looked for, as each search begins at the body's start."""

_ADDRESS = re.compile(r"""\s(?:src|href|data)\s*=\s*["']?([^\s"'<>]+)""", re.IGNORECASE)


class Places:
    """The text of a file, and where its body begins in it.

    :param escaped: whether the body is written as JSON writes it.
    """

    def __init__(self, text: str, line: int, column: int, *, escaped: bool) -> None:
        self._text = text
        self._begin = line, column
        self._start = sum(map(len, text.split("\n")[: line - 1])) + line + column - 2
        self._escaped = escaped
        self._located = 0
        self._next: dict[str, int] = {}
        """Where to look for words that were found before."""

    def find(self, word: str) -> tuple[int, int]:
        """Return the line and column of a word, each time of the next one.

        Markdown does not have a tag as HTML writes it, so then the address in it is looked for. A
        word that is not there, and the last of very many, are at the beginning of the body.
        """
        if not word or self._located >= _MAX_LOCATED:
            return self._begin
        self._located += 1
        address = _ADDRESS.search(word)
        for part in (word, address[1] if address else word):
            typed = json.dumps(part, ensure_ascii=False)[1:-1] if self._escaped else part
            offset = self._text.find(typed, self._next.get(typed, self._start))
            if offset >= 0:
                self._next[typed] = offset + 1
                start = self._text.rfind("\n", 0, offset) + 1
                return self._text.count("\n", 0, offset) + 1, offset - start + 1
        return self._begin
