"""A score that is a sum: each feature falls into a bin, each bin is worth so much, and that is the
reason too."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ml.arrays import Bools, Floats, Ints, Singles
from ml.recommender.crowd import CROWD
from ml.recommender.facts import PAIR, PERSON
from ml.recommender.knowledge import FEATURES, View

BINS = 24
GRID = 4096  # steps into which what the crowd says is cut before it is binned
STRENGTH = 0.3
FEWEST = 20  # pairs taken before a card learns more than how rare that is
EVENLY = np.arange(1, BINS // 2) / (BINS // 2)
AMONG_TAKEN = np.arange(0, BINS // 2) / (BINS // 2)
FIRST_CROWD = len(FEATURES) - len(CROWD)
FIRST_PRODUCT = len(PAIR) + len(PERSON)


@dataclass(frozen=True, eq=False)
class Card:
    """Look-up tables, all in float32; points are log odds.

    edges (FEATURES, BINS - 1), ascending, inf beyond the last: a value belongs to the bin of the
    number of edges not above it; points (FEATURES, BINS + 1), the last for "unknown". What the
    crowd says is first cut into GRID equal steps of size 1 / `step` from `low` on (CROWD,); there
    the edges are knots, the points stand at them, and lines join them. intercept ().
    """

    edges: Singles
    points: Singles
    low: Singles
    step: Singles
    intercept: Singles

    def contributions(self, features: Singles) -> Singles:
        """Return (P, FEATURES): the points of every feature of (P, FEATURES)."""
        found = np.empty(features.shape, np.float32)
        for column in range(FIRST_CROWD):
            found[:, column] = self._points_of(column, features[:, column])
        steps = self.steps(features[:, FIRST_CROWD:])
        for column, line in enumerate(self.fine()):
            found[:, FIRST_CROWD + column] = line[steps[:, column]]
        return found

    def log_odds(self, features: Singles) -> Singles:
        """Return (P,): the points of every row and the intercept."""
        total = np.full(len(features), self.intercept, np.float32)
        for points in self.contributions(features).T:
            total += points
        return total

    def stretched(self, slope: float, shift: float) -> Card:
        """Return the card whose log odds are slope times these plus shift."""
        return replace(
            self,
            points=(self.points * np.float32(slope)).astype(np.float32),
            intercept=np.asarray(self.intercept * slope + shift, np.float32),
        )

    def fine(self) -> Singles:
        """Return (CROWD, GRID): the points of every step of the grid."""
        lines = np.zeros((len(CROWD), GRID), np.float32)
        for row, line in enumerate(lines, FIRST_CROWD):
            knots = self.edges[row][np.isfinite(self.edges[row])]
            if len(knots):
                line[:] = np.interp(np.arange(GRID), knots, self.points[row, : len(knots)])
        return lines

    def sum_of(self, values: Singles, first: int) -> Singles:
        """Return (rows,): the points of neighbouring features (rows, columns) from `first` on."""
        total = np.zeros(len(values), np.float32)
        for column in range(values.shape[1]):
            total += self._points_of(first + column, values[:, column])
        return total

    def _points_of(self, row: int, values: Singles) -> Singles:
        if np.isinf(self.edges[row, 0]):
            plain, unknown = self.points[row, 0], self.points[row, BINS]
            return np.asarray(np.where(np.isnan(values), unknown, plain), dtype=np.float32)
        place = np.searchsorted(self.edges[row], values, side="right")
        place[np.isnan(values)] = BINS
        return np.asarray(self.points[row][place], dtype=np.float32)

    def steps(self, said: Singles) -> npt.NDArray[np.uint16]:
        """Return (P, CROWD): on which step of the grid lies what the crowd says."""
        steps = (said - self.low) * self.step
        return np.asarray(np.clip(steps, 0, GRID - 1), dtype=np.uint16)


@dataclass(frozen=True, eq=False)
class Scorecard:
    """One card for products the person has met, one for those new to her."""

    met: Card
    new: Card

    def contributions(self, features: Singles) -> Singles:
        """Return (P, FEATURES): what every feature adds to the log odds."""
        return np.where(
            is_met(features)[:, None],
            self.met.contributions(features),
            self.new.contributions(features),
        )

    def log_odds(self, features: Singles) -> Singles:
        """Return (P,): the score of every row (P, FEATURES)."""
        met, new = self.met.log_odds(features), self.new.log_odds(features)
        return np.where(is_met(features), met, new)

    def block(self, view: View, start: int, end: int) -> Singles:
        """Return (end - start, M): log odds of all pairs of these people."""
        said = view.crowd_of(np.arange(start, end))
        first, last = view.pairs.start[start], view.pairs.start[end]
        row, product = view.pairs.person[first:last] - start, view.pairs.product[first:last]
        met = self.met.sum_of(view.pairs.facts[first:last], 0) + self.met.intercept
        met += self.met.sum_of(view.person[start:end], len(PAIR))[row]
        met += self.met.sum_of(view.product, FIRST_PRODUCT)[product]
        steps = self.met.steps(said[:, row, product].T)
        for column, line in enumerate(self.met.fine()):
            met += line[steps[:, column]]
        scores = self._new(view, start, end, said)
        scores[row, product] = met
        return scores

    def _new(self, view: View, start: int, end: int, said: Singles) -> Singles:
        """Return (end - start, M) as if everything were new to them; `said` is used up."""
        fixed = self.new.intercept + self.new.points[: len(PAIR), BINS].sum(dtype=np.float32)
        people = self.new.sum_of(view.person[start:end], len(PAIR)) + fixed
        scores = people[:, None] + self.new.sum_of(view.product, FIRST_PRODUCT)[None, :]
        place, worth = np.empty(scores.shape, np.int32), np.empty(scores.shape, np.float32)
        for layer, points, low, step in zip(
            said, self.new.fine(), self.new.low, self.new.step, strict=True
        ):
            layer -= low
            layer *= step
            np.clip(layer, 0, GRID - 1, out=layer)
            np.copyto(place, layer, casting="unsafe")
            scores += np.take(points, place, out=worth, mode="clip")
        return np.asarray(scores, dtype=np.float32)


def is_met(features: Singles) -> Bools:
    """Return (P,): does the log know anything of this person with this product?"""
    return np.asarray(~np.isnan(features[:, 0]))


def fit_scorecard(features: Singles, label: Bools, offset: Floats) -> Scorecard:
    """Return the scorecard of rows (R, FEATURES) with label (R,); offset (R,) is the log of the
    share of such rows that were drawn, 0 if all."""
    met = is_met(features)
    return Scorecard(
        _fit_card(features[met], label[met], offset[met]),
        _fit_card(features[~met], label[~met], offset[~met]),
    )


def _fit_card(features: Singles, label: Bools, offset: Floats) -> Card:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to load

    blank = _blank(features, label)
    drawn = float(offset.mean()) if len(offset) else 0.0
    if label.sum() < FEWEST or label.all():
        odds = np.log((label.sum() + 0.5) / (len(label) - label.sum() + 1.0)) + drawn
        return replace(blank, intercept=np.asarray(odds, np.float32))
    table = _one_hot(blank, features)
    model = LogisticRegression(C=STRENGTH, max_iter=200, tol=1e-3).fit(table, label)
    points = np.asarray(model.coef_[0], dtype=np.float32).reshape(len(FEATURES), BINS + 1)
    return replace(blank, points=points, intercept=np.asarray(model.intercept_[0] + drawn, "f4"))


def _one_hot(card: Card, features: Singles) -> sparse.csr_array:
    """Return (R, FEATURES * (BINS + 1)): 1 where the bin is the feature's; between two knots the 1
    is shared by nearness."""
    width = BINS + 1
    numbered = np.tile(np.arange(width, dtype=np.float32), (len(FEATURES), 1))
    plain = replace(card, points=numbered).contributions(features)
    left = np.floor(plain)
    columns = np.stack([left, np.minimum(left + 1, BINS)], axis=2).astype(np.int64)
    columns += (np.arange(len(FEATURES)) * width)[None, :, None]
    shares = np.stack([1 - (plain - left), plain - left], axis=2).astype(np.float64)
    starts = np.arange(len(plain) + 1) * 2 * len(FEATURES)
    shape = (len(plain), len(FEATURES) * width)
    table = sparse.csr_array((shares.ravel(), columns.ravel(), starts), shape=shape)
    table.eliminate_zeros()
    return table


def _blank(features: Singles, label: Bools) -> Card:
    """Return the bins of a card, without points."""
    said = features[:, FIRST_CROWD:]
    if not len(said):
        said = np.zeros((1, len(CROWD)), np.float32)
    low, high = np.quantile(said, [0.0005, 0.9995], axis=0).astype(np.float32)
    step = (GRID / np.maximum(high - low, 1e-6)).astype(np.float32)
    edges = np.full((len(FEATURES), BINS - 1), np.inf, np.float32)
    points = np.zeros((len(FEATURES), BINS + 1), np.float32)
    blank = Card(edges, points, low, step, np.zeros((), np.float32))
    table = np.hstack([features[:, :FIRST_CROWD], blank.steps(features[:, FIRST_CROWD:])])
    for column in range(len(FEATURES)):
        inner = _edges(table[:, column], label)
        edges[column, : len(inner)] = inner
    return blank


def _edges(values: Singles, label: Bools) -> Singles:
    """Return the inner edges of bins: half of them part all known values evenly, half of them
    those of what was taken, which are rare and lie where rankings are decided."""
    known = np.isfinite(values)
    if len(np.unique(values[known])) < 2:
        return np.zeros(0, np.float32)
    groups = [values[known], values[known & label]]
    parts = [
        np.quantile(group.astype(np.float64), shares, method="averaged_inverted_cdf")
        for group, shares in zip(groups, (EVENLY, AMONG_TAKEN), strict=True)
        if len(group)
    ]
    return np.unique(np.concatenate(parts).astype(np.float32))


def sorted_pairs(top: Ints) -> tuple[Ints, Ints]:
    """Return (person, product) of candidates (N, K), sorted by person, then product."""
    chosen = np.sort(top, axis=1)
    return np.repeat(np.arange(len(top)), top.shape[1]), chosen.ravel()
