"""What a barista would guess from a quiz, written as numbers: the taste of a shop that has no
ratings yet.

Each line says how much one answer adds to the expected liking (1 to 5) per unit of an attribute of
the coffee.
"""

from __future__ import annotations

import numpy as np

from ml.arrays import Floats
from ml.taste.answers import ANSWER_NAMES
from ml.taste.attributes import ATTRIBUTE_NAMES

NEUTRAL = 3.2
ROAST_DISTANCE = 2.0  # liking lost when a palest-roast lover gets the darkest
ROAST_WANTED = {
    "nordic": 0.1,
    "blonde": 0.2,
    "light": 0.25,
    "medium": 0.5,
    "dark": 0.8,
    "italian": 0.85,
    "french": 0.9,
}

GUESSES: dict[str, dict[str, float]] = {
    "style: fruity": {
        "notes: fruity": 0.4,
        "process: natural": 0.3,
        "process: experimental": 0.4,
        "acidity": 0.2,
        "notes: fermented": 0.3,
        "roast": -0.5,
    },
    "style: bright": {"acidity": 0.5, "notes: citrus": 0.4, "process: washed": 0.2, "roast": -0.4},
    "style: juicy": {
        "acidity": 0.3,
        "notes: fruity": 0.4,
        "notes: citrus": 0.2,
        "roast": -0.4,
        "process: experimental": 0.2,
    },
    "style: floral": {"notes: floral": 0.5, "process: washed": 0.2, "body": -0.2, "roast": -0.4},
    "style: sweet": {"sweetness": 0.5, "notes: caramel": 0.3, "process: honey": 0.2},
    "style: caramalized": {
        "notes: caramel": 0.5,
        "sweetness": 0.3,
        "notes: chocolate": 0.1,
        "roast": 0.2,
    },
    "style: chocolatey": {
        "notes: chocolate": 0.5,
        "body": 0.2,
        "acidity": -0.2,
        "process: experimental": -0.2,
    },
    "style: nutty": {
        "notes: nutty": 0.5,
        "notes: chocolate": 0.2,
        "acidity": -0.2,
        "process: experimental": -0.3,
    },
    "style: full bodied": {
        "body": 0.5,
        "acidity": -0.2,
        "roast": 0.3,
        "process: experimental": -0.2,
    },
    "style: bold": {
        "body": 0.3,
        "roast": 0.6,
        "notes: earthy": 0.4,
        "acidity": -0.2,
        "process: experimental": -0.3,
    },
    "style: complex": {
        "notes: fermented": 0.3,
        "process: experimental": 0.2,
        "acidity": 0.3,
        "notes: floral": 0.2,
        "roast": -0.4,
    },
    "style: light": {"body": -0.4, "roast": -0.4, "acidity": 0.1},
    "strength: weak": {"body": -0.4, "roast": -0.2},
    "strength: somewhat light": {"body": -0.2, "roast": -0.1},
    "strength: medium": {"body": 0.05, "roast squared": -0.1},
    "strength: somewhat strong": {"body": 0.15, "roast": 0.1},
    "strength: very strong": {"body": 0.3, "roast": 0.4},
    "brew_methods: pour over": {"acidity": 0.15, "notes: floral": 0.15, "roast": -0.3},
    "brew_methods: french press": {"body": 0.2, "roast": 0.1},
    "brew_methods: espresso": {"body": 0.15, "sweetness": 0.1, "notes: chocolate": 0.05},
    "brew_methods: coffee brewing machine (e.g. mr. coffee)": {
        "notes: nutty": 0.1,
        "acidity": -0.1,
        "roast": 0.2,
    },
    "brew_methods: pod/capsule machine (e.g. keurig/nespresso)": {"roast": 0.3, "acidity": -0.1},
    "brew_methods: instant coffee": {"roast": 0.2, "acidity": -0.1},
    "brew_methods: bean-to-cup machine": {"body": 0.15, "roast": 0.2},
    "brew_methods: cold brew": {"notes: chocolate": 0.15, "sweetness": 0.15, "acidity": -0.1},
    "brew_methods: coffee extract (e.g. cometeer)": {
        "acidity": 0.1,
        "notes: fruity": 0.1,
        "roast": -0.1,
    },
    "brew_methods: other": {"acidity": 0.1, "roast": -0.2},
    "additions: no - just black": {"acidity": 0.15, "roast": -0.3},
    "additions: milk, dairy alternative, or coffee creamer": {
        "body": 0.2,
        "roast": 0.4,
        "acidity": -0.2,
    },
    "additions: sugar or sweetener": {"roast": 0.4, "acidity": -0.15},
    "additions: flavor syrup": {"roast": 0.4, "notes: caramel": 0.1, "acidity": -0.1},
    "additions: other": {"roast": 0.2, "sweetness": 0.1},
    "caffeine: full caffeine": {"decaf": -1.0},
    "caffeine: half caff": {"decaf": 0.3},
    "caffeine: decaf": {"decaf": 2.0},
    "expertise: beginner": {"roast": 0.2, "acidity": -0.15, "process: experimental": -0.2},
    "expertise: some": {"roast": 0.1, "acidity": -0.05, "process: experimental": -0.1},
    "expertise: much": {"roast": -0.1, "acidity": 0.05, "process: experimental": 0.1},
    "expertise: expert": {"roast": -0.3, "acidity": 0.15, "process: experimental": 0.2},
}


def prior_weights() -> Floats:
    """Return (1 + answers, attributes): row 0 is for everybody, the others in the order of
    ANSWER_NAMES."""
    weights = np.zeros((1 + len(ANSWER_NAMES), len(ATTRIBUTE_NAMES)))
    weights[0, 0] = NEUTRAL
    weights[0, ATTRIBUTE_NAMES.index("decaf")] = -0.3
    for answer, guesses in GUESSES.items():
        for attribute, liking in guesses.items():
            weights[1 + ANSWER_NAMES.index(answer), ATTRIBUTE_NAMES.index(attribute)] = liking
    for word, wanted in ROAST_WANTED.items():
        # -(roast - wanted)^2 multiplied out; the constant makes it nought for the average over all
        # roasts.
        row = weights[1 + ANSWER_NAMES.index(f"roast: {word}")]
        row[ATTRIBUTE_NAMES.index("roast")] = 2.0 * ROAST_DISTANCE * wanted
        row[ATTRIBUTE_NAMES.index("roast squared")] = -ROAST_DISTANCE
        row[0] = ROAST_DISTANCE * (1.0 / 3.0 - wanted)
    return weights
