"""Signed links for letters: they name one thing, for one purpose, for a limited time."""

from datetime import timedelta

from itsdangerous import BadData, URLSafeTimedSerializer

PAY = "pay"
PAY_LASTS = timedelta(days=14)
GIFT = "gift"
GIFT_LASTS = timedelta(days=800)
LEFT = "left"
LEFT_LASTS = timedelta(days=14)
WAIT = "wait"
WAIT_LASTS = timedelta(days=800)


def sign_link(secret: str, purpose: str, subject: str) -> str:
    """Return the end of a link that names `subject` and cannot be made up."""
    return str(URLSafeTimedSerializer(secret, salt=f"link/{purpose}").dumps(subject))


def read_link(secret: str, purpose: str, token: str, lasts: timedelta) -> str | None:
    """Return what a link names; None if it is forged, for another purpose, or too old."""
    try:
        subject = URLSafeTimedSerializer(secret, salt=f"link/{purpose}").loads(
            token, max_age=int(lasts.total_seconds())
        )
    except BadData:
        return None
    return subject if isinstance(subject, str) else None
