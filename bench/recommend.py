"""Measures the recommender against plain methods and matrix factorisation on public baskets.

`python -m bench.recommend --data coffee --json` learns from all but the last basket of everybody,
foresees that one, and does the same with every rival, each tuned on the basket before. The last
line is one JSON object. `--data speed` measures what the score of a pair costs instead. `--write`
puts table and plot into docs/benchmarks/recommender.md.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from bench.baskets import NAMES, Examination, examination
from bench.recommend_page import write_page
from bench.recommend_speed import measure_speed
from ml.arrays import Bools, Singles
from ml.evaluation.baselines import BASELINES, Baseline
from ml.evaluation.calibration import calibration, ratio_by_segment
from ml.evaluation.metrics import Verdict, by_segment, judge
from ml.evaluation.report import Exam, tuned_scores
from ml.recommender.cuts import Cut
from ml.recommender.examples import had_before
from ml.recommender.fitting import fit
from ml.recommender.ranking import paired_difference
from ml.recommender.scoring import score

BUNDLED = Path(".bench")
PAGE = Path("docs/benchmarks/recommender.md")
SPEED = "speed"
# Without the packages of the bench the plain methods alone are the rivals.
RIVALS: dict[str, Baseline] = import_module("bench.rivals").RIVALS if find_spec("implicit") else {}


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="coffee", choices=(*NAMES, SPEED))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON line")
    parser.add_argument("--write", action="store_true", help="keep the figures in the docs")
    parser.add_argument("--bundled", type=Path, default=BUNDLED)
    asked = parser.parse_args()
    if asked.data == SPEED:
        found = measure_speed(asked.seed)
    else:
        found = measure(examination(asked.data, asked.bundled), asked.seed, quiet=asked.json)
    if asked.write:
        write_page(PAGE, found)
    print(json.dumps(found))


def measure(given: Examination, seed: int, quiet: bool) -> dict[str, Any]:
    """Return the figures of the product and of every rival on one examination."""
    exam = Exam(Cut(given.events, given.target), given.quiz, given.products, given.again)
    wanted = exam.wanted
    had, product, found = _product(exam, wanted, seed)
    verdicts = {"product": product}
    for name, rival in (BASELINES | RIVALS).items():
        verdicts[name], found[name] = _rival(rival, exam, wanted, had)
        if not quiet:
            print(f"{name:18} {found[name]}", flush=True)
    best = max(verdicts.keys() - {"product"}, key=lambda name: found[name]["ndcg10"])
    lead = paired_difference(product.ndcg, verdicts[best].ndcg, seed)
    return {
        "data": given.name,
        "people": int(wanted.shape[0]),
        "products": int(wanted.shape[1]),
        "seed": seed,
        "product": found.pop("product"),
        **found,
        "best_rival": best,
        "difference": round(lead.mean, 5),
        "difference_interval": [round(lead.low, 5), round(lead.high, 5)],
    }


def _product(exam: Exam, wanted: Bools, seed: int) -> tuple[Bools, Verdict, dict[str, Any]]:
    made, fit_seconds = _timed(lambda: fit(exam.cut.past, exam.quiz, exam.products, seed))
    scores = score(made, exam.cut.past, exam.people, exam.products)
    had = had_before(scores.view)
    chances = np.concatenate(
        [
            scores.block(start, end, None if exam.again else ~had[start:end])
            for start, end in scores.view.ranges()
        ]
    )
    verdict = judge(chances, wanted, had, exam.again)
    asked = np.ones_like(had) if exam.again else ~had
    true = calibration(chances[asked], wanted[asked])
    figures: dict[str, Any] = _rounded(verdict) | {
        "calibration": round(true.ratio, 4),
        "ece": round(true.ece, 5),
        "brier_skill": round(true.skill, 4),
        "fit_cpu_seconds": round(fit_seconds, 1),
        "layer": made.layer,
        "boxes_back": made.depth,
        "candidates": made.candidates,
        "trial": {name: round(value, 4) for name, value in made.trial.items()},
        "segments": by_segment(verdict.ndcg, scores.view.boxes),
        "calibration_by_segment": ratio_by_segment(
            _masked(chances, asked), wanted & asked, scores.view.boxes
        ),
    }
    return had, verdict, {"product": figures}


def _masked(chances: Singles, asked: Bools) -> Singles:
    return np.where(asked, chances, np.float32(0))


def _rival(
    rival: Baseline, exam: Exam, wanted: Bools, had: Bools
) -> tuple[Verdict, dict[str, Any]]:
    scores, seconds = _timed(lambda: tuned_scores(rival.method, rival.settings, exam))
    verdict = judge(scores, wanted, had, exam.again)
    return verdict, _rounded(verdict) | {"fit_cpu_seconds": round(seconds, 1)}


def _timed(make: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.process_time()
    made = make()
    return made, time.process_time() - begun


def _rounded(verdict: Verdict) -> dict[str, Any]:
    return {name: round(value, 4) for name, value in verdict.means().items()}


if __name__ == "__main__":
    main()
