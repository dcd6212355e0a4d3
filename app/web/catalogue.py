"""Every sentence that people may read, collected from pages, code and refusals.

There is a catalogue for people who buy and one for people who work here. `python -m
app.web.catalogue` writes sentences that are new into the Chinese ones, without a translation; a
test then says which are missing.
"""

import importlib
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.core.refusals import Refusal

WEB = Path(__file__).parent
FOLDER = WEB / "translations" / "zh_Hans_CN" / "LC_MESSAGES"
METHODS = [("**.py", "python"), ("**/templates/**.*", "jinja2")]
HEADER = "# What people read, in simplified Chinese."
WORDS = {"_": None, "gettext": None, "lazy_gettext": None}
SHOP, STAFF = "messages", "staff"
Places = dict[str, list[str]]


def wanted() -> dict[str, Places]:
    """Return for each catalogue its sentences, with the files in which they stand.

    What both kinds of people read is in the first one alone.
    """
    found: dict[str, Places] = {SHOP: refusals(), STAFF: {}}
    for name, _, message, _, _ in extract_from_dir(WEB, METHODS, keywords=WORDS):
        kind = STAFF if name.startswith(("staff/", "templates/staff/")) else SHOP
        places = found[kind].setdefault(str(message), [])
        if name not in places:
            places.append(name)
    found[STAFF] = {key: found[STAFF][key] for key in found[STAFF] if key not in found[SHOP]}
    return found


def refusals() -> Places:
    """Return the sentences of all refusals with their modules."""
    for source in sorted(WEB.parent.rglob("*.py")):
        if "(Refusal):" in source.read_text("utf-8"):
            named = source.relative_to(WEB.parent.parent).with_suffix("")
            importlib.import_module(".".join(named.parts))
    found: Places = {}
    for kind in every_kind(Refusal):
        for member in kind:
            found.setdefault(str(member.value), []).append(kind.__module__)
    return found


def every_kind(root: type[Refusal]) -> list[type[Refusal]]:
    """Return all enums of refusals."""
    return [each for kind in root.__subclasses__() for each in (kind, *every_kind(kind))]


def chinese(kind: str) -> Catalog:
    """Return a Chinese catalogue."""
    source = FOLDER / f"{kind}.po"
    if not source.exists():
        return Catalog(locale="zh_Hans_CN")
    with source.open("rb") as stream:
        return read_po(stream, locale="zh_Hans_CN")


def update(kind: str, sentences: Places) -> None:
    """Add what is new to a Chinese catalogue, and drop what is gone."""
    before = chinese(kind)
    after = Catalog(locale="zh_Hans_CN", header_comment=HEADER, fuzzy=False)
    after.creation_date = before.creation_date
    for sentence, places in sorted(sentences.items()):
        known = before.get(sentence)
        where = [(place, None) for place in places]
        after.add(sentence, known.string if known else "", locations=where)  # type: ignore[arg-type]  # a place without a line keeps changes small
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{kind}.po").open("wb") as stream:
        write_po(stream, after, width=100, include_lineno=False)


if __name__ == "__main__":
    for each, found in wanted().items():
        update(each, found)
