"""What an event of the provider looks like. Pure: bytes in, an event or `BadEvent` out."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# The version of the provider's shapes that we were built for; events in another one are kept
# aside, since what they mean may be something else.
KNOWN_VERSION = "2026-08-26.dahlia"
SNAPSHOT, THIN = "event", "v2.core.event"


class BadEvent(Exception):
    """What came is no event of the provider for this shop: refuse it and store nothing."""


@dataclass(frozen=True)
class VerifiedEvent:
    """An event whose signature was checked; `created` is 0 where the provider gave no time.

    `version` is the version of the shape in which it came; a thin event has none.
    """

    id: str
    type: str
    created: int
    object_id: str
    payload: bytes
    version: str | None = None

    @property
    def known(self) -> bool:
        """Say whether its shape is one that we know."""
        return self.version in (None, KNOWN_VERSION)


def read_event(payload: bytes, livemode: bool, shape: str = SNAPSHOT) -> VerifiedEvent:
    """Return the event that trusted bytes are, or raise `BadEvent`."""
    content = _json(payload)
    if content.get("object") != shape:
        raise BadEvent("not an event")
    thing = _thing(content, shape)
    names = (content.get("id"), content.get("type"), thing.get("id", ""))
    if not all(isinstance(each, str) for each in names) or not names[0] or not names[1]:
        raise BadEvent("an event without its name or kind")
    if bool(content.get("livemode")) is not livemode:
        raise BadEvent("an event of the other mode")
    version = content.get("api_version")
    return VerifiedEvent(
        id=str(names[0]),
        type=str(names[1]) if shape == SNAPSHOT else str(names[1]).removeprefix("v1."),
        created=_seconds(content.get("created")),
        object_id=str(names[2]),
        payload=payload,
        version=version if isinstance(version, str) else None,
    )


def thing_of(payload: bytes) -> dict[str, Any] | str:
    """Return the object in a stored event, or the address where it is to be fetched."""
    content = json.loads(payload)
    if content.get("object") == THIN:
        return str((content.get("related_object") or {}).get("url") or "")
    thing = (content.get("data") or {}).get("object")
    return thing if isinstance(thing, dict) else {}


def _thing(content: dict[str, Any], shape: str) -> dict[str, Any]:
    if shape == THIN:
        thing = content.get("related_object") or {}
    else:
        part = content.get("data", {})
        thing = part.get("object", {}) if isinstance(part, dict) else None
    if not isinstance(thing, dict):
        raise BadEvent("not an event")
    return thing


def _json(payload: bytes) -> dict[str, Any]:
    try:
        content = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise BadEvent("not JSON") from error
    if not isinstance(content, dict):
        raise BadEvent("not an event")
    return content


def _seconds(moment: object) -> int:
    """Read a time in either of the provider's ways of writing it; 0 where there is none."""
    if isinstance(moment, int):
        return moment
    try:
        return int(datetime.fromisoformat(str(moment)).timestamp())
    except ValueError:
        return 0
