"""What a shard of a large batch came to, as bytes that are the same wherever they are made."""

import json
import uuid
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.personalization.brain import Solution

Pair = tuple[uuid.UUID, uuid.UUID]


@dataclass(frozen=True, eq=False)
class ShardOutcome:
    """The boxes of one shard, by row of its snapshot; `dual` is its part of the batch's bound;
    `reasons` say why each line is there, by box and SKU."""

    solution: Solution
    dual: float
    reasons: dict[Pair, dict[str, Any]]


def write_outcome(outcome: ShardOutcome) -> bytes:
    """Return an outcome as bytes."""
    solution = outcome.solution
    facts = {
        "box": solution.box.tolist(),
        "item": solution.item.tolist(),
        "units": solution.units.tolist(),
        "short": solution.short.tolist(),
        "prices": solution.prices.tolist(),
        "value": solution.value,
        "bound": solution.bound,
        "gap": solution.gap,
        "method": solution.method,
        "dual": outcome.dual,
        "reasons": [
            [str(box), str(sku), why] for (box, sku), why in sorted(outcome.reasons.items())
        ],
    }
    return zlib.compress(json.dumps(facts, sort_keys=True).encode(), 6)


def read_outcome(content: bytes) -> ShardOutcome:
    """Return an outcome from its bytes."""
    facts = json.loads(zlib.decompress(content))
    solution = Solution(
        box=np.array(facts["box"], dtype=np.int64),
        item=np.array(facts["item"], dtype=np.int64),
        units=np.array(facts["units"], dtype=np.int64),
        short=np.array(facts["short"], dtype=np.int64),
        prices=np.array(facts["prices"], dtype=np.float64),
        value=facts["value"],
        bound=facts["bound"],
        gap=facts["gap"],
        method=facts["method"],
    )
    reasons = {(uuid.UUID(box), uuid.UUID(sku)): why for box, sku, why in facts["reasons"]}
    return ShardOutcome(solution, facts["dual"], reasons)
