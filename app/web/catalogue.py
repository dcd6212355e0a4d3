"""Every sentence that people may read, collected from pages, code and refusals.

`python -m app.web.catalogue` writes those that are new into the Chinese catalogue, without a
translation; a test then says which are missing.
"""

import importlib
import pkgutil
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import app
from app.core.refusals import Refusal

WEB = Path(__file__).parent
CHINESE = WEB / "translations" / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po"
METHODS = [("**.py", "python"), ("**/templates/**.*", "jinja2")]
HEADER = "# What people read, in simplified Chinese."
WORDS = {"_": None, "gettext": None, "lazy_gettext": None}


def wanted() -> dict[str, str]:
    """Return every sentence with the file in which it stands."""
    found = {
        str(message): name
        for name, _, message, _, _ in extract_from_dir(WEB, METHODS, keywords=WORDS)
    }
    return found | refusals()


def refusals() -> dict[str, str]:
    """Return the sentences of all refusals with their module."""
    for package in pkgutil.iter_modules(app.__path__, "app."):
        if (Path(app.__path__[0]) / package.name.partition(".")[2] / "rules.py").exists():
            importlib.import_module(f"{package.name}.rules")
    found: dict[str, str] = {}
    for kind in every_kind(Refusal):
        found.update({str(member.value): kind.__module__ for member in kind})
    return found


def every_kind(root: type[Refusal]) -> list[type[Refusal]]:
    """Return all enums of refusals."""
    return [each for kind in root.__subclasses__() for each in (kind, *every_kind(kind))]


def chinese() -> Catalog:
    """Return the Chinese catalogue."""
    if not CHINESE.exists():
        return Catalog(locale="zh_Hans_CN")
    with CHINESE.open("rb") as stream:
        return read_po(stream, locale="zh_Hans_CN")


def update() -> int:
    """Add what is new to the Chinese catalogue, drop what is gone; return how many are new."""
    before, after = chinese(), Catalog(locale="zh_Hans_CN", header_comment=HEADER, fuzzy=False)
    after.creation_date = before.creation_date
    new = 0
    for sentence, place in sorted(wanted().items()):
        known = before.get(sentence)
        new += known is None
        after.add(sentence, known.string if known else "", locations=[(place, None)])  # type: ignore[list-item]  # a place without a line keeps changes small
    CHINESE.parent.mkdir(parents=True, exist_ok=True)
    with CHINESE.open("wb") as stream:
        write_po(stream, after, width=100, omit_header=False, include_lineno=False)
    return new


if __name__ == "__main__":
    update()
