"""The bridge by which past boxes come back: everything that decided a batch, as one file.

Kept is what the composer was given, after all of the shop had been read: whatever is learnt,
rated, sold or answered later changes nothing in it.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.refusals import Refused
from app.personalization.learning import code_sha
from app.personalization.model_rules import ModelRefusal
from ml.artefact import Artefact, BadArtefact, pack, sha256_of, unpack
from ml.composer.bands import Band
from ml.composer.palates import Palates
from ml.composer.plan import Plan
from ml.composer.problem import Problem

KIND, BUNDLE = "snapshot", "bundle"
FORM = 1  # counts up when the lines made of a solution change
COMPOSING_ROOMS = ("composer", "arrays.py")
MOST_PAIRS = 60_000_000
STEPS = 1e9  # scores have nine digits, so that most tables of them are whole numbers of these

KNOWN: dict[str, type] = {each.__name__: each for each in (Problem, Plan, Band, Palates)}
Floats = NDArray[np.float64]
Cell = tuple[int, int]


class NotKept(TypeError):
    """Something that decides a batch cannot be written into a file."""


@dataclass(frozen=True, eq=False)
class Settled:
    """All that turns a solution into lines.

    `tastes` are the scores that lines show (boxes, offers). `units` were settled before the
    composer (boxes, offers): `instead` of which SKU, `heroes` among them, and what stays
    `missing` by row. `repeats` marks what came lately. Offers are (SKU, price in cents).
    """

    boxes: tuple[uuid.UUID, ...]
    offers: tuple[tuple[uuid.UUID, int], ...]
    tastes: Floats
    units: NDArray[np.int64]
    repeats: NDArray[np.bool_]
    instead: Mapping[Cell, uuid.UUID] = field(default_factory=dict)
    heroes: frozenset[Cell] = frozenset()
    missing: Mapping[int, Sequence[tuple[uuid.UUID, int]]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What a batch was composed from: the arguments of `brain.solve`, and what makes the lines."""

    inputs: tuple[Any, ...]
    settled: Settled
    input_sha: str
    model_version: str


@dataclass(frozen=True, eq=False)
class Bundle:
    """What a batch was composed from in shards: for each the sum of its snapshot and its quota, the
    units of each offer that it had in the end; the common prices, and the stock of the batch."""

    shards: tuple[tuple[str, tuple[int, ...]], ...]
    prices: tuple[float, ...]
    stock: tuple[int, ...]
    input_sha: str


def write_bundle(bundle: Bundle) -> tuple[str, bytes]:
    """Return the file of a bundle and its sum."""
    facts = {
        "shards": [[sha, list(quota)] for sha, quota in bundle.shards],
        "prices": list(bundle.prices),
        "stock": list(bundle.stock),
        "input_sha": bundle.input_sha,
    }
    content = pack(Artefact(BUNDLE, facts, {}))
    return sha256_of(content), content


def read_bundle(sha256: str, content: bytes) -> Bundle:
    """Return a bundle; refuse a file that is not as it was stored."""
    facts = _opened(sha256, content, BUNDLE).facts
    return Bundle(
        shards=tuple((sha, tuple(quota)) for sha, quota in facts["shards"]),
        prices=tuple(facts["prices"]),
        stock=tuple(facts["stock"]),
        input_sha=facts["input_sha"],
    )


def with_quota(snapshot: Snapshot, quota: Sequence[int]) -> Snapshot:
    """Return the snapshot of a shard with the units of each offer that it may give away."""
    problem, *rest = snapshot.inputs
    own = replace(problem, stock=np.array(quota, dtype=np.int64))
    return replace(snapshot, inputs=(own, *rest))


def write_snapshot(snapshot: Snapshot) -> tuple[str, bytes] | None:
    """Return the file of a snapshot and its sum; None for a batch too large to be kept in one."""
    settled = snapshot.settled
    if settled.tastes.size > MOST_PAIRS:
        return None
    arrays: dict[str, NDArray[Any]] = {}
    facts = {
        "form": FORM,
        "code": code_sha(*COMPOSING_ROOMS),
        "input_sha": snapshot.input_sha,
        "model_version": snapshot.model_version,
        "inputs": [_kept(each, f"input{at}", arrays) for at, each in enumerate(snapshot.inputs)],
        "boxes": [str(box) for box in settled.boxes],
        "offers": [[str(sku), cents] for sku, cents in settled.offers],
        "tastes": _kept(settled.tastes, "tastes", arrays),
        "units": _kept(settled.units, "units", arrays),
        "repeats": _kept(settled.repeats, "repeats", arrays),
        "instead": [[*cell, str(sku)] for cell, sku in sorted(settled.instead.items())],
        "heroes": sorted([*cell] for cell in settled.heroes),
        "missing": [
            [row, [[str(sku), units] for sku, units in parts]]
            for row, parts in sorted(settled.missing.items())
        ],
    }
    content = pack(Artefact(KIND, facts, arrays))
    return sha256_of(content), content


def read_snapshot(sha256: str, content: bytes) -> tuple[Snapshot, bool]:
    """Return a snapshot, and whether this version composes by the same code as the one before."""
    found = _opened(sha256, content, KIND)
    facts, arrays = found.facts, found.arrays
    settled = Settled(
        boxes=tuple(uuid.UUID(box) for box in facts["boxes"]),
        offers=tuple((uuid.UUID(sku), cents) for sku, cents in facts["offers"]),
        tastes=_back(facts["tastes"], arrays),
        units=_back(facts["units"], arrays),
        repeats=_back(facts["repeats"], arrays),
        instead={(row, at): uuid.UUID(sku) for row, at, sku in facts["instead"]},
        heroes=frozenset((row, at) for row, at in facts["heroes"]),
        missing={
            row: [(uuid.UUID(sku), units) for sku, units in parts]
            for row, parts in facts["missing"]
        },
    )
    inputs = tuple(_back(each, arrays) for each in facts["inputs"])
    same = (facts["form"], facts["code"]) == (FORM, code_sha(*COMPOSING_ROOMS))
    return Snapshot(inputs, settled, facts["input_sha"], facts["model_version"]), same


def _opened(sha256: str, content: bytes, kind: str) -> Artefact:
    try:
        return unpack(content, sha256, kind)
    except BadArtefact as reason:
        raise Refused(ModelRefusal[reason.fault.name], offer=str(reason)) from reason


def _kept(value: Any, name: str, arrays: dict[str, NDArray[Any]]) -> Any:
    """Return a value as facts; its arrays go to `arrays`, the same one only once."""
    if isinstance(value, np.ndarray):
        return _kept_array(value, name, arrays)
    if is_dataclass(value) and type(value).__name__ in KNOWN:
        parts = {
            part.name: _kept(getattr(value, part.name), f"{name}.{part.name}", arrays)
            for part in fields(value)
        }
        return {"is": type(value).__name__, "of": parts}
    if isinstance(value, tuple | list):
        return {"row": [_kept(each, f"{name}.{at}", arrays) for at, each in enumerate(value)]}
    if value is None or isinstance(value, bool | int | float | str):
        return {"plain": value}
    raise NotKept(f"{name}: a {type(value).__name__} cannot be kept")


def _kept_array(value: NDArray[Any], name: str, arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    small, how = _smaller(value)
    twin = next((known for known, each in arrays.items() if _same(each, small)), None)
    if twin is None:
        arrays[name] = small
    return {"array": twin or name, "shape": list(value.shape), "type": value.dtype.str, **how}


def _same(one: NDArray[Any], other: NDArray[Any]) -> bool:
    return one.dtype == other.dtype and np.array_equal(one, other)


def _smaller(value: NDArray[Any]) -> tuple[NDArray[Any], dict[str, Any]]:
    """Return an array that takes less room and how to bring it back, to the bit."""
    if value.dtype == np.bool_:
        return np.packbits(value), {"how": "bits"}
    if value.dtype.kind in "iu" and value.size and int(value.min()) >= 0:
        return value.astype(np.min_scalar_type(int(value.max()))), {"how": "cast"}
    if value.dtype == np.float64 and value.size:
        steps = np.rint(value * STEPS)
        lowest = float(steps.min())
        if steps.max() - lowest < 2**32 and _bits(steps / STEPS) == _bits(value):
            return (steps - lowest).astype(np.uint32), {"how": "steps", "lowest": lowest}
    return value, {"how": "as it is"}


def _bits(value: NDArray[Any]) -> bytes:
    return np.ascontiguousarray(value).tobytes()


def _back(kept: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Any:
    if "array" in kept:
        return _back_array(kept, arrays[kept["array"]])
    if "is" in kept:
        parts = {name: _back(each, arrays) for name, each in kept["of"].items()}
        return KNOWN[kept["is"]](**parts)
    if "row" in kept:
        return tuple(_back(each, arrays) for each in kept["row"])
    return kept["plain"]


def _back_array(kept: Mapping[str, Any], stored: NDArray[Any]) -> NDArray[Any]:
    shape, kind = tuple(kept["shape"]), np.dtype(kept["type"])
    match kept["how"]:
        case "bits":
            count = int(np.prod(shape, dtype=np.int64))
            found = np.unpackbits(stored, count=count).astype(np.bool_)
        case "steps":
            found = (stored.astype(np.float64) + kept["lowest"]) / STEPS
        case _:
            found = stored.astype(kind)
    return np.asarray(found.reshape(shape))
