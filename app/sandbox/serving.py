"""Runs the stand-in: in a background thread for tests, or in the foreground as a command."""

import logging
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer, create_server
from waitress.task import WSGITask

from app.sandbox.server import Sandbox, create_app
from app.sandbox.state import Book
from app.sandbox.webhooks import Courier

HOST = "127.0.0.1"
THREADS = 16


class SeveringTask(WSGITask):  # type: ignore[misc]
    """Lets the application end a connection without answering, as a broken network does."""

    def get_environment(self) -> dict[str, Any]:
        """Add the means to hang up to the usual environment."""
        environ: dict[str, Any] = super().get_environment()
        environ["sandbox.hang_up"] = self._hang_up
        return environ

    def _hang_up(self) -> None:
        self.close_on_finish = True
        try:
            self.channel.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the client was faster


class SeveringChannel(HTTPChannel):  # type: ignore[misc]
    """A connection whose requests may be cut."""

    task_class = SeveringTask


class Running:
    """A started stand-in: its address, its state, and the way to stop it."""

    def __init__(self, sandbox: Sandbox, server: TcpWSGIServer) -> None:
        self.sandbox = sandbox
        self.book = sandbox.book
        self.courier = sandbox.courier
        self._server = server
        self.port = int(server.effective_port)
        self.url = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(target=server.run, daemon=True)

    def start(self) -> "Running":
        """Serve in a background thread."""
        self.courier.start()
        self._thread.start()
        return self

    def run(self) -> None:
        """Serve in this thread until interrupted."""
        self.courier.start()
        try:
            self._server.run()
        finally:
            self._finish()

    def close(self) -> None:
        """Stop, and let go of port, threads and journal."""
        self.sandbox.closing.set()
        if self._thread.is_alive():
            # A server that is just ending by itself has let go of its trigger already.
            with suppress(OSError):
                self._server.trigger.pull_trigger(self._drop_connections)
            self._thread.join(timeout=10)
        self._finish()

    def _drop_connections(self) -> None:
        # The server's loop ends when nothing is left to watch.
        for watched in list(self._server._map.values()):
            watched.close()
        self._server._map.clear()

    def _finish(self) -> None:
        self.sandbox.closing.set()
        self._server.task_dispatcher.shutdown()
        self.courier.close()
        self.book.close()


def prepare(
    port: int = 0,
    journal_path: Path | None = None,
    webhook_url: str | None = None,
    webhook_secret: str = "",
) -> Running:
    """Build a stand-in that listens on loopback; port 0 takes any free one."""
    book = Book(journal_path)
    if webhook_url:
        with book.work():
            book.endpoint = {**book.endpoint, "url": webhook_url, "secret": webhook_secret}
            book.note("endpoint", book.endpoint)
    sandbox = Sandbox(book, Courier(book))
    # A queue of requests is what a burst looks like, not something to warn of.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = create_server(
        create_app(sandbox),
        host=HOST,
        port=port,
        threads=THREADS,
        clear_untrusted_proxy_headers=True,
    )
    server.channel_class = SeveringChannel
    return Running(sandbox, server)


def start(
    port: int = 0,
    journal_path: Path | None = None,
    webhook_url: str | None = None,
    webhook_secret: str = "",
) -> Running:
    """Start a stand-in in the background; close it with `.close()`."""
    return prepare(port, journal_path, webhook_url, webhook_secret).start()


def serve(
    port: int,
    journal_path: Path | None = None,
    webhook_url: str | None = None,
    webhook_secret: str = "",
) -> None:
    """Run a stand-in in the foreground until it is interrupted."""
    prepare(port, journal_path, webhook_url, webhook_secret).run()
