"""`boxwright batch what-if` in words and in JSON; nothing is changed by asking."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.adapters.local_servers import start_valkey
from app.core.unit_of_work import UnitOfWorkFactory
from app.fulfilment.models import Box
from tests import cast
from tests.cli.shell import Shell


@pytest.fixture
def shell(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, units: UnitOfWorkFactory, actor
) -> Iterator[Shell]:
    """A terminal whose shop has three people in its next batch."""
    home = Path(tmp_path_factory.getbasetemp()) / "cli"
    with units(actor) as work:
        cast.stock_shelf(work)
        plan = cast.add_plan(work)
        for name in ("Ada", "Ben", "Cleo"):
            cast.subscribe(work, name, plan)
    yield Shell(home, {"DATABASE_URL": database_url, "REDIS_URL": start_valkey(home)})


@pytest.fixture
def day(shell: Shell, units: UnitOfWorkFactory, actor) -> str:
    """The day on which the batch ships."""
    with units(actor) as work:
        return work.session.scalars(select(Box.ships_on).order_by(Box.ships_on)).first().isoformat()


def test_what_if_answers_in_words_and_in_json(shell: Shell, day: str) -> None:
    ask = ("batch", "what-if", day, "--sku", "kenya-250", "--change", "=0")
    found = shell.record(*ask, "--sku", "brazil-250", "--change", "-20%")["what_if"]
    changed = {row["code"]: row["free"] for row in found["skus"]}
    assert changed["kenya-250"] == [100, 0] and changed["brazil-250"] == [100, 80]
    assert found["boxes"] == found["of"] == 3
    told = shell.run(*ask)
    assert "Nothing was changed." in told.output and "3 of 3 boxes" in told.output


def test_what_makes_no_sense_is_refused(shell: Shell, day: str) -> None:
    ask = ("batch", "what-if", day, "--sku", "kenya-250")
    refused = shell.record(*ask, "--change", "lots", code=1)["error"]
    assert refused == "Please write the change as -20%, +240 or =0."
    assert shell.run(*ask).exit_code == 2
    assert shell.run(*ask, "--change", "-1", "--change", "-2").exit_code == 2
