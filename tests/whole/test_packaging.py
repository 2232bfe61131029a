"""``packaging/``: the steps of the Dockerfile and the unit of systemd do as they say."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import kubernetes_validate
import pytest
import yaml

from feedsvc.config.load import load
from tests.tools.programs import needed, needed_file
from tests.tools.service import free_port, until

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
COMPOSE = yaml.safe_load((PACKAGING / "compose.yaml").read_text(encoding="utf-8"))
STRANGER = 65534
"""The user id of a process that may write nothing but its own folders."""
EXPOSURE = "20"
"""A unit's exposure is rated from 0, none, to 100."""


class Step(NamedTuple):
    """An instruction of a Dockerfile."""

    word: str
    rest: str


def stages() -> list[list[Step]]:
    """Return the instructions of each stage of the Dockerfile."""
    text = (PACKAGING / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"(?m)^#.*\n|\\\n\s*", "", text).split("\n")
    steps = [Step(*line.split(" ", 1)) for line in lines if line]
    starts = [number for number, step in enumerate(steps) if step.word == "FROM"]
    return [steps[first:last] for first, last in zip(starts, [*starts[1:], None], strict=True)]


BUILD, IMAGE = stages()


def only(word: str) -> str:
    """Return the one instruction of the image that begins with a word."""
    (rest,) = (step.rest for step in IMAGE if step.word == word)
    return rest


def copy_context(folder: Path) -> None:
    """Copy the files that a build may see."""
    lines = (PACKAGING / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    folder.mkdir()
    for name in (line[1:] for line in lines if line.startswith("!")):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.pyc"))
        else:
            shutil.copyfile(ROOT / name, folder / name)


def as_stranger() -> list[str]:
    """Return the beginning of a command without rights; empty where they cannot be given up."""
    if os.geteuid() != 0:
        return []
    ids = [f"--reuid={STRANGER}", f"--regid={STRANGER}"]
    return ["setpriv", *ids, "--clear-groups", "--no-new-privs"]


class Container(NamedTuple):
    """The file system of the image, in a folder."""

    root: Path
    environment: dict[str, str]

    def inside(self, text: str) -> str:
        """Return a text with the folders of the image in this folder."""
        return re.sub(r"(?<![\w/])/(src|uv|opt|newsroom|var/lib)\b", rf"{self.root}/\1", text)

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*as_stranger(), *command], cwd=self.root / "newsroom", env=self.environment
        )


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    needed_file("/usr/bin/python3", "python3-venv")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        image = Container(root, {"PATH": "/usr/bin:/bin"})
        copy_context(root / "src")
        for step in BUILD:
            if step.word == "RUN":
                environment = {**os.environ, **image.environment}
                command = ["sh", "-euc", image.inside(step.rest)]
                subprocess.run(command, check=True, env=environment)
        shutil.rmtree(root / "src")
        for typed in shlex.split(only("ENV")):
            name, _, value = typed.partition("=")
            image.environment[name] = image.inside(value.replace("$PATH", "/usr/bin:/bin"))
        for place in ("newsroom", "var/lib/feedsvc"):
            (root / place).mkdir(parents=True)
            if as_stranger():
                os.chown(root / place, STRANGER, STRANGER)
        yield image


def test_the_image_serves_a_newsroom_as_a_user_without_rights(container: Container) -> None:
    port = str(free_port())
    assert container.start("feedsvc", "init", ".").wait() == 0
    server = container.start(*json.loads(only("CMD")), "--port", port)
    try:
        probe = json.loads(only("HEALTHCHECK").partition("CMD ")[2].replace("8000", port))
        until(lambda: container.start(*probe).wait() == 0)
        with urlopen(f"http://127.0.0.1:{port}/rss.xml") as answer:
            assert b"<item>" in answer.read()
    finally:
        server.terminate()
        assert server.wait(30) == 0
    assert (container.root / "var/lib/feedsvc/store.sqlite").is_file()


def test_the_folders_of_the_image_are_the_ones_of_compose() -> None:
    machines = ("feedsvc", "machine-1", "machine-2")
    for volumes in (COMPOSE["services"][name]["volumes"] for name in machines):
        assert {it.partition(":")[2] for it in volumes} == set(json.loads(only("VOLUME")))
    assert COMPOSE["services"]["feedsvc"]["ports"] == [f"{only('EXPOSE')}:{only('EXPOSE')}"]


def test_compose_follows_its_schema() -> None:
    file = str(PACKAGING / "compose.yaml")
    command = ["check_jsonschema", "--builtin-schema", "vendor.compose-spec", file]
    subprocess.run([sys.executable, "-m", *command], check=True)


def test_each_part_for_kubernetes_follows_its_schema() -> None:
    text = (PACKAGING / "kubernetes.yaml").read_text(encoding="utf-8")
    parts = yaml.safe_load(text)["items"]
    for part in parts:
        kubernetes_validate.validate(part, "1.30", strict=True)
    kinds = {"ConfigMap", "Job", "Deployment", "PodDisruptionBudget", "Service"}
    assert {part["kind"] for part in parts} == kinds


def test_the_configuration_for_kubernetes_is_right(tmp_path: Path) -> None:
    text = (PACKAGING / "kubernetes.yaml").read_text(encoding="utf-8")
    (part,) = (it for it in yaml.safe_load(text)["items"] if it["kind"] == "ConfigMap")
    file = tmp_path / "config.toml"
    file.write_text(part["data"]["config.toml"], encoding="utf-8")
    url = "postgresql://feedsvc:secret@db.example/feedsvc"
    config = load(file, environ={"FEEDSVC_STORE_URL": url})
    assert (config.records.kept_in, config.store.url != "") == ("database", True)


def test_the_unit_of_systemd_is_right_and_confined(tmp_path: Path) -> None:
    analyze = needed("systemd-analyze", "systemd")
    unit = tmp_path / "feedsvc.service"
    text = (PACKAGING / "feedsvc.service").read_text(encoding="utf-8")
    unit.write_text(
        text.replace("/opt/feedsvc/bin/feedsvc", f"{Path(sys.executable).parent}/feedsvc")
    )
    for command in (["verify"], ["security", "--offline=true", f"--threshold={EXPOSURE}"]):
        run = subprocess.run(
            [analyze, *command, str(unit)], check=False, capture_output=True, text=True
        )
        assert run.returncode == 0, run.stdout + run.stderr
        assert "feedsvc.service:" not in run.stderr
