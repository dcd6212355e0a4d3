"""The board of a batch: what may go where, and what comes again when too little is left."""

import uuid
from dataclasses import replace

import numpy as np
import pytest

from app.personalization.board import fingerprint, lay_out
from app.personalization.rules import BoxRequest, Exclusion, ExclusionKind, Offer, ProductFacts


def product(code: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, code)


def offer(code: str, grams: int = 250, available: int = 9, **facts) -> Offer:
    known = {
        "roast": "medium",
        "process": "washed",
        "origin": "Kenya",
        "decaf": False,
        "allergens": frozenset(),
    }
    about = ProductFacts(product_id=product(code), **(known | facts))
    sku = uuid.uuid5(uuid.NAMESPACE_URL, f"{code}/{grams}")
    return Offer(sku, f"{code}-{grams}", product(code), 1500, available, grams, "whole", about)


ADA = uuid.uuid4()
BOX = BoxRequest(uuid.uuid4(), 1, ADA, 2, 1, 1, "whole", 250)
SHELF = [offer(code) for code in "abcdef"]


def fresh(request: BoxRequest, offers: list[Offer], *ruled_out: Exclusion) -> set[str]:
    board = lay_out([request], offers, {ADA: ruled_out})
    return {each.code[0] for each, may in zip(board.offers, board.fresh[0], strict=True) if may}


def repeats(request: BoxRequest, offers: list[Offer]) -> set[str]:
    board = lay_out([request], offers, {})
    return {each.code[0] for each, may in zip(board.offers, board.repeats[0], strict=True) if may}


def had(*boxes: str) -> tuple[frozenset[uuid.UUID], ...]:
    """Return what the last boxes held, the newest first."""
    return tuple(frozenset(product(code) for code in box) for box in boxes)


@pytest.mark.parametrize(
    ("kind", "value", "facts"),
    [
        (ExclusionKind.DECAF, "", {"decaf": True}),
        (ExclusionKind.ROAST, "dark", {"roast": "dark"}),
        (ExclusionKind.PROCESS, "Natural", {"process": "natural"}),
        (ExclusionKind.ORIGIN, "brazil", {"origin": "Brazil"}),
        (ExclusionKind.ALLERGEN, "nuts", {"allergens": frozenset({"nuts"})}),
        (ExclusionKind.ALLERGEN, "nuts", {"allergens": None}),
        (ExclusionKind.PRODUCT, str(product("x")), {}),
    ],
)
def test_what_somebody_rules_out_is_never_let_in(kind, value, facts):
    shelf = [offer("a"), offer("x", **facts)]
    everything = replace(BOX, slots=9, wanted=((product("x"), 1),))
    assert fresh(everything, shelf, Exclusion(kind, value)) == {"a"}
    assert fresh(everything, shelf) == {"a", "x"}


def test_who_rules_out_caffeine_gets_decaf_alone():
    shelf = [offer("a"), offer("x", decaf=True)]
    assert fresh(BOX, shelf, Exclusion(ExclusionKind.CAFFEINE)) == {"x"}


def test_only_bags_of_the_right_size_and_grind_fit():
    shelf = [offer("a"), offer("b", grams=1000), replace(offer("c"), grind="espresso")]
    assert fresh(BOX, shelf) == {"a"}


def test_the_plan_may_limit_roast_and_price():
    shelf = [offer("a"), offer("b", roast="dark"), replace(offer("c"), price_cents=2500)]
    limited = replace(BOX, takes={"roast": ["medium"], "max_price_cents": 2000})
    assert fresh(limited, shelf) == {"a"}


def test_a_product_stands_on_the_board_once_for_each_box():
    twice = [offer("a"), replace(offer("a"), sku_id=uuid.uuid4(), code="a-again")]
    board = lay_out([BOX], twice, {})
    assert board.fits.sum() == 1


def test_what_came_lately_stays_out_but_favourites_may_come_again():
    assert fresh(replace(BOX, recent=had("ab", "cd")), SHELF) == {"e", "f"}
    loved = replace(BOX, recent=had("ab", "cd"), favourites=frozenset({product("a")}))
    assert fresh(loved, SHELF) == {"a", "e", "f"}


def test_with_too_little_left_the_oldest_box_comes_again_first_and_is_marked():
    request = replace(BOX, recent=had("ef", "cd", "ab"))
    assert fresh(request, SHELF) == {"a", "b"}
    assert repeats(request, SHELF) == {"a", "b"}
    larger = replace(request, slots=3)
    assert repeats(larger, SHELF) == {"a", "b", "c", "d"}


def test_what_is_out_of_stock_does_not_count_as_enough():
    empty = [replace(each, available=0) if each.code[0] in "ef" else each for each in SHELF]
    request = replace(BOX, recent=had("ab", "cd"))
    assert repeats(request, empty) == {"c", "d"}


def test_what_was_taken_out_of_the_box_does_not_come_back_as_a_repeat():
    request = replace(BOX, recent=had("abcdef"), outs=frozenset({product("a")}))
    assert "a" not in fresh(request, SHELF)


def test_the_fingerprint_follows_everything_that_decides_and_nothing_else():
    scores = np.full((1, len(SHELF)), 3.0)
    board = lay_out([BOX], SHELF, {})
    same = lay_out([BOX], SHELF[::-1], {})
    first = fingerprint(board, scores, "v1", 7)
    assert first == fingerprint(same, scores, "v1", 7)
    dearer = lay_out([BOX], [replace(SHELF[0], price_cents=1), *SHELF[1:]], {})
    others = [
        fingerprint(board, scores, "v2", 7),
        fingerprint(board, scores, "v1", 8),
        fingerprint(board, scores + 0.1, "v1", 7),
        fingerprint(dearer, scores, "v1", 7),
        fingerprint(lay_out([replace(BOX, slots=3)], SHELF, {}), scores, "v1", 7),
    ]
    assert len({first, *others}) == 6
