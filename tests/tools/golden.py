"""Golden documents: the bytes that feeds had when they were last read and agreed to."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "data" / "golden"
REMEDY = "If they are meant, write them: ./run test tests/formats --update-golden. Read the diff."


class Golden:
    """The golden documents of a folder; a call compares bytes with one of them, or rewrites it."""

    def __init__(self, folder: Path, *, update: bool) -> None:
        self.folder = folder
        self.update = update

    def __call__(self, name: str, data: bytes) -> None:
        """Fail with a unified diff where the bytes differ from the file's."""
        file = self.folder / name
        if self.update:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        elif not file.is_file():
            pytest.fail(
                f"There is no golden document {name} for these bytes.\n{REMEDY}", pytrace=False
            )
        elif data != (golden := file.read_bytes()):
            lines = unified_diff(
                shown(golden), shown(data), f"golden/{name}", f"now/{name}", lineterm="", n=1
            )
            pytest.fail(
                "\n".join([*lines, "", f"The bytes of {name} have changed. {REMEDY}"]),
                pytrace=False,
            )


def shown(data: bytes) -> list[str]:
    """Return lines in which every difference of bytes can be seen, also at the end of a line."""
    text = data.decode(errors="backslashreplace").replace("\r", "\\r")
    return text.split("\n")
