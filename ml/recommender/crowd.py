"""What the crowd says about a product: linear models of who takes what, and the nearest people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.decomposition import TruncatedSVD

from ml.arrays import Floats, Ints, Singles
from ml.recommender.log import Log

LINEAR = ("ease", "latent", "alike")
MODELS = (*LINEAR, "near")
CROWD = (*MODELS, *(f"{name} among others" for name in MODELS))
RANK = 64
POOL = 600  # people kept as possible neighbours
NEIGHBOURS = 50
GROUP, INSIDE, BETWEEN = 7, 0.9, 0.7  # temporal frequency: boxes per group, decay in and between
FADE = 5.0  # boxes after which the quiz counts half
RARE = 10.0  # shrinks the likeness of products hardly anybody took together


@dataclass(frozen=True, eq=False)
class Crowd:
    """Models of M products learnt from people's histories, with Q quiz answers as extra products.

    weights (3, M + Q, M): linear models in the order of LINEAR: ridge autoencoder without
    self-similarity (Steck 2019), truncated SVD, cosine between products. pool (P, M): decayed
    frequencies of some people (Hu et al. 2020), shown (P, M) what of theirs is shown to others,
    pool_names (P,) who they are.
    """

    weights: Singles
    pool: Singles
    shown: Singles
    pool_names: npt.NDArray[np.str_]

    def of(self, rows: Ints, bridge: Singles | None) -> Crowd:
        """Return the models for other products: those in `rows`, or made from the known ones by
        bridge (M', M)."""
        if bridge is None:
            return replace(self, weights=self.weights[:, :, rows], shown=self.shown[:, rows])
        return replace(self, weights=self.weights @ bridge.T, shown=self.shown @ bridge.T)


@dataclass(frozen=True, eq=False)
class Inputs:
    """What the crowd models start from: (N, M + Q) what she had and answered, (N, M) how often
    lately; rows are people."""

    seen: sparse.csr_array
    lately: sparse.csr_array
    names: npt.NDArray[np.str_]

    def rows(self, people: Ints) -> Inputs:
        """Return the inputs of some people."""
        return Inputs(self.seen[people], self.lately[people], self.names[people])


def inputs_of(log: Log, answers: Floats, names: npt.NDArray[np.str_]) -> Inputs:
    """Return the inputs of the people of the log; answers (N, Q) fade as their boxes add up."""
    person, product, back = _boxes_back(log)
    shape = (log.people, log.products)
    had = sparse.csr_array((np.ones(len(person), np.float32), (person, product)), shape=shape)
    had.data[:] = 1.0
    groups = np.ceil(log.boxes[person] / GROUP)
    weight = INSIDE ** (back % GROUP) * BETWEEN ** (back // GROUP) / (GROUP * groups)
    lately = sparse.csr_array((weight.astype(np.float32), (person, product)), shape=shape)
    said = sparse.csr_array((answers * (FADE / (FADE + log.boxes))[:, None]).astype(np.float32))
    return Inputs(sparse.csr_array(sparse.hstack([had, said])), lately, names)


def fit_crowd(log: Log, answers: Floats, names: npt.NDArray[np.str_], settings: Any) -> Crowd:
    """Return the crowd models of a log; answers (N, Q) count fully here.

    settings: `penalty` of the autoencoder, `seed`.
    """
    inputs = inputs_of(log, answers, names)
    had = inputs.seen[:, : log.products].astype(np.float64)
    seen = sparse.csr_array(sparse.hstack([had, sparse.csr_array(answers)]))
    together = np.asarray((seen.T @ seen).toarray(), dtype=np.float64)
    weights = np.stack(
        [
            _ease(together, log.products, settings.penalty),
            _latent(seen, log.products, settings.seed),
            _alike(together, log.products),
        ]
    )
    chosen = _pool(log, settings.seed)
    pool = np.asarray(inputs.lately[chosen].toarray(), dtype=np.float32)
    return Crowd(weights.astype(np.float32), pool, pool, names[chosen])


def crowd_scores(crowd: Crowd, inputs: Inputs) -> Singles:
    """Return (CROWD, N, M): what each model says, as it is and against its mean over all products
    in standard deviations.

    A product's likeness to itself is left out of `alike`: how often she took it is told apart.
    """
    people, products = inputs.seen.shape[0], crowd.weights.shape[2]
    scores = np.empty((len(CROWD), people, products), dtype=np.float32)
    lately = _with_answers(inputs, crowd.pool.shape[1])
    for place, weights in enumerate(crowd.weights):
        scores[place] = (lately if LINEAR[place] == "alike" else inputs.seen) @ weights
    scores[len(LINEAR)] = _near(crowd, inputs)
    for said, among in zip(scores, scores[len(MODELS) :], strict=False):
        np.subtract(said, said.mean(axis=1, keepdims=True), out=among)
        spread = np.sqrt(np.einsum("ij,ij->i", among, among) / max(products, 1))
        among /= np.maximum(spread, np.float32(1e-9))[:, None]
    return scores


def _with_answers(inputs: Inputs, products: int) -> sparse.csr_array:
    """Return (N, M + Q): how often lately instead of whether ever, and the answers."""
    return sparse.csr_array(sparse.hstack([inputs.lately, inputs.seen[:, products:]]))


def _near(crowd: Crowd, inputs: Inputs) -> Singles:
    """Return (N, M): the mean of the nearest people in the pool, never of herself."""
    count = min(NEIGHBOURS, len(crowd.pool) - 1)
    if count < 1:
        return np.zeros((inputs.lately.shape[0], crowd.shown.shape[1]), np.float32)
    square = (crowd.pool.astype(np.float64) ** 2).sum(axis=1).astype(np.float32)
    near = 2.0 * (inputs.lately @ crowd.pool.T) - square[None, :]
    place = {name: row for row, name in enumerate(crowd.pool_names)}
    for row, name in enumerate(inputs.names):
        if name in place:
            near[row, place[name]] = -np.inf
    edge = np.asarray(np.partition(near, -count, axis=1))[:, -count]
    mean = sparse.csr_array((near >= edge[:, None]).astype(np.float32))
    mean.data /= np.repeat(np.diff(mean.indptr), np.diff(mean.indptr)).astype(np.float32)
    return np.asarray(mean @ crowd.shown, dtype=np.float32)


def _boxes_back(log: Log) -> tuple[Ints, Ints, Ints]:
    """Return (person, product, how many boxes ago) of everything taken, once per box."""
    taken = log.units()
    back = log.boxes[taken[:, 0]] - 1 - taken[:, 2]
    return taken[:, 0], taken[:, 1], np.maximum(back, 0)


def _ease(together: Floats, products: int, penalty: float) -> Floats:
    inverse = np.linalg.inv(together + penalty * np.eye(len(together)))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return np.asarray(weights[:, :products])


def _latent(seen: sparse.csr_array, products: int, seed: int) -> Floats:
    rank = min(RANK, min(seen.shape) - 1)
    if rank < 1 or not seen.nnz:
        return np.zeros((seen.shape[1], products))
    model = TruncatedSVD(rank, n_iter=4, random_state=seed).fit(seen)
    directions = np.asarray(model.components_, dtype=np.float64)
    return np.asarray(directions.T @ directions[:, :products])


def _alike(together: Floats, products: int) -> Floats:
    size = np.sqrt(np.diag(together))
    alike = together / np.maximum(np.outer(size, size) + RARE, 1e-9)
    np.fill_diagonal(alike, 0.0)
    return np.asarray(alike[:, :products])


def _pool(log: Log, seed: int) -> Ints:
    regular = np.flatnonzero(log.boxes > 0)
    if len(regular) > POOL:
        regular = np.random.default_rng(seed).choice(regular, POOL, replace=False)
    return np.sort(regular).astype(np.int64)
