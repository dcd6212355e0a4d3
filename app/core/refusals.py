"""How the product says no: a sentence for the person, and what is offered instead."""

from enum import Enum
from typing import Any


class Refusal(Enum):
    """A reason to say no. Each value is the (translatable) sentence shown to the person."""


class Refused(Exception):
    """A use case said no; nothing was changed."""

    def __init__(self, refusal: Refusal, offer: Any = None, field: str | None = None) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal
        self.offer = offer
        self.field = field
