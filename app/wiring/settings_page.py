"""Writes `docs/settings.md` from the settings themselves: `python -m app.wiring.settings_page`."""

from pathlib import Path
from typing import Any

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from app.wiring.settings import Settings

TARGET = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
HEAD = """# Settings

Every setting is read from the environment. All have a value that suits the sandbox, so that a
first start needs none; outside the sandbox the shop refuses to start with a secret that everybody
knows. Written from the code by `python -m app.wiring.settings_page`.

| Name | Without it | What it is for |
|---|---|---|
"""


def page() -> str:
    """Return the page: one row for each setting, in the order of the code."""
    return HEAD + "".join(_row(name, field) for name, field in Settings.model_fields.items())


def _row(name: str, field: FieldInfo) -> str:
    return f"| `{_variable(name, field)}` | {_default(field.default)} | {field.description} |\n"


def _variable(name: str, field: FieldInfo) -> str:
    if isinstance(field.validation_alias, AliasChoices):
        return str(field.validation_alias.choices[0])
    return f"{Settings.model_config.get('env_prefix', '')}{name}".upper()


def _default(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, SecretStr) or (
        isinstance(value, tuple) and any(isinstance(each, SecretStr) for each in value)
    ):
        return "for the sandbox only"
    if isinstance(value, tuple):
        value = ",".join(str(each) for each in value)
    return f"`{value}`"


if __name__ == "__main__":
    TARGET.write_text(page())
