"""The commands one by one: help with an example, JSON, exit codes, refusals in words."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from app.adapters.local_servers import start_valkey
from app.cli.main import COMMANDS, main
from tests.cli.shell import Shell


@pytest.fixture
def shell(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A terminal whose shop has an empty, migrated database."""
    home = Path(tmp_path_factory.getbasetemp()) / "cli"
    queue = start_valkey(home)
    return Shell(home, {"DATABASE_URL": database_url, "REDIS_URL": queue})


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from (((name, part), each) for part, each in command.commands.items())
        else:
            yield (name,), command


@pytest.mark.parametrize(
    ("words", "command"), [pytest.param(*each, id=" ".join(each[0])) for each in commands()]
)
def test_every_command_shows_how_it_is_called_and_speaks_json(
    words: tuple[str, ...], command: click.Command
) -> None:
    assert command.help
    assert "Examples:" in (command.epilog or "")
    assert f"boxwright {' '.join(words)}" in (command.epilog or "")
    assert "as_json" in {parameter.name for parameter in command.params}


def test_all_commands_of_the_manual_are_there() -> None:
    wanted = {
        "up": (),
        "demo": (),
        "db": ("upgrade",),
        "import": ("coffees", "tasters", "subscribers", "tax-rates"),
        "batch": ("plan", "run", "show", "export", "what-if", "rederive"),
        "model": ("list", "train", "evaluate", "release", "rollback", "explain"),
        "bench": ("compose", "recommend", "taste"),
        "clock": ("show", "set", "advance"),
        "check-books": (),
        "books": ("close", "months", "journal", "codes"),
        "events": ("list", "replay", "backfill"),
        "invoices": ("export",),
        "hooks": ("list", "add", "rotate", "switch", "test", "replay"),
        "make-staff": (),
        "api-key": ("create",),
    }
    assert {words for words, _ in commands()} == {
        (name, part) if part else (name,)
        for name, parts in wanted.items()
        for part in parts or ("",)
    }


def test_help_is_quick_since_nothing_else_is_read() -> None:
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import app.cli.main"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "sklearn" not in told.stderr
    assert "app.fulfilment.services" not in told.stderr


def test_staff_and_keys_are_made(shell: Shell) -> None:
    made = shell.record("make-staff", "ada@example.com", "--role", "owner", "--name", "Ada")
    assert made["person"]["email"] == "ada@example.com"
    assert "owner" in made["person"]["roles"]
    key = shell.record("api-key", "create", "till", "--scope", "catalog:read")
    assert key["key"].startswith("bw_")
    assert key["scopes"] == ["catalog:read"]


def test_a_refusal_is_one_sentence_and_exit_code_1(shell: Shell) -> None:
    told = shell.spawn("make-staff", "nonsense", "--role", "owner")
    assert told.returncode == 1
    assert told.stderr == "This does not look like an e-mail address.\n"
    assert shell.record("batch", "show", "2027-01-01", code=1) == {
        "error": "There is no such batch."
    }


def test_a_short_password_is_refused(shell: Shell) -> None:
    told = shell.run(
        "make-staff", "ada@example.com", "--role", "owner", "--password-stdin", feed="short\n"
    )
    assert told.exit_code == 1
    assert "10 characters" in told.stderr


def test_wrong_usage_is_exit_code_2(shell: Shell) -> None:
    assert shell.run("batch", "show", "tomorrow").exit_code == 2
    assert shell.run("make-staff", "ada@example.com").exit_code == 2
    assert shell.run("sing").exit_code == 2


def test_a_database_that_is_away_is_told_without_traceback(shell: Shell) -> None:
    told = shell.run("events", "list", DATABASE_URL="postgresql://127.0.0.1:1/none")
    assert told.exit_code == 1
    assert told.stderr.startswith("The database does not answer:")
    assert "Traceback" not in told.stderr


def test_unsafe_settings_are_refused_outside_the_sandbox(shell: Shell) -> None:
    told = shell.run("events", "list", BOXWRIGHT_MODE="live")
    assert told.exit_code == 2
    assert "BOXWRIGHT_SECRET_KEY" in told.stderr


def test_a_live_shop_has_no_clock_and_no_demonstration(shell: Shell) -> None:
    for words in (("clock", "show"), ("demo",)):
        told = shell.run(*words, BOXWRIGHT_MODE="live")
        assert told.exit_code == 2
        assert "No such command" in told.stderr


def test_the_clock_only_goes_forward(shell: Shell) -> None:
    there = shell.record("clock", "set", "--to", "2027-03-01T00:00-05:00")
    assert there["now"] == "2027-03-01T05:00:00+00:00"
    assert shell.record("clock", "show")["local"] == "2027-03-01T00:00:00-05:00"
    back = shell.record("clock", "advance", "--to", "2027-02-01", code=1)
    assert back == {"error": "The clock only goes forward."}
    on = shell.record("clock", "advance", "--to", "2027-03-14T12:00")
    assert on["stands_at"] == "2027-03-14T12:00:00-04:00"


def test_an_empty_shop_has_no_events_no_batches_and_sound_books(shell: Shell) -> None:
    assert shell.record("events", "list") == {"events": []}
    assert shell.record("events", "replay") == {"replayed": 0, "outcome": {}}
    assert shell.record("batch", "plan") == {"added": 0, "batches": []}
    assert shell.record("check-books") == {"violations": 0, "found": []}


def test_the_database_is_brought_up_to_date_twice(shell: Shell) -> None:
    first = shell.record("db", "upgrade")
    assert shell.record("db", "upgrade") == first


def test_a_month_without_papers_makes_an_archive_with_an_empty_list(
    shell: Shell, tmp_path: Path
) -> None:
    told = shell.record("invoices", "export", "--month", "2027-01", "--to", str(tmp_path))
    assert told == {"month": "2027-01", "papers": 0, "file": str(tmp_path / "invoices-2027-01.zip")}
    with zipfile.ZipFile(tmp_path / "invoices-2027-01.zip") as archive:
        assert archive.namelist() == ["invoices-2027-01.csv"]
        assert archive.read("invoices-2027-01.csv").decode("utf-8-sig").startswith("number,kind,")


def test_an_address_is_added_rotated_and_switched_off(shell: Shell) -> None:
    made = shell.record("hooks", "add", "https://books.example.com/in", "--name", "Books")
    renewed = shell.record("hooks", "rotate", made["id"])
    assert made["secret"] != renewed["secret"]
    shell.record("hooks", "switch", made["id"], "off")
    (row,) = shell.record("hooks", "list")["endpoints"]
    assert (row["enabled"], row["types"]) == (False, ["*"])
    assert "secret" not in row
    refused = shell.record("hooks", "replay", made["id"], code=1)
    assert "switched off" in refused["error"]
    told = shell.record("hooks", "add", "http://10.0.0.1/", "--name", "Inside", code=1)
    assert "cannot be used" in told["error"]
