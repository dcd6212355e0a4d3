"""How often a stranger may try: sign-in, codes and sign-up are counted by address."""

from contextlib import suppress

from flask import request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(key_func=get_remote_address, headers_enabled=True)

SIGN_IN = "30 per minute"
SIGN_IN_SAME_PERSON = "6 per 10 minutes"
CODES = "6 per 10 minutes"
SIGN_UP = "20 per hour"
REFUSED_WEBHOOKS = "webhooks-refused"
REFUSED_FOR = 24 * 3600


def same_person() -> str:
    """Count tries for one person together, wherever they come from."""
    return "person:" + request.form.get("identity", "").strip().casefold()[:320]


def refused_webhook() -> None:
    """Count a webhook that was not the provider's; nothing else is kept of it."""
    with suppress(Exception):
        # The counters may be away; who knocks with rubbish is answered all the same.
        limiter.storage.incr(REFUSED_WEBHOOKS, REFUSED_FOR)


def refused_webhooks() -> int:
    """Return how many webhooks were refused since the first of the last day; 0 if unknown."""
    with suppress(Exception):
        return limiter.storage.get(REFUSED_WEBHOOKS)
    return 0
