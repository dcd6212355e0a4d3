"""Trees that look once more at the best candidates of the scorecard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml.arrays import Bools, Floats, Singles

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

CLIP = 1e-7


def fit_trees(features: Singles, label: Bools, seed: int) -> HistGradientBoostingClassifier:
    """Return gradient boosting on rows (R, FEATURES) with label (R,)."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - slow to load

    trees = HistGradientBoostingClassifier(
        max_iter=240,
        learning_rate=0.035,
        max_leaf_nodes=20,
        min_samples_leaf=60,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=seed,
    )
    return trees.fit(_known(features), label)


def tree_log_odds(
    trees: HistGradientBoostingClassifier, features: Singles, met: float, new: float
) -> Floats:
    """Return (R,) log odds of the rows, the drawing of negatives undone.

    met, new: log share of the negatives drawn among pairs known and unknown to the person.
    """
    chance = np.clip(trees.predict_proba(_known(features))[:, 1], CLIP, 1 - CLIP)
    offset = np.where(np.isnan(features[:, 0]), new, met)
    return np.asarray(np.log(chance / (1 - chance)) + offset, dtype=np.float64)


def _known(features: Singles) -> Singles:
    """Return the features with -1 for unknown: trees refuse a column of which nothing is known."""
    return np.where(np.isnan(features), np.float32(-1), features)
