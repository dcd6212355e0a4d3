"""How often a stranger may try: sign-in, codes, sign-up and webhooks are counted by address."""

from flask import request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(key_func=get_remote_address, headers_enabled=True)

SIGN_IN = "30 per minute"
SIGN_IN_SAME_PERSON = "6 per 10 minutes"
CODES = "6 per 10 minutes"
SIGN_UP = "20 per hour"
WEBHOOKS = "6000 per minute"


def same_person() -> str:
    """Count tries for one person together, wherever they come from."""
    return "person:" + request.form.get("identity", "").strip().casefold()[:320]
