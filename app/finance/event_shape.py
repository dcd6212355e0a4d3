"""What an event of the provider looks like. Pure: bytes in, an event or `BadEvent` out."""

import json
from dataclasses import dataclass
from typing import Any


class BadEvent(Exception):
    """What came is no event of the provider for this shop: refuse it and store nothing."""


@dataclass(frozen=True)
class VerifiedEvent:
    """An event whose signature was checked; `created` is 0 where the provider gave no time."""

    id: str
    type: str
    created: int
    object_id: str
    payload: bytes


def read_event(payload: bytes, livemode: bool) -> VerifiedEvent:
    """Return the event that trusted bytes are, or raise `BadEvent`."""
    content = _json(payload)
    if content.get("object") != "event":
        raise BadEvent("not an event")
    thing = (content.get("data") or {}).get("object") or {}
    names = (content.get("id"), content.get("type"), thing.get("id", ""))
    if not all(isinstance(each, str) for each in names) or not names[0] or not names[1]:
        raise BadEvent("an event without its name or kind")
    if bool(content.get("livemode")) is not livemode:
        raise BadEvent("an event of the other mode")
    created = content.get("created")
    return VerifiedEvent(
        id=str(names[0]),
        type=str(names[1]),
        created=created if isinstance(created, int) else 0,
        object_id=str(names[2]),
        payload=payload,
    )


def _json(payload: bytes) -> dict[str, Any]:
    try:
        content = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise BadEvent("not JSON") from error
    if not isinstance(content, dict) or not isinstance(content.get("data", {}), dict):
        raise BadEvent("not an event")
    thing = content.get("data", {}).get("object", {})
    if not isinstance(thing, dict):
        raise BadEvent("not an event")
    return content
