"""The commands of docs/api.md do what it says, run as they stand against a live server."""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from werkzeug.serving import make_server

from app.people.rules import Scope
from app.web.api.contents import CHAPTERS
from tests.cast import WEEKLY
from tests.web.api_program import LivingShop

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "api.md"
BLOCKS = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), re.DOTALL)


@pytest.fixture
def served(living: LivingShop) -> Iterator[str]:
    """The address of a living shop that answers over the network."""
    living.story.stock()
    living.story.plan(WEEKLY)
    server = make_server("127.0.0.1", 0, living.api.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.mark.skipif(not shutil.which("curl"), reason="this machine has no curl")
def test_the_guide_can_be_followed_command_by_command(
    served: str, engine: Engine, tmp_path: Path
) -> None:
    script = "\n".join(("set -euo pipefail", *BLOCKS, "echo; echo followed to the end"))
    url = engine.url.render_as_string(hide_password=False)
    done = subprocess.run(
        ["bash", "-c", script],
        env={
            "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
            "SHOP": served,
            "no_proxy": "*",
            "DATABASE_URL": url,
            "REDIS_URL": "redis://127.0.0.1:1",
            "BOXWRIGHT_HOME": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("followed to the end\n")
    assert "http://127.0.0.1" in done.stdout  # the provider's page for the card
    assert "401 application/problem+json" in done.stdout


def test_the_guide_names_every_scope_and_only_addresses_that_exist() -> None:
    guide = GUIDE.read_text()
    assert all(f"`{scope}`" in guide for scope in Scope)
    known = {
        re.sub(r"<[^>]+>", "{}", each.rule) for chapter in CHAPTERS for each in chapter.operations
    }
    named = re.findall(r"`(?:POST |GET |PUT )?(/[a-z-]+(?:/[a-z{}.-]+)+)`", guide)
    for path in named:
        if path.startswith(("/api", "/take-out")):
            continue
        assert re.sub(r"\{[^}]+\}", "{}", path) in known, path
