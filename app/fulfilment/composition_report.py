"""Sums up how a composition came out for people: who got least, what ran out, what boxes are worth.

Pure: outcomes in, plain words and numbers out, small enough to be kept with every run.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from app.billing.pricing_rules import LineKind
from app.fulfilment.outcome import BoxOutcome
from app.fulfilment.pricing import guard_word
from app.personalization.judgement import Judgement

BINS = 100
LEAST = 12
WHOLE = 1 - 1e-9


def report_of(outcomes: Sequence[BoxOutcome], hero: str | None) -> dict[str, object]:
    """Return the summary of a run, in plain types; `hero` is the id of a curator's product."""
    full = [each for each in outcomes if each.lines]
    judged = [each.judgement for each in full if each.judgement]
    return {
        "kinds": len({_contents(each) for each in full}),
        "hero": sum(hero in {str(line.product_id) for line in each.lines} for each in full),
        "guard": guard_of(full),
        "satisfaction": satisfaction_of(judged),
        "least": _least(full),
        "lost": _lost(judged),
    }


def satisfaction_of(standings: Sequence[Judgement]) -> dict[str, object]:
    """Return how many boxes lie in each hundredth from 0 to 1, and the usual figures."""
    if not standings:
        return {}
    levels = sorted(each.satisfaction for each in standings)
    counts = Counter(min(int(level * BINS + 1e-9), BINS - 1) for level in levels)
    return {
        "bins": [counts.get(at, 0) for at in range(BINS)],
        "mean": round(sum(levels) / len(levels), 6),
        "least": round(levels[0], 6),
        "p5": round(levels[int(0.05 * (len(levels) - 1))], 6),
        "whole": sum(1 for level in levels if level >= WHOLE),
        "credited": sum(1 for each in standings if each.credit > 1 + 1e-9),
    }


def guard_of(outcomes: Sequence[BoxOutcome]) -> dict[str, int]:
    """Return how many boxes hold clearly more than they cost, about that, or clearly less."""
    found = {"more": 0, "fair": 0, "less": 0, "contents_cents": 0, "price_cents": 0}
    for each in outcomes:
        contents = sum(line.units * line.unit_cents for line in each.lines)
        price = each.quote.net_of([LineKind.BOX])
        found["contents_cents"] += contents
        found["price_cents"] += price
        found[guard_word(contents, price)] += 1
    return found


def _contents(outcome: BoxOutcome) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((str(sku), units) for sku, units in outcome.reserved().items()))


def _least(outcomes: Sequence[BoxOutcome]) -> list[dict[str, object]]:
    """Return the boxes that came out worst of those that miss something, the worst first."""
    rows = [
        (each.judgement, each)
        for each in outcomes
        if each.judgement and each.judgement.satisfaction < WHOLE
    ]
    rows.sort(key=lambda pair: (pair[0].satisfaction, pair[1].order_number))
    return [
        {
            "box": str(outcome.box_id),
            "person": str(outcome.subscriber_id),
            "order": outcome.order_number,
            "satisfaction": round(judged.satisfaction, 6),
            "credit": round(judged.credit, 6),
            "missed": [[str(sku), units] for sku, units in judged.missed],
        }
        for judged, outcome in rows[:LEAST]
    ]


def _lost(judged: Iterable[Judgement]) -> dict[str, int]:
    """Return the units that boxes would have held and do not, by SKU id."""
    lost: Counter[str] = Counter()
    for each in judged:
        for sku, units in each.missed:
            lost[str(sku)] += units
    return dict(sorted(lost.items()))
