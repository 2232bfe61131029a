"""``serve`` on a terminal: its processes write sentences, not JSON."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.conftest import CONFIG, article
from tests.tools.service import free_port, until


class Terminal:
    """A terminal with a process on it, and the text that it shows."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self.controller, terminal = pty.openpty()
        os.set_blocking(self.controller, False)
        self.process = subprocess.Popen(command, cwd=folder, stdout=terminal, stderr=terminal)
        os.close(terminal)
        self.text = ""

    def shows(self, text: str) -> bool:
        with suppress(BlockingIOError):
            self.text += os.read(self.controller, 65536).decode().replace("\r\n", "\n")
        return text in self.text

    def end(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        os.close(self.controller)


def test_every_line_on_a_terminal_is_plain_text(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    folder = tmp_path / "articles/world"
    folder.mkdir(parents=True)
    (folder / "a.md").write_text(article("Tunnel"))
    command = [sys.executable, "-m", "feedsvc", "serve", "--port", str(free_port())]
    terminal = Terminal(command, tmp_path)
    try:
        until(lambda: terminal.shows("Publishing every change"))
        # The publisher, which is another process, reports this one.
        (folder / "b.md").write_text(article("Ferry", sumary="x"))
        until(lambda: terminal.shows("sumary: is not a key of a record"))
    finally:
        terminal.end()
    assert re.search(r"^\d\d:\d\d:\d\d  published: 1 read", terminal.text, re.MULTILINE)
    assert re.search(r"^\d\d:\d\d:\d\d  articles/world/b\.md:\d", terminal.text, re.MULTILINE)
    assert "{" not in terminal.text
