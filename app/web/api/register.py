"""Puts the API onto the application: operations, guards, limits, errors and the document."""

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models import RawModel
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from app.billing.ports import OutcomeUnknown, ProviderRefused
from app.core.refusals import Refused
from app.web.api import problems
from app.web.api.calling import CSV, call
from app.web.api.chapter import Chapter, Operation
from app.web.api.contents import CHAPTERS
from app.web.api.document import complete
from app.web.api.keys import count_calls, scoped
from app.web.api.replaying import KeyHeader
from app.web.doors import public
from app.web.errors import other

PREFIX = "/api/v1"
RATE = "1200 per minute"


class CsvBody(RawModel):
    """A body of comma-separated values."""

    mimetypes: list[str] = [CSV]  # noqa: RUF012 - the library reads it as a class's own list


def register_api(app: OpenAPI, csrf: CSRFProtect, sandbox: bool) -> None:
    """Register every operation of the API; the clock's exist in the sandbox alone."""
    app.config.setdefault("API_RATE", RATE)
    bp = APIBlueprint("api", __name__, url_prefix=PREFIX)
    chapters = [chapter for chapter in CHAPTERS if sandbox or not chapter.sandbox_only]
    for chapter in chapters:
        for operation in chapter.operations:
            add(bp, chapter, operation)
    bp.add_url_rule("/openapi.json", "document", public(document_of(app, chapters)))
    catch_errors(bp)
    bp.before_request(count_calls)
    bp.after_request(keep_nowhere)
    csrf.exempt(bp)
    app.register_api(bp)
    for code in (404, 405):
        app.register_error_handler(code, outside)


def add(bp: APIBlueprint, chapter: Chapter, operation: Operation) -> None:
    """Put one operation onto the blueprint."""

    def view(**path: Any) -> Response:
        return call(operation, path)

    hints: dict[str, Any] = dict(operation.parts)
    if operation.changes:
        hints["header"] = KeyHeader
    if operation.csv:
        hints["raw"] = CsvBody
    view.__name__, view.__doc__ = operation.view.__name__, operation.view.__doc__
    guard = scoped(operation.scope)(view)
    guard.__annotations__ = hints
    # The guard comes first: what a request brings is read only after its key was seen.
    vars(guard)["__delay_validate_request__"] = True
    declare: Callable[..., Any] = getattr(bp, operation.method.lower())
    declare(
        operation.rule,
        tags=[Tag(name=chapter.name, description=chapter.about)],
        operation_id=operation.operation_id,
    )(guard)


def document_of(app: OpenAPI, chapters: list[Chapter]) -> Callable[[], Response]:
    """Return the view that shows the document."""
    made: dict[str, Any] = {}

    def document() -> Response:
        """Show the OpenAPI document of this shop."""
        if not made:
            made.update(complete(app.api_doc, chapters, PREFIX))
        return jsonify(made)

    return document


def catch_errors(bp: APIBlueprint) -> None:
    """Answer everything that goes wrong inside the API with a problem."""
    handlers: tuple[tuple[type[Exception], Callable[[Any], Response]], ...] = (
        (problems.Said, problems.said),
        (Refused, problems.refused),
        (IntegrityError, problems.clashed),
        (OperationalError, problems.away),
        (OutcomeUnknown, problems.away),
        (ProviderRefused, problems.provider_refused),
        (OSError, problems.away),
        (HTTPException, problems.of_the_web),
        (Exception, problems.broken),
    )
    for kind, handler in handlers:
        bp.register_error_handler(kind, handler)


def keep_nowhere(response: Response) -> Response:
    """Let nobody on the way keep an answer: it is about people, or about this moment."""
    response.headers["Cache-Control"] = "no-store"
    return response


def outside(error: HTTPException) -> ResponseReturnValue:
    """Answer what no operation answers: a problem below the API's address, else a page."""
    if request.path.startswith("/api/"):
        return problems.of_the_web(error)
    return other(error)
