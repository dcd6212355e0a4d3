"""Everything the stand-in knows: objects as JSON text, their indexes, and one lock over all.

Objects are kept as text, so that reading one always gives a private copy and an event's
snapshot cannot change afterwards. Fields that begin with an underscore are never shown.
"""

import json
import secrets
import threading
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.sandbox.clock import MovableClock
from app.sandbox.errors import Json, missing
from app.sandbox.idempotency import Keys
from app.sandbox.journal import Journal

INDEXED: dict[str, tuple[str, ...]] = {
    "payment_intent": ("customer", "status"),
    "charge": ("customer", "payment_intent"),
    "refund": ("payment_intent", "charge"),
    "dispute": ("payment_intent", "charge"),
    "payment_method": ("customer",),
    "setup_intent": ("customer", "payment_method"),
    "customer": ("email",),
    "checkout.session": ("customer", "payment_intent", "status"),
    "balance_transaction": ("_payout", "source", "type"),
    "event": ("type",),
    "tax.transaction": ("reference",),
}
Stored = tuple[str, str]


def dumps(value: Any) -> str:
    """Write compact JSON."""
    return json.dumps(value, separators=(",", ":"))


def public(thing: Json) -> Json:
    """Return an object without what only the stand-in may know."""
    return {key: value for key, value in thing.items() if key[0] != "_"}


class Book:
    """The account's objects. Use it inside `with book.work():` only."""

    def __init__(self, journal_path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.clock = MovableClock()
        self.keys = Keys(self.clock)
        self.endpoint: Json = {"url": None, "secret": "", "api_version": None}
        self.deliveries: dict[str, str] = {}
        self.undelivered: dict[str, None] = {}
        self.request: Json = {"id": None, "idempotency_key": None}
        self.on_events: Callable[[list[str]], None] = lambda ids: None
        self._texts: dict[str, str] = {}
        self._kind_of: dict[str, str] = {}
        self._born: dict[str, tuple[int, int]] = {}
        self._kinds: dict[str, list[str]] = {}
        self._links: dict[tuple[str, str, str], list[str]] = {}
        self._linked: dict[str, tuple[str | None, ...]] = {}
        self._changed: dict[str, str] = {}
        self._notes: Json = {}
        self._new_events: list[str] = []
        self._depth = 0
        self._journal = Journal(journal_path)
        for entry in self._journal.replay():
            self._restore(entry)

    @contextmanager
    def work(self) -> Iterator[None]:
        """Hold the lock for one operation; whatever it changed becomes one journal line."""
        with self.lock:
            if self._depth == 0:
                self.request = {"id": None, "idempotency_key": None}
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._write_down()

    def note(self, name: str, value: Any) -> None:
        """Add something that is not an object to the current journal line."""
        self._notes[name] = value

    def now(self) -> int:
        """Return the stand-in's current second."""
        return self.clock.now()

    def get(self, wanted: str) -> Json | None:
        """Return a private copy of an object, hidden fields included."""
        text = self._texts.get(wanted)
        return None if text is None else json.loads(text)

    def find(self, kind: str, wanted: str, param: str | None = None) -> Json:
        """Return an object of that kind or raise Stripe's `resource_missing`."""
        if self._kind_of.get(wanted) != kind:
            raise missing(kind, wanted, param)
        thing: Json = json.loads(self._texts[wanted])
        return thing

    def put(self, thing: Json) -> Json:
        """Keep an object as it is now."""
        text = dumps(thing)
        self._keep(thing, text)
        self._changed[thing["id"]] = text
        return thing

    def ids(self, kind: str) -> list[str]:
        """Return all ids of one kind, oldest first; do not change the list."""
        return self._kinds.get(kind, [])

    def linked(self, kind: str, field: str, value: str) -> list[str]:
        """Return the ids whose indexed `field` holds `value`, oldest first."""
        return self._links.get((kind, field, value), [])

    def created(self, wanted: str) -> int:
        """Return when an object was made, without unpacking it."""
        return self._born[wanted][1]

    def position(self, ids: list[str], wanted: str) -> int:
        """Return where an id stands, or would stand, in an ordered list of ids."""
        return bisect_left(ids, self._born[wanted][0], key=self._order)

    def kind_of(self, wanted: str) -> str | None:
        """Return what kind of object an id names, if any."""
        return self._kind_of.get(wanted)

    def announce(self, event_id: str) -> None:
        """Promise an event to the webhook endpoint, when there is one."""
        if self.endpoint["url"]:
            self.settle(event_id, "pending")
            self._new_events.append(event_id)

    def settle(self, event_id: str, outcome: str) -> None:
        """Remember how the delivery of an event stands."""
        self.deliveries[event_id] = outcome
        if outcome == "delivered":
            self.undelivered.pop(event_id, None)
        else:
            self.undelivered[event_id] = None
        self._notes.setdefault("deliveries", {})[event_id] = outcome

    def close(self) -> None:
        """Let go of the journal."""
        with self.lock:
            self._journal.close()

    def _order(self, wanted: str) -> int:
        return self._born[wanted][0]

    def _keep(self, thing: Json, text: str) -> None:
        wanted, kind = thing["id"], thing["object"]
        if wanted not in self._born:
            self._born[wanted] = (len(self._born), thing.get("created", 0))
            self._kinds.setdefault(kind, []).append(wanted)
        self._texts[wanted] = text
        self._kind_of[wanted] = kind
        self._index(wanted, kind, thing)

    def _index(self, wanted: str, kind: str, thing: Json) -> None:
        fields = INDEXED.get(kind)
        if not fields:
            return
        values = tuple(thing.get(field) for field in fields)
        before = self._linked.get(wanted, (None,) * len(fields))
        if values == before:
            return
        self._linked[wanted] = values
        for field, old, new in zip(fields, before, values, strict=True):
            if old == new:
                continue
            if old is not None:
                self._links[kind, field, old].remove(wanted)
            if new is not None:
                insort(self._links.setdefault((kind, field, new), []), wanted, key=self._order)

    def _write_down(self) -> None:
        if self._changed or self._notes:
            parts = [f"{dumps(name)}:{dumps(value)}" for name, value in self._notes.items()]
            if self._changed:
                parts.append('"put":[' + ",".join(self._changed.values()) + "]")
            self._journal.append("{" + ",".join(parts) + "}")
        self._changed, self._notes = {}, {}
        events, self._new_events = self._new_events, []
        if events:
            self.on_events(events)

    def _restore(self, entry: Json) -> None:
        for thing in entry.get("put", ()):
            self._keep(thing, dumps(thing))
        for event_id, outcome in entry.get("deliveries", {}).items():
            self.settle(event_id, outcome)
        self._notes = {}
        if "clock" in entry:
            self.clock.set(entry["clock"])
        if "key" in entry:
            self.keys.restore(entry["key"])
        if "endpoint" in entry:
            self.endpoint = entry["endpoint"]


def new_id(prefix: str) -> str:
    """Return a fresh id such as `pi_` and 24 characters."""
    return prefix + secrets.token_hex(12)
