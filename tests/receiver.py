"""A receiver of webhooks on this machine, in a thread: keeps what came, answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class ScriptedReceiver:
    """`answer` gets each request, its body read, and writes the reply."""

    answer: Callable[[BaseHTTPRequestHandler], None]
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


def says(status: int, text: str = "", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(text.encode())))
        request.end_headers()
        request.wfile.write(text.encode())

    return answer


@contextmanager
def receiving(answer: Callable[[BaseHTTPRequestHandler], None] | None = None) -> Iterator[ScriptedReceiver]:
    held = ScriptedReceiver(answer or says(200, "thanks"))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            held.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
            held.answer(self)

        def log_message(self, *_: Any) -> None:
            """Not into the tests' output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    held.url = f"http://127.0.0.1:{server.server_port}/hook"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
