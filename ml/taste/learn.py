"""Learns a shop's taste from answers and ratings."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import Ridge

from ml.taste.answers import answer_table
from ml.taste.attributes import attribute_table
from ml.taste.parts import DIGITS, fill_open, usable
from ml.taste.prior import prior_weights
from ml.taste.trained import TasteModel, Training, prior_model, version_of


def fit_taste(training: Training, penalty: float = 60.0) -> TasteModel:
    """Return the prior, corrected by what people really liked.

    One ridge regression on all products of answers and attributes, on the liking the prior does not
    explain: where the ratings say nothing, the prior stays. It scores a coffee nobody has rated yet
    from its attributes. Without usable ratings the prior itself is returned.
    """
    known = usable(training.ratings, training.quiz.index, training.products.index)
    if not len(known.liking):
        return prior_model()
    table = answer_table(training.quiz)
    average = np.append(1.0, table[np.unique(known.person)].mean(axis=0))
    answers, attributes = fill_open(table, average), attribute_table(training.products)
    prior = prior_weights()
    surprise = known.liking - np.einsum(
        "ij,ij->i", (answers @ prior)[known.person], attributes[known.product]
    )
    pairs = np.einsum("ij,ik->ijk", answers[known.person], attributes[known.product])
    found = Ridge(alpha=penalty, fit_intercept=False, solver="cholesky").fit(
        pairs.reshape(len(known.liking), -1), surprise
    )
    weights = np.round(prior + np.reshape(found.coef_, prior.shape), DIGITS)
    return TasteModel(weights, version_of("ridge", weights, average), average)
