"""A running sandbox, the real Stripe library pointed at it, and somebody who receives webhooks."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from app.sandbox.serving import Running, start

SECRET = "whsec_for_tests"


class Control:
    """The levers under `/_sandbox/`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str) -> Any:
        return requests.get(f"{self.url}/_sandbox{path}", timeout=10).json()

    def post(self, path: str, **body: Any) -> Any:
        answer = requests.post(f"{self.url}/_sandbox{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()


class Receiver:
    """Keeps every webhook it is sent, and answers with `status`."""

    def __init__(self) -> None:
        self.received: list[tuple[bytes, str]] = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append((body, self.headers["Stripe-Signature"]))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def events(self) -> list[stripe.Event]:
        return [
            stripe.Webhook.construct_event(body, header, SECRET)  # type: ignore[no-untyped-call]
            for body, header in self.received
        ]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def sandbox() -> Iterator[Running]:
    running = start()
    yield running
    running.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.close()


@pytest.fixture
def client_for() -> Iterator[Callable[..., stripe.StripeClient]]:
    sessions: list[requests.Session] = []

    def build(running: Running, timeout: float = 10, retries: int = 0) -> stripe.StripeClient:
        session = requests.Session()
        sessions.append(session)
        return stripe.StripeClient(
            "sk_test_sandbox",
            base_addresses={"api": running.url},
            http_client=stripe.RequestsClient(timeout=timeout, session=session),
            max_network_retries=retries,
        )

    yield build
    for session in sessions:
        session.close()


@pytest.fixture
def client(sandbox: Running, client_for: Callable[..., stripe.StripeClient]) -> stripe.StripeClient:
    return client_for(sandbox)


@pytest.fixture
def control(sandbox: Running) -> Control:
    return Control(sandbox.url)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "sandbox" / "journal.jsonl"


@pytest.fixture
def ada(client: stripe.StripeClient) -> tuple[str, str]:
    """A customer and her good card."""
    customer = client.v1.customers.create({"email": "ada@example.org", "name": "Ada"})
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    return customer.id, card.id


@pytest.fixture
def box(client: stripe.StripeClient, ada: tuple[str, str]) -> Callable[..., stripe.PaymentIntent]:
    """Make an intent for one of Ada's boxes, unconfirmed unless told otherwise."""

    def make(amount: int = 2900, key: str | None = None, **more: Any) -> stripe.PaymentIntent:
        customer, card = ada
        params = {
            "amount": amount,
            "currency": "usd",
            "customer": customer,
            "payment_method": card,
            "allowed_payment_method_types": ["card"],
            **more,
        }
        return client.v1.payment_intents.create(params, {"idempotency_key": key} if key else {})

    return make
