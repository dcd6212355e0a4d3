"""`docs/settings.md` says exactly what the settings are; `python -m app.wiring.settings_page`."""

from pathlib import Path

from app.wiring.settings_page import page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"


def test_the_page_of_settings_is_up_to_date() -> None:
    assert PAGE.read_text() == page()
