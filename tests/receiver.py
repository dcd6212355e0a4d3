"""A program that is told: a real server on this machine that keeps what came, and answers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """What came as (path, headers, body); `answers` are given in turn, then always the last."""

    port: int = 0
    came: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    connections: int = 0
    answers: list[tuple[int, dict[str, str], bytes]] = field(
        default_factory=lambda: [(204, {}, b"")]
    )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    def will_answer(self, *statuses: int, headers: dict[str, str] | None = None) -> None:
        self.answers = [(status, headers or {}, b"said so") for status in statuses]

    def next_answer(self) -> tuple[int, dict[str, str], bytes]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Let a receiver listen for as long as the block lasts."""
    held = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def setup(self) -> None:
            held.connections += 1
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            held.came.append((self.path, dict(self.headers.items()), body))
            status, headers, answer = held.next_answer()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
