"""Says how alike two coffees are, so that one can stand in for another and one rating can speak for
its neighbours."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.arrays import Floats
from ml.taste.attributes import ATTRIBUTE_NAMES, attribute_table

# How far apart a full step in each attribute puts two coffees; what is not named counts 1.
STEP = {"any coffee": 0.0, "roast": 2.5, "roast squared": 0.0, "decaf": 4.0, "sweetness": 0.7}
STEPS: Floats = np.array([STEP.get(name, 1.0) for name in ATTRIBUTE_NAMES])


def attribute_similarity(products: pd.DataFrame) -> Floats:
    """Return (M, M) in 0..1: 1 for coffees with equal attributes, halving with every step they lie
    apart.

    Symmetric, 1 on the diagonal. A decaf is never close to a coffee with caffeine.
    """
    table = attribute_table(products) * STEPS
    squared = np.zeros((len(table), len(table)))
    for column in table.T:
        squared += (column[:, None] - column[None, :]) ** 2
    # Rounded, so that machines whose powers differ in the last digit agree.
    return np.asarray(np.round(np.exp2(-np.sqrt(squared)), 9), dtype=np.float64)
