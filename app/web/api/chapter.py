"""Declares operations: a chapter is a list of them, and each is a function with typed parts.

The first parameter says how an operation works: `work` is one open unit of work, `tools` means
that it opens several itself, or asks the payment provider between them. `path`, `query`, `body`
and `csv` are what the request brings, and the return type is the answer.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel

from app.people.rules import Scope

V = TypeVar("V", bound=Callable[..., Any])
PARTS = ("path", "query", "body")


class Effect(StrEnum):
    """What an operation does to the shop; DESTRUCTIVE cannot simply be taken back."""

    READ = "read"
    WRITE = "write"
    DESTRUCTIVE = "destructive"


@dataclass(frozen=True)
class File:
    """A file as an answer."""

    content: bytes
    name: str
    media: str


class CsvFile(File):
    """A file of comma-separated values."""


class JsonFile(File):
    """A file of JSON, byte for byte as it was stored."""


class TextFile(File):
    """A file of plain text."""


@dataclass(frozen=True)
class Operation:
    """One call of the API with everything that its document says."""

    method: str
    rule: str
    scope: Scope
    effect: Effect
    status: int
    undo: str
    view: Callable[..., Any]
    parts: dict[str, type[BaseModel]]
    gives: type[Any]
    steps: bool
    csv: bool
    conflicts: bool

    @property
    def operation_id(self) -> str:
        """Return the function's name in the document's spelling."""
        first, *others = self.view.__name__.split("_")
        return first + "".join(word.title() for word in others)

    @property
    def changes(self) -> bool:
        """Say whether something may be different afterwards."""
        return self.effect is not Effect.READ


@dataclass(frozen=True)
class Chapter:
    """The operations that the document shows together."""

    name: str
    about: str
    sandbox_only: bool = False
    operations: list[Operation] = field(default_factory=list)

    def get(self, rule: str, scope: Scope, conflicts: bool = False) -> Callable[[V], V]:
        """Declare an operation that only reads; `conflicts` says that this may come too early or
        too late."""
        return self._declare("GET", rule, scope, Effect.READ, conflicts=conflicts)

    def put(self, rule: str, scope: Scope) -> Callable[[V], V]:
        """Declare an operation that sets something, however often it is asked."""
        return self._declare("PUT", rule, scope, Effect.WRITE)

    def create(self, rule: str, scope: Scope, undo: str = "") -> Callable[[V], V]:
        """Declare an operation that adds something new."""
        return self._declare("POST", rule, scope, Effect.WRITE, status=201, undo=undo)

    def post(
        self, rule: str, scope: Scope, effect: Effect = Effect.WRITE, undo: str = ""
    ) -> Callable[[V], V]:
        """Declare an operation that does something; `undo` names the one that takes it back."""
        return self._declare("POST", rule, scope, effect, undo=undo)

    def _declare(
        self, method: str, rule: str, scope: Scope, effect: Effect, **more: Any
    ) -> Callable[[V], V]:
        def declare(view: V) -> V:
            hints = get_type_hints(view)
            operation = Operation(
                method=method,
                rule=rule,
                scope=scope,
                effect=effect,
                status=more.get("status", 200),
                undo=more.get("undo", ""),
                view=view,
                parts={part: hints[part] for part in PARTS if part in hints},
                gives=hints["return"],
                steps="tools" in inspect.signature(view).parameters,
                csv="csv" in hints,
                conflicts=more.get("conflicts", False),
            )
            self.operations.append(operation)
            return view

        return declare
