"""How the API says no: problem documents (RFC 9457) for every refusal, slip and fault."""

import uuid
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from http import HTTPStatus
from typing import Any

import structlog
from flask import Response, g, request
from pydantic import Field, ValidationError
from werkzeug.exceptions import HTTPException

from app.billing.rules import BillingRefusal
from app.catalog.rules import CatalogRefusal
from app.core.refusals import Refused
from app.core.replies import ReplyRefusal
from app.people.rules import PeopleRefusal
from app.personalization.rules import TasteRefusal
from app.subscriptions.rules import SubscriptionRefusal
from app.web.api.shapes import InputRefusal, Moment, Strict, shown
from app.web.doors import request_id

MEDIA = "application/problem+json"
log = structlog.get_logger()
# Refusals of what was sent, although they do not name a field; all others are about the state.
INPUT = frozenset(
    {
        BillingRefusal.BAD_AMOUNT,
        BillingRefusal.TOO_MUCH,
        CatalogRefusal.BAD_PRICE,
        CatalogRefusal.BAD_QUANTITY,
        CatalogRefusal.OUT_OF_SCALE,
        PeopleRefusal.ADDRESS_INCOMPLETE,
        PeopleRefusal.EMAIL_WRONG,
        PeopleRefusal.PASSWORD_SHORT,
        ReplyRefusal.OTHER_REQUEST,
        SubscriptionRefusal.NOTE_TOO_LONG,
        SubscriptionRefusal.RESUME_IN_PAST,
        SubscriptionRefusal.RESUME_TOO_FAR,
        SubscriptionRefusal.UNKNOWN_SIZE,
        *TasteRefusal,
        *InputRefusal,
    }
)
STATE = frozenset({PeopleRefusal.EMAIL_TAKEN, CatalogRefusal.CODE_TAKEN, CatalogRefusal.NOT_ENOUGH})


class Slip(Strict):
    """One field that cannot be used, and why."""

    field: str
    detail: str


class Offer(Strict):
    """What can be had instead: the next open box, a day, the most that is possible."""

    box_id: uuid.UUID | None = None
    ships_on: date | None = None
    at: Moment | None = None
    id: uuid.UUID | None = None
    most: int | None = None
    text: str | None = None


class Problem(Strict):
    """Why a request was not done. Nothing was changed."""

    model_config = shown(
        type="urn:boxwright:box:too_late",
        title="It is too late to change this box. The next one is still open.",
        status=409,
        detail="It is too late to change this box. The next one is still open.",
        instance="urn:uuid:7f1c5c0e-3b7d-4d8e-9a55-0f4d1f9f2a10",
        offer={"box_id": "0d9a6e3c-52a6-4f0a-8f50-6a3c5d0f4c11", "ships_on": "2027-01-20"},
    )

    type: str = Field(description="What kind of problem; the same for all of its kind.")
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    instance: str = Field(description="This request's id, as our log has it.")
    field: str | None = Field(None, description="The field that is to blame.")
    offer: Offer | None = Field(None, description="What can be had instead.")
    errors: list[Slip] | None = Field(None, description="Every field that cannot be used.")


class Said(Exception):
    """A request that is answered with a problem."""

    def __init__(self, status: int, kind: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail, self.more = status, kind, detail, more


def answer(status: int, kind: str, title: str, **more: Any) -> Response:
    """Return a problem as an answer."""
    headers = more.pop("headers", {})
    detail = more.pop("detail", title)
    problem = Problem(
        type=f"urn:boxwright:{kind}",
        title=title,
        status=status,
        detail=detail,
        instance=uuid.UUID(request_id()).urn,
        **more,
    )
    text = problem.model_dump_json(exclude_none=True)
    return Response(text, status, headers, content_type=MEDIA)


def said(error: Said) -> Response:
    """Answer what the API itself refuses."""
    title = HTTPStatus(error.status).phrase
    return answer(error.status, error.kind, title, detail=error.detail, **error.more)


def invalid(error: ValidationError, where: str = "") -> Said:
    """Return the problem of input that does not fit, naming each field."""
    slips = [
        Slip(
            field=".".join(str(part) for part in (where, *each["loc"]) if part != "") or "body",
            detail=each["msg"],
        )
        for each in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    return Said(
        422,
        "request:invalid",
        "Some of what was sent cannot be used.",
        errors=slips,
        field=slips[0].field,
    )


def status_of(error: Refused, taken: frozenset[str] = frozenset()) -> int:
    """Return 404 for what does not exist, 422 for wrong input, 409 where the state says no.

    `taken` are the fields of the request's body: an unknown thing named there is wrong input.
    """
    blamed = (error.field or "").partition(".")[0]
    if error.refusal in STATE:
        return 409
    if error.refusal in INPUT or blamed in taken:
        return 422
    return 404 if error.refusal.name.startswith("UNKNOWN") else 409


def refused(error: Refused) -> Response:
    """Answer a refusal of a use case, in its own words."""
    taken = g.get("taken_fields", frozenset())
    kind = f"{type(error.refusal).__name__.removesuffix('Refusal')}:{error.refusal.name}".lower()
    sentence = str(error.refusal.value)
    offer = offered(error.offer)
    headers = {"Retry-After": "1"} if error.refusal is ReplyRefusal.UNDER_WAY else {}
    return answer(
        status_of(error, taken), kind, sentence, field=error.field, offer=offer, headers=headers
    )


def offered(offer: object) -> Offer | None:
    """Return what a use case offers instead, in the API's words."""
    if is_dataclass(offer) and not isinstance(offer, type):
        return Offer(**asdict(offer))
    if isinstance(offer, datetime):
        return Offer(at=offer)
    if isinstance(offer, uuid.UUID):
        return Offer(id=offer)
    if isinstance(offer, int):
        return Offer(most=offer)
    return Offer(text=str(offer)) if offer is not None else None


def of_the_web(error: HTTPException) -> Response:
    """Answer the usual refusals of the web: nothing here, not that way, too much."""
    status = HTTPStatus(error.code or 500)
    headers = {
        name: value
        for name, value in error.get_headers(request.environ)
        if name in {"Allow", "Retry-After"}
    }
    kind = f"web:{status.name.lower()}"
    return answer(status, kind, status.phrase, detail=str(error.description), headers=headers)


def clashed(error: Exception) -> Response:
    """Answer somebody who lost a race for the same row."""
    log.warning("api_clash", request_id=request_id(), exc_info=error)
    title = "The same was changed by somebody else just now. Please look at it again."
    return answer(409, "web:clash", title)


def away(error: Exception) -> Response:
    """Answer while our database or the payment provider cannot be reached."""
    log.error("api_unavailable", request_id=request_id(), exc_info=error)
    title = "We cannot be reached just now. Nothing was changed. Please try again."
    return answer(503, "web:unavailable", title, headers={"Retry-After": "5"})


def provider_refused(error: Exception) -> Response:
    """Answer what the payment provider would not do; what it said stays in our log."""
    log.warning("api_provider_refused", request_id=request_id(), exc_info=error)
    return answer(409, "provider:refused", "The payment provider refused this.")


def broken(error: Exception) -> Response:
    """Answer when we made a mistake; the instance helps us to find it."""
    log.error("api_failed", request_id=request_id(), exc_info=error)
    title = "Something broke on our side. It was not your fault, and nothing was changed."
    return answer(500, "web:broken", title)
