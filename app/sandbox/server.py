"""The stand-in's HTTP face: keys, faults, idempotency and errors around every endpoint."""

import base64
import ipaddress
import threading
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Request, Response, request

from app.sandbox import (
    billing_portal,
    charging,
    checkout,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    setup_intents,
    taxes,
)
from app.sandbox.control import control_pages
from app.sandbox.endpoints import Endpoint, Visit
from app.sandbox.errors import ApiError, Json
from app.sandbox.expansion import expand
from app.sandbox.faults import Fault, Faults, refusal
from app.sandbox.hosted import hosted_pages
from app.sandbox.idempotency import Saved, fingerprint
from app.sandbox.params import pairs, tree
from app.sandbox.state import Book, dumps, new_id, public
from app.sandbox.trace import Trace
from app.sandbox.webhooks import Courier

PARTS = (
    customers,
    payment_methods,
    setup_intents,
    payment_intents,
    charging,
    refunds,
    disputes,
    payouts,
    taxes,
    checkout,
    billing_portal,
    events,
)
Pairs = list[tuple[str, str]]


@dataclass
class Sandbox:
    """All that one running stand-in consists of."""

    book: Book
    courier: Courier
    faults: Faults = field(default_factory=Faults)
    trace: Trace = field(default_factory=Trace)
    closing: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Answer:
    """A finished answer, ready to be sent or to be repeated later."""

    status: int
    body: str
    request_id: str
    replayed: bool = False


def create_app(sandbox: Sandbox) -> Flask:
    """Build the application over one sandbox's state."""
    app = Flask(__name__)
    app.before_request(_only_from_here)
    for part in PARTS:
        for endpoint in part.ENDPOINTS:
            _add(app, sandbox, endpoint)
    app.register_blueprint(control_pages(sandbox.book, sandbox.courier, sandbox.faults))
    app.register_blueprint(hosted_pages(sandbox.book))
    app.register_error_handler(404, _unknown_address)
    app.register_error_handler(405, _unknown_address)
    app.register_error_handler(500, _broken)
    app.register_error_handler(ApiError, _refused)
    return app


def _only_from_here() -> None:
    """Turn away other machines, and web pages that reach this one under another name."""
    host = request.host.rsplit(":", 1)[0].strip("[]")
    if not (_is_loopback(host) and _is_loopback(request.remote_addr or "")):
        raise ApiError(403, "invalid_request_error", "The sandbox answers on loopback only.")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _unknown_address(error: Exception) -> Response:
    message = (
        f"Unrecognized request URL ({request.method}: {request.path}). If you are trying to list"
        " objects, remove the trailing slash. If you are trying to retrieve an object, make sure"
        " you passed a valid (non-empty) identifier in your code."
    )
    return _refused(ApiError(404, "invalid_request_error", message))


def _broken(error: Exception) -> Response:
    return _refused(ApiError(500, "api_error", "The sandbox itself failed: see its log."))


def _refused(error: ApiError) -> Response:
    return _response(Answer(error.status, dumps(error.body()), new_id("req_")))


def _add(app: Flask, sandbox: Sandbox, endpoint: Endpoint) -> None:
    def view(**ids: str) -> Response:
        return handle(sandbox, endpoint, ids)

    name = f"{endpoint.method} {endpoint.rule}".replace(".", "_")
    app.add_url_rule(endpoint.rule, name, view, methods=[endpoint.method])


def handle(sandbox: Sandbox, endpoint: Endpoint, ids: dict[str, str]) -> Response:
    """Answer one API request, unless a fault has other plans for it."""
    fault = sandbox.faults.take(request.method, request.path)
    if fault is not None and not fault.performs:
        if fault.kind == "timeout_before":
            return _hang_up(sandbox, fault)
        return _refused(refusal(fault))
    try:
        authorise(request)
        answer = _once(sandbox, endpoint, ids, fault)
    except ApiError as error:
        answer = Answer(error.status, dumps(error.body()), new_id("req_"))
    sandbox.trace.call(request.method, endpoint.rule, _fields(), (answer.status, answer.body))
    if fault is not None and fault.kind in ("timeout_after", "cut"):
        return _hang_up(sandbox, fault)
    return _response(answer)


def authorise(incoming: Request) -> None:
    """Accept any test key, as a bearer token or as the user name of basic authentication."""
    scheme, _, given = incoming.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        given = _user_name(given)
    if scheme.lower() not in ("basic", "bearer") or not given:
        message = (
            "You did not provide an API key. You need to provide your API key in the"
            " Authorization header, using Bearer auth (e.g. 'Authorization: Bearer"
            " YOUR_SECRET_KEY')."
        )
        raise ApiError(401, "invalid_request_error", message, saved=False)
    if not given.startswith("sk_test_"):
        message = f"Invalid API Key provided: {given[:8]}****"
        raise ApiError(401, "invalid_request_error", message, saved=False)


def _user_name(coded: str) -> str:
    try:
        return base64.b64decode(coded, validate=True).decode().partition(":")[0]
    except ValueError:
        return ""


def _once(sandbox: Sandbox, endpoint: Endpoint, ids: dict[str, str], fault: Fault | None) -> Answer:
    """Do the work, or repeat the answer its idempotency key was given before."""
    fields = _fields()
    key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    if not key:
        return _perform(sandbox, endpoint, ids, fields)
    saved = sandbox.book.keys.claim(key, fingerprint(request.method, request.path, fields))
    if saved is not None:
        return Answer(saved.status, saved.body, saved.request_id, replayed=True)
    try:
        if fault is not None and fault.kind == "slow":
            sandbox.closing.wait(fault.seconds)
        return _perform(sandbox, endpoint, ids, fields, key)
    finally:
        sandbox.book.keys.release(key)


def _fields() -> Pairs:
    if request.method == "POST":
        return pairs(request.get_data(as_text=True))
    return pairs(request.query_string.decode())


def _perform(
    sandbox: Sandbox,
    endpoint: Endpoint,
    ids: dict[str, str],
    fields: Pairs,
    key: str | None = None,
) -> Answer:
    book, request_id = sandbox.book, new_id("req_")
    sent = tree(fields)
    with book.work():
        book.request = {"id": request_id, "idempotency_key": key}
        status, content, saved = _run(book, endpoint, sent, ids)
        body = dumps(content)
        if key and saved:
            print_ = fingerprint(request.method, request.path, fields)
            kept = Saved(print_, status, body, request_id, book.now())
            book.note("key", book.keys.save(key, kept))
    return Answer(status, body, request_id)


def _run(book: Book, endpoint: Endpoint, sent: Json, ids: dict[str, str]) -> tuple[int, Json, bool]:
    visit = Visit(request.host_url.rstrip("/"), request.path, _version())
    try:
        answer = public(endpoint.call(book, sent, ids, visit))
        return 200, expand(book, answer, _expansions(sent)), True
    except ApiError as error:
        return error.status, error.body(), error.saved


def _version() -> str:
    return request.headers.get("Stripe-Version", events.API_VERSION)


def _expansions(sent: Json) -> list[str]:
    return [str(path) for path in (sent.get("expand") or {}).values()]


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, content_type="application/json")
    headers: dict[str, Any] = {
        "Request-Id": answer.request_id,
        "Stripe-Version": _version(),
    }
    key = request.headers.get("Idempotency-Key")
    if key and request.method == "POST":
        headers["Idempotency-Key"] = key
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
        headers["Original-Request"] = answer.request_id
        headers["Request-Id"] = new_id("req_")
    response.headers.update(headers)
    return response


def _hang_up(sandbox: Sandbox, fault: Fault) -> Response:
    """Wait as long as asked, then end the connection without a word."""
    sandbox.closing.wait(0 if fault.kind == "cut" else fault.seconds)
    hang_up = request.environ.get("sandbox.hang_up")
    if hang_up is not None:
        hang_up()
    return Response("", 504)
