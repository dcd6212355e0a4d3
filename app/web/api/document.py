"""Completes the OpenAPI document: exact schemas, every answer, and what each call does."""

import copy
from http import HTTPStatus
from typing import Any

from flask_openapi3.utils import parse_rule
from pydantic.json_schema import models_json_schema

from app.web.api.chapter import Chapter, CsvFile, File, Operation, TextFile
from app.web.api.problems import MEDIA, Problem
from app.web.api.replaying import NAME

SCHEMAS = "#/components/schemas"
ABOUT = """What people do in the portal and on the staff's pages, programs do here.

Instants are ISO 8601 in UTC, days are days of the shop's time zone, and money counts in the minor
unit of its currency. Every error is a problem document (RFC 9457). A change that carries an
`Idempotency-Key` is done once, however often it is sent. `x-effect` says whether a call reads,
writes or destroys, `x-idempotent` what sending it twice does, and `x-undo` what takes it back."""
WORDS = {
    400: "The request cannot be read.",
    401: "There is no key, or it is unknown or revoked.",
    403: "The key has no scope for this.",
    404: "There is no such thing.",
    409: "It is not possible as things stand.",
    413: "The body is too large.",
    415: "The body has another media type.",
    422: "Something that was sent cannot be used; each field is named.",
    429: "There were too many requests; see `Retry-After`.",
    500: "Something broke on our side.",
    503: "The shop or its payment provider cannot be reached just now.",
}
BODY = (400, 413, 415)
SECONDS = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
REPLAYED = {
    "description": "`true` on the answer to a request that was done before.",
    "schema": {"type": "string", "enum": ["true"]},
}


def complete(generated: dict[str, Any], chapters: list[Chapter], prefix: str) -> dict[str, Any]:
    """Return the whole document from what was generated for the operations."""
    document = copy.deepcopy(generated)
    operations = [each for chapter in chapters for each in chapter.operations]
    document["info"] = {"title": "Boxwright API", "version": "1.0.0", "description": ABOUT}
    document["security"] = [{"bearer": []}]
    document["components"] = {
        "schemas": schemas(operations),
        "responses": {name_of(status): problem(status) for status in WORDS},
        "securitySchemes": {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "A key made with `boxwright api-key create`.",
            }
        },
    }
    for each in operations:
        uri = parse_rule(each.rule, url_prefix=prefix)
        finish(document["paths"][uri][each.method.lower()], each)
    return document


def schemas(operations: list[Operation]) -> dict[str, Any]:
    """Return the schemas of all bodies and answers."""
    taken = {each.parts["body"] for each in operations if "body" in each.parts}
    given = {each.gives for each in operations if not issubclass(each.gives, File)}
    addressed = {
        model for each in operations for part, model in each.parts.items() if part != "body"
    }
    models = [(model, "validation") for model in taken | addressed]
    models += [(model, "serialization") for model in given | {Problem}]
    models.sort(key=lambda pair: (pair[0].__name__, pair[1]))
    _, found = models_json_schema(models, ref_template=SCHEMAS + "/{model}")  # type: ignore[arg-type]  # modes are literals
    hidden = {model.__name__ for model in addressed}
    return {name: schema for name, schema in found["$defs"].items() if name not in hidden}


def finish(entry: dict[str, Any], operation: Operation) -> None:
    """Write into one operation of the document what it answers and what it does."""
    entry["responses"] = {
        str(operation.status): success(operation),
        **{
            str(code): {"$ref": f"#/components/responses/{name_of(code)}"}
            for code in codes(operation)
        },
    }
    entry["security"] = [{"bearer": [operation.scope.value]}]
    entry["x-effect"] = operation.effect.value
    entry["x-scope"] = operation.scope.value
    entry["x-idempotent"] = idempotent(operation)
    if operation.undo:
        entry["x-undo"] = operation.undo
    if operation.csv:
        entry["requestBody"]["required"] = True
    for each in entry.get("parameters", []):
        if each["name"] == NAME:
            each["schema"].pop("default", None)


def idempotent(operation: Operation) -> str:
    """Say what sending the same request twice does."""
    if not operation.changes:
        return "always"
    if operation.method == "PUT":
        return "always: the second request sets the same"
    return "with Idempotency-Key"


def codes(operation: Operation) -> list[int]:
    """Return every error that an operation may answer."""
    found = {400, 401, 403, 422, 429, 500, 503}
    if "path" in operation.parts or "body" in operation.parts:
        found.add(404)
    if operation.changes or operation.conflicts:
        found.add(409)
    if "body" in operation.parts or operation.csv:
        found.update(BODY)
    return sorted(found)


def success(operation: Operation) -> dict[str, Any]:
    """Return what an operation answers when all is well."""
    answer: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase}
    if issubclass(operation.gives, CsvFile):
        answer["content"] = {"text/csv": {"schema": {"type": "string"}}}
    elif issubclass(operation.gives, TextFile):
        answer["content"] = {"text/plain": {"schema": {"type": "string"}}}
    elif issubclass(operation.gives, File):
        answer["content"] = {"application/json": {"schema": {"type": "object"}}}
    else:
        name = operation.gives.__name__.replace("[", "_").replace("]", "_")
        answer["content"] = {"application/json": {"schema": {"$ref": f"{SCHEMAS}/{name}"}}}
    if operation.changes:
        answer["headers"] = {"Idempotent-Replayed": REPLAYED}
    return answer


def problem(status: int) -> dict[str, Any]:
    """Return an error as the document declares it."""
    answer: dict[str, Any] = {
        "description": WORDS[status],
        "content": {MEDIA: {"schema": {"$ref": f"{SCHEMAS}/Problem"}}},
    }
    if status in (429, 503):
        answer["headers"] = {"Retry-After": SECONDS}
    if status == 401:
        answer["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return answer


def name_of(status: int) -> str:
    """Return the name of an error in the document."""
    return "".join(word.title() for word in HTTPStatus(status).name.split("_"))
