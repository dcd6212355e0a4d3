"""The form of a plan: reads what was typed, shows what is stored."""

from datetime import time
from typing import Any

from babel.dates import get_day_names
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from app.catalog.rules import Roast, SaleStatus
from app.subscriptions.rules import Billing, Cadence, CadenceUnit, Pricing, SizeKind, Start
from app.subscriptions.services.save_plan import PlanFields, PlanTerms
from app.web.i18n import locale
from app.web.typed import Typed

ROWS = 6


def read_plan(typed: Typed, code: str = "") -> PlanFields | None:
    """Read a plan; return None where something is wrong with it."""
    name = bilingual(typed, "name", required=True)
    about = bilingual(typed, "about")
    unit = CadenceUnit(typed.choice("unit", list(CadenceUnit)) or CadenceUnit.WEEK)
    day = typed.number("weekday", 1, 7) if unit is CadenceUnit.WEEK else typed.number("day", 1, 31)
    fields = PlanFields(
        code=code or typed.text("code", required=True, longest=60),
        name=name,
        cadence=Cadence(unit, typed.number("every", 1, 52), day),
        cutoff_days=typed.number("cutoff_days", 0, 60),
        sizes=read_sizes(typed),
        cutoff_time=read_time(typed, "cutoff_time"),
        about=about,
        terms=read_terms(typed),
        status=SaleStatus(typed.choice("status", list(SaleStatus)) or SaleStatus.DRAFT),
    )
    return fields if typed.ok else None


def bilingual(typed: Typed, field: str, required: bool = False) -> dict[str, str]:
    """Read words in English and, where given, in Chinese."""
    english = typed.text(f"{field}_en", required=required, longest=500)
    chinese = typed.text(f"{field}_zh", longest=500)
    return {tag: text for tag, text in (("en", english), ("zh-CN", chinese)) if text}


def read_terms(typed: Typed) -> PlanTerms:
    """Read how boxes are filled and paid for."""
    billing = Billing(typed.choice("billing", list(Billing)) or Billing.AT_LOCK)
    pricing = Pricing(typed.choice("pricing", list(Pricing)) or Pricing.FIXED)
    kind = SizeKind(typed.choice("size_kind", list(SizeKind)) or SizeKind.UNITS)
    return PlanTerms(
        size_kind=kind,
        portion_grams=typed.number("portion_grams", 1, 50_000),
        pricing=pricing,
        tiers=read_tiers(typed) if pricing is Pricing.CONTENTS else (),
        takes=read_takes(typed),
        min_distinct=typed.number("min_distinct", 1, 100),
        max_per_item=typed.number("max_per_item", 1, 100),
        no_repeat=typed.number("no_repeat", 0, 12),
        start=Start(typed.choice("start", list(Start)) or Start.NEXT_OPEN),
        start_grace_days=typed.number("start_grace_days", 0, 60)
        if typed.text("start_grace_days")
        else None,
        billing=billing,
        bill_day=typed.number("bill_day", 1, 31) if billing is Billing.AHEAD else None,
    )


def read_sizes(typed: Typed) -> dict[int, int]:
    """Read sizes and their prices; rows without a size are left out."""
    sizes: dict[int, int] = {}
    for row in range(ROWS):
        if not typed.values.get(f"size_{row}", "").strip():
            continue
        size = typed.number(f"size_{row}", 1, 100_000)
        if size in sizes:
            typed.refuse(f"size_{row}", gettext("This size is there twice."))
        sizes[size] = typed.cents(f"price_{row}")
    if not sizes:
        typed.refuse("size_0", gettext("A plan needs at least one size."))
    return sizes


def read_tiers(typed: Typed) -> tuple[tuple[int, int], ...]:
    """Read from how many units on how many per cent are taken off."""
    found = []
    for row in range(3):
        if typed.values.get(f"tier_{row}", "").strip():
            units = typed.number(f"tier_{row}", 1, 1000)
            found.append((units, typed.number(f"off_{row}", 1, 90) * 100))
    return tuple(sorted(found))


def read_takes(typed: Typed) -> dict[str, object]:
    """Read what limits the contents of a box."""
    takes: dict[str, object] = {}
    roasts = typed.many("roasts", list(Roast))
    if roasts and len(roasts) < len(Roast):
        takes["roast"] = list(roasts)
    if typed.values.get("max_price", "").strip():
        takes["max_price_cents"] = typed.cents("max_price")
    if typed.values.get("max_value", "").strip():
        takes["max_value_cents"] = typed.cents("max_value")
    if typed.values.get("max_per_roaster", "").strip():
        takes["max_per_roaster"] = typed.number("max_per_roaster", 1, 100)
    return takes


def read_time(typed: Typed, name: str) -> time:
    """Read a wall time; 23:59 means the whole of that minute."""
    value = typed.values.get(name, "").strip()
    try:
        read = time.fromisoformat(value)
    except ValueError:
        typed.refuse(name, gettext("Please give a time such as 18:00."))
        return time(23, 59, 59)
    plain = read.replace(second=0, microsecond=0, tzinfo=None)
    return time(23, 59, 59) if plain == time(23, 59) else plain


def weekdays() -> list[tuple[int, str]]:
    """Return the days of the week by ISO number, in the reader's language."""
    names = get_day_names("wide", locale=locale())
    return [(number, names[number - 1].capitalize()) for number in range(1, 8)]


def plan_values(plan: Any) -> MultiDict[str, str]:
    """Return a stored plan, or a new one, as the form shows it."""
    if plan is None:
        return MultiDict(NEW)
    weekly = plan.unit is CadenceUnit.WEEK
    values: list[tuple[str, str]] = [
        ("code", plan.code),
        *((f"name_{tag[:2]}", text) for tag, text in plan.name.items()),
        *((f"about_{tag[:2]}", text) for tag, text in plan.about.items()),
        ("unit", plan.unit.value),
        ("every", str(plan.every)),
        ("weekday", str(plan.day if weekly else 1)),
        ("day", str(1 if weekly else plan.day)),
        ("cutoff_days", str(plan.cutoff_days)),
        ("cutoff_time", f"{plan.cutoff_time:%H:%M}"),
        ("bill_day", str(plan.bill_day or 1)),
        ("start_grace_days", "" if plan.start_grace_days is None else str(plan.start_grace_days)),
        *((name, getattr(plan, name).value) for name in CHOICES),
        *((name, str(getattr(plan, name))) for name in NUMBERS),
        *((f"size_{row}", str(each.size)) for row, each in enumerate(plan.sizes)),
        *((f"price_{row}", f"{each.price_cents / 100:.2f}") for row, each in enumerate(plan.sizes)),
        *((f"tier_{row}", str(units)) for row, (units, _) in enumerate(plan.tiers)),
        *((f"off_{row}", str(bp // 100)) for row, (_, bp) in enumerate(plan.tiers)),
        *(("roasts", roast) for roast in plan.takes.get("roast", [])),
    ]
    for limit in ("max_price", "max_value"):
        if plan.takes.get(f"{limit}_cents") is not None:
            values.append((limit, f"{plan.takes[f'{limit}_cents'] / 100:.2f}"))
    if plan.takes.get("max_per_roaster") is not None:
        values.append(("max_per_roaster", str(plan.takes["max_per_roaster"])))
    return MultiDict(values)


CHOICES = ("start", "billing", "size_kind", "pricing", "status")
NUMBERS = ("portion_grams", "min_distinct", "max_per_item", "no_repeat")
NEW = {
    "unit": "month",
    "every": "1",
    "weekday": "3",
    "day": "1",
    "cutoff_days": "3",
    "cutoff_time": "23:59",
    "start": "next_open",
    "billing": "at_lock",
    "bill_day": "1",
    "size_kind": "units",
    "portion_grams": "250",
    "pricing": "fixed",
    "min_distinct": "1",
    "max_per_item": "1",
    "no_repeat": "1",
    "status": "draft",
}
