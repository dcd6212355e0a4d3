"""Proves that a webhook is the provider's: signature, age, shape, and the right mode."""

from collections.abc import Sequence
from datetime import datetime

import stripe

from app.core.clock import real_now
from app.finance.event_shape import SNAPSHOT, BadEvent, VerifiedEvent, read_event
from app.finance.ports import VerifyEvent

LARGEST = 1024 * 1024
TOLERANCE_SECONDS = 300


def event_verifier(secrets: tuple[str, ...], livemode: bool, shape: str = SNAPSHOT) -> VerifyEvent:
    """Return the verifier for one shop; the machine's clock tells how old a signature is."""

    def verify(payload: bytes, signature: str | None) -> VerifiedEvent:
        check_proof(payload, signature, secrets, real_now())
        return read_event(payload, livemode, shape)

    return verify


def check_proof(
    payload: bytes, signature: str | None, secrets: Sequence[str], now: datetime
) -> None:
    """Raise `BadEvent` unless the provider signed this, and did so now.

    Any of the secrets may have signed it, so that a secret can be changed without a gap. The age
    is checked on both sides of now, which the SDK does on one side only.
    """
    if len(payload) > LARGEST:
        raise BadEvent("larger than an event can be")
    _check_signature(payload, signature or "", secrets)
    _check_age(signature or "", now)


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
