"""The board on which a batch is laid out: boxes down, SKUs across, what may go where."""

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.personalization.rules import BoxRequest, Exclusion, Offer, admitted, excludes

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Board:
    """Boxes and offers with masks of shape (boxes, offers).

    `fits` leaves out what is excluded, in the wrong bag or grind, or not in the plan: never to be
    broken. `fresh` also leaves out what the box's own choices and the last boxes rule out.
    `repeats` marks what had to be let in again since too little was left.
    """

    requests: tuple[BoxRequest, ...]
    offers: tuple[Offer, ...]
    fits: Mask
    fresh: Mask
    repeats: Mask
    column: Mapping[uuid.UUID, int]

    def column_for(self, row: int, product_id: uuid.UUID) -> int | None:
        """Return where a product's fitting SKU stands for a box, or None if it may not go in."""
        for column in self._columns(product_id):
            if self.fits[row, column]:
                return column
        return None

    def _columns(self, product_id: uuid.UUID) -> list[int]:
        return [at for at, offer in enumerate(self.offers) if offer.product_id == product_id]


def lay_out(
    requests: Sequence[BoxRequest],
    offers: Sequence[Offer],
    exclusions: Mapping[uuid.UUID, tuple[Exclusion, ...]],
) -> Board:
    """Return the board of a batch; boxes in their order, offers by code."""
    rows = tuple(sorted(requests, key=lambda request: request.order))
    columns = tuple(sorted(offers, key=lambda offer: offer.code))
    fits = _in_plan(rows, columns) & _not_excluded(rows, columns, exclusions)
    fits = _one_sku_each(fits, columns)
    fresh, repeats = _without_repeats(rows, columns, fits)
    where = {offer.sku_id: at for at, offer in enumerate(columns)}
    return Board(rows, columns, fits, fresh, repeats, where)


def fingerprint(
    board: Board, scores: NDArray[np.float64], version: str, seed: int, hero: object = None
) -> str:
    """Return the SHA-256 of everything that decides how a batch comes out."""
    digest = hashlib.sha256(f"{version} {seed} {hero or ''}".rstrip().encode())
    for request in board.requests:
        wanted = sorted((str(product), units) for product, units in request.wanted)
        digest.update(
            f"{request.box_id} {request.slots} {request.min_distinct} {request.max_per_item}"
            f" {wanted} {request.refill} {request.past} {_ceilings(request)}\n".encode()
        )
    for offer in board.offers:
        digest.update(
            f"{offer.code} {offer.price_cents} {offer.available} {offer.roaster}\n".encode()
        )
    digest.update(np.packbits(board.fresh).tobytes())
    digest.update(np.packbits(board.fits).tobytes())
    digest.update(np.round(scores, 6).tobytes())
    return digest.hexdigest()


def _ceilings(request: BoxRequest) -> list[object]:
    return [request.takes.get(name) for name in ("max_value_cents", "max_per_roaster")]


def _in_plan(rows: tuple[BoxRequest, ...], columns: tuple[Offer, ...]) -> Mask:
    kinds: dict[tuple[int, str, str], Mask] = {}
    mask = np.zeros((len(rows), len(columns)), dtype=bool)
    for at, row in enumerate(rows):
        kind = (row.grams, row.grind, repr(sorted(row.takes.items())))
        if kind not in kinds:
            kinds[kind] = np.array([_suits(row, offer) for offer in columns], dtype=bool)
        mask[at] = kinds[kind]
    return mask


def _suits(row: BoxRequest, offer: Offer) -> bool:
    return offer.grams == row.grams and offer.grind == row.grind and admitted(row.takes, offer)


def _not_excluded(
    rows: tuple[BoxRequest, ...],
    columns: tuple[Offer, ...],
    exclusions: Mapping[uuid.UUID, tuple[Exclusion, ...]],
) -> Mask:
    known: dict[Exclusion, Mask] = {}
    mask = np.ones((len(rows), len(columns)), dtype=bool)
    for at, row in enumerate(rows):
        for exclusion in exclusions.get(row.subscriber_id, ()):
            if exclusion not in known:
                known[exclusion] = np.array(
                    [not excludes(exclusion, offer.facts) for offer in columns], dtype=bool
                )
            mask[at] &= known[exclusion]
    return mask


def _one_sku_each(fits: Mask, columns: tuple[Offer, ...]) -> Mask:
    """Leave a box at most one SKU of each product, so that no product comes twice."""
    first = fits.copy()
    by_product: dict[uuid.UUID, list[int]] = defaultdict(list)
    for at, offer in enumerate(columns):
        by_product[offer.product_id].append(at)
    for group in by_product.values():
        taken = np.zeros(fits.shape[0], dtype=bool)
        for at in group:
            first[:, at] &= ~taken
            taken |= first[:, at]
    return first


def _without_repeats(
    rows: tuple[BoxRequest, ...], columns: tuple[Offer, ...], fits: Mask
) -> tuple[Mask, Mask]:
    where: dict[uuid.UUID, list[int]] = defaultdict(list)
    for at, offer in enumerate(columns):
        where[offer.product_id].append(at)
    free = np.array([offer.available > 0 for offer in columns], dtype=bool)
    fresh, repeats = fits.copy(), np.zeros_like(fits)
    for at, row in enumerate(rows):
        _close(fresh[at], where, row.outs)
        for box in row.recent:
            _close(fresh[at], where, box - row.favourites)
        for box in reversed(row.recent):
            if _enough(row, int((fresh[at] & free).sum())):
                break
            _reopen(fits[at], fresh[at], repeats[at], [where[each] for each in box - row.outs])
    return fresh, repeats


def _close(
    mask: Mask, where: Mapping[uuid.UUID, list[int]], products: frozenset[uuid.UUID]
) -> None:
    for product in products:
        mask[where.get(product, [])] = False


def _reopen(fits: Mask, fresh: Mask, repeats: Mask, groups: list[list[int]]) -> None:
    for group in groups:
        for at in group:
            if fits[at] and not fresh[at]:
                fresh[at] = repeats[at] = True


def _enough(row: BoxRequest, kinds: int) -> bool:
    """Say whether so many different coffees can fill a box as its plan asks."""
    spread = min(row.min_distinct, row.slots)
    return kinds >= spread and kinds * row.max_per_item >= row.slots
