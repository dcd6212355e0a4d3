"""The header `Idempotency-Key`: the same request with the same key is one effect and one answer."""

import hashlib
from collections.abc import Callable
from typing import Annotated, Any

from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from app.core.replies import (
    KeptReply,
    Ticket,
    begin_reply,
    drop_reply,
    find_reply,
    keep_reply,
)
from app.core.unit_of_work import UnitOfWork
from app.web.api.problems import invalid
from app.web.doors import actor, tools

JSON = "application/json"
NAME = "Idempotency-Key"


class KeyHeader(BaseModel):
    """The header as the document declares it."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True, hide_input_in_errors=True)

    key: Annotated[
        str, StringConstraints(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")
    ] = Field(
        "",
        alias=NAME,
        description="Any text of your own, a UUID for instance. For a day the same request with"
        " the same key is done once and answered alike.",
    )


def at_once(given: dict[str, Any], do: Callable[[UnitOfWork], Response]) -> Response:
    """Do a change in one unit of work that keeps its own answer."""
    ticket = ticket_of(given)
    with tools().units(actor()) as work:
        kept = find_reply(work, ticket) if ticket else None
        if kept:
            return replayed(kept)
        response = do(work)
        work.session.flush()
        if ticket:
            keep_reply(work, ticket, kept_of(response))
    return response


def in_steps(given: dict[str, Any], do: Callable[[], Response]) -> Response:
    """Do work of several units, each safe to run again; a key is held while it goes on."""
    ticket = ticket_of(given)
    if ticket is None:
        return do()
    with tools().units(actor()) as work:
        kept = begin_reply(work, ticket)
    if kept:
        return replayed(kept)
    try:
        response = do()
    except Exception:
        with tools().units(actor()) as work:
            drop_reply(work, ticket)
        raise
    with tools().units(actor()) as work:
        keep_reply(work, ticket, kept_of(response))
    return response


def ticket_of(given: dict[str, Any]) -> Ticket | None:
    """Return what is remembered of this request, or None when it carries no key."""
    if NAME not in request.headers:
        return None
    try:
        header = KeyHeader.model_validate({NAME: request.headers[NAME]})
    except ValidationError as error:
        raise invalid(error) from error
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    for part in ("query", "body", "csv"):
        value = given.get(part, "")
        text = value.model_dump_json() if isinstance(value, BaseModel) else str(value)
        digest.update(f"{part} {text}\n".encode())
    return Ticket(header.key, actor().id, digest.hexdigest())


def kept_of(response: Response) -> KeptReply:
    """Return what is kept of an answer."""
    return KeptReply(response.status_code, response.get_data(as_text=True))


def replayed(kept: KeptReply) -> Response:
    """Return the answer that was given before."""
    return Response(kept.text, kept.status, {"Idempotent-Replayed": "true"}, content_type=JSON)
