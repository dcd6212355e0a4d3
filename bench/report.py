"""Shows and keeps what composing came to: a table on the terminal, a page, a drawing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench.market import Size

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "benchmarks"
RECORDS, PAGE, DRAWING = "composition.jsonl", "composition.md", "composition.png"
PRODUCT = "product"

COLUMNS: dict[str, Callable[[dict[str, Any]], str]] = {
    "share of bound": lambda row: f"{100 * row['share_of_bound']:.5f} %",
    "CPU s": lambda row: f"{row['cpu_seconds']:.2f}",
    "+ GiB": lambda row: f"{row['peak_gib']:.2f}",
    "sat. min": lambda row: f"{row['satisfaction_min']:.3f}",
    "sat. p5": lambda row: f"{row['satisfaction_p5']:.3f}",
    "oversold": lambda row: str(row["oversold"]),
    "excluded": lambda row: str(row["excluded"]),
    "twice": lambda row: str(row["duplicates"]),
    "unfilled": lambda row: str(row["unfilled"]),
}

HEAD = """# Composition, measured

Made-up markets: taste of rank 16 with noise and a leaning to what is popular, six exclusion tags,
two personal bans, nothing of the last box again, 4 to 8 units a box. `std`: stock 1.05 times what
is needed, split by damped popularity. `scarce`: 1.02 times, split evenly, so that what all like is
short.

The bound is the product's certificate: no plan that fills every slot is worth more. CPU seconds are
those of one thread, in one run on one machine; compare the ratios. `+ GiB` is the peak above the
score table (float32), the mask included. `sat.` is the value of a box over the value of the same
box under unlimited stock. `proof` is the CPU time of the certificate, which the boxes do not need.

"""


def comparison(size: Size, record: dict[str, Any]) -> Table:
    """Return product and yardsticks as a table, with how many times the product's CPU each took."""
    table = Table(title=f"{size.boxes:,} boxes x {size.skus} SKUs, {size.kind}, seed {size.seed}")
    for name in ("", *COLUMNS, "x CPU"):
        table.add_column(name, justify="left" if not name else "right")
    for name, row in record.items():
        table.add_row(name, *(show(row) for show in COLUMNS.values()), _times(record, row))
    return table


def keep(size: Size, record: dict[str, Any], folder: Path = FOLDER) -> Path:
    """Put a record in place of an older one of the same size, and write page and drawing anew."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = _records(folder)
    kept[tuple(vars(size).values())] = {"size": vars(size)} | record
    ordered = [kept[key] for key in sorted(kept)]
    lines = "".join(json.dumps(each) + "\n" for each in ordered)
    (folder / RECORDS).write_text(lines, encoding="utf-8")
    drawn = draw(ordered, folder / DRAWING) or (folder / DRAWING).exists()
    page = HEAD + (f"![CPU seconds by number of boxes]({DRAWING})\n\n" if drawn else "")
    page += "\n".join(_section(each) for each in ordered)
    (folder / PAGE).write_text(page, encoding="utf-8")
    return folder / PAGE


def draw(records: list[dict[str, Any]], file: Path) -> bool:
    """Draw CPU seconds over boxes, if matplotlib is installed; say whether it is."""
    if find_spec("matplotlib") is None:
        return False
    from matplotlib.figure import Figure  # noqa: PLC0415 - only the bench extra brings it

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    for name in sorted({name for each in records for name in each if name != "size"}):
        points = sorted(
            (each["size"]["boxes"], each[name]["cpu_seconds"]) for each in records if name in each
        )
        axes.plot(*zip(*points, strict=True), "o", label=name)
    axes.set(xscale="log", yscale="log", xlabel="boxes", ylabel="CPU seconds")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(file, dpi=120)
    return True


@contextmanager
def progress_bar() -> Iterator[Callable[[str, float], None]]:
    """Show a bar on a terminal; the yielded function says what goes on, and the share done."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda words, done: bar.update(task, description=words, completed=done)


def _records(folder: Path) -> dict[tuple[Any, ...], dict[str, Any]]:
    file = folder / RECORDS
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    found = [json.loads(line) for line in lines]
    return {tuple(each["size"].values()): each for each in found}


def _section(record: dict[str, Any]) -> str:
    size = record["size"]
    rows = {name: row for name, row in record.items() if name != "size"}
    vs = ",".join(name for name in rows if name != PRODUCT)
    command = (
        f"boxwright bench compose --boxes {size['boxes']} --skus {size['skus']} "
        f"--kind {size['kind']} --seed {size['seed']}" + (f" --vs {vs}" if vs else "") + " --write"
    )
    names = ["", *COLUMNS, "proof s", "x CPU"]
    lines = [f"## {size['boxes']:,} x {size['skus']}, {size['kind']}", "", f"`{command}`", ""]
    lines += [f"| {' | '.join(names)} |", f"| --- |{' ---: |' * (len(names) - 1)}"]
    for name, row in rows.items():
        cells = [name, *(show(row) for show in COLUMNS.values())]
        proof = row.get("certificate_cpu_seconds")
        cells += ["" if proof is None else f"{proof:.2f}", _times(rows, row)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _times(rows: dict[str, Any], row: dict[str, Any]) -> str:
    return f"{row['cpu_seconds'] / max(rows[PRODUCT]['cpu_seconds'], 0.001):.1f}"
