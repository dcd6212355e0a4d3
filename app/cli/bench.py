"""`boxwright bench`: measures this machine with the programs in the folder `bench`."""

import os
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution, requires
from pathlib import Path

import click

from app.cli.console import OUR_FAULT, REFUSED, USAGE, examples, json_option, say

CHECKOUT = Path(__file__).resolve().parents[2]
NEEDS_EXTRA = {"recommend", "taste"}
PASSED_ON = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


@click.group()
def bench() -> None:
    """Compare the product with yardsticks; the last line of each answer is one JSON object."""


@bench.command(
    context_settings=PASSED_ON,
    epilog=examples(
        "boxwright bench compose --boxes 10000 --skus 60 --kind scarce --seed 1 --vs highs --json",
        "boxwright bench compose --help",
    ),
)
@json_option
@click.pass_context
def compose(ctx: click.Context, as_json: bool) -> None:
    """Compose a made-up batch with the product and with other solvers."""
    _run("compose", ctx, as_json)


@bench.command(
    context_settings=PASSED_ON, epilog=examples("boxwright bench recommend --data coffee --json")
)
@json_option
@click.pass_context
def recommend(ctx: click.Context, as_json: bool) -> None:
    """Foretell the next basket of public data with the product and with other recommenders."""
    _run("recommend", ctx, as_json)


@bench.command(
    context_settings=PASSED_ON,
    epilog=examples("boxwright bench taste --train first.csv --test second.csv --json"),
)
@json_option
@click.pass_context
def taste(ctx: click.Context, as_json: bool) -> None:
    """Learn tastes from one file of a taste test and report on another."""
    _run("taste", ctx, as_json)


def _run(name: str, ctx: click.Context, as_json: bool) -> None:
    """Run a program of the bench with the words as they came; its output and exit code are ours."""
    folder = CHECKOUT / "bench"
    if not (folder / f"{name}.py").is_file():
        say(
            f"This needs the folder `bench` of Boxwright's source, which is not at {folder}."
            " Run it in a checkout."
        )
        ctx.exit(REFUSED)
    # The words name files of the caller's folder, so that stays; modules come from the checkout.
    paths = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))
    ended = subprocess.run(
        [sys.executable, "-P", "-m", f"bench.{name}", *ctx.args, *(["--json"] if as_json else [])],
        env=os.environ | {"PYTHONPATH": paths},
        check=False,
    )
    failed = name in NEEDS_EXTRA and ended.returncode not in (0, USAGE)
    missing = _missing_packages() if failed else []
    if missing:
        say(
            f"Packages that only the bench needs are not installed: {', '.join(missing)}."
            f" Install them with: {sys.executable} -m pip install '{CHECKOUT}[bench]'"
        )
    ctx.exit(ended.returncode if ended.returncode >= 0 else OUR_FAULT)


def _missing_packages() -> list[str]:
    """Name the packages of the extra "bench" that are not there."""
    wanted = [each for each in requires("boxwright") or [] if re.search(r"extra == .bench.", each)]
    names = [re.split(r"[^A-Za-z0-9._-]", each, maxsplit=1)[0] for each in wanted]
    return [name for name in names if not _is_there(name)]


def _is_there(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
