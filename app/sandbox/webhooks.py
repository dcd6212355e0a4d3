"""Delivers events as signed webhooks: at least once, in no promised order, until answered 2xx."""

import hashlib
import heapq
import hmac
import random
import threading
from dataclasses import asdict, dataclass

import requests

from app.sandbox.clock import steady, wall_seconds
from app.sandbox.errors import Json
from app.sandbox.state import Book, dumps, public
from app.sandbox.trace import Trace

SCATTER_SECONDS = 0.5
LONGEST_PAUSE = 60.0


@dataclass
class Manners:
    """How the courier behaves; `duplicates` are extra copies of every event."""

    duplicates: int = 0
    shuffle: bool = False
    delay_seconds: float = 0.0
    loss: float = 0.0
    paused: bool = False
    max_attempts: int = 8
    retry_seconds: float = 1.0


def signature(secret: str, body: str, moment: int) -> str:
    """Return the `Stripe-Signature` header for a body."""
    signed = hmac.new(secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256)
    return f"t={moment},v1={signed.hexdigest()}"


class Courier:
    """Background threads that carry events to the webhook endpoint."""

    def __init__(self, book: Book, threads: int = 4) -> None:
        self.book = book
        self.trace = Trace()
        self.manners = Manners()
        self._wake = threading.Condition()
        self._due: list[tuple[float, float, str]] = []
        self._attempts: dict[str, int] = {}
        self._busy = 0
        self._closed = False
        self._local = threading.local()
        self._counts = {"posted": 0, "refused": 0, "lost": 0}
        book.on_events = self.accept
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]

    def start(self) -> None:
        """Take up what an earlier run left undelivered, then work in the background."""
        with self.book.lock:
            left = [one for one in self.book.undelivered if self._state(one) == "pending"]
        self.accept(left)
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop after the deliveries that are under way."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=5)

    def accept(self, event_ids: list[str]) -> None:
        """Plan new events, with the copies, scatter and delay in force now."""
        with self._wake:
            for event_id in event_ids:
                for _ in range(1 + self.manners.duplicates):
                    self._plan(event_id, self.manners.delay_seconds)
            self._wake.notify_all()

    def wake(self) -> None:
        """Look again at the plan, after the manners or the endpoint changed."""
        with self._wake:
            self._wake.notify_all()

    def flush(self) -> Json:
        """Deliver everything planned now, in this thread; return what came of it."""
        with self._wake:
            entries, self._due = sorted(self._due), []
        if self.manners.shuffle:
            random.shuffle(entries)
        before = self.report()
        for _, _, event_id in entries:
            self._carry(event_id)
        self._wait_for_others()
        after = self.report()
        changed = {name: after[name] - before[name] for name in ("delivered", "failed")}
        return {**changed, "attempted": len(entries), "pending": after["pending"]}

    def redeliver(self, event_id: str) -> None:
        """Send one event again, whatever became of it before."""
        with self.book.work():
            self.book.find("event", event_id)
            self.book.settle(event_id, "pending")
        self._attempts.pop(event_id, None)
        self.accept([event_id])

    def report(self) -> Json:
        """Count deliveries by outcome."""
        with self.book.lock:
            total = len(self.book.deliveries)
            failed = sum(self._state(one) == "failed" for one in self.book.undelivered)
            pending = len(self.book.undelivered) - failed
        counts = {"pending": pending, "delivered": total - pending - failed, "failed": failed}
        with self._wake:
            counts.update(self._counts, planned=len(self._due) + self._busy)
        return {**counts, **asdict(self.manners), "url": self.book.endpoint["url"]}

    def _state(self, event_id: str) -> str:
        return self.book.deliveries[event_id]

    def _plan(self, event_id: str, seconds: float) -> None:
        scatter = random.random() * SCATTER_SECONDS if self.manners.shuffle else 0.0
        now = steady()
        heapq.heappush(self._due, (now + seconds + scatter, now, event_id))

    def _run(self) -> None:
        while True:
            with self._wake:
                event_id = self._next()
                while event_id is None and not self._closed:
                    self._wake.wait(self._pause())
                    event_id = self._next()
                if event_id is None:
                    return
                self._busy += 1
            try:
                self._carry(event_id)
            finally:
                with self._wake:
                    self._busy -= 1
                    self._wake.notify_all()

    def _next(self) -> str | None:
        idle = self._closed or self.manners.paused or not self._due
        if idle or self._due[0][0] > steady():
            return None
        return heapq.heappop(self._due)[2]

    def _pause(self) -> float | None:
        if self.manners.paused or not self._due:
            return None
        return max(0.001, self._due[0][0] - steady())

    def _wait_for_others(self) -> None:
        with self._wake:
            self._wake.wait_for(lambda: self._busy == 0, timeout=30)

    def _carry(self, event_id: str) -> None:
        outcome = self._post(event_id)
        again = False
        with self._wake:
            self._counts[outcome] += 1
            if outcome == "refused":
                tries = self._attempts[event_id] = self._attempts.get(event_id, 0) + 1
                again = tries < self.manners.max_attempts
                if again:
                    pause = min(self.manners.retry_seconds * 2 ** (tries - 1), LONGEST_PAUSE)
                    self._plan(event_id, pause)
            else:
                self._attempts.pop(event_id, None)
        if not again:
            self._settle(event_id, "delivered" if outcome == "posted" else "failed")

    def _settle(self, event_id: str, outcome: str) -> None:
        with self.book.work():
            # A copy that arrived counts; a later copy that got lost changes nothing.
            if self._state(event_id) != "delivered":
                self.book.settle(event_id, outcome)

    def _post(self, event_id: str) -> str:
        if self.manners.loss and random.random() < self.manners.loss:
            return "lost"
        with self.book.lock:
            event = self.book.get(event_id)
            endpoint = dict(self.book.endpoint)
        body = dumps(public(event or {}))
        self.trace.event(body)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(endpoint["secret"], body, wall_seconds()),
            "User-Agent": "Stripe/1.0 (sandbox)",
        }
        try:
            answer = self._session().post(
                endpoint["url"],
                body.encode(),
                headers=headers,
                timeout=10,
                allow_redirects=False,
            )
        except requests.RequestException:
            return "refused"
        return "posted" if 200 <= answer.status_code < 300 else "refused"

    def _session(self) -> requests.Session:
        # Sessions are not meant to be shared by threads, so each thread has its own.
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
        return session
