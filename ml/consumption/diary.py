"""The diary of a household's coffee: what came, and what people did or said about their stock.

Days are numbers of days since any fixed day, with fractions; amounts are grams.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import pandas as pd

COLUMNS = ("household", "day", "kind", "grams", "span")


class Kind(StrEnum):
    """What happened.

    CAME brings `grams`. SKIPPED and KEPT are a box of a rhythm of `span` days that would come, or
    did come, on that day: somebody who has plenty skips it, somebody who has not keeps it. SOONER
    and LATER are boxes that were asked for another day than theirs. LOW and PLENTY were said.
    OPENED says that of a box that came with `grams`, something was tasted by then. HOLDS says that
    about `grams` are left.
    """

    CAME = "came"
    SKIPPED = "skipped"
    KEPT = "kept"
    SOONER = "sooner"
    LATER = "later"
    LOW = "low"
    PLENTY = "plenty"
    OPENED = "opened"
    HOLDS = "holds"


# On one day: what was said comes before what arrives, and what arrives before what is tasted.
ORDER = {kind: place for place, kind in enumerate(sorted(Kind, key=lambda each: each is Kind.CAME))}
ORDER[Kind.OPENED] = len(ORDER)


def read(diary: pd.DataFrame) -> pd.DataFrame:
    """Return a diary in the order in which it is gone through; raise ValueError if it is not one.

    `diary` has the columns `household`, `day`, `kind`, `grams` and `span`.
    """
    missing = [name for name in COLUMNS if name not in diary.columns]
    if missing:
        raise ValueError(f"the diary has no column {missing[0]}")
    table = diary.loc[:, list(COLUMNS)].copy()
    for name in ("day", "grams", "span"):
        table[name] = table[name].astype(np.float64)
        if not np.isfinite(table[name].to_numpy()).all():
            raise ValueError(f"the diary holds a {name} that is no number")
    if (table[["grams", "span"]].to_numpy() < 0).any():
        raise ValueError("grams and span cannot be negative")
    strange = set(table["kind"]) - set(Kind)
    if strange:
        raise ValueError(f"the diary holds the unknown kind {min(strange)!r}")
    table["place"] = table["kind"].map(lambda kind: ORDER[Kind(kind)])
    return table.sort_values(["household", "day", "place"], kind="stable", ignore_index=True)
