"""`boxwright model`: learn from ratings, judge what was learnt, release it, go back, explain."""

import math
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from app.cli.console import answer, examples, json_option
from app.cli.opening import open_tools, operator
from app.fulfilment.box_queries import find_box
from app.fulfilment.reason_queries import ExplainedLine, explained_box
from app.personalization.model_queries import models
from app.personalization.services.evaluate_model import Evaluation, evaluate_model
from app.personalization.services.release_model import release_model
from app.personalization.services.roll_back_model import roll_back_model
from app.personalization.services.train_history import train_history
from app.personalization.services.train_model import train_model

VERSION = click.argument("version")
COLUMNS = (
    "people",
    "favourite_first",
    "pairs",
    "best_half",
    "rmse",
    "ndcg10",
    "recall10",
    "repeat_ndcg10",
    "explore_ndcg10",
    "coverage",
    "calibration",
)


@click.group()
def model() -> None:
    """Learn the shop's taste. What is learnt stands beside the live model until it is released."""


@model.command("list", epilog=examples("boxwright model list", "boxwright model list --json"))
@json_option
def list_models(as_json: bool) -> None:
    """List all models, the newest first."""
    with open_tools().units(operator()) as work:
        found = models(work.session)
    lines = [
        f"{each.version}  {each.status:8} {each.created_at:%Y-%m-%d %H:%M}"
        f"  {each.learnt_from.get('ratings', 0)} ratings  {each.release_note}"
        for each in found
    ]
    answer(as_json, {"models": found}, *(lines or ["No model yet: the hand-set taste scores."]))


@model.command(
    epilog=examples("boxwright model train", "boxwright model train --kind history --json")
)
@click.option(
    "--kind",
    type=click.Choice(("taste", "history")),
    default="taste",
    show_default=True,
    help="Learn from answers and ratings, or also from what people had and kept.",
)
@json_option
def train(kind: str, as_json: bool) -> None:
    """Learn from all that people told or did. Nothing changes for the boxes before a release."""
    with open_tools().units(operator()) as work:
        trained = train_history(work) if kind == "history" else train_model(work)
    answer(
        as_json,
        {"trained": trained},
        f"{trained.version}{'' if trained.new else ' (known already)'}: learnt from"
        f" {trained.ratings} ratings of {trained.coffees} coffees.",
    )


@model.command(epilog=examples("boxwright model evaluate", "boxwright model evaluate prior-1"))
@click.argument("version", required=False)
@json_option
def evaluate(version: str | None, as_json: bool) -> None:
    """Judge a model (the newest) against the live one, on people whose ratings it never saw."""
    with open_tools().units(operator()) as work:
        found = evaluate_model(work, version)
    if not as_json:
        _draw(found)
    verdict = found.verdict
    answer(
        as_json,
        {"evaluation": found},
        f"{found.version} against {found.against}:"
        f" {'passes the gate.' if verdict.passed else 'does not pass:'}",
        *verdict.objections,
    )


@model.command(
    epilog=examples(
        "boxwright model release ridge-0123456789ab",
        'boxwright model release prior-1 --force "the fair is on"',
    )
)
@VERSION
@click.option("--force", metavar="REASON", help="Release it whatever the gate says, and why.")
@json_option
def release(version: str, force: str | None, as_json: bool) -> None:
    """Let a model score the boxes from now on, if it is at least as good as the live one."""
    with open_tools().units(operator()) as work:
        done = release_model(work, version, force)
    answer(as_json, {"released": done}, f"{done.version} is live ({done.note}).")


@model.command(epilog=examples("boxwright model rollback", "boxwright model rollback --json"))
@json_option
def rollback(as_json: bool) -> None:
    """Go back to the model that was live before."""
    with open_tools().units(operator()) as work:
        done = roll_back_model(work)
    answer(as_json, {"released": done}, f"{done.version} is live ({done.note}).")


@model.command(
    epilog=examples("boxwright model explain BW-1001-3", "boxwright model explain BW-1001-3 --json")
)
@click.argument("box")
@json_option
def explain(box: str, as_json: bool) -> None:
    """Say why each coffee is in BOX, as it was written down when the box was composed.

    A box is named by its order number, as on the packing slip.
    """
    with open_tools().units(operator()) as work:
        found = explained_box(work.session, find_box(work.session, box))
    head = f"Box {box}, scored by {found.model_version or 'no model'}"
    lines = [part for line in found.lines for part in _told(line)]
    answer(as_json, {"box": found}, head, *lines)


def _draw(found: Evaluation) -> None:
    measured = [name for name in COLUMNS if any(hasattr(e, name) for e in found.judged.values())]
    table = Table("", *measured)
    for name, each in found.judged.items():
        table.add_row(name, *(_shown(getattr(each, column)) for column in measured))
    Console().print(table)
    for name, gain in found.gains.items():
        click.echo(f"{name}: {gain.mean:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})")


def _shown(value: Any) -> str:
    if isinstance(value, float) and math.isnan(value):
        return ""
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _told(line: ExplainedLine) -> list[str]:
    place = f", place {line.rank} of {line.offered}" if line.rank else ""
    head = f"{line.units} × {line.name} ({line.source}): {line.score:.2f} of 5 expected{place}"
    lever = [f"  would change it: {line.lever}"] if line.lever else []
    return [head, *(f"  {reason}" for reason in line.reasons), *lever]
