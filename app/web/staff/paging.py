"""Cuts long lists into pages: one row more than a page is read, to know whether another follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

T = TypeVar("T")
FURTHEST = 10_000


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list: its rows, its number from 1 on, whether another follows."""

    rows: tuple[T, ...]
    number: int
    more: bool


@dataclass(frozen=True)
class Window:
    """Which part of a list is wanted."""

    number: int
    size: int

    @property
    def limits(self) -> tuple[int, int]:
        """Return (limit, offset) for the reading of this page and one row more."""
        return self.size + 1, (self.number - 1) * self.size

    def page(self, rows: Sequence[T]) -> Page[T]:
        """Return the page that was read with these limits."""
        return Page(tuple(rows[: self.size]), self.number, len(rows) > self.size)

    def slice(self, rows: Sequence[T]) -> Page[T]:
        """Return the page of a list that is there as a whole."""
        limit, offset = self.limits
        return self.page(rows[offset : offset + limit])


def wanted_page(size: int = 50) -> Window:
    """Return the part that the address asks for with `page`; the first where it makes no sense."""
    typed = request.args.get("page", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1
    return Window(min(max(number, 1), FURTHEST), size)


def wanted_word(name: str = "q") -> str:
    """Return what the address searches for."""
    return request.args.get(name, "").replace("\x00", "").strip()[:200]
