"""The document says what is enforced: it is valid, and every operation answers as it says."""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection

from app.core.clock import put_clock
from app.web.api.contents import CHAPTERS
from tests.cast import WEEKLY
from tests.conftest import START
from tests.web.api_program import LivingShop, Program, well

DOCUMENT = "/api/v1/openapi.json"
OPERATIONS = {each.operation_id: each for chapter in CHAPTERS for each in chapter.operations}
METHODS = {"get", "put", "post", "delete", "patch"}


@pytest.fixture
def document(app) -> dict[str, Any]:
    """The document as it is published."""
    return well(Program(app, None).get(DOCUMENT))


def operations_of(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from (path[method] for method in METHODS & set(path))


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_the_document_names_every_operation_once(document: dict[str, Any]) -> None:
    found = [each["operationId"] for each in operations_of(document)]
    assert sorted(found) == sorted(OPERATIONS) and len(OPERATIONS) > 60


def test_every_operation_says_what_it_does_and_answers(document: dict[str, Any]) -> None:
    for each in operations_of(document):
        name = each["operationId"]
        assert each["summary"].endswith("."), name
        assert each["x-effect"] in {"read", "write", "destructive"} and each["x-idempotent"], name
        assert each["security"] == [{"bearer": [each["x-scope"]]}], name
        assert {"401", "403", "422", "429", "500"} <= set(each["responses"]), name
        assert each.get("x-undo", name) in OPERATIONS, name
        if each["x-effect"] != "read":
            assert "Idempotency-Key" in {part["name"] for part in each["parameters"]}, name


def test_every_error_is_a_problem_document(document: dict[str, Any]) -> None:
    for each in operations_of(document):
        for status, answer in each["responses"].items():
            if status >= "400":
                kind = answer["$ref"].rpartition("/")[2]
                content = document["components"]["responses"][kind]["content"]
                assert list(content) == ["application/problem+json"]


LIMITS = {
    "string": ({"maxLength", "enum", "const", "pattern", "format"}, 1),
    "integer": ({"minimum", "maximum"}, 2),
    "number": ({"minimum", "maximum"}, 2),
    "array": ({"maxItems"}, 1),
    "object": ({"maxProperties", "properties"}, 1),
}


def reachable(document: dict[str, Any], node: Any, seen: set[str]) -> Iterator[dict[str, Any]]:
    """Yield every schema under a node, through references too."""
    if isinstance(node, list):
        for each in node:
            yield from reachable(document, each, seen)
    elif isinstance(node, dict):
        yield node
        name = str(node.get("$ref", "")).rpartition("/")[2]
        if name and name not in seen:
            seen.add(name)
            yield from reachable(document, document["components"]["schemas"][name], seen)
        for key, each in node.items():
            if key not in {"examples", "default", "propertyNames"}:
                yield from reachable(document, each, seen)


def test_everything_that_is_taken_has_its_limits(document: dict[str, Any]) -> None:
    seen: set[str] = set()
    for each in operations_of(document):
        taken = [part["schema"] for part in each.get("parameters", [])]
        content = each.get("requestBody", {}).get("content", {})
        taken += [content["application/json"]] if "application/json" in content else []
        for schema in reachable(document, taken, seen):
            if isinstance(schema.get("type"), str):
                bounds, needed = LIMITS.get(schema["type"], (set(), 0))
                assert len(bounds & set(schema)) >= needed, (each["operationId"], schema)
            if "properties" in schema and schema.get("type") == "object":
                assert schema["additionalProperties"] is False, schema
    assert len(seen) > 25


# What the document cannot say is said by refusals of their own kind; a body that fits the document
# is never called invalid.
EXPECTED = ["2xx", "401", "403", "404", "409", "422"]
CONFIG = {
    "checks": {"positive_data_acceptance": {"expected-statuses": EXPECTED}},
    # The key is always ours; calls without one are made by the check of ignored keys.
    "generation": {"with-security-parameters": False},
}
ID, CODE = r"[0-9a-f-]{36}", r"[A-Za-z0-9][A-Za-z0-9 ._:+-]{0,63}"
FITS = {
    **dict.fromkeys(("subscriber_id", "subscription_id", "batch_id", "box_id", "invoice_id"), ID),
    **dict.fromkeys(("curation_id", "endpoint_id"), ID),
    **dict.fromkeys(("product_id", "out_product_id", "in_product_id"), ID),
    **dict.fromkeys(("code", "plan", "sku"), CODE),
    **dict.fromkeys(("size", "version"), "[1-9][0-9]{0,4}"),
    "order_number": r"\S{1,100}",
    "currency": "[A-Z]{3}",
}
KEY: dict[str, str] = {}
EXAMPLES = int(os.environ.get("BOXWRIGHT_API_EXAMPLES", "3"))


@pytest.fixture
def api_schema(living: LivingShop) -> Any:
    """The document of a shop in which something has happened, and ids that exist there."""
    ids = lived_in(living)
    living.api.app.config["API_RATE"] = "1000000 per minute"
    config = SchemathesisConfig.from_dict(CONFIG)
    KEY["Authorization"] = f"Bearer {living.api.key}"
    schema = schemathesis.openapi.from_wsgi(DOCUMENT, living.api.app, config=config)

    @schema.hook("map_path_parameters")
    def known_path(context: Any, path_parameters: dict[str, Any] | None) -> Any:
        return replaced(path_parameters, ids)

    @schema.hook("map_body")
    def known_body(context: Any, body: Any) -> Any:
        return replaced(body, ids)

    return schema


def replaced(part: Any, ids: dict[str, list[Any]]) -> Any:
    """Put things that exist in the place of three in four that do not."""
    if isinstance(part, list):
        return [replaced(each, ids) for each in part]
    if not isinstance(part, dict):
        return part
    return {name: known(name, value, ids) for name, value in part.items()}


def known(name: str, value: Any, ids: dict[str, list[Any]]) -> Any:
    if name not in ids:
        return replaced(value, ids)
    # What was made wrong on purpose stays wrong.
    fits = isinstance(value, type(ids[name][0])) and re.fullmatch(FITS[name], str(value))
    turn = sum(str(value).encode())
    return ids[name][turn % len(ids[name])] if fits and turn % 4 else value


def lived_in(living: LivingShop) -> dict[str, list[Any]]:
    """Let people subscribe, play a week, export; return what exists by the names of parameters."""
    api, story = living.api, living.story
    products = story.stock()
    plan = story.plan(WEEKLY, max_per_item=2)
    subscriptions = [story.subscribe(name, plan)[1] for name in ("Ada", "Ben", "Cleo")]
    batches = well(api.get("/batches"))["items"][::-1]
    well(api.post("/clock/advance", {"to": "2027-01-12T00:00:00Z"}))
    well(api.post(f"/batches/{batches[0]['id']}/exports"))
    packed = well(api.get(f"/batches/{batches[0]['id']}/boxes"))["items"]
    coming = well(api.get(f"/batches/{batches[1]['id']}/boxes"))["items"]
    with living.tools.units(story.actor) as work:
        put_clock(work.session, START)
    return {
        "subscriber_id": [str(each.subscriber_id) for each in subscriptions],
        "subscription_id": [str(each.id) for each in subscriptions],
        "batch_id": [each["id"] for each in batches[:2]],
        "box_id": [each["id"] for each in [*packed, *coming]],
        "invoice_id": [each["invoice_id"] for each in packed],
        "product_id": [str(each) for each in products.values()],
        "out_product_id": [str(each) for each in products.values()],
        "in_product_id": [str(each) for each in products.values()],
        "code": ["kenya", "kenya-250", "weekly"],
        "plan": ["weekly"],
        "size": [1, 2, 4],
        "sku": ["kenya-250"],
        "version": [1],
        "order_number": [f"BW-{each.number}-0" for each in subscriptions],
        "currency": ["USD"],
    }


@schemathesis.check
def never_calls_fitting_input_invalid(ctx: Any, response: Any, case: Any) -> None:
    """Refuse that input which fits the document is answered as if it did not."""
    positive = case.meta is not None and case.meta.generation.mode.is_positive
    kind = response.json().get("type") if response.status_code == 422 else ""
    assert not positive or kind != "urn:boxwright:request:invalid", response.text


def excluded(operation: Any) -> list[Any]:
    """Return the checks that mean nothing for an operation."""
    # In a body of text/csv every JSON value that is no text is text all the same.
    takes_text = "text/csv" in operation.definition.raw.get("requestBody", {}).get("content", {})
    return [negative_data_rejection] if takes_text else []


def attempts(operation: Any, mode: GenerationMode) -> list[str]:
    """Send requests of one kind to one operation; return what it did otherwise than it says."""
    wrong: list[str] = []

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def attempt(case: Any) -> None:
        try:
            case.call_and_validate(headers=KEY, excluded_checks=excluded(operation))
        except (AssertionError, FailureGroup) as failure:
            wrong.append(f"{operation.label}: {failure}")

    try:
        attempt()
    except Unsatisfiable:
        # Some operations have nothing that could be wrong in them.
        assert mode is GenerationMode.NEGATIVE, operation.label
    return wrong


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_operation_answers_as_the_document_says(api_schema: Any, mode: Any) -> None:
    operations = [each.ok() for each in api_schema.get_all_operations()]
    assert len(operations) == len(OPERATIONS)
    wrong = [each for operation in operations for each in attempts(operation, mode)]
    assert not wrong, "\n\n".join(wrong)
