"""Writes the page about when the coffee is used up from what `bench.consumption` found."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "consumption.md"
TOLD = {
    "control": "share skipped, without",
    "product": "share skipped, with",
    "ratio": "with against without",
    "dry_days_a_year_control": "dry days a year, without",
    "dry_days_a_year_product": "dry days a year, with",
    "boxes_control": "boxes sent, without",
    "boxes_product": "boxes sent, with",
}
WORDS = """# When the coffee is used up

`python -m bench.consumption --households {asked.households} --days {asked.days} \
--seed {asked.seed} --write`

Made-up households live day by day: whole cups and whole pots, days in the office, holidays, guests,
a change of life, coffee bought elsewhere. The forecast sees only what the shop sees.

Two days before each cut-off a letter asks how many bags are left, and the page of the box asks the
same. A letter is read, and a page looked at, by a household's own chance (0.73 on average), by
nobody who is away; what was read is answered by another chance of its own (0.5 on average). Answers
come in half bags, above three in whole ones and more; the open bag is judged by eye (standard
deviation 0.2 of a bag), closed ones are miscounted by one in 8 % of the answers, and one household
in five counts coffee from elsewhere too. The constants of the forecast were settled on other seeds
(500 and above); the seed of this page was run once.

What is asked: on the morning after a cut-off drawn at random, on which day is the coffee at home
used up if nothing more comes? It is counted whether the day told and the true day are at most three
days apart. All households count, whether they answered or not. The calendar reckons by grams sent
and weeks gone by; `knows all` weighs what is at home and goes by the use of the last hundred days:
nobody can foresee holidays, guests and moods.

| figure | forecast | calendar | knows all |
| --- | --- | --- | --- |
{rows}

The bar is {bar} within three days; it is {reached}: {reach}, where somebody who knows all reaches
{best}. The true day lies within the range that the forecast calls 80 % sure for {sure} of the
households.

| households | share of all | within 3 days |
| --- | --- | --- |
{groups}

The same, if a question that was read were answered by everybody with another chance:

| a question that was read is answered by | answered at this cut-off | within 3 days |
| --- | --- | --- |
{answers}

The same households, with question and proposals (another rhythm, or the next box at once after an
answer; both are taken up by some), and without; skips are counted
against boxes that were due, and dry days are days on which coffee was wanted and none was there:

| figure | |
| --- | --- |
{skips}
"""


def write_page(found: dict[str, Any], asked: argparse.Namespace, bar: float) -> None:
    """Write what was found, and the arguments it was found with, into the documents."""
    told = {"product": "forecast", "yardstick": "calendar", "knows_all": "knows all"}
    names = [name for name in found["product"] if name in found["yardstick"]]
    rows = [
        f"| {name.replace('_', ' ')} | {' | '.join(str(found[way][name]) for way in told)} |"
        for name in names
    ]
    skips = [f"| {TOLD.get(name, name)} | {value} |" for name, value in found["skips"].items()]
    groups = [
        f"| {name.replace('_', ' ')} | {each['share']:.1%} | {each['within_3_days']:.1%} |"
        for name, each in found["groups"].items()
    ]
    answers = [
        f"| {name} | {each['answered']:.1%} | {each['within_3_days']:.1%} |"
        for name, each in found["by_answers"].items()
    ]
    PAGE.write_text(
        WORDS.format(
            asked=asked,
            rows="\n".join(rows),
            groups="\n".join(groups),
            answers="\n".join(answers),
            skips="\n".join(skips),
            bar=f"{bar:.0%}",
            reached="reached" if found["bar_reached"] else "not reached",
            reach=f"{found['product']['within_3_days']:.1%}",
            best=f"{found['knows_all']['within_3_days']:.1%}",
            sure=f"{found['product']['truth_in_80_percent_range']:.1%}",
        ),
        encoding="utf-8",
    )
