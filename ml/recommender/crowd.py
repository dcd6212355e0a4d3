"""What the crowd says about a product: linear models of who takes what, and the nearest people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ml.arrays import Floats, Ints, Singles
from ml.recommender.log import Log

MODELS = ("ease", "recent", "alike", "near")
CROWD = (*MODELS, *(f"{name} among others" for name in MODELS))
POOL = 600  # people kept as possible neighbours
NEIGHBOURS = 50
GROUP, INSIDE, BETWEEN = 7, 0.9, 0.7  # temporal frequency: boxes per group, decay in and between
LATELY = 0.7  # what a box counts against the one after it where the last ones decide
FADE = 5.0  # boxes after which the quiz counts half
RARE = 10.0  # shrinks the likeness of products hardly anybody took together


@dataclass(frozen=True, eq=False)
class Crowd:
    """Models of M products learnt from people's histories, with Q quiz answers as extra products.

    weights (2, M + Q, M): ridge autoencoder without self-similarity (Steck 2019), and cosine
    between products. The first is asked by all that a person ever had and by her last boxes, the
    second by her last boxes: they say most about what is new to her. pool (P, M): decayed
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
    lately, in groups of boxes, and (N, M) in the last boxes; rows are people."""

    seen: sparse.csr_array
    lately: sparse.csr_array
    last: sparse.csr_array
    names: npt.NDArray[np.str_]

    def rows(self, people: Ints) -> Inputs:
        """Return the inputs of some people."""
        return Inputs(self.seen[people], self.lately[people], self.last[people], self.names[people])


def inputs_of(log: Log, answers: Floats, names: npt.NDArray[np.str_]) -> Inputs:
    """Return the inputs of the people of the log; answers (N, Q) fade as their boxes add up."""
    person, product, box = log.units.T
    back = np.maximum(log.boxes[person] - 1 - box, 0)
    pair = log.pairs[0][log.unit_places]
    first = np.flatnonzero(np.diff(pair, prepend=-1))
    starts = np.concatenate([[0], np.cumsum(np.bincount(person[first], minlength=log.people))])

    def table(weight: Floats) -> sparse.csr_array:
        cells = np.add.reduceat(weight, first) if len(weight) else weight
        shape = (log.people, log.products)
        return sparse.csr_array((cells.astype(np.float32), product[first], starts), shape=shape)

    ago = np.arange(int(log.boxes.max(initial=0)) + 1)
    fading = INSIDE ** (ago % GROUP) * BETWEEN ** (ago // GROUP)
    lately = table(fading[back] / (GROUP * np.ceil(log.boxes[person] / GROUP)))
    last = table((LATELY**ago)[back])
    had = table(np.ones(len(person)))
    had.data[:] = 1.0
    said = sparse.csr_array((answers * (FADE / (FADE + log.boxes))[:, None]).astype(np.float32))
    return Inputs(sparse.csr_array(sparse.hstack([had, said])), lately, last, names)


def fit_crowd(log: Log, answers: Floats, names: npt.NDArray[np.str_], settings: Any) -> Crowd:
    """Return the crowd models of a log; answers (N, Q) count fully here.

    settings: `penalty` of the autoencoder, `seed`.
    """
    inputs = inputs_of(log, answers, names)
    had = inputs.seen[:, : log.products].astype(np.float64)
    seen = sparse.csr_array(sparse.hstack([had, sparse.csr_array(answers)]))
    together = np.asarray((seen.T @ seen).toarray(), dtype=np.float64)
    weights = np.stack(
        [_ease(together, log.products, settings.penalty), _alike(together, log.products)]
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
    ease, alike = crowd.weights
    own = inputs.last.shape[1]
    scores[0] = inputs.seen @ ease
    scores[1] = inputs.last @ ease[:own]
    scores[2] = inputs.last @ alike[:own]
    scores[2] /= np.maximum(np.asarray(inputs.last.sum(axis=1)), np.float32(1e-9))[:, None]
    scores[3] = _near(crowd, inputs)
    for said, among in zip(scores, scores[len(MODELS) :], strict=False):
        np.subtract(said, said.mean(axis=1, keepdims=True), out=among)
        spread = np.sqrt(np.einsum("ij,ij->i", among, among) / max(products, 1))
        among /= np.maximum(spread, np.float32(1e-9))[:, None]
    return scores


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
    nearest = near >= edge[:, None]
    starts = np.concatenate([[0], np.cumsum(nearest.sum(axis=1))])
    shares = np.repeat(np.float32(1) / np.diff(starts).astype(np.float32), np.diff(starts))
    cells = (shares, np.flatnonzero(nearest) % near.shape[1], starts)
    return np.asarray(sparse.csr_array(cells, shape=near.shape) @ crowd.shown, dtype=np.float32)


def _ease(together: Floats, products: int, penalty: float) -> Floats:
    inverse = np.linalg.inv(together + penalty * np.eye(len(together)))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return np.asarray(weights[:, :products])


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
