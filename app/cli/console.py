"""How every command speaks: words or one JSON object, refusals in words, progress when slow.

Answers go to standard output, everything else to standard error. Exit codes: 0 done, 1 refused
or violations found, 2 wrong usage or settings, 70 a fault of ours.
"""

import json
import os
import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.core.refusals import Refused
from app.wiring.problems import AlreadyRunning, LocalServerFailed
from app.wiring.settings import Settings

REFUSED, USAGE, OUR_FAULT = 1, 2, 70
Report = Callable[[int, int, str], None]


def examples(*lines: str) -> str:
    """Return the end of a command's help: how it is really called."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def _remember_json(context: click.Context, _: click.Parameter, wanted: bool) -> bool:
    context.find_root().meta["boxwright.json"] = wanted
    return wanted


json_option = click.option(
    "--json",
    "as_json",
    is_flag=True,
    callback=_remember_json,
    help="Answer with one JSON object, on the last line.",
)


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID | Path) else value


def answer(as_json: bool, record: Mapping[str, Any], *lines: str) -> None:
    """Answer with a record as JSON, or with lines for people."""
    if as_json:
        click.echo(json.dumps(plain(record), ensure_ascii=False))
    else:
        for line in lines:
            click.echo(line)


def say(line: str) -> None:
    """Tell people what is going on; programs that read the answer do not see it."""
    click.echo(line, err=True)


@contextmanager
def progress(label: str) -> Iterator[Report]:
    """Show a bar on a terminal; `report(done, total, words)` moves it."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, total, words: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task(label, total=None)

        def report(done: int, total: int, words: str) -> None:
            bar.update(task, completed=done, total=total or None, description=words or label)

        yield report


def in_words(error: Exception) -> tuple[str, int] | None:
    """Return what to say about an error and the exit code, None for a fault of ours."""
    if isinstance(error, Refused):
        offer = f" ({plain(error.offer)})" if error.offer else ""
        return f"{error.refusal.value}{offer}", REFUSED
    if isinstance(error, ValidationError):
        return "; ".join(_setting(each) for each in error.errors()), USAGE
    if isinstance(error, LocalServerFailed | AlreadyRunning):
        return str(error), REFUSED
    if isinstance(error, OperationalError):
        return f"The database does not answer: {' '.join(str(error.orig).split())}", REFUSED
    if isinstance(error, ProgrammingError) and "UndefinedTable" in repr(error.orig):
        return "The database is not of this version: run `boxwright db upgrade` first.", REFUSED
    return None


def _setting(error: Any) -> str:
    name = ".".join(str(part) for part in error["loc"])
    return f"setting {name}: {error['msg']}" if name else str(error["msg"])


class Commands(click.Group):
    """The root command: no traceback ever reaches people."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command and put every error into words."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            words = in_words(error)
            sentence, code = words or (_written_down(error), OUR_FAULT)
            if ctx.find_root().meta.get("boxwright.json"):
                click.echo(json.dumps({"error": sentence}, ensure_ascii=False))
            say(sentence)
            ctx.exit(code)


def plays() -> bool:
    """Say whether the environment names a sandbox shop."""
    try:
        return Settings().sandbox
    except ValidationError:
        return os.environ.get("BOXWRIGHT_MODE", "sandbox") == "sandbox"


def _written_down(error: Exception) -> str:
    """Keep the traceback where the operator finds it, and return one sentence for people."""
    log = Path(os.environ.get("BOXWRIGHT_HOME", ".boxwright")) / "logs" / "cli.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a") as file:
            traceback.print_exception(error, file=file)
    except OSError:
        return f"Something went wrong: {type(error).__name__}: {error}"
    return f"Something went wrong ({type(error).__name__}); the details are in {log}."
