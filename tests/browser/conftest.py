"""A real browser in front of a real shop: web server, database and payment stand-in.

`BOXWRIGHT_PICTURES=folder` saves a picture of every page that the tests see.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import Engine
from waitress.server import create_server

from app.adapters.local_servers import free_port
from app.core.database import make_sessions
from app.core.unit_of_work import Actor, UnitOfWorkFactory
from app.sandbox import serving
from app.web.app import create_app
from app.wiring.settings import Settings
from app.wiring.tools import Tools, assemble
from tests.conftest import FrozenClock, RecordingMailer, RecordingQueue
from tests.web.conftest import HOME, open_shop

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser that is installed on this machine."""
    if CHROMIUM is None:
        pytest.skip("no Chromium was found; the system's package manager has one")
    with sync_playwright() as machine:
        running = machine.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield running
        running.close()


@pytest.fixture
def stand_in() -> Iterator[str]:
    """The address of a payment stand-in of this test's own."""
    running = serving.start()
    yield running.url
    running.close()


@pytest.fixture
def shop_tools(
    engine: Engine,
    clock: FrozenClock,
    queue: RecordingQueue,
    mailer: RecordingMailer,
    stand_in: str,
) -> Tools:
    """The tools of a shop that charges at the stand-in and whose clock stands still."""
    port = free_port()
    settings = Settings(
        home=HOME,
        port=port,
        base_url=f"http://127.0.0.1:{port}",
        stripe_api_base=stand_in,
        secret_key="x" * 40,
        password_salt="y" * 40,
    )
    held = assemble(settings, engine, queue, mailer)
    units = UnitOfWorkFactory(make_sessions(engine), clock, settings.shop(), queue.ring)
    return replace(held, units=units)


@pytest.fixture
def shop_url(shop_tools: Tools, actor: Actor) -> Iterator[str]:
    """The address of an open shop on a real web server."""
    open_shop(shop_tools.units, actor)
    server = create_server(
        create_app(shop_tools), host="127.0.0.1", port=shop_tools.settings.port, threads=4
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield shop_tools.settings.base_url
    server.close()
    server.task_dispatcher.shutdown()
    thread.join(10)


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, shop_url: str) -> Iterator[Visit]:
    """Open a window on the shop; whatever the browser complains about fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_window(width: int, **wishes: str) -> Page:
        context = browser.new_context(
            base_url=shop_url,
            viewport={"width": width, "height": 844 if width < 600 else 900},
            locale=wishes.get("locale", "en-US"),
            color_scheme=wishes.get("color_scheme", "light"),  # type: ignore[arg-type]  # a word
            timezone_id="America/New_York",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda said: _note(complaints, said.type, said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert not complaints


def _note(complaints: list[str], kind: str, words: str) -> None:
    # A form that comes back with marks is answered 422, which the browser notes as well.
    if kind == "error" and "status of 4" not in words:
        complaints.append(words)


def look(page: Page, name: str) -> None:
    """Check that the page fits its window and is labelled; keep a picture if asked to."""
    page.wait_for_load_state()
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is too wide"
    unnamed = page.evaluate(
        "[...document.querySelectorAll('input:not([type=hidden]), select, textarea')]"
        ".filter(field => !field.labels || !field.labels.length).map(field => field.name)"
    )
    assert not unnamed, f"{name}: fields without a label"
    assert page.evaluate("document.querySelectorAll('h1').length") == 1, f"{name}: one heading"
    folder = os.environ.get("BOXWRIGHT_PICTURES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
