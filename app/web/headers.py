"""Headers that tell the browser what these pages never do: run foreign code, be framed, be kept."""

from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_security import current_user

from app.web.doors import request_id, tools
from app.wiring.tools import stand_in_address

PROVIDER = "https://*.stripe.com"
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


def init_headers(app: Flask) -> None:
    """Put the headers on every answer of `app`."""
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    """Add the headers to one answer."""
    response.headers.update(FIXED)
    response.headers["Content-Security-Policy"] = content_policy()
    response.headers["X-Request-ID"] = request_id()
    if tools().settings.base_url.startswith("https:"):
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static" and current_user.is_authenticated:
        response.headers["Cache-Control"] = "no-store"
    return response


def content_policy() -> str:
    """Return the content policy: our own files only; forms may end at the payment provider."""
    return "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "script-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            f"form-action 'self' {PROVIDER} {' '.join(own_provider())}".rstrip(),
        )
    )


def own_provider() -> list[str]:
    """Return where the payment provider answers when it is not the real one."""
    settings = tools().settings
    address = settings.stripe_api_base or stand_in_address(settings)
    if not address:
        return []
    parts = urlsplit(address)
    return [f"{parts.scheme}://{parts.netloc}"]
