"""Reads why each coffee is in a box, as it was written down when the box was composed."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.refusals import Refused
from app.fulfilment.models import BoxLine
from app.fulfilment.queries import any_box
from app.fulfilment.rules import BoxRefusal
from app.personalization.rules import LineSource

Part = Mapping[str, Any]


@dataclass(frozen=True)
class ExplainedLine:
    """A line and its reasons, the strongest first; `lever` is what would change its place."""

    name: str
    units: int
    source: str
    score: float
    rank: int | None
    offered: int | None
    reasons: tuple[str, ...]
    lever: str
    stored: dict[str, Any]


@dataclass(frozen=True)
class ExplainedBox:
    """A composed box and why it holds what it holds."""

    box_id: uuid.UUID
    model_version: str | None
    lines: tuple[ExplainedLine, ...]


def explained_box(session: Session, box_id: uuid.UUID | None) -> ExplainedBox:
    """Return a box with its stored reasons in plain words; refuse an unknown one."""
    if box_id is None:
        raise Refused(BoxRefusal.UNKNOWN)
    any_box(session, box_id)
    rows = session.scalars(
        select(BoxLine)
        .where(BoxLine.box_id == box_id, BoxLine.source != LineSource.ADD_ON)
        .order_by(BoxLine.position)
    )
    lines = tuple(_explained(row) for row in rows)
    versions = [line.stored.get("model_version") for line in lines]
    return ExplainedBox(box_id, next((each for each in versions if each), None), lines)


def _explained(row: BoxLine) -> ExplainedLine:
    stored = row.reasons
    reasons = tuple(
        f"{_about(part)} ({part['contrast']:+.2f})" for part in stored.get("reasons", ())
    )
    if stored.get("off"):
        reasons = ("taste is switched off: this is what most people like",)
    whose = (stored.get("for") or {}).get("name")
    if whose:
        reasons = tuple(f"{whose}: {reason}" for reason in reasons)
    return ExplainedLine(
        name=row.name,
        units=row.units,
        source=row.source.value,
        score=row.score,
        rank=stored.get("rank"),
        offered=stored.get("offered"),
        reasons=reasons,
        lever=_lever(stored),
        stored=stored,
    )


def _about(part: Part) -> str:
    """Say what one reason is about, for somebody who looks into the shop's machinery."""
    match part["kind"]:
        case "answer":
            through = f", through {part['attribute']}" if part.get("attribute") else ""
            return f"answered {part['question']}: {part['answer']}{through}"
        case "rating":
            return f"rated {_named(part)} {part['liking']:g} of 5, {part['likeness']:.2f} alike"
        case "attribute":
            return f"most people's view of {part['attribute']}"
        case "crowd":
            return "how everybody likes this coffee"
        case _:
            return "how this person rates in general"


def _lever(stored: Part) -> str:
    lever = stored.get("lever")
    if not lever:
        return ""
    about = f"{lever['question']}: {lever['answer']}" if "question" in lever else _named(lever)
    to = f" to {lever['liking']:g}" if lever["change"] == "rating_changed" else ""
    place = stored["rank"] + lever["ranks"]
    return f"{lever['change'].replace('_', ' ')}{to}, {about}: place {place} instead"


def _named(part: Part) -> str:
    name = part.get("name") or {}
    return str(name.get("en") or next(iter(name.values()), part.get("product", "")))
