"""Turns a solution of the composer into the lines of every box."""

from app.personalization.brain import Solution
from app.personalization.replay import Settled
from app.personalization.rules import ComposedBox, ComposedLine, LineSource


def write_lines(settled: Settled, solution: Solution) -> tuple[ComposedBox, ...]:
    """Return every box: in each the settled units of a SKU first, then what the composer added."""
    lines: list[list[ComposedLine]] = [[] for _ in settled.boxes]
    for row, at, units in zip(solution.box, solution.item, solution.units, strict=True):
        lines[row].extend(_lines(settled, int(row), int(at), int(units)))
    return tuple(
        ComposedBox(
            box_id=box_id,
            lines=tuple(lines[row]),
            missing=int(solution.short[row]) + sum(n for _, n in settled.missing.get(row, [])),
            missing_wanted=tuple(settled.missing.get(row, [])),
        )
        for row, box_id in enumerate(settled.boxes)
    )


def _lines(settled: Settled, row: int, at: int, units: int) -> list[ComposedLine]:
    sku_id, repeat = settled.offers[at][0], bool(settled.repeats[row, at])
    score, fixed = float(settled.tastes[row, at]), int(settled.units[row, at])
    instead = settled.instead.get((row, at))
    source = LineSource.HERO if (row, at) in settled.heroes else LineSource.CHOSEN
    source = LineSource.SUBSTITUTE if instead else source
    found = []
    if fixed:
        found.append(ComposedLine(sku_id, fixed, source, score, instead))
    if units > fixed:
        found.append(ComposedLine(sku_id, units - fixed, LineSource.AUTO, score, None, repeat))
    return found
