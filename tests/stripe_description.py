"""Holds exchanges with the payment provider against the description the provider publishes.

The description is a file inside a package that is only unpacked, never run (`make test-setup`).
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from jsonschema.exceptions import best_match
from openapi_schema_validator import OAS30Validator

from app.sandbox.trace import shape_of

FILE = Path(__file__).resolve().parents[1] / ".test-files/seahaven_stripe_world/spec/spec3.json"
FORM = "application/x-www-form-urlencoded"
INTEGER = re.compile(r"^-?\d+$")
PART = re.compile(r"\[([^\[\]]*)\]")
Json = dict[str, Any]


class Description:
    """The provider's published description, closed: a field it does not name is a fault."""

    def __init__(self, file: Path = FILE) -> None:
        self.spec: Json = closed(json.loads(file.read_text()))
        self.components: Json = self.spec["components"]
        self.paths = {blank(path): path for path in self.spec["paths"]}

    def faults(self, exchange: Json) -> Iterator[str]:
        """Yield what is wrong with one recorded exchange, in words."""
        if exchange["method"] == "EVENT":
            yield from self._faults_of_event(exchange["body"])
            return
        name = f"{exchange['method']} {exchange['rule']}"
        operation = self.operation(exchange)
        if operation is None:
            yield f"{name}: the provider has no such address"
            return
        if exchange["status"] == 200:
            for fault in self._faults_of_request(operation, exchange):
                yield f"{name}: {fault}"
        answers = operation["responses"]
        answer = answers.get(str(exchange["status"]), answers["default"])
        schema = answer["content"]["application/json"]["schema"]
        for fault in self.check(schema, exchange["body"]):
            yield f"{name} answers {exchange['status']}: {fault}"

    def operation(self, exchange: Json) -> Json | None:
        """Return how the description puts an address and its method."""
        path = self.paths.get(blank(exchange["rule"]))
        found: Json | None = self.spec["paths"].get(path, {}).get(exchange["method"].lower())
        return found

    def _faults_of_event(self, event: Json) -> Iterator[str]:
        thing = event["data"]["object"]
        for schema, value in (("event", event), (thing["object"], thing)):
            if schema not in self.components["schemas"]:
                yield f"event {event['type']}: no such object as {schema}"
                continue
            for fault in self.check({"$ref": f"#/components/schemas/{schema}"}, value):
                yield f"event {event['type']}, {schema}: {fault}"

    def _faults_of_request(self, operation: Json, exchange: Json) -> Iterator[str]:
        schema = request_schema(operation, exchange["method"])
        sent = self.typed(schema, tree(exchange["fields"]))
        yield from self.check(schema, sent)
        yield from faults_of_metadata(sent)
        success = operation["responses"]["200"]["content"]["application/json"]["schema"]
        for path in sent.get("expand", []):
            if not self.expandable(success, path.split(".")):
                yield f"expand: {path} cannot be expanded"

    def check(self, schema: Json, value: Any) -> Iterator[str]:
        """Yield the most telling fault of a value, if there is one."""
        whole = {"allOf": [schema], "components": self.components}
        fault = best_match(OAS30Validator(whole).iter_errors(value))
        if fault is not None:
            yield f"{'.'.join(map(str, fault.absolute_path)) or 'it'}: {fault.message[:300]}"

    def typed(self, schema: Json, value: Any) -> Any:
        """Return form fields as the types that the schema asks for, where they can be read so."""
        schema = self.follow(schema)
        if "anyOf" in schema:
            choices = (self.typed(each, value) for each in schema["anyOf"])
            fitting = zip(choices, schema["anyOf"], strict=False)
            return next((read for read, each in fitting if not any(self.check(each, read))), value)
        kind = schema.get("type")
        if kind == "object" and isinstance(value, dict):
            others = schema.get("additionalProperties") or {}
            known = schema.get("properties", {})
            return {key: self.typed(known.get(key, others), each) for key, each in value.items()}
        if kind == "array" and isinstance(value, dict):
            return [self.typed(schema["items"], each) for each in value.values()]
        return plain(kind, value)

    def follow(self, schema: Any) -> Json:
        """Return the schema that a reference names."""
        while isinstance(schema, dict) and "$ref" in schema:
            schema = self.components["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema if isinstance(schema, dict) else {}

    def expandable(self, schema: Json, steps: list[str]) -> bool:
        """Say whether every step of a path is a field that is, or may be, an object."""
        if not steps:
            return True
        for choice in self.choices(schema):
            field = choice.get("properties", {}).get(steps[0])
            if field is None:
                continue
            if steps[0] not in choice.get("x-expandableFields", []):
                return False
            wider = field.get("x-expansionResources", {}).get("oneOf", [])
            return any(
                self.expandable(each, steps[1:]) for each in wider or [field.get("items", field)]
            )
        return False

    def choices(self, schema: Json) -> list[Json]:
        """Return the schemas that a value may follow."""
        followed = self.follow(schema)
        return [self.follow(each) for each in followed.get("anyOf", [followed])]


def request_schema(operation: Json, method: str) -> Json:
    """Return what a request may carry: its form, or its query."""
    if method != "GET":
        content: Json = operation.get("requestBody", {}).get("content", {})
        found: Json = content.get(FORM, {}).get("schema", {"type": "object"})
        return found
    query = [each for each in operation.get("parameters", []) if each["in"] == "query"]
    return {
        "type": "object",
        "properties": {each["name"]: each["schema"] for each in query},
        "required": [each["name"] for each in query if each.get("required")],
        "additionalProperties": False,
    }


def faults_of_metadata(sent: Any) -> Iterator[str]:
    """Yield notes that are too many or too long: 50 keys of 40 letters, values of 500."""
    if not isinstance(sent, dict):
        return
    for key, value in sent.items():
        if key == "metadata" and isinstance(value, dict):
            if len(value) > 50 or any(len(name) > 40 for name in value):
                yield "metadata: too many keys, or too long ones"
            if any(len(str(each)) > 500 for each in value.values()):
                yield "metadata: a value of more than 500 letters"
        else:
            yield from faults_of_metadata(value)


def tree(fields: list[list[str]]) -> Json:
    """Turn `a[b][0]=c` into nested dictionaries."""
    root: Json = {}
    for name, value in fields:
        head, *rest = name.split("[", 1)
        steps = [head, *PART.findall("[" + rest[0] if rest else "")]
        place = root
        for step in steps[:-1]:
            place = place.setdefault(step or str(len(place)), {})
        place[steps[-1] or str(len(place))] = value
    return root


def plain(kind: str | None, value: Any) -> Any:
    """Read one form field as a number or a truth value where that is wanted."""
    if not isinstance(value, str):
        return value
    if kind == "integer" and INTEGER.match(value):
        return int(value)
    if kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value)
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    return value


def blank(path: str) -> str:
    """Return an address without the names of its places."""
    return re.sub(r"<[^>]*>|\{[^}]*\}", "{}", path)


def closed(schema: Any) -> Any:
    """Return a schema in which objects with named fields may have no others."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(each) for key, each in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        found.setdefault("additionalProperties", False)
    if schema.get("nullable") is True:
        # The validator reads "nullable" only beside a plain type.
        if "anyOf" in found:
            found["anyOf"] = [*found["anyOf"], {"enum": [None]}]
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
    return found


@cache
def description() -> Description:
    """Return the description, read once."""
    return Description()


def faults_in(folder: Path) -> list[str]:
    """Return everything that is wrong with the exchanges recorded in a folder, each once."""
    seen: dict[bytes, Json] = {}
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text().splitlines():
            exchange = json.loads(line)
            seen.setdefault(shape_of(exchange), exchange)
    faults = (description().faults(exchange) for exchange in seen.values())
    return list(dict.fromkeys(chain.from_iterable(faults)))
