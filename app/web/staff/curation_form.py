"""The form of a curation: reads what was typed, shows what is stored."""

import uuid
from datetime import date

from werkzeug.datastructures import MultiDict

from app.personalization.curation import CurationFields, CurationKind, CurationRule
from app.personalization.curation_queries import CurationPage
from app.web.staff.plan_form import bilingual
from app.web.typed import Typed

ROWS = 8
SPARE = 2
KINDS = (CurationKind.LEAVE_OUT, CurationKind.EMBARGO, CurationKind.REPLACE)


def read_curation(typed: Typed) -> CurationFields | None:
    """Read a curation; return None where something is wrong with it."""
    theme = bilingual(typed, "theme", required=True)
    starts_on = typed.day("starts_on", required=True)
    ends_on = typed.day("ends_on", required=True)
    rules = [*read_hero(typed), *(rule for kind in KINDS for rule in read_rules(typed, kind))]
    if not typed.ok or starts_on is None or ends_on is None:
        return None
    return CurationFields(starts_on, ends_on, theme, tuple(rules))


def read_hero(typed: Typed) -> list[CurationRule]:
    """Read the hero, if one was chosen."""
    product_id = optional_key(typed, "hero")
    return [CurationRule(CurationKind.HERO, product_id)] if product_id else []


def read_rules(typed: Typed, kind: CurationKind) -> list[CurationRule]:
    """Read the rows of one kind; rows without a coffee are left out."""
    found = []
    for row in range(ROWS):
        product_id = optional_key(typed, f"{kind.value}_{row}")
        if product_id is None:
            continue
        replaces = kind is CurationKind.REPLACE
        instead_id = typed.key(f"instead_{row}") if replaces else None
        until = typed.day(f"until_{row}", required=True) if kind is CurationKind.EMBARGO else None
        found.append(CurationRule(kind, product_id, instead_id, until))
    return found


def optional_key(typed: Typed, name: str) -> uuid.UUID | None:
    """Return the id of a thing that may be chosen, or None."""
    return typed.key(name) if typed.values.get(name, "") else None


def curation_values(page: CurationPage | None, today: date) -> MultiDict[str, str]:
    """Return a stored curation, or a new one, as the form shows it."""
    if page is None:
        return MultiDict({"starts_on": today.isoformat()})
    values = MultiDict(
        [
            ("starts_on", page.starts_on.isoformat()),
            ("ends_on", page.ends_on.isoformat()),
            *((f"theme_{tag[:2]}", text) for tag, text in page.theme.items()),
        ]
    )
    for rule in page.of("hero"):
        values["hero"] = str(rule.product_id)
    for kind in KINDS:
        for row, rule in enumerate(page.of(kind.value)):
            values[f"{kind.value}_{row}"] = str(rule.product_id)
            values[f"until_{row}" if rule.until else f"instead_{row}"] = str(
                rule.until or rule.instead_id or ""
            )
    return values


def shown_rows(typed: Typed) -> dict[str, int]:
    """Return how many rows of each kind the form shows: those in use and a few more."""
    return {
        kind.value: min(
            ROWS,
            SPARE
            + max(
                (row + 1 for row in range(ROWS) if typed.values.get(f"{kind.value}_{row}")),
                default=0,
            ),
        )
        for kind in KINDS
    }
