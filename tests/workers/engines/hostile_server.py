"""A server with OpenAI's interface that misbehaves to order, as a process of its own.

    python -m tests.workers.engines.hostile_server    prints its port, then serves until it is killed

The path says what kind of server it is: `/good`, `/plain` (200, and neither schema nor logprobs), `/blind` (500 for a
picture), `/strict` (only `max_completion_tokens`), `/other` (answers by another model), `/small` (413 above 20 kB),
`/key` (repeats the API key in a 401), `/elsewhere` (302 to /good), `/dead` (500 to all). Orders stand in the prompt:
`[500 2]` fails the first two attempts in this way, then answers. GET /journal tells what was asked, and when.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "m-1"
lock = threading.Lock()
attempts: Counter[str] = Counter()
journal: list[dict[str, Any]] = []
in_flight = 0


class Hostile(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/journal":
            self.answer(200, {"asked": journal})
        elif self.path.endswith("/models") and "/good" in self.path:
            self.answer(200, {"data": [{"id": MODEL}]})
        else:
            self.answer(404, {"error": "no list"})

    def do_POST(self) -> None:
        global in_flight  # noqa: PLW0603
        length = int(self.headers["content-length"])
        body = json.loads(self.rfile.read(length))
        text = json.dumps(body["messages"])
        with lock:
            attempts[text] += 1
            in_flight += 1
            journal.append({"path": self.path, "at": time.time(), "body": body, "in_flight": in_flight})
            number = attempts[text]
        try:
            self.obey(body, text, number, length)
        finally:
            with lock:
                in_flight -= 1

    def obey(self, body: dict[str, Any], text: str, number: int, length: int) -> None:
        kind = self.path.split("/")[1]
        if kind == "dead":
            return self.answer(500, {"error": "dead"})
        if kind == "key":
            return self.answer(401, {"error": f"bad credentials: {self.headers['authorization']}"})
        if kind == "elsewhere":
            return self.answer(302, {}, {"Location": "/good/chat/completions"})
        if kind == "strict" and "max_tokens" in body:
            return self.answer(400, {"error": "max_tokens is not supported, use max_completion_tokens instead"})
        if kind == "small" and length > 20_000:
            return self.answer(413, {"error": "too large"})
        if kind == "blind" and "image_url" in text:
            return self.answer(500, {"error": "image input is not supported"})
        for order, fail in ORDERS.items():
            ordered = re.search(rf"\[{order} (\d+)\]", text)
            if ordered and number <= int(ordered[1]):
                return fail(self)
        if "[pause]" in text:
            time.sleep(0.1)
        return self.answer(200, reply(body, text, number, kind))

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def half(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"choices": [{"mess')
        self.close_connection = True

    def huge(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(1 << 40))
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x" * 65536)
        except OSError:
            self.close_connection = True

    def silent(self) -> None:
        time.sleep(600)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


ORDERS = {
    "429": lambda self: self.answer(429, {"error": "slow down"}, {"Retry-After": "0.5"}),
    "429 for long": lambda self: self.answer(429, {"error": "quota"}, {"Retry-After": "86400"}),
    "500": lambda self: self.answer(500, {"error": "oops"}),
    "400": lambda self: self.answer(400, {"error": "this prompt is too long"}),
    "html": lambda self: self.answer(200, b"<html>It works!</html>"),
    "list": lambda self: self.answer(200, []),
    "gzip": lambda self: self.answer(200, gzip.compress(b"0" * 1000), {"Content-Encoding": "gzip"}),
    "half": Hostile.half,
    "huge": Hostile.huge,
    "silent": Hostile.silent,
}


def reply(body: dict[str, Any], text: str, number: int, kind: str) -> dict[str, Any]:
    said: str | None = "The sea is wide."
    wanted = body.get("response_format")
    if "[says " in text:  # to each attempt in turn
        replies = text.partition("[says ")[2].partition(" said]")[0]
        words = replies.encode().decode("unicode_escape").split(" then ")
        turn = sum(message["role"] == "assistant" for message in body["messages"])
        said = words[min(turn, len(words) - 1)]
    elif wanted and kind != "plain":
        properties = wanted["json_schema"]["schema"]["properties"]
        said = json.dumps({name: one.get("const", "yes") for name, one in properties.items()})
    choice: dict[str, Any] = {"message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
    if "[cut]" in text:
        choice["finish_reason"] = "length"
    if "[filtered]" in text:
        choice = {"message": {"role": "assistant", "content": None}, "finish_reason": "content_filter"}
    if body.get("logprobs") and kind != "plain":
        likely = {"Yes": -0.2, " No": -2.0, "No": -3.0, "The": -4.0}
        top = [{"token": token, "logprob": value} for token, value in likely.items()]
        choice["logprobs"] = {"content": [{"token": "Yes", "logprob": -0.2, "top_logprobs": top}]}
    model = "m-2" if kind == "other" or "[changed]" in text else f"{MODEL}-2026-05-01"
    return {"model": model, "choices": [choice], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()
