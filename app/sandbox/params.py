"""Reads Stripe's bracketed form fields and refuses what an endpoint does not know."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from app.sandbox.errors import ApiError, Json, unreadable

Rule = Any  # a kind's name ("text", "integer!"), a nested shape, or a list holding one shape
Shape = Mapping[str, Rule]

KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
PART = re.compile(r"\[([^\[\]]*)\]")
INTEGER = re.compile(r"^-?\d{1,15}$")
COMPARISONS = {"gt", "gte", "lt", "lte"}


def pairs(text: str) -> list[tuple[str, str]]:
    """Split a form body or a query string into its fields, blank ones included."""
    return parse_qsl(text, keep_blank_values=True)


def tree(fields: list[tuple[str, str]]) -> Json:
    """Turn `a[b][0]=c` into nested dictionaries; positions stay text until a shape reads them."""
    root: Json = {}
    for key, value in fields:
        found = KEY.match(key)
        if not found:
            raise unreadable(f"Invalid parameter name: {key}", param=key)
        _plant(root, [found.group(1), *PART.findall(found.group(2))], value)
    return root


def _plant(root: Json, path: list[str], value: str) -> None:
    here = root
    for part in path[:-1]:
        below = here.setdefault(part or str(len(here)), {})
        if not isinstance(below, dict):
            raise unreadable(f"Invalid object: {path[0]}", param=path[0])
        here = below
    here[path[-1] or str(len(here))] = value


def read(given: Json, shape: Shape, prefix: str = "") -> Json:
    """Return typed parameters; raise the 400 Stripe would give for any that do not fit."""
    unknown = [_name(prefix, key) for key in given if key not in shape]
    if unknown:
        plural = "s" if len(unknown) > 1 else ""
        message = f"Received unknown parameter{plural}: {', '.join(unknown)}"
        raise unreadable(message, code="parameter_unknown", param=unknown[0])
    values: Json = {}
    for key, rule in shape.items():
        name = _name(prefix, key)
        if key in given:
            values[key] = _value(given[key], rule, name)
        elif isinstance(rule, str) and rule.endswith("!"):
            message = f"Missing required param: {name}."
            raise unreadable(message, code="parameter_missing", param=name)
    return values


def _name(prefix: str, key: str) -> str:
    return f"{prefix}[{key}]" if prefix else key


def _value(given: Any, rule: Rule, name: str) -> Any:
    if isinstance(rule, str):
        return KINDS[rule.rstrip("!")](given, name)
    if given == "":
        return None
    if not isinstance(given, dict):
        raise unreadable(f"Invalid object: {name}", param=name)
    if isinstance(rule, list):
        return [_entry(given[at], rule[0], _name(name, at)) for at in sorted(given, key=_position)]
    return read(given, rule, name)


def _entry(given: Any, shape: Shape, name: str) -> Json:
    if not isinstance(given, dict):
        raise unreadable(f"Invalid object: {name}", param=name)
    return read(given, shape, name)


def _position(key: str) -> int:
    return int(key) if key.isdigit() else 0


def _text(given: Any, name: str) -> str | None:
    if not isinstance(given, str):
        raise unreadable(f"Invalid string: {name}", param=name)
    return given or None


def _required_text(given: Any, name: str) -> str:
    text = _text(given, name)
    if text is None:
        message = f"You passed an empty string for '{name}'."
        raise unreadable(message, code="parameter_invalid_empty", param=name)
    return text


def _integer(given: Any, name: str) -> int:
    if not isinstance(given, str) or not INTEGER.match(given):
        raise unreadable(f"Invalid integer: {given}", code="parameter_invalid_integer", param=name)
    return int(given)


def _boolean(given: Any, name: str) -> bool:
    if given not in ("true", "false"):
        raise unreadable(f"Invalid boolean: {given}", param=name)
    return bool(given == "true")


def _texts(given: Any, name: str) -> list[str]:
    if given == "":
        return []
    if not isinstance(given, dict):
        raise unreadable("Invalid array", param=name)
    return [_required_text(given[at], name) for at in sorted(given, key=_position)]


def _range(given: Any, name: str) -> Json:
    if isinstance(given, str):
        return {"gte": _integer(given, name), "lte": _integer(given, name)}
    unknown = set(given) - COMPARISONS
    if unknown:
        wrong = f"{name}[{min(unknown)}]"
        message = f"Received unknown parameter: {wrong}"
        raise unreadable(message, code="parameter_unknown", param=wrong)
    return {key: _integer(value, f"{name}[{key}]") for key, value in given.items()}


def _metadata(given: Any, name: str) -> Json | None:
    if given == "":
        return None
    if not isinstance(given, dict):
        raise unreadable(f"Invalid object: {name}", param=name)
    for key, value in given.items():
        _check_metadata(key, value, name)
    return dict(given)


def _check_metadata(key: str, value: Any, name: str) -> None:
    if not isinstance(value, str):
        raise unreadable("Metadata values must be strings.", param=f"{name}[{key}]")
    if len(key) > 40:
        raise too_long("Metadata keys", 40, f"{name}[{key}]")
    if len(value) > 500:
        raise too_long("Metadata values", 500, f"{name}[{key}]")


def too_long(what: str, most: int, name: str) -> ApiError:
    """Build the refusal of a text beyond its limit."""
    message = f"{what} can be at most {most} characters long."
    return unreadable(message, code="parameter_invalid_string_length", param=name)


def merge_metadata(old: Json, new: Json | None) -> Json:
    """Apply an update: an empty value forgets a key, None forgets all; 50 keys at most."""
    if new is None:
        return {}
    merged = {**old, **new}
    merged = {key: value for key, value in merged.items() if value != ""}
    if len(merged) > 50:
        raise unreadable("You can have up to 50 metadata keys.", param="metadata")
    return merged


KINDS: dict[str, Callable[[Any, str], Any]] = {
    "text": _text,
    "integer": _integer,
    "boolean": _boolean,
    "texts": _texts,
    "range": _range,
    "metadata": _metadata,
}
