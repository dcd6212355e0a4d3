"""Finds boxes for two palates: scores of a whole household, and mixes in which nobody comes off
badly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Bools, Floats, Ints

FAIR = 0.6  # share of the own best box that nobody should fall below, where that can be done
ROUNDS = 60
DIGITS = 9


@dataclass(frozen=True, eq=False)
class Shared:
    """A box for a household: the products chosen, in the order of the catalogue, each member's
    share of the own best box (members,), and whether everybody reaches the fair share."""

    products: Ints
    shares: Floats
    fair: bool


def household_score(scores: Floats, slots: int, allowed: Bools | None = None) -> Floats:
    """Return (M,): what each product is worth to the household, so that a composer may treat it
    as one person.

    scores (members, M): how much each member likes each product, above nought. Each is measured
    against the mean of the member's own best `slots` products, and the members are weighed so that
    the box that looks best has the largest share for whoever fares worst (multiplicative weights).
    The result is on the scale of the scores again. For one member it is the scores.
    """
    shares, _ = _as_shares(scores, slots, allowed)
    if len(scores) == 1 or shares.shape[1] == 0:
        return np.asarray(np.round(scores.mean(axis=0), DIGITS))
    weight = _weights(shares, slots, _free(scores, allowed))
    scale = float(scores.mean())
    return np.asarray(np.round(weight @ shares * slots * scale, DIGITS))


def share_box(scores: Floats, slots: int, allowed: Bools | None = None) -> Shared:
    """Return the box of `slots` different products with the least regret for whoever fares worst.

    Starts from the household's own scores and exchanges products while the smallest share grows
    (the sum of shares decides between equals). `allowed` (M,) rules products out for everybody.
    With fewer products than slots the box holds them all.
    """
    free = _free(scores, allowed)
    shares, reachable = _as_shares(scores, slots, allowed)
    candidates = np.flatnonzero(free)
    worth = household_score(scores, slots, allowed)
    order = candidates[np.argsort(-worth[candidates], kind="stable")]
    box = [int(each) for each in order[:slots]]
    rest = [int(each) for each in order[slots:]]
    better = True
    while better and rest:
        better = _exchange(box, rest, shares)
    chosen = np.array(sorted(box), dtype=np.int64)
    reached = np.round(shares[:, chosen].sum(axis=1), DIGITS)
    return Shared(chosen, reached, bool((reached >= FAIR)[reachable].all()))


def _exchange(box: list[int], rest: list[int], shares: Floats) -> bool:
    """Make the best exchange of one product that helps whoever fares worst; say whether any did."""
    now = shares[:, box].sum(axis=1)
    after = now[:, None, None] - shares[:, box][:, :, None] + shares[:, rest][:, None, :]
    worst, total = np.round(after.min(axis=0), DIGITS), np.round(after.sum(axis=0), DIGITS)
    value = worst + 1e-3 * total
    place, other = np.unravel_index(int(np.argmax(value)), value.shape)
    if value[place, other] <= round(float(now.min()), DIGITS) + 1e-3 * float(now.sum()) + 1e-9:
        return False
    box[place], rest[other] = rest[other], box[place]
    return True


def _weights(shares: Floats, slots: int, free: Bools) -> Floats:
    """Return (members,) that add to 1: the mean of the weights while the worst-off gain weight."""
    weight = np.full(len(shares), 1.0 / len(shares))
    total = np.zeros(len(shares))
    open_to_all = np.where(free, 0.0, -np.inf)
    for round_number in range(1, ROUNDS + 1):
        worth = weight @ shares + open_to_all
        box = np.argsort(-worth, kind="stable")[: min(slots, int(free.sum()))]
        weight = weight * np.exp(-4.0 / np.sqrt(round_number) * shares[:, box].sum(axis=1))
        weight = weight / weight.sum()
        total += weight
    return np.asarray(total / ROUNDS)


def _as_shares(scores: Floats, slots: int, allowed: Bools | None) -> tuple[Floats, Bools]:
    """Return (members, M) of each member's own best box, and who has one (members,)."""
    if slots < 1 or not np.isfinite(scores).all():
        raise ValueError("a box has at least one slot, and scores are numbers")
    free = _free(scores, allowed)
    ranked = -np.sort(-np.where(free, scores, 0.0), axis=1)
    best = ranked[:, :slots].sum(axis=1)
    reachable = best > 0
    return np.asarray(scores / np.where(reachable, best, 1.0)[:, None]), np.asarray(reachable)


def _free(scores: Floats, allowed: Bools | None) -> Bools:
    return np.ones(scores.shape[1], dtype=bool) if allowed is None else allowed
