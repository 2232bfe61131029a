"""The real nginx, with one block of a configuration that the project shows."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from typing import NamedTuple

from tests.tools.programs import needed
from tests.tools.service import free_port, until

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"  # which is not in every path

MAIN = """\
daemon off;
{user}
pid {folder}/nginx.pid;
error_log stderr;
events {{ }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    include {folder}/feedsvc.conf;
}}
"""


class Answer(NamedTuple):
    status: int
    headers: HTTPMessage
    body: bytes


class Nginx:
    """nginx with one block of the documentation, at a free port and with other paths."""

    def __init__(self, folder: Path, block: str, **paths: str) -> None:
        if not Path(NGINX).exists():
            needed("nginx")
        self.port = free_port()
        for place, other in {"listen 80;": f"listen 127.0.0.1:{self.port};", **paths}.items():
            assert place in block
            block = block.replace(place, other)
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "feedsvc.conf").write_text(block)
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user))
        self.log = folder / "nginx.log"
        command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stderr=log)
        until(lambda: self.get("/rss.xml"))

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers=sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def close(self) -> None:
        self.end()

    def end(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        return self.log.read_text()
