"""Another server on this machine, which answers as a test says; and a certificate for its name."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

HOST = "pictures.example"
"""The name in the certificate."""

Respond = Callable[[BaseHTTPRequestHandler], None]


class OtherServer:
    """A server whose answers are functions by path; it remembers the requests."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, Respond] = {}
        self.other: Respond = status(404)
        """Answers at all other paths."""
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.ended = Event()
        """Set at the end, for answers that wait."""
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                body = self.rfile.read(length)
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.requests.append((f"{self.command} {self.path}", headers, body))
                with suppress(OSError):
                    server.answers.get(self.path, server.other)(self)

            def do_POST(self) -> None:
                self.do_GET()

            def do_PUT(self) -> None:
                self.do_GET()

            def do_PURGE(self) -> None:
                self.do_GET()

            def do_BAN(self) -> None:
                self.do_GET()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def asked(self) -> list[str]:
        """Return the paths that were asked for."""
        return [request.partition(" ")[2] for request, _, _ in self.requests]

    @contextmanager
    def running(self) -> Generator[OtherServer]:
        self._thread.start()
        try:
            yield self
        finally:
            self.ended.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()


def status(code: int, body: bytes = b"", **headers: str) -> Respond:
    """Return an answer with a body of its true length."""

    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return respond


def one_after_the_other(*answers: Respond) -> Respond:
    """Return the next answer for each request."""
    left = iter(answers)

    def respond(handler: BaseHTTPRequestHandler) -> None:
        next(left)(handler)

    return respond


def picture(data: bytes, kind: str = "image/png") -> Respond:
    return status(200, data, Content_Type=kind)


def certificate(folder: Path, name: str = f"DNS:{HOST}") -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return settings of a server with a certificate for a name, and of a client for it."""
    key, chain = folder / "key.pem", folder / "chain.pem"
    openssl = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = f"-subj /CN={HOST} -addext subjectAltName={name}"
    words = f"{openssl} {names} -keyout {key} -out {chain}".split()
    subprocess.run(words, check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain, key)
    return server, ssl.create_default_context(cafile=str(chain))


def silent_port() -> socket.socket:
    """Return a socket that accepts connections, and never answers."""
    return socket.create_server(("127.0.0.1", 0))
