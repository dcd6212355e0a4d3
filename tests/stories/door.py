"""The shop's web door on a real port, and somebody who brings webhooks to it."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import requests
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from app.core.clock import real_now
from app.sandbox.webhooks import signature
from app.web.app import create_app
from app.wiring.settings import SANDBOX_WEBHOOK_SECRET
from app.wiring.tools import Tools


@dataclass
class WebDoor:
    """A running web application; `url` takes the provider's events."""

    server: BaseWSGIServer
    url: str

    def bring(self, event: dict[str, Any] | bytes, secret: str = SANDBOX_WEBHOOK_SECRET) -> int:
        """Bring one signed event, and return the answer's status."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        moment = int(real_now().timestamp())
        seal = signature(secret, body.decode("utf-8", "replace"), moment)
        answer = requests.post(self.url, data=body, headers={"Stripe-Signature": seal}, timeout=30)
        return answer.status_code

    def bring_at_once(self, event: dict[str, Any], times: int = 3) -> list[int]:
        """Bring the same event several times at the same moment."""
        start, found = threading.Barrier(times), []

        def one() -> None:
            start.wait()
            found.append(self.bring(event))

        _together([threading.Thread(target=one) for _ in range(times)])
        return found

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Quiet(WSGIRequestHandler):
    """Answers without writing a line for each request."""

    def log_request(self, *args: Any) -> None:
        return


def open_door(tools: Tools) -> WebDoor:
    """Serve a shop's pages and webhooks on a free port of this machine."""
    app = create_app(tools)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return WebDoor(server, f"http://127.0.0.1:{server.server_port}/webhooks/stripe")


def _together(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
