"""How fast ready feeds are answered, beside nginx serving the same bytes as a file.

Usage: ./run bench serve [ROUNDS]

Needs Debian's wrk and nginx. The two are measured in turns; compare figures of one run alone.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path

from feedsvc.cli.init import newsroom

PATH = "/local/rss.xml"
SECONDS = 2

NGINX = """\
worker_processes 1; daemon off; pid {root}/nginx.pid; error_log {root}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; types {{ application/rss+xml xml; }} gzip_static on;
  sendfile off; keepalive_requests 10000000;
  client_body_temp_path {root}/t; proxy_temp_path {root}/t; fastcgi_temp_path {root}/t;
  uwsgi_temp_path {root}/t; scgi_temp_path {root}/t;
  server {{ listen 127.0.0.1:{port}; root {root}/www; }}
}}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def get(port: int, **headers: str) -> tuple[dict[str, str], bytes]:
    """Return headers and body, as soon as somebody answers."""
    for _ in range(200):
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", PATH, headers=headers)
            answer = connection.getresponse()
            return dict(answer.getheaders()), answer.read()
        except OSError:
            time.sleep(0.05)
    raise SystemExit("nobody answers")


def rate(port: int, *lines: str) -> float:
    """Return the requests in a second that wrk counts."""
    options = [word for line in lines for word in ("-H", line)]
    command = ["wrk", "-t1", "-c32", f"-d{SECONDS}", *options, f"http://127.0.0.1:{port}{PATH}"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said and not any("None-Match" in line for line in lines):
        raise SystemExit(said)
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    return float(found[1]) if found else 0.0


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    if not shutil.which("wrk") or not shutil.which("nginx"):
        raise SystemExit("this needs wrk and nginx: apt-get install wrk nginx-light")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)  # nginx gives its rights away
        shutil.copytree(newsroom() / "articles", root / "articles")
        shutil.copyfile(newsroom() / "config.toml", root / "config.toml")
        ports = {"nginx": free_port(), "feedsvc": free_port()}
        command = [sys.executable, "-m", "feedsvc", "serve", "--port", str(ports["feedsvc"])]
        environment = {**os.environ, "FEEDSVC_CONFIG": str(root / "config.toml")}
        own = subprocess.Popen(
            command,
            cwd=root,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, body = get(ports["feedsvc"])
        file = root / "www" / PATH[1:]
        file.parent.mkdir(parents=True)
        file.write_bytes(body)
        file.with_suffix(".xml.gz").write_bytes(gzip.compress(body, 6))
        (root / "nginx.conf").write_text(NGINX.format(root=root, port=ports["nginx"]))
        other = subprocess.Popen(
            ["nginx", "-c", root / "nginx.conf", "-p", root],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            compare(ports, rounds)
        finally:
            for process in (own, other):
                process.terminate()
                process.wait()


def compare(ports: dict[str, int], rounds: int) -> None:
    tags = {name: get(port)[0]["ETag"] for name, port in ports.items()}
    kinds = {
        "200": {name: ["X-Plain: 1"] for name in ports},
        "200, gzip": {name: ["Accept-Encoding: gzip"] for name in ports},
        "304": {name: [f"If-None-Match: {tag}"] for name, tag in tags.items()},
        "200, a connection each": {name: ["Connection: close"] for name in ports},
    }
    print(f"requests in a second, medians of {rounds} rounds     nginx   feedsvc")
    for kind, lines in kinds.items():
        found: dict[str, list[float]] = {name: [] for name in ports}
        for _ in range(rounds):
            for name, port in ports.items():
                found[name].append(rate(port, *lines[name]))
        nginx, own = (statistics.median(found[name]) for name in ("nginx", "feedsvc"))
        print(f"{kind:<40} {nginx:>14,.0f} {own:>9,.0f}   ×{own / nginx:.2f}")


if __name__ == "__main__":
    main()
