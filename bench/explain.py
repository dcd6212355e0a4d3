"""Takes the named reasons away and looks whether the coffee's rank changes.

    python -m bench.explain FILE COFFEES [--model taste] [--samples 1000] [--lots 120] [--seed 0]

People of the taste test rate a few lots of a shelf of real coffees as the model expects of people
like them, with noise; for a model of histories they also had some boxes. Each gets the four lots
that suit best. For a sample of these lines every named reason is taken away and everything is
scored again. Both models are measured unless one is asked for. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.explain_scene import (
    Scene,
    explain_boxes,
    history_scene,
    rank_without,
    taste_scene,
)
from ml.taste.reasons import Explanation, Kind

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "explain.md"
MODELS = ("taste", "history")
BAR = 0.95


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return 1 if a bar is missed."""
    asked = _arguments(arguments)
    scene = taste_scene(asked.people, asked.coffees, asked.lots, asked.seed)
    found = {}
    for name in asked.model or MODELS:
        shown = scene if name == "taste" else history_scene(scene, asked.seed)
        found[name] = measured(shown, asked.samples, asked.seed)
        if not asked.json:
            print(f"{name}:")
            print("\n".join(f"  {each}: {found[name][each]}" for each in found[name]))
    if asked.write:
        _write(found, asked)
    print(json.dumps(found, sort_keys=True))
    return 0 if all(_is_good(each) for each in found.values()) else 1


def measured(scene: Scene, samples: int, seed: int) -> dict[str, Any]:
    """Return the figures of one model."""
    begun = time.process_time()
    told = explain_boxes(scene)
    cpu = time.process_time() - begun
    return {
        "lines": len(told),
        "lines_with_a_reason": float(np.mean([bool(each.reasons) for each in told])),
        "lines_with_two_reasons": round(
            float(np.mean([len(each.reasons) > 1 for each in told])), 4
        ),
        "cpu_milliseconds_per_line": round(1e3 * cpu / len(told), 3),
        **_sampled(scene, told, samples, seed),
    }


def _sampled(scene: Scene, told: list[Explanation], samples: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed + 1)
    chosen = rng.choice(len(told), size=min(samples, len(told)), replace=False)
    moved: list[list[bool]] = [[], []]
    foretold, kinds = 0, [dict.fromkeys(Kind, 0), dict.fromkeys(Kind, 0)]
    for each in chosen:
        line = told[each]
        for place, reason in enumerate(line.reasons):
            rank = rank_without(scene, line, reason)
            kinds[place][reason.kind] += 1
            moved[place].append(rank != line.rank)
            foretold += rank == reason.rank_without
    named = moved[0] + moved[1]
    return {
        "samples": len(chosen),
        "reasons_named": len(named),
        "named_reason_changes_rank": _share(named),
        "first_reason_changes_rank": _share(moved[0]),
        "second_reason_changes_rank": _share(moved[1]),
        "rank_foretold_exactly": round(foretold / max(len(named), 1), 4),
        "first_reasons": {str(kind): count for kind, count in kinds[0].items() if count},
        "second_reasons": {str(kind): count for kind, count in kinds[1].items() if count},
    }


def _share(moved: list[bool]) -> float:
    return round(float(np.mean(moved)), 4) if moved else 1.0


def _is_good(found: dict[str, Any]) -> bool:
    return found["lines_with_a_reason"] == 1.0 and all(
        found[f"{which}_reason_changes_rank"] >= BAR for which in ("named", "first", "second")
    )


def _write(found: dict[str, dict[str, Any]], asked: argparse.Namespace) -> None:
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    figures = {
        name: [str(each[name]) for each in found.values()] for name in next(iter(found.values()))
    }
    rows = "\n".join(
        f"| {name.replace('_', ' ')} | {' | '.join(cells)} |" for name, cells in figures.items()
    )
    PAGE.write_text(
        "# Reasons that hold\n\n"
        f"`python -m bench.explain PEOPLE COFFEES --samples {asked.samples} --lots {asked.lots}"
        f" --seed {asked.seed} --write`\n\n"
        "Boxes of four real lots for the people of the taste test, by a model of taste and, after"
        " some months of boxes, by a model of histories. In a sample of the lines every named"
        " reason is really taken away and all is scored again. A second reason is named only where"
        " the rank hangs on it too.\n\n"
        f"| figure | {' | '.join(found)} |\n| --- |{' --- |' * len(found)}\n{rows}\n",
        encoding="utf-8",
    )


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("people", type=Path, help="a file of the taste test's form")
    parser.add_argument("coffees", type=Path, help="a file of graded lots")
    parser.add_argument("--model", choices=MODELS, action="append", help="both if not given")
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--lots", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print the JSON object alone")
    parser.add_argument(
        "--write", action="store_true", help="keep it in docs/benchmarks/explain.md"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
