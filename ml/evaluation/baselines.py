"""The plain methods every recommender is measured against, each tuned on an earlier box."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from ml.arrays import Floats
from ml.recommender.log import Log

Method = Callable[[Log, tuple[float, ...]], Floats]


@dataclass(frozen=True)
class Baseline:
    """A method (log, setting) -> scores (people, products), and the settings to choose from."""

    method: Method
    settings: tuple[tuple[float, ...], ...]


def taken_matrix(log: Log, keep: float = 1.0) -> sparse.csr_array:
    """Return (people, products): boxes in which each was taken, each box back counting `keep` times
    the one after it."""
    pairs = np.unique(
        np.column_stack([log.person[log.taken], log.product[log.taken], log.box[log.taken]]), axis=0
    )
    back = log.boxes[pairs[:, 0]] - 1 - pairs[:, 2]
    shape = (log.people, log.products)
    return sparse.csr_array((keep**back, (pairs[:, 0], pairs[:, 1])), shape=shape)


def popularity(log: Log, _setting: tuple[float, ...] = ()) -> Floats:
    """Return for everybody how often each product was taken."""
    counts = np.bincount(log.product[log.taken], minlength=log.products).astype(np.float64)
    return np.tile(counts, (log.people, 1))


def recency_frequency(log: Log, setting: tuple[float, ...]) -> Floats:
    """Return how often she took it, older boxes counting less; popularity breaks ties."""
    counts = popularity(log)
    return np.asarray(
        taken_matrix(log, setting[0]).toarray() + 1e-6 * counts / max(counts.max(initial=0), 1)
    )


def item_neighbours(log: Log, setting: tuple[float, ...]) -> Floats:
    """Return her own counts times the cosine between products (each most alike to itself).

    setting: boxes count `keep` back; neighbours kept per product; shrinkage of rare products.
    """
    keep, neighbours, shrink = setting
    had = taken_matrix(log)
    had.data[:] = 1.0
    together = (had.T @ had).toarray()
    size = np.sqrt(np.diag(together))
    alike = together / np.maximum(np.outer(size, size) + shrink, 1e-9)
    if neighbours < log.products:
        edge = np.partition(alike, -int(neighbours), axis=0)[-int(neighbours)]
        alike = np.where(alike >= edge, alike, 0.0)
    return np.asarray(taken_matrix(log, keep) @ alike)


def ease(log: Log, setting: tuple[float, ...]) -> Floats:
    """Return the linear autoencoder without self-similarity (Steck 2019).

    setting: ridge; whether it starts from what she ever had (0) or from how often (1).
    """
    penalty, often = setting
    counts = taken_matrix(log)
    had = counts.copy()
    had.data[:] = 1.0
    seen = counts if often else had
    inverse = np.linalg.inv((seen.T @ seen).toarray() + penalty * np.eye(log.products))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return np.asarray(seen @ weights)


def tifu_neighbours(log: Log, setting: tuple[float, ...]) -> Floats:
    """Return temporal item frequencies, mixed with those of the nearest people (Hu et al. 2020).

    setting: boxes in a group, decay inside a group, decay between groups, neighbours, own share.
    """
    size, inside, between, neighbours, own = setting
    vectors = frequency_vectors(log, size, inside, between)
    square = (vectors**2).sum(axis=1)
    near = 2.0 * vectors @ vectors.T - square[None, :]
    np.fill_diagonal(near, -np.inf)
    count = min(int(neighbours), log.people - 1)
    if count < 1:
        return vectors
    edge = np.partition(near, -count, axis=1)[:, -count][:, None]
    chosen = sparse.csr_array((near >= edge).astype(np.float64))
    mean = (chosen @ vectors) / np.asarray(chosen.sum(axis=1))[:, None]
    return np.asarray(own * vectors + (1.0 - own) * mean)


def frequency_vectors(log: Log, size: float, inside: float, between: float) -> Floats:
    """Return (people, products): decayed frequencies, boxes counted in groups from the newest."""
    pairs = np.unique(
        np.column_stack([log.person[log.taken], log.product[log.taken], log.box[log.taken]]), axis=0
    )
    back = log.boxes[pairs[:, 0]] - 1 - pairs[:, 2]
    group = back // size
    groups = np.ceil(log.boxes[pairs[:, 0]] / size)
    weight = inside ** (back % size) * between**group / (size * groups)
    shape = (log.people, log.products)
    vectors = sparse.csr_array((weight, (pairs[:, 0], pairs[:, 1])), shape=shape)
    return np.asarray(vectors.toarray(), dtype=np.float64)


BASELINES: dict[str, Baseline] = {
    "popularity": Baseline(popularity, ((),)),
    "recency frequency": Baseline(
        recency_frequency, tuple((keep,) for keep in (1.0, 0.99, 0.97, 0.95, 0.9, 0.8, 0.6))
    ),
    "item-kNN": Baseline(
        item_neighbours,
        tuple(
            (keep, near, shrink)
            for keep in (1.0, 0.9)
            for near in (20, 100, 1e9)
            for shrink in (0.0, 10.0, 100.0)
        ),
    ),
    "EASE": Baseline(
        ease,
        tuple(
            (penalty, often)
            for often in (0.0, 1.0)
            for penalty in (3.0, 30.0, 100.0, 200.0, 300.0, 500.0, 1000.0, 3000.0, 10000.0)
        ),
    ),
    "TIFU-kNN": Baseline(
        tifu_neighbours,
        tuple(
            (size, inside, between, near, own)
            for size, inside, between in ((7, 0.9, 0.7), (3, 0.9, 0.9), (7, 1.0, 0.9))
            for near in (100, 300)
            for own in (0.3, 0.7, 0.9)
        ),
    ),
}
