"""`boxwright model` from the first training to a rollback, in words and in JSON."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adapters.local_servers import start_valkey
from app.core.unit_of_work import UnitOfWorkFactory
from tests.cli.shell import Shell
from tests.services.tasters import let_taste


@pytest.fixture
def shell(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, units: UnitOfWorkFactory, actor
) -> Iterator[Shell]:
    """A terminal whose shop has sixty tasters."""
    home = Path(tmp_path_factory.getbasetemp()) / "cli"
    with units(actor) as work:
        let_taste(work, 60)
    yield Shell(home, {"DATABASE_URL": database_url, "REDIS_URL": start_valkey(home)})


def test_a_model_is_learnt_judged_released_and_taken_back(shell: Shell) -> None:
    assert shell.record("model", "list") == {"models": []}
    version = shell.record("model", "train")["trained"]["version"]
    judged = shell.record("model", "evaluate")["evaluation"]
    assert judged["against"] == "prior-1"
    assert set(judged["judged"]) == {"popularity", "hand-set", "live", "candidate"}
    assert judged["verdict"] == {"passed": True, "objections": []}
    assert shell.record("model", "release", version)["released"]["note"] == "passed the gate"
    assert [each["status"] for each in shell.record("model", "list")["models"]] == [
        "live",
        "retired",
    ]
    assert shell.record("model", "rollback")["released"]["version"] == "prior-1"
    assert shell.record("model", "rollback", code=1) == {
        "error": "No model was live before this one."
    }


def test_the_table_of_an_evaluation_has_the_baselines(shell: Shell) -> None:
    shell.run("model", "train")
    told = shell.run("model", "evaluate")
    assert told.exit_code == 0, told.output
    for word in ("popularity", "hand-set", "live", "candidate", "rmse", "passes the gate."):
        assert word in told.output


def test_what_is_worse_is_released_only_with_a_reason(shell: Shell) -> None:
    best = shell.record("model", "train")["trained"]["version"]
    shell.run("model", "release", best)
    refused = shell.record("model", "release", "prior-1", code=1)["error"]
    assert refused.startswith("This model is not as good as the one that is live. (")
    forced = shell.record("model", "release", "prior-1", "--force", "the fair")["released"]
    assert (forced["before"], forced["note"]) == (best, "forced: the fair")
    assert shell.record("model", "release", "nonsense", code=1)["error"].startswith(
        "There is no model of this version."
    )


def test_an_unknown_box_is_not_explained(shell: Shell) -> None:
    assert shell.record("model", "explain", "BW-1-1", code=1) == {
        "error": "We could not find this box."
    }
