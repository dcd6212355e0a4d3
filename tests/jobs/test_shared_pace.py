"""All workers together keep below the provider's limit for each kind of call."""

import socket
import uuid
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from app.adapters.local_servers import start_valkey
from app.adapters.shared_pace import SharedPace
from tests.conftest import HOME


def test_three_workers_together_keep_one_pace():
    address, kind = start_valkey(HOME), uuid.uuid4().hex
    workers = [SharedPace(address, 10) for _ in range(3)]
    other = SharedPace(address, 10)

    started = monotonic()
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda n: workers[n % 3].wait(kind), range(25)))
    other.wait(f"{kind}-other")
    # The eleventh has to wait for one second, the twenty-first for two.
    assert monotonic() - started > 1.9


def test_a_worker_without_counters_keeps_a_careful_pace_of_its_own():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"redis://127.0.0.1:{taken.getsockname()[1]}/0"
        pace = SharedPace(address, 400)
        for _ in range(3):
            pace.wait("payment_intents.create")
