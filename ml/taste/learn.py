"""Learns a shop's taste from answers and ratings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.arrays import Floats
from ml.taste.answers import OPTIONS, QUESTION_OF_ANSWER, answer_table
from ml.taste.attributes import attribute_table
from ml.taste.kinship import learn_kinship
from ml.taste.parts import DIGITS, Ratings, fill_open, shrunk_mean, usable
from ml.taste.pooling import ENOUGH_OWN, FOLDS, Pool, choose_penalties, sums_of
from ml.taste.prior import prior_weights
from ml.taste.trained import TasteModel, Training, prior_model, version_of

FEW = 40  # ratings below which penalties are not worth choosing
EARLY = 20.0  # how much the guesses of the prior weigh against what ratings say of them
DOUBT = 1000.0  # the same for one question's guesses, against those of all questions
RESERVE = 0.4  # share of a guess kept where many ratings bear it out: they say the rest themselves
MANY = 200.0  # ratings at which half of the way to that is gone
QUESTION_ROWS = tuple(
    1 + np.flatnonzero(each == QUESTION_OF_ANSWER) for each in range(len(OPTIONS))
)
CAUTIOUS = (60.0, 100.0)


def fit_taste(training: Training) -> TasteModel:
    """Return the prior, corrected by what people really liked.

    One linear mixed model for all products (see `pooling`) on the liking the prior does not
    explain: where the ratings say nothing, the prior stays. It scores a coffee nobody has rated yet
    from its attributes, and a rated one also from what is its own. Without usable ratings the prior
    itself is returned. The same training gives the same model.
    """
    known = usable(training.ratings, training.quiz.index, training.products.index)
    if not len(known.liking):
        return prior_model()
    table = answer_table(training.quiz)
    average = _average(table[np.unique(known.person)])
    answers, attributes = fill_open(table, average), attribute_table(training.products)
    prior = _levelled(_trusted(prior_weights(), average, answers, known, attributes), average)
    surprise = known.liking - np.einsum(
        "ij,ij->i", (answers @ prior)[known.person], attributes[known.product]
    )
    level = float(shrunk_mean(np.zeros_like(known.person), surprise, 1, ENOUGH_OWN)[0])
    prior[0, 0] += level
    weights, own = _corrections(
        known, answers - np.append(0.0, average[1:]), surprise - level, attributes
    )
    # What was learnt about the average person's answers becomes a matter of noughts and ones.
    weights[0] -= average[1:] @ weights[1:]
    own[0] -= average[1:] @ own[1:]
    weights = np.round(prior + weights, DIGITS)
    rated = np.unique(known.product)
    own = np.round(own, DIGITS)
    coffees = {str(training.products.index[each]): own[:, each] for each in rated}
    left = known.liking - np.einsum(
        "ij,ij->i", answers[known.person], (weights @ attributes.T + own).T[known.product]
    )
    kinship = learn_kinship(
        pd.DataFrame({"person": known.person, "product": known.product, "left": left})
        .pivot(index="person", columns="product", values="left")
        .reindex(columns=range(len(attributes))),
        training.products,
    )
    version = version_of("pooled", weights, average, own[:, rated], kinship.numbers())
    return TasteModel(weights, version, average, coffees, kinship)


def _trusted(
    prior: Floats, average: Floats, answers: Floats, known: Ratings, attributes: Floats
) -> Floats:
    """Return the prior with each question's guesses made as strong as the ratings bear out."""
    away = (answers - average)[known.person]
    guesses = np.column_stack(
        [
            np.einsum("ij,ij->i", away[:, rows] @ prior[rows], attributes[known.product])
            for rows in QUESTION_ROWS
        ]
    )
    mean = shrunk_mean(known.product, known.liking, len(attributes), 0.1)
    told = guesses.T @ (known.liking - mean[known.product])
    all_told = guesses.sum(axis=1)
    overall = (told.sum() + EARLY) / (all_told @ all_told + EARLY)
    doubt = DOUBT * np.eye(len(QUESTION_ROWS))
    trust = np.linalg.solve(guesses.T @ guesses + doubt, told + DOUBT * overall)
    kept = RESERVE + (1.0 - RESERVE) * MANY / (MANY + len(known.liking))
    trusted = prior.copy()
    for rows, share in zip(QUESTION_ROWS, np.clip(trust, 0.0, 1.0), strict=True):
        trusted[rows] *= kept * share
    return trusted


def _levelled(prior: Floats, average: Floats) -> Floats:
    """Return the prior so that the average person likes coffees alike, but for what holds for
    everybody: what this shop's people like is learnt, not guessed."""
    levelled = prior.copy()
    levelled[0] -= average[1:] @ prior[1:]
    return levelled


def _average(table: Floats) -> Floats:
    """Return (ROWS,): 1, then how many of those who answered a question chose each answer."""
    shown = fill_open(table, np.append(1.0, np.full(table.shape[1], np.nan)))
    chosen = np.nansum(shown, axis=0)
    count = np.isfinite(shown).sum(axis=0)
    return np.asarray(np.round(chosen / np.maximum(count, 1), DIGITS))


def _corrections(
    known: Ratings, answers: Floats, surprise: Floats, attributes: Floats
) -> tuple[Floats, Floats]:
    """Return the weights (ROWS, attributes) and own deviations (ROWS, M) that explain the rest."""
    fold = known.person % FOLDS  # people as they come, all their ratings together
    parts = [
        sums_of(
            answers[known.person[fold == each]],
            known.product[fold == each],
            surprise[fold == each],
            len(attributes),
        )
        for each in range(FOLDS)
    ]
    shared, own = CAUTIOUS if len(surprise) < FEW else choose_penalties(parts, attributes)
    whole = sums_of(answers[known.person], known.product, surprise, len(attributes))
    return Pool(whole, attributes, own).solve(shared)
