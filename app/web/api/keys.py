"""Who calls: the guard that asks a program for its key and looks at the key's scopes."""

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from flask import Response, current_app, g, request
from flask_limiter.util import get_remote_address
from limits import parse

from app.core.clock import real_now
from app.core.unit_of_work import Actor
from app.people.queries import hash_key, key_of
from app.people.rules import Scope
from app.web.api.problems import Said
from app.web.doors import guarded, request_id, tools
from app.web.limits import limiter

View = Callable[..., Response]
log = structlog.get_logger()


def presented() -> str | None:
    """Return the key that came with this request; a session cookie is none."""
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        return None
    return given.token


def count_calls() -> None:
    """Stop programs that call too often; while the counters are away nobody is stopped."""
    rate = parse(current_app.config["API_RATE"])
    try:
        allowed = limiter.limiter.hit(rate, "api", caller())
        resets_at = limiter.limiter.get_window_stats(rate, "api", caller()).reset_time
    except Exception:
        log.warning("api_counters_away", exc_info=True)
        return
    if not allowed:
        wait = max(1, math.ceil(resets_at - real_now().timestamp()))
        headers = {"Retry-After": str(wait)}
        raise Said(429, "key:rate", f"More than {rate} were too many.", headers=headers)


def caller() -> str:
    """Name who is counted for the rate: the key, or the address of somebody without one."""
    key = presented()
    return f"key:{hash_key(key)}" if key else f"address:{get_remote_address()}"


def scoped(scope: Scope) -> Callable[[View], View]:
    """Let programs in whose key has `scope`, and sign what they do with the key's id."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guard(**parts: Any) -> Response:
            admit(scope)
            return view(**parts)

        return guarded("scoped", guard)

    return decorate


def admit(scope: Scope) -> None:
    """Refuse a missing, unknown or revoked key, and one without the scope."""
    plain = presented()
    with tools().sessions() as session:
        key = key_of(session, plain) if plain else None
    if key is None:
        raise Said(
            401,
            "key:missing" if plain is None else "key:unknown",
            "Send your key as `Authorization: Bearer bw_...`.",
            headers={"WWW-Authenticate": 'Bearer realm="boxwright"'},
        )
    if scope.value not in key.scopes:
        raise Said(403, "key:scope", f"This key has no scope `{scope.value}`.")
    g.actor = Actor("api", str(key.id), request_id())
