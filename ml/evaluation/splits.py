"""The ways a recommender is examined: the last box of everybody, one moment for all, and both again
further back."""

from __future__ import annotations

from ml.recommender.cuts import Cut, cut_at, cut_last_box, rolling_origin

__all__ = ["Cut", "cut_at", "cut_last_box", "rolling_origin"]
