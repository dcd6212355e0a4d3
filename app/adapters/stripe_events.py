"""Proves that a webhook is the provider's: signature, age, shape, and the right mode."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import stripe

from app.core.clock import real_now
from app.finance.ports import BadEvent, VerifiedEvent, VerifyEvent

LARGEST = 1024 * 1024
TOLERANCE_SECONDS = 300


def event_verifier(secrets: tuple[str, ...], livemode: bool) -> VerifyEvent:
    """Return the verifier for one shop; the machine's clock tells how old a signature is."""

    def verify(payload: bytes, signature: str | None) -> VerifiedEvent:
        return verify_event(payload, signature, secrets, real_now(), livemode)

    return verify


def verify_event(
    payload: bytes,
    signature: str | None,
    secrets: Sequence[str],
    now: datetime,
    livemode: bool,
) -> VerifiedEvent:
    """Return the event that `payload` is, or raise `BadEvent`.

    Any of the secrets may have signed it, so that a secret can be changed without a gap. The age
    is checked on both sides of now, which the SDK does on one side only.
    """
    if len(payload) > LARGEST:
        raise BadEvent("larger than an event can be")
    _check_signature(payload, signature or "", secrets)
    _check_age(signature or "", now)
    return _read(payload, livemode)


def read_event(payload: bytes, livemode: bool) -> VerifiedEvent:
    """Return an event that came from the provider's own list, where nothing is signed."""
    return _read(payload, livemode)


def _check_signature(payload: bytes, signature: str, secrets: Sequence[str]) -> None:
    if not signature.isascii():
        raise BadEvent("no signature of ours")
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(payload, signature, secret)
        except stripe.SignatureVerificationError:
            continue
        except UnicodeDecodeError as error:
            raise BadEvent("not UTF-8") from error
        return
    raise BadEvent("no signature of ours")


def _check_age(signature: str, now: datetime) -> None:
    # The first moment is the signed one; whoever repeats an old event could add a second.
    signed = next(part for part in signature.split(",") if part.startswith("t="))
    if abs(now.timestamp() - int(signed[2:])) > TOLERANCE_SECONDS:
        raise BadEvent("signed too long ago, or in the future")


def _read(payload: bytes, livemode: bool) -> VerifiedEvent:
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
