"""Answers one call: reads the request strictly, does the work once, and writes the answer."""

from typing import Any
from urllib.parse import quote

from flask import Response, g, request
from pydantic import BaseModel, ValidationError

from app.web.api.chapter import File, Operation
from app.web.api.problems import Said, invalid
from app.web.api.replaying import JSON, at_once, in_steps
from app.web.doors import actor, tools

CSV = "text/csv"
LONGEST_JSON = 1024 * 1024
LONGEST_CSV = 8 * 1024 * 1024


def call(operation: Operation, path: dict[str, Any]) -> Response:
    """Answer a request whose caller was let in."""
    given = read(operation, path)
    if not operation.changes:
        with tools().units.rehearse(actor()) as work:
            return written(operation, operation.view(work, **given))
    if operation.steps:
        return in_steps(given, lambda: written(operation, operation.view(tools(), **given)))
    return at_once(given, lambda work: written(operation, operation.view(work, **given)))


def written(operation: Operation, answer: BaseModel | File) -> Response:
    """Return the answer of an operation."""
    if isinstance(answer, File):
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(answer.name)}"}
        return Response(answer.content, 200, headers, content_type=answer.media)
    return Response(answer.model_dump_json(), operation.status, content_type=JSON)


def read(operation: Operation, path: dict[str, Any]) -> dict[str, Any]:
    """Read every part of a request; nothing that it brings is left unread."""
    given: dict[str, Any] = {}
    query = {name: one(values) for name, values in request.args.lists()}
    if "path" in operation.parts:
        given["path"] = fitted(operation.parts["path"], path)
    if "query" in operation.parts:
        given["query"] = fitted(operation.parts["query"], query)
    elif query:
        raise Said(422, "request:invalid", "This address takes no query.", field=next(iter(query)))
    if "body" in operation.parts:
        given["body"] = json_body(operation.parts["body"])
    elif operation.csv:
        given["csv"] = csv_body()
    elif request.get_data(cache=True):
        raise Said(400, "request:body", "This request takes no body.")
    return given


def one(values: list[str]) -> str | list[str]:
    """Return a value that came once; several of them fit no single field."""
    return values[0] if len(values) == 1 else values


def fitted(model: type[BaseModel], parts: dict[str, Any]) -> BaseModel:
    """Return parts of the address as their model."""
    try:
        return model.model_validate(parts)
    except ValidationError as error:
        raise invalid(error) from error


def json_body(model: type[BaseModel]) -> BaseModel:
    """Return the body as its model."""
    content = content_of(JSON, LONGEST_JSON)
    g.taken_fields = frozenset(model.model_fields)
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise Said(400, "request:json", "The body is not JSON in UTF-8.") from error
        raise invalid(error) from error


def csv_body() -> str:
    """Return the body as text."""
    try:
        return content_of(CSV, LONGEST_CSV).decode()
    except UnicodeDecodeError as error:
        raise Said(400, "request:csv", "The body is not text in UTF-8.") from error


def content_of(media: str, longest: int) -> bytes:
    """Return the body's bytes; refuse another media type, or more than `longest`."""
    if request.mimetype != media:
        raise Said(415, "request:media", f"Send this as `Content-Type: {media}`.")
    request.max_content_length = longest
    content = request.get_data(cache=True)
    if len(content) > longest:
        raise Said(413, "request:size", f"Send at most {longest} bytes.")
    return content
