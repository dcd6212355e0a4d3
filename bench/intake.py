"""Measures what it costs to take the payment provider's events in, and what a burst does.

    python -m bench.intake [--events 50000] [--rounds 5]

The yardstick is a bare Flask view that verifies with the provider's own library and inserts one
row. Both stand in this process, are called without a socket, and write into the same PostgreSQL.
CPU seconds are those of this process, the fastest of several rounds each. Then as many signed
events as asked for arrive in a burst of four threads, one in ten of them twice. The last line is
one JSON object; the exit code is 1 if an event is lost or the yardstick is missed.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import hmac
import io
import json
import logging
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import stripe
import structlog
from flask import Flask, request
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from app.adapters.local_servers import start_postgres
from app.adapters.migrate import upgrade
from app.core.clock import RealClock
from app.core.database import make_engine, with_driver
from app.core.job_names import Job
from app.core.ports import Post
from app.web.app import create_app
from app.wiring.settings import SANDBOX_WEBHOOK_SECRET, Settings
from app.wiring.tools import assemble

SECRET = SANDBOX_WEBHOOK_SECRET
MOST = 1.5
ADDRESS = "/webhooks/stripe"
Web = Callable[[dict[str, Any], Callable[..., Any]], Any]


class Silent:
    """A doorbell and a post box that nobody hears; both are measured elsewhere."""

    def ring(self, job: Job, ids: tuple[str, ...]) -> None:
        """Ring nowhere."""

    def send(self, post: Post) -> None:
        """Send nothing."""


def bare_view(engine: Engine) -> Flask:
    """Return the yardstick: verify with the library, insert once, answer."""
    app = Flask("bare")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE bare_event (id text PRIMARY KEY, payload bytea)"))
    insert = text("INSERT INTO bare_event VALUES (:id, :payload) ON CONFLICT DO NOTHING")

    @app.post(ADDRESS)
    def take() -> dict[str, bool]:
        payload = request.get_data()
        event = stripe.Webhook.construct_event(  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
            payload, request.headers["Stripe-Signature"], SECRET
        )
        with engine.begin() as connection:
            connection.execute(insert, {"id": event.id, "payload": payload})
        return {"received": True}

    return app


def an_event(number: str) -> bytes:
    """Return an event of a paid box as the provider writes it, some 3 kB."""
    thing = {
        "id": f"pi_{uuid.uuid4().hex[:24]}",
        "object": "payment_intent",
        "amount": 3000,
        "amount_received": 3000,
        "currency": "usd",
        "customer": "cus_" + "x" * 14,
        "latest_charge": "ch_" + "y" * 24,
        "metadata": {"app": "boxwright", "payment_id": str(uuid.uuid4()), "invoice": "100001"},
        "status": "succeeded",
        "shipping": {"name": "Ada Lovelace", "address": {"line1": "12 Bean Street"}},
        "description": "d" * 1800,
    }
    return json.dumps(
        {
            "id": f"evt_{number}",
            "object": "event",
            "api_version": "2026-08-26.dahlia",
            "created": 1_800_000_000,
            "data": {"object": thing},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": "payment_intent.succeeded",
        },
        indent=2,
    ).encode()


def signed(payload: bytes) -> str:
    """Return the header that proves a payload, made now."""
    now = int(time.time())
    mark = hmac.new(SECRET.encode(), f"{now}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={now},v1={mark}"


def environ(payload: bytes) -> dict[str, Any]:
    """Return the request that carries a payload, as a server would hand it over."""
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": ADDRESS,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_STRIPE_SIGNATURE": signed(payload),
        "CONTENT_TYPE": "application/json; charset=utf-8",
        "CONTENT_LENGTH": str(len(payload)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(payload),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def bring(web: Web, payload: bytes) -> int:
    """Bring one event to the door, and return the answer's code."""
    codes: list[str] = []
    answer = web(environ(payload), lambda status, headers, problem=None: codes.append(status))
    for _part in answer:
        pass
    if hasattr(answer, "close"):
        answer.close()
    return int(codes[0][:3])


def cpu_an_event(web: Web, name: str, count: int) -> float:
    """Return the CPU microseconds of one event, without making the request."""
    requests = [environ(an_event(f"{name}_{number}")) for number in range(count)]
    gc.collect()
    begun = time.process_time()
    for each in requests:
        answer = web(each, lambda status, headers, problem=None: None)
        for _part in answer:
            pass
        if hasattr(answer, "close"):
            answer.close()
    return (time.process_time() - begun) / count * 1e6


def burst(web: Web, count: int, say: Callable[[str], None]) -> tuple[list[int], float]:
    """Bring so many events by four threads; return memory in MiB on the way, and the seconds."""
    memory, begun = [resident()], time.monotonic()
    step = max(1, count // 10)

    def one(number: int) -> int:
        payload = an_event(f"burst_{number}")
        codes = [bring(web, payload) for _ in range(2 if number % 10 == 0 else 1)]
        return max(codes)

    with ThreadPoolExecutor(4) as doors:
        for first in range(0, count, step):
            codes = set(doors.map(one, range(first, min(first + step, count))))
            assert codes == {200}, codes
            memory.append(resident())
            say(f"{min(first + step, count)} events, {memory[-1]} MiB")
    return memory, time.monotonic() - begun


def resident() -> int:
    """Return this process's memory in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 // 2**20


def count_of(engine: Engine, name: str) -> int:
    """Return how many events of one name are stored."""
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT count(*) FROM provider_event WHERE id LIKE :name"),
            {"name": f"evt_{name}%"},
        )
        return int(found.scalar_one())


@contextmanager
def database(home: Path) -> Iterator[str]:
    """Make a database for this run on the shop's own server, and drop it afterwards."""
    url = start_postgres(home, "postgres")
    admin = create_engine(with_driver(url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    name = f"intake_{uuid.uuid4().hex[:10]}"
    head, _, query = url.partition("?")
    mine = f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        upgrade(mine)
        yield mine
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def main() -> int:
    """Measure, print, and say whether the door is quick enough and loses nothing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--events", type=int, default=50_000, help="Events of the burst.")
    parser.add_argument("--rounds", type=int, default=5, help="Rounds of the CPU measurement.")
    parser.add_argument("--sample", type=int, default=400, help="Events in a round.")
    parser.add_argument("--home", type=Path, default=Path(".boxwright"), help="Folder of servers.")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with database(asked.home.resolve()) as url:
        report = measure(url, asked)
    click.echo(json.dumps(report))
    return 0 if report["lost"] == 0 and report["ratio"] <= MOST else 1


def measure(url: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Run both parts against one database, and return the figures."""
    engine = make_engine(url)
    settings = Settings(home=asked.home, database_url=url, stripe_api_base="http://127.0.0.1:9")
    silent = Silent()
    tools = assemble(settings, engine, silent, silent)
    # A real shop's clock: the sandbox's, which can be moved, is one question more.
    tools = replace(tools, units=replace(tools.units, clock=RealClock()))
    ours: Web = create_app(tools).wsgi_app
    bare: Web = bare_view(engine).wsgi_app
    figures: dict[str, list[float]] = {"bare": [], "ours": []}
    for number in range(asked.rounds + 1):
        for name, web in (("bare", bare), ("ours", ours)):
            cost = cpu_an_event(web, f"{name}{number}", asked.sample)
            # The first round warms both up.
            figures[name] += [cost] if number else []
    best = {name: min(costs) for name, costs in figures.items()}
    memory, seconds = burst(ours, asked.events, lambda line: click.echo(line, err=True))
    stored = count_of(engine, "burst_")
    engine.dispose()
    return {
        "bare_us": round(best["bare"]),
        "ours_us": round(best["ours"]),
        "ratio": round(best["ours"] / best["bare"], 2),
        "events": asked.events,
        "stored": stored,
        "lost": asked.events - stored,
        "memory_mib": memory,
        "grown_mib": memory[-1] - memory[len(memory) // 2],
        "seconds": round(seconds, 1),
        "an_event_a_second": round(asked.events / seconds),
    }


if __name__ == "__main__":
    sys.exit(main())
