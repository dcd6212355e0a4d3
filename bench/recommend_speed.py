"""Measures what the score of all pairs costs, block by block, without ever holding them all.

Counted is the CPU time of one thread from the diary as it comes out of the database (a table of
events, unsorted, people and products by name) to the scorecard's log odds of every person with
every product, divided by people times products. That is all of it: checking and ordering the
diary, counting what is known of people, products and pairs, encoding the quiz, what the crowd
says, and the score. Not counted are learning, which happens once a night, and the trees, which
look at the best candidates alone.
"""

from __future__ import annotations

import resource
import time
from typing import Any

import numpy as np
import pandas as pd

from ml.recommender.fitting import fit
from ml.recommender.recommender import Recommender
from ml.recommender.scoring import score

SHOPPERS, PRODUCTS, BOXES = 20_000, 200, 6
TRAINED_ON = 3_000
STYLES = 8
PASSES = 3  # the whole is done so often, and the least told: others on the machine only add


def measure_speed(seed: int, shoppers: int = SHOPPERS) -> dict[str, Any]:
    """Return nanoseconds of CPU per pair for making features and scores of a made-up shop."""
    events, quiz, products = made_up_shop(seed, shoppers)
    taught = events[events["subscriber"] < TRAINED_ON]
    made = fit(taught, quiz.iloc[:TRAINED_ON], products, seed)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    passes = [_pass(made, events, quiz, products) for _ in range(PASSES)]
    read, scored, total = min(passes, key=lambda each: each[0] + each[1])
    pairs = shoppers * PRODUCTS
    return {
        "data": "speed",
        "people": shoppers,
        "products": PRODUCTS,
        "events": len(events),
        "nanoseconds_per_pair": round((read + scored) / pairs * 1e9, 1),
        "of_that_reading_the_log": round(read / pairs * 1e9, 1),
        "of_that_scoring": round(scored / pairs * 1e9, 1),
        "all_passes": [round((each[0] + each[1]) / pairs * 1e9, 1) for each in passes],
        "gib_above_the_log": round(
            (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**20, 3
        ),
        "sum_of_log_odds": round(total, 1),
    }


def _pass(
    made: Recommender, events: pd.DataFrame, quiz: pd.DataFrame, products: pd.DataFrame
) -> tuple[float, float, float]:
    """Return CPU seconds of reading the diary and of scoring, and the sum of all log odds."""
    begun = time.process_time()
    scores = score(made, events, quiz, products)
    looked = time.process_time()
    total = 0.0
    for start, end in scores.view.ranges():
        block = made.scorecard.block(scores.view, start, end)
        total += float(block.sum(dtype=np.float64))
    return looked - begun, time.process_time() - looked, total


def made_up_shop(seed: int, shoppers: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return (events, quiz, products): people of several styles who keep what suits their style."""
    generator = np.random.default_rng(seed)
    style = generator.integers(0, STYLES, shoppers)
    suits = generator.random((STYLES, PRODUCTS)) ** 4
    suits /= suits.sum(axis=1, keepdims=True)
    person = np.repeat(np.arange(shoppers), BOXES * 4)
    box = np.tile(np.repeat(np.arange(BOXES), 4), shoppers)
    drawn = generator.random(len(person))
    reach = suits.cumsum(axis=1)
    product = np.empty(len(person), np.int64)
    for each in range(STYLES):
        mine = style[person] == each
        product[mine] = np.minimum(np.searchsorted(reach[each], drawn[mine]), PRODUCTS - 1)
    events = pd.DataFrame(
        {"subscriber": person, "product": product, "kind": "keep", "at": box * 30.0, "box": box}
    )
    quiz = pd.DataFrame({"style": [f"style {each // 2}" for each in style]})
    products = pd.DataFrame({"group": [f"group {each % 12}" for each in range(PRODUCTS)]})
    return events, quiz, products
