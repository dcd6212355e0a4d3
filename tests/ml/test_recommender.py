"""The recommender never looks ahead, adds up, comes back from its parts, and beats popularity."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml.recommender.cuts import cut_at, cut_last_box, known_people, rolling_origin
from ml.recommender.examples import had_before, wanted_of
from ml.recommender.facts import PAIR, pair_facts
from ml.recommender.fitting import TooLittle, fit
from ml.recommender.labels import vocabulary_of
from ml.recommender.log import BadLog, checked, log_of
from ml.recommender.ranking import best, ndcg
from ml.recommender.recommender import BadRecommender, Recommender
from ml.recommender.scoring import explain, score

PEOPLE, PRODUCTS, BOXES = 100, 24, 4
STYLES = 3


def shop(seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    generator = np.random.default_rng(seed)
    style = generator.integers(0, STYLES, PEOPLE)
    rows = []
    for person in range(PEOPLE):
        mine = np.flatnonzero(np.arange(PRODUCTS) % STYLES == style[person])
        for box in range(BOXES):
            chosen = generator.choice(mine, 2, replace=False)
            chosen = np.append(chosen, generator.integers(PRODUCTS))
            for product in np.unique(chosen):
                rows.append((f"p{person}", f"c{product}", "keep", np.nan, 30.0 * box, box))
            stars = float(generator.integers(3, 6))
            rows.append((f"p{person}", f"c{chosen[0]}", "rating", stars, 30.0 * box + 9, box))
    columns = ["subscriber", "product", "kind", "value", "at", "box"]
    quiz = pd.DataFrame(
        {"style": [f"style {each}" for each in style]},
        index=[f"p{person}" for person in range(PEOPLE)],
    )
    products = pd.DataFrame(
        {"roast": [f"roast {product % STYLES}" for product in range(PRODUCTS)]},
        index=[f"c{product}" for product in range(PRODUCTS)],
    )
    return pd.DataFrame(rows, columns=columns), quiz, products


@pytest.fixture(scope="module")
def taught() -> tuple[Recommender, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    events, quiz, products = shop()
    past = cut_last_box(checked(events)).past
    return fit(past, quiz, products, seed=3), past, quiz, products


def test_a_log_without_a_needed_column_is_refused() -> None:
    with pytest.raises(BadLog, match="kind"):
        checked(pd.DataFrame({"subscriber": [1], "product": [2], "at": [3]}))
    with pytest.raises(BadLog, match="time"):
        checked(pd.DataFrame({"subscriber": [1], "product": [2], "kind": ["keep"], "at": [np.nan]}))


def test_boxes_are_told_apart_by_their_instant_where_nobody_numbered_them() -> None:
    events = pd.DataFrame(
        [
            ("ada", "a", "keep", np.nan, "2026-01-01T10:00:00Z"),
            ("ada", "b", "keep", np.nan, "2026-01-01T10:00:00Z"),
            ("ada", "a", "rating", 5.0, "2026-01-09T10:00:00Z"),
            ("ada", "a", "keep", np.nan, "2026-02-01T10:00:00Z"),
            ("ada", "c", "skip", np.nan, "2025-12-01T10:00:00Z"),
        ],
        columns=["subscriber", "product", "kind", "value", "at"],
    )
    log = log_of(checked(events), pd.Index(["ada", "bob"]), pd.Index(["a", "b", "c"]))
    assert log.boxes.tolist() == [2, 0]
    boxes = {
        (int(p), int(k), int(b)) for p, k, b in zip(log.product, log.kind, log.box, strict=True)
    }
    assert boxes == {(0, 0, 0), (1, 0, 0), (0, 5, 0), (0, 0, 1), (2, 4, 0)}


def test_facts_of_a_pair_are_what_one_would_count_by_hand() -> None:
    events = pd.DataFrame(
        [("ada", product, "keep", np.nan, 10.0 * box, box) for product, box in
         (("a", 0), ("b", 0), ("a", 2), ("b", 1), ("a", 4), ("c", 3))],
        columns=["subscriber", "product", "kind", "value", "at", "box"],
    )  # fmt: skip
    facts = pair_facts(log_of(checked(events), pd.Index(["ada"]), pd.Index(["a", "b", "c"])))
    a = dict(zip(PAIR, facts.facts[0].tolist(), strict=True))
    assert (a["times"], a["boxes since"], a["usual gap"], a["kept"]) == (3.0, 0.0, 2.0, 3.0)
    assert a["share of boxes"] == pytest.approx(0.6)
    assert a["due"] == pytest.approx(0.5)
    assert np.isnan(a["mean rating"])


def test_the_past_never_knows_the_box_to_be_foreseen() -> None:
    events, _, _ = shop()
    log = checked(events)
    cut = cut_last_box(log)
    assert cut.past["box"].max() == BOXES - 2
    assert cut.past["at"].max() < 30.0 * (BOXES - 1)
    assert set(cut.target["subscriber"]) == set(log["subscriber"])
    assert len(rolling_origin(log, 99)) == BOXES
    at = cut_at(log, 60.0)
    assert at.past["at"].max() < 60.0
    kept = log[(log["box"] == 2) & (log["kind"] == "keep")]
    assert len(at.target) == len(kept)


def test_same_seed_same_bytes_also_in_blocks_and_from_parts(
    taught: tuple[Recommender, pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    made, events, quiz, products = taught
    whole = score(made, events, quiz, products)
    twin = Recommender.from_parts(*made.parts())
    other = score(twin, events, quiz, products)
    pieces = np.concatenate([other.block(0, 7), other.block(7, 60), other.block(60, PEOPLE)])
    assert whole.matrix().tobytes() == pieces.tobytes()
    some = score(made, events, quiz.iloc[40:60], products)
    assert some.matrix().tobytes() == whole.matrix()[40:60].tobytes()
    assert all(array.dtype.kind in "fiuU" for array in made.parts()[0].values())


def test_parts_that_were_changed_are_refused(
    taught: tuple[Recommender, pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    arrays, estimators = taught[0].parts()
    for wrong in (
        arrays | {"form": np.array(["recommender-0"])},
        arrays | {"labels": arrays["labels"][:, :1]},
        arrays | {"new_points": np.full_like(arrays["new_points"], np.nan)},
        {name: array for name, array in arrays.items() if name != "facts"},
        arrays | {"layer": np.array(["oracle"])},
    ):
        with pytest.raises(BadRecommender):
            Recommender.from_parts(wrong, estimators)


def test_it_beats_popularity_for_who_is_known_and_for_who_only_answered(
    taught: tuple[Recommender, pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    made, past, quiz, products = taught
    wanted = wanted_of(cut_last_box(checked(shop()[0])).target, quiz.index, products.index)
    popular = np.tile(past["product"].value_counts().reindex(products.index), (PEOPLE, 1))
    known = score(made, past, quiz, products).matrix()
    silent = score(made, past.iloc[:0], quiz, products).matrix()
    for scores in (known, silent):
        assert ndcg(best(scores), wanted).mean() > ndcg(best(popular), wanted).mean() + 0.1


def test_a_product_nobody_had_is_judged_by_its_labels(
    taught: tuple[Recommender, pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    made, events, quiz, products = taught
    arrivals = pd.DataFrame({"roast": [f"roast {each}" for each in range(STYLES)]})
    arrivals.index = pd.Index([f"new {each}" for each in range(STYLES)])
    scores = score(made, events, quiz, pd.concat([products, arrivals])).matrix()
    for style in range(STYLES):
        fans = (quiz["style"] == f"style {style}").to_numpy()
        of_style = scores[fans][:, PRODUCTS:].mean(axis=0)
        assert of_style.argmax() == style


def test_reasons_add_up_to_the_score(
    taught: tuple[Recommender, pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    made, events, quiz, products = taught
    scores = score(made, events, quiz, products)
    person = np.repeat(np.arange(10), PRODUCTS)
    product = np.tile(np.arange(PRODUCTS), 10)
    reasons = explain(scores, person, product)
    total = reasons.contributions.sum(axis=1) + reasons.intercept
    assert total == pytest.approx(reasons.log_odds, abs=1e-4)
    dense = made.scorecard.block(scores.view, 0, 10).ravel()
    assert dense == pytest.approx(reasons.log_odds, abs=1e-4)
    assert reasons.usual.shape == reasons.contributions.shape


def test_chances_add_up_to_what_people_take(
    taught: tuple[Recommender, pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    made, events, quiz, products = taught
    scores = score(made, events, quiz, products)
    taken = (events["kind"] == "keep").sum() / (BOXES - 1)
    assert scores.matrix().sum() == pytest.approx(taken, rel=0.2)
    assert had_before(scores.view).any()


def test_hardly_any_history_is_said_so() -> None:
    events, quiz, products = shop()
    with pytest.raises(TooLittle):
        fit(events.iloc[:0], quiz, products)
    with pytest.raises(TooLittle):
        fit(events.iloc[:20], quiz, products)


def test_labels_of_any_kind_become_words() -> None:
    table = pd.DataFrame(
        {
            "roast": ["light", "dark", None, "light", "light", "dark", "dark"],
            "notes": [["Cocoa"], ["cocoa", "plum"], [], ["cocoa"], ["plum"], ["plum"], []],
            "acidity": [1.0, 2.0, 3.0, 4.0, 5.0, np.nan, 7.0],
            "decaf": [True, False, True, False, True, False, None],
        }
    )
    words = vocabulary_of(table)
    assert {"roast=light", "notes=cocoa", "notes=plum", "decaf=true"} <= set(words.words)
    encoded = words.encode(table)
    assert encoded[:, words.words.index("notes=plum")].tolist() == [0, 1, 0, 0, 1, 1, 0]
    assert words.encode(pd.DataFrame({"other": [1]})).sum() == 0


def test_people_come_in_one_order() -> None:
    events, quiz, _ = shop()
    names = known_people(checked(events.sample(frac=1.0, random_state=2)), quiz)
    assert names.tolist() == sorted(quiz.index)
