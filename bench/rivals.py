"""Matrix factorisation of the package implicit, as rivals of the recommender."""

from __future__ import annotations

from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from scipy import sparse

from ml.arrays import Floats
from ml.evaluation.baselines import Baseline, taken_matrix
from ml.recommender.log import Log


def ials(log: Log, setting: tuple[float, ...]) -> Floats:
    """Return the scores of implicit alternating least squares; setting: factors, regularisation,
    weight of what was taken."""
    factors, penalty, weight = setting
    model = AlternatingLeastSquares(
        factors=int(factors),
        regularization=penalty,
        alpha=weight,
        iterations=15,
        num_threads=1,
        random_state=0,
    )
    return _fitted(model, log)


def bpr(log: Log, setting: tuple[float, ...]) -> Floats:
    """Return the scores of Bayesian personalised ranking; setting: factors, penalty, rate."""
    factors, penalty, rate = setting
    model = BayesianPersonalizedRanking(
        factors=int(factors),
        regularization=penalty,
        learning_rate=rate,
        iterations=100,
        num_threads=1,
        random_state=0,
    )
    return _fitted(model, log)


def _fitted(model: AlternatingLeastSquares | BayesianPersonalizedRanking, log: Log) -> Floats:
    counts = taken_matrix(log).astype("float32")
    old_form = sparse.csr_matrix((counts.data, counts.indices, counts.indptr), shape=counts.shape)
    model.fit(old_form, show_progress=False)
    return model.user_factors[: log.people] @ model.item_factors[: log.products].T


RIVALS: dict[str, Baseline] = {
    "iALS": Baseline(
        ials, ((32, 0.1, 1.0), (64, 0.1, 1.0), (64, 1.0, 5.0), (32, 10.0, 1.0), (64, 10.0, 10.0))
    ),
    "BPR": Baseline(bpr, ((32, 0.01, 0.05), (64, 0.01, 0.02), (64, 0.05, 0.05))),
}
