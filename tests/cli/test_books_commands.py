"""`boxwright books`: a checklist that does not hold, a month that closes, the journal as files."""

import hashlib
from pathlib import Path

import openpyxl
import pytest

from app.adapters.local_servers import start_valkey
from tests.cli.shell import Shell


@pytest.fixture
def shell(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A terminal whose shop has an empty, migrated database."""
    home = Path(tmp_path_factory.getbasetemp()) / "cli"
    return Shell(home, {"DATABASE_URL": database_url, "REDIS_URL": start_valkey(home)})


def test_a_month_closes_once_it_is_over_and_proved(shell: Shell, tmp_path: Path) -> None:
    early = shell.record("books", "close", "--month", "2099-01", "--without-provider", code=1)
    assert (early["ready"], early["closed"]) == (False, None)
    assert [each["check"] for each in early["checklist"] if not each["holds"]] == ["over", "books"]
    month = ("books", "close", "--month", "2020-01", "--without-provider")
    assert shell.record(*month, "--dry-run")["closed"] is None
    closed = shell.record(*month)["closed"]
    assert (closed["entries"], closed["sha256"]) == (0, hashlib.sha256().hexdigest())
    assert [each["month"] for each in shell.record("books", "months")["months"]] == ["2020-01-01"]
    again = shell.record(*month, code=1)
    assert [each["check"] for each in again["checklist"] if not each["holds"]] == ["in_turn"]


def test_the_journal_is_written_as_its_name_says(shell: Shell, tmp_path: Path) -> None:
    codes = tmp_path / "codes.csv"
    codes.write_text("account,code,name\n1100,1201,Clearing\n")
    assert shell.record("books", "codes", "xero", str(codes))["accounts"] == 1
    file = tmp_path / "january.xlsx"
    written = ("books", "journal", "--month", "2027-01", "--program", "xero")
    assert shell.record(*written, str(file))["lines"] == 0
    headings = next(openpyxl.load_workbook(file).worksheets[0].values)
    assert headings[-2:] == ("xero_code", "xero_name")
    assert shell.run(*written, str(tmp_path / "january.pdf")).exit_code == 2
    assert shell.run("books", "journal", "--month", "soon", str(file)).exit_code == 2
