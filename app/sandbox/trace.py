"""Writes down what was asked of the stand-in and what it answered, for whoever wants to compare it
with the provider's own description: one JSON line for each new shape of an exchange."""

import hashlib
import json
import os
import re
import threading
import uuid
from pathlib import Path
from typing import Any

FOLDER = "STAND_IN_TRACE"
NAME = re.compile(r"^[a-z][a-z_.]{0,60}$")


class Trace:
    """An append-only file in the folder that the environment names; without one nothing is kept."""

    def __init__(self, folder: str | None = None) -> None:
        chosen = folder or os.environ.get(FOLDER)
        self._path = Path(chosen) / f"{uuid.uuid4().hex}.jsonl" if chosen else None
        self._seen: set[bytes] = set()
        self._lock = threading.Lock()

    def call(
        self, method: str, rule: str, fields: list[tuple[str, str]], answer: tuple[int, str]
    ) -> None:
        """Keep one API call: its fields as they were sent, status and body of the answer."""
        if self._path is None:
            return
        status, body = answer
        facts = {"method": method, "rule": rule, "fields": fields, "status": status}
        self._keep({**facts, "body": json.loads(body)})

    def event(self, body: str) -> None:
        """Keep one event as it was delivered."""
        if self._path is not None:
            self._keep({"method": "EVENT", "body": json.loads(body)})

    def _keep(self, exchange: dict[str, Any]) -> None:
        shape = shape_of(exchange)
        with self._lock:
            if shape in self._seen or self._path is None:
                return
            self._seen.add(shape)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a") as lines:
                lines.write(json.dumps(exchange) + "\n")


def shape_of(exchange: dict[str, Any]) -> bytes:
    """Return what two exchanges share that say the same of the provider's language."""
    return hashlib.sha256(json.dumps(_shape(exchange)).encode()).digest()


def _shape(value: Any) -> Any:
    """Return a value with everything blotted out that differs from one person to the next."""
    if isinstance(value, dict):
        return {key: _shape(each) for key, each in sorted(value.items())}
    if isinstance(value, list | tuple):
        return [_shape(each) for each in value]
    if isinstance(value, str):
        return value if NAME.match(value) else re.sub(r"\d+", "0", value)[:3]
    return type(value).__name__ if isinstance(value, int | float) else value
