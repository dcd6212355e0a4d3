"""House rules that no linter can say: commits, clocks, sizes, fail points, names of things."""

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.fail_points import FAIL_POINTS

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 300
CLOCKS = {"app/core/clock.py", "app/sandbox/clock.py"}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}
FORBIDDEN_NAMES |= {"data", "info"}


def sources(*folders: str) -> Iterator[Path]:
    return itertools.chain.from_iterable(
        sorted((ROOT / folder).rglob("*.py")) for folder in folders
    )


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text(), named(path))
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def test_only_the_unit_of_work_commits() -> None:
    committing = {
        named(path)
        for path in sources("app", "ml", "migrations")
        if any(method(call) in {"commit", "begin_nested"} for call in calls(path))
    }
    assert committing == {"app/core/unit_of_work.py"}


def test_only_the_clocks_read_the_time() -> None:
    readers = {
        named(path)
        for path in sources("app", "ml")
        for call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and (call.func.value.id, call.func.attr)
        in {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}
    }
    assert readers <= CLOCKS


def test_no_file_is_longer_than_300_lines() -> None:
    lengths = {
        named(path): len(path.read_text().splitlines())
        for path in sources("app", "ml", "tests", "bench", "migrations")
        if "0001_" not in path.name
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        named(path)
        for path in sources("app", "ml")
        if path.name != "__init__.py" and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_packages_hold_no_code_of_their_own() -> None:
    talking = [
        named(path)
        for path in sources("app", "ml")
        if path.name == "__init__.py"
        and [
            node
            for node in ast.parse(path.read_text()).body
            if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        ]
    ]
    assert talking == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    empty = {named(path) for path in sources("app", "ml") if path.stem in FORBIDDEN_NAMES}
    processing = {
        f"{named(path)}: {node.name}"
        for path in sources("app", "ml")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("process_")
    }
    assert empty | processing == set()


def reached() -> set[str]:
    return {
        call.args[0].value
        for path in sources("app")
        for call in calls(path)
        if isinstance(call.func, ast.Name)
        and call.func.id == "reach"
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def test_every_fail_point_is_declared_and_passed() -> None:
    assert len(FAIL_POINTS) == len(set(FAIL_POINTS))
    assert reached() == set(FAIL_POINTS)


def test_the_network_is_never_reached_inside_a_unit_of_work() -> None:
    """A door's `with tools.units(...)` block calls no gateway, mailer or list of the provider."""
    outside = {"gateway", "cards", "books", "mailer", "backstage"}
    guilty = [
        f"{named(path)}:{node.lineno}"
        for path in sources("app/jobs", "app/cli", "app/web")
        for block in ast.walk(ast.parse(path.read_text()))
        if isinstance(block, ast.With) and opens_work(block)
        for statement in block.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Attribute)
        and node.func.value.attr in outside
    ]
    assert guilty == []


def opens_work(block: ast.With) -> bool:
    words = {"units", "open_work", "rehearse"}
    return any(
        isinstance(item.context_expr, ast.Call)
        and (
            method(item.context_expr) in words
            or (isinstance(item.context_expr.func, ast.Name) and item.context_expr.func.id in words)
        )
        for item in block.items
    )


@pytest.mark.parametrize(
    "lock", ["requirements-build.lock", "requirements.lock", "requirements-test.lock"]
)
def test_locks_name_hashes_and_no_index(lock: str) -> None:
    lines = (ROOT / lock).read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert all("==" in pin and pin.endswith("\\") for pin in pins)
    assert not [line for line in lines if "://" in line or line.startswith(("-i", "--index"))]
