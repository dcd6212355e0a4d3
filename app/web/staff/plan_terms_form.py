"""The form of a plan's terms: reads what was typed, shows what is stored."""

from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from app.subscriptions.cooling_rules import LONGEST
from app.subscriptions.price_term_rules import (
    MOST_PEOPLE,
    GroupTerms,
    PledgeTerms,
    PriceTerms,
    Steps,
)
from app.subscriptions.services.save_plan import Selling
from app.subscriptions.term_rules import Arrears, PrepaidEnd, Proration, Rescheduling
from app.web.typed import Typed

ROWS = 4
CHOICES = ("prepaid_end", "rescheduling", "arrears", "proration")


def read_prices(typed: Typed) -> PriceTerms:
    """Read what prices depend on besides sizes."""
    spent = []
    for row in typed_rows(typed, "spend"):
        spent.append((typed.cents(f"spend_{row}"), read_percent(typed, f"spend_off_{row}")))
    return PriceTerms(
        progression=read_steps(typed, "from", "from_off", (1, 1000)),
        spend_tiers=tuple(sorted(spent)),
        least_cents=typed.cents("least") if typed.text("least") else 0,
        group=read_group(typed),
        pledge=read_pledge(typed),
    )


def read_group(typed: Typed) -> GroupTerms | None:
    """Read from how many people on a group has a discount; None where nothing is typed."""
    if not typed.text("group_people"):
        return None
    people = typed.number("group_people", 2, MOST_PEOPLE)
    return GroupTerms(people, read_percent(typed, "group_off"))


def read_pledge(typed: Typed) -> PledgeTerms | None:
    """Read the range of pledges in per cent of the price; None where nothing is typed."""
    if not (typed.text("pledge_floor") or typed.text("pledge_ceiling")):
        return None
    return PledgeTerms(
        floor_bp=typed.number("pledge_floor", 1, 100) * 100,
        ceiling_bp=typed.number("pledge_ceiling", 100, 1000) * 100,
        target_cents=typed.cents("pledge_target") if typed.text("pledge_target") else None,
    )


def read_selling(typed: Typed) -> Selling:
    """Read how a plan is sold."""
    return Selling(
        prepaid=read_steps(typed, "boxes", "boxes_off", (2, 60)),
        prepaid_end=PrepaidEnd(typed.choice("prepaid_end", list(PrepaidEnd)) or PrepaidEnd.CHOOSE),
        charge_every=typed.number("charge_every", 1, 60),
        rhythms=read_rhythms(typed),
        recount=typed.choice("recount", ("last", "anchor")) != "anchor",
        rescheduling=Rescheduling(
            typed.choice("rescheduling", list(Rescheduling)) or Rescheduling.ONE_OFF
        ),
        arrears=Arrears(typed.choice("arrears", list(Arrears)) or Arrears.KEEP),
        proration=Proration(typed.choice("proration", list(Proration)) or Proration.BY_DAYS),
        ends_after=typed.number("ends_after", 1, 1000) if typed.text("ends_after") else None,
        ends_on=typed.day("ends_on"),
        cooling_days=typed.number("cooling_days", 0, LONGEST) if typed.text("cooling_days") else 0,
    )


def typed_rows(typed: Typed, name: str) -> list[int]:
    """Return the rows of a table of which the first field is filled in."""
    return [row for row in range(ROWS) if typed.text(f"{name}_{row}")]


def read_steps(typed: Typed, name: str, off: str, reach: tuple[int, int]) -> Steps:
    """Read rows of a number and how much then comes off; no number may come twice."""
    found: dict[int, int] = {}
    for row in typed_rows(typed, name):
        number = typed.number(f"{name}_{row}", *reach)
        if number in found:
            typed.refuse(f"{name}_{row}", gettext("This number is there twice."))
        found[number] = read_percent(typed, f"{off}_{row}")
    return tuple(sorted(found.items()))


def read_percent(typed: Typed, name: str) -> int:
    """Return a part typed in per cent with at most two decimals, in basis points; empty is 0."""
    words = typed.values.get(name, "").strip().replace(",", ".") or "0"
    try:
        points = Decimal(words) * 100
        if points != points.to_integral_value() or not 0 <= points <= 10_000:
            raise InvalidOperation
    except InvalidOperation:
        typed.refuse(name, gettext("Please give a part from 0 to 100 per cent."))
        return 0
    return int(points)


def read_rhythms(typed: Typed) -> tuple[int, ...]:
    """Read rhythms typed as "1, 2, 4"."""
    words = typed.values.get("rhythms", "").replace("，", ",").replace("、", ",").split(",")
    try:
        return tuple(int(word) for word in words if word.strip())
    except ValueError:
        typed.refuse("rhythms", gettext("Please give numbers such as 1, 2, 4."))
        return ()


def values_of(prices: PriceTerms, selling: Selling) -> MultiDict[str, str]:
    """Return stored terms as the form shows them."""
    found: dict[str, Any] = {name: getattr(selling, name).value for name in CHOICES}
    found |= {
        "charge_every": selling.charge_every,
        "rhythms": ", ".join(str(each) for each in selling.rhythms),
        "recount": "last" if selling.recount else "anchor",
        "ends_after": selling.ends_after,
        "ends_on": selling.ends_on,
        "cooling_days": selling.cooling_days or None,
        "least": f"{prices.least_cents / 100:.2f}" if prices.least_cents else None,
    }
    if group := prices.group:
        found |= {"group_people": group.people, "group_off": f"{group.off_bp / 100:g}"}
    if pledge := prices.pledge:
        target = pledge.target_cents
        found |= {
            "pledge_floor": pledge.floor_bp // 100,
            "pledge_ceiling": pledge.ceiling_bp // 100,
            "pledge_target": None if target is None else f"{target / 100:.2f}",
        }
    found |= _rows("from", "from_off", [(n, off) for n, off in prices.progression])
    found |= _rows("boxes", "boxes_off", [(n, off) for n, off in selling.prepaid])
    spent = [(f"{cents / 100:.2f}", off) for cents, off in prices.spend_tiers]
    found |= _rows("spend", "spend_off", spent)
    return MultiDict({name: "" if each is None else str(each) for name, each in found.items()})


def _rows(name: str, off: str, steps: list[tuple[Any, int]]) -> dict[str, str]:
    found = {}
    for row, (number, points) in enumerate(steps):
        found[f"{name}_{row}"] = str(number)
        found[f"{off}_{row}"] = f"{points / 100:g}"
    return found
