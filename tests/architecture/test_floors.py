"""Every contract of the floors holds, and each is seen to fire when it is broken on purpose."""

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(sys.executable).with_name("lint-imports")

# For each contract: the file that breaks it, and the line that does.
BREACHES = {
    "floors": ("app/core/money.py", "import app.catalog.rules"),
    "rooms": ("app/catalog/models.py", "import app.catalog.queries"),
    "rules-are-pure": ("app/catalog/rules.py", "import sqlalchemy"),
    "flask-stays-in-web": ("app/billing/rules.py", "import flask"),
    "doors-know-no-tables": ("app/jobs/tick.py", "import app.catalog.models"),
    "only-wiring-knows-adapters": ("app/jobs/tick.py", "import app.adapters.mail"),
    "ml-stands-alone": ("ml/composer/task.py", "import app.core.money"),
    "one-bridge-to-ml": ("app/fulfilment/rules.py", "import ml.composer.task"),
    "ml-rooms": ("ml/composer/problem.py", "import ml.taste.model"),
    "checker-stands-alone": ("ml/composer/check.py", "import ml.composer.task"),
    "sandbox-knows-nothing": ("app/sandbox/clock.py", "import app.core.money"),
    "nobody-knows-the-sandbox": ("app/wiring/tools.py", "import app.sandbox.clock"),
    "no-cycles": ("app/core/shop.py", "import app.core.unit_of_work"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of everything that the contracts speak of."""
    folder = tmp_path_factory.mktemp("house")
    only_code = shutil.ignore_patterns("__pycache__", "static", "templates", "translations")
    for package in ("app", "ml"):
        shutil.copytree(ROOT / package, folder / package, ignore=only_code)
    shutil.copy(ROOT / ".importlinter", folder)
    return folder


def lint(folder: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    chosen = [part for contract in contracts for part in ("--contract", contract)]
    return subprocess.run(
        [SCRIPT, "--no-logo", "--no-cache", *chosen],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def contracts() -> set[str]:
    file = configparser.ConfigParser()
    file.read(ROOT / ".importlinter")
    return {name.split(":")[2] for name in file.sections() if name.count(":") == 2}


def test_every_contract_is_kept(copy: Path) -> None:
    told = lint(copy)
    assert told.returncode == 0, told.stdout
    assert f"{len(contracts())} kept, 0 broken" in told.stdout


def test_every_contract_has_its_breach() -> None:
    assert contracts() == set(BREACHES)


@pytest.mark.parametrize("contract", sorted(BREACHES))
def test_a_broken_contract_is_noticed(copy: Path, contract: str) -> None:
    name, breach = BREACHES[contract]
    broken = copy / name
    sound = broken.read_text()
    broken.write_text(f"{sound}\n{breach}\n")
    try:
        told = lint(copy, contract)
    finally:
        broken.write_text(sound)
    assert told.returncode == 1, told.stdout + told.stderr
    assert "0 kept, 1 broken" in told.stdout


@pytest.mark.parametrize(
    ("name", "contract"), [("app/attic/__init__.py", "floors"), ("app/billing/attic.py", "rooms")]
)
def test_something_new_must_choose_its_place(copy: Path, name: str, contract: str) -> None:
    newcomer = copy / name
    newcomer.parent.mkdir(exist_ok=True)
    newcomer.write_text('"""Has no place yet."""\n')
    try:
        told = lint(copy, contract)
    finally:
        newcomer.unlink()
        if newcomer.name == "__init__.py":
            newcomer.parent.rmdir()
    assert told.returncode == 1, told.stdout + told.stderr
