"""How long coffee lasts: what moves the day, what is refused, and that any diary is sound."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.consumption.diary import COLUMNS, Kind
from ml.consumption.household import Prior, outlooks
from ml.consumption.rhythm import better_rhythm

FORTNIGHTS = [
    row for day in range(0, 140, 14) for row in ((day - 4, "kept", 0, 14), (day, "came", 500, 0))
]


def outlook(*rows, day=136.0, prior=250.0):
    lines = [(0, *row) for row in rows]
    return outlooks(pd.DataFrame(lines, columns=list(COLUMNS)), {0: Prior(prior)}, day)[0]


def test_who_keeps_every_box_drinks_about_what_comes():
    found = outlook(*FORTNIGHTS)
    assert 200 < found.grams_a_week.middle < 320
    assert found.days_left.low < found.days_left.middle < found.days_left.high


def test_words_and_skips_move_the_day_the_right_way():
    plain = outlook(*FORTNIGHTS).days_left.middle
    assert outlook(*FORTNIGHTS, (135, "low", 0, 0)).days_left.middle < plain
    assert outlook(*FORTNIGHTS, (135, "plenty", 0, 0)).days_left.middle > plain
    nearly_out = outlook(*FORTNIGHTS, (135, "holds", 25, 0))
    full = outlook(*FORTNIGHTS, (135, "holds", 750, 0))
    assert nearly_out.days_left.middle < 4 and full.days_left.middle > plain
    assert full.grams_at_home.high - full.grams_at_home.low < 400
    skipping = [(day, kind if day % 28 else "skipped", 0, 14) for day, kind, _, _ in FORTNIGHTS]
    less = [row for row in FORTNIGHTS if row[1] != "came" or row[0] % 28] + [
        row for row in skipping if row[1] == "skipped"
    ]
    assert outlook(*less).grams_a_week.middle < outlook(*FORTNIGHTS).grams_a_week.middle


def test_a_rhythm_is_proposed_only_where_it_is_clearly_better():
    offered = [(weeks, 7.0 * weeks) for weeks in (1, 2, 3, 4, 6)]
    rows = [row for row in FORTNIGHTS if row[0] % 28 in (0, 24)]
    slow = outlook(*rows, *[(day - 4, "skipped", 0, 14) for day in range(14, 140, 28)])
    assert 100 < slow.grams_a_week.middle < 150
    assert better_rhythm(slow, 500, 2, offered) == 4
    assert better_rhythm(outlook(*FORTNIGHTS), 500, 2, offered) is None
    assert better_rhythm(slow, 500, 2, [(2, 14.0)]) is None


def test_what_is_no_diary_is_refused_by_name():
    with pytest.raises(ValueError, match="no number"):
        outlook((0, "came", np.nan, 0))
    with pytest.raises(ValueError, match="negative"):
        outlook((0, "came", -1, 0))
    with pytest.raises(ValueError, match="unknown kind 'drunk'"):
        outlook((0, "drunk", 1, 0))
    with pytest.raises(ValueError, match="no column"):
        outlooks(pd.DataFrame({"household": [0]}), {0: Prior(250)}, 1.0)


LINES = st.lists(
    st.tuples(
        st.floats(0, 120, width=32),
        st.sampled_from(list(Kind)),
        st.floats(0, 4000),
        st.floats(0, 60),
    ),
    max_size=20,
)


@settings(max_examples=12, deadline=None)
@given(LINES)
def test_any_diary_leads_to_sound_figures_and_more_coffee_lasts_longer(rows):
    found = outlook(*rows, day=121.0)
    more = outlook(*rows, (120.5, "came", 500, 0), day=121.0)
    assert np.all(np.diff(found.chances) >= 0) and 0 <= found.chances[0] <= found.chances[-1] <= 1
    for figure in (found.days_left, found.grams_at_home, found.grams_a_week):
        assert 0 <= figure.low <= figure.middle <= figure.high < 1e6
    assert more.days_left.middle >= found.days_left.middle - 0.5
