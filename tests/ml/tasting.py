"""Knows where the real taste test lies, when it lies beside the repository; copies nothing from
it."""

from __future__ import annotations

from pathlib import Path

from bench.tasting import COFFEES as COFFEES

SURVEY = Path(__file__).resolve().parents[3] / "shared" / "data" / "coffee" / "taste_test.csv"
