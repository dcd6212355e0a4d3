"""Looks up, for many boxes at once, all that decides about their prices besides their contents."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.billing.box_price_rules import BoxTerms, PricedLine, price_box
from app.billing.coupon_rules import boxes_left
from app.billing.price_list_queries import (
    DiscountRow,
    announced_prices,
    credit_of,
    discounts_of,
    exempt_people,
    price_on,
    shipping_prices,
    tax_rates,
)
from app.billing.pricing_rules import Delivery, Item, LineKind, Off, Order, Quote, quote
from app.billing.shipping_rules import ShippingPrice, shipping_price
from app.billing.tax_rules import ADD_ON, BOX, SHIPPING, Place, Rate, rate_for
from app.core.clock import local_day
from app.core.database import among
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.add_on_queries import AddedTo, added_to
from app.fulfilment.models import Batch, Box
from app.fulfilment.number_queries import box_numbers
from app.fulfilment.sharing_queries import group_offs, pledged_prices
from app.fulfilment.switch_queries import charges, credits, switches_of
from app.fulfilment.term_queries import covered_boxes
from app.people.models import Address
from app.personalization.services.set_mix import slots_of
from app.subscriptions.models import Subscription

Pair = tuple[Box, Subscription]


@dataclass(frozen=True)
class PriceFacts:
    """What is known about the price of one box before it is known what is in it.

    `discount_ids` are those behind `offs`, to be noted as used; `payer` is whose credit pays;
    `number` says which box of its subscription it is; `price_cents` is the price announced for
    its day (None: the one agreed).
    """

    tax_bp: int = 0
    inclusive: bool = False
    exempt: bool = False
    covered: bool = False
    add_ons: tuple[Item, ...] = ()
    added: tuple[AddedTo, ...] = ()
    offs: tuple[Off, ...] = ()
    discount_ids: tuple[uuid.UUID, ...] = ()
    delivery: Delivery | None = None
    payer: uuid.UUID | None = None
    number: int = 1
    price_cents: int | None = None


@dataclass(frozen=True)
class PriceBook:
    """The facts of each box, and what each payer has in credit."""

    facts: Mapping[uuid.UUID, PriceFacts]
    credit: dict[uuid.UUID, int]

    def price(
        self, box_id: uuid.UUID, terms: BoxTerms, lines: Sequence[PricedLine], missing: int
    ) -> Quote:
        """Price a box with everything that goes with it; what credit it uses is gone for others."""
        facts = self.facts[box_id]
        agreed = terms.price_cents if facts.price_cents is None else facts.price_cents
        terms = replace(terms, number=facts.number, price_cents=agreed)
        box = price_box(terms, lines, missing, facts.tax_bp)
        found = quote(
            Order(
                items=(*box.items, *facts.add_ons),
                offs=(*box.offs, *facts.offs),
                delivery=facts.delivery,
                inclusive=facts.inclusive,
                exempt=facts.exempt,
                covered=facts.covered,
                credit_cents=self.credit.get(facts.payer, 0) if facts.payer else 0,
            )
        )
        if facts.payer and found.credit_cents:
            self.credit[facts.payer] -= found.credit_cents
        return found


@dataclass(frozen=True)
class _Lists:
    """What the shop's price lists say, and who pays no tax."""

    rates: tuple[Rate, ...]
    shipping: tuple[ShippingPrice, ...]
    exempt: set[uuid.UUID]
    places: dict[uuid.UUID, Place]


def price_book(
    work: UnitOfWork, pairs: Sequence[Pair], lock: bool = False, at_once: bool = False
) -> PriceBook:
    """Return the facts of each box on the day of its charge: that of its lock, or of its bill.

    An open box will be charged later: taxes and prices that are known to hold by then count,
    unless it is charged `at_once`. `lock` keeps others from using the same discounts and credit
    until the end of this unit.
    """
    session, today = work.session, local_day(work.now, work.shop.zone)
    lists = _lists(session, pairs, today)
    days = {} if at_once else _charged_on(work, pairs)
    announced = announced_prices(session, {own.id for box, own in pairs if box.id in days})
    covered = covered_boxes(session, pairs)
    added = added_to(session, [box for box, _ in pairs])
    fresh = [pair for pair in pairs if pair[0].id not in covered and not pair[0].invoice_id]
    offs = _offs(session, fresh, lock)
    payers = {subscription.paid_by for _, subscription in pairs}
    stepped = [box for box, owner in pairs if owner.plan.price_terms.get("progression")]
    numbers = box_numbers(session, stepped)
    switches = switches_of(session, fresh)
    shared, pledged = group_offs(session, fresh), pledged_prices(session, fresh)
    facts = {}
    for box, subscription in pairs:
        day = local_day(box.locked_at, work.shop.zone) if box.locked_at else today
        day = days.get(box.id, day)
        fallback = work.shop.tax_bp if box.tax_bp is None else box.tax_bp
        used = offs.get(box.id, [])
        listed = _listed(lists, (box, subscription), added.get(box.id, ()), (day, fallback))
        switched = switches.get(box.id, [])
        facts[box.id] = replace(
            listed,
            add_ons=(*listed.add_ons, *charges(switched, listed.tax_bp)),
            exempt=subscription.paid_by in lists.exempt,
            covered=box.id in covered,
            offs=(
                *([shared[box.id]] if box.id in shared else []),
                *credits(switched),
                *(_off(row) for row in used),
            ),
            discount_ids=tuple(row.id for row in used),
            payer=None if box.invoice_id else subscription.paid_by,
            number=numbers.get(box.id, 1),
            price_cents=price_on(subscription.price_cents, announced[subscription.id], day)
            if subscription.id in announced and box.id in days
            else pledged.get(box.id),
        )
    return PriceBook(facts, credit_of(session, payers, lock))


def _charged_on(work: UnitOfWork, pairs: Sequence[Pair]) -> dict[uuid.UUID, date]:
    """Return the day on which each box that is still open will be charged."""
    opened = [box for box, _ in pairs if not (box.locked_at or box.invoice_id)]
    if not opened:
        return {}
    batches = select(Batch.id, Batch.locks_at).where(Batch.id.in_({box.batch_id for box in opened}))
    locks = {row.id: row.locks_at for row in work.session.execute(batches)}
    return {
        box.id: local_day(max(work.now, box.bill_at or locks[box.batch_id]), work.shop.zone)
        for box in opened
    }


def _lists(session: Session, pairs: Sequence[Pair], today: date) -> _Lists:
    rates, shipping = tax_rates(session), shipping_prices(session)
    exempt = exempt_people(session, {subscription.paid_by for _, subscription in pairs}, today)
    return _Lists(rates, shipping, exempt, _places(session, pairs) if rates or shipping else {})


def _places(session: Session, pairs: Sequence[Pair]) -> dict[uuid.UUID, Place]:
    """Return where each box goes: as frozen, or to the address of today."""
    rows = session.execute(
        select(Address.id, Address.country, Address.region).where(
            among(Address.id, {subscription.address_id for _, subscription in pairs})
        )
    )
    homes = {row.id: Place(row.country, row.region) for row in rows}
    return {
        box.id: Place(box.address["country"], box.address.get("region", ""))
        if box.address
        else homes[subscription.address_id]
        for box, subscription in pairs
    }


def _listed(
    lists: _Lists, pair: Pair, added: Sequence[AddedTo], when: tuple[date, int]
) -> PriceFacts:
    """Return rates, delivery and what was added; `when` is the day and the rate to fall back on."""
    box, subscription = pair
    place = lists.places.get(box.id, Place(""))
    rates = {kind: rate_for(lists.rates, place, kind, when[0]) for kind in (BOX, ADD_ON, SHIPPING)}
    percent = {kind: rate.rate_bp if rate else when[1] for kind, rate in rates.items()}
    grams = slots_of(subscription) * subscription.plan.portion_grams
    grams += sum(each.units * each.grams for each in added)
    sending = shipping_price(lists.shipping, place, grams)
    home = rates[BOX]
    return PriceFacts(
        tax_bp=percent[BOX],
        inclusive=home is not None and home.inclusive,
        add_ons=tuple(_add_on(each, percent[ADD_ON]) for each in added),
        added=tuple(added),
        delivery=_delivery(sending, percent[SHIPPING]),
    )


def _delivery(price: ShippingPrice | None, tax_bp: int) -> Delivery | None:
    if price is None:
        return None
    return Delivery("Delivery", price.price_cents, price.free_from_cents, tax_bp)


def _add_on(each: AddedTo, tax_bp: int) -> Item:
    return Item(LineKind.ADD_ON, each.name, each.units, each.unit_cents, tax_bp, each.code)


def _offs(
    session: Session, pairs: Sequence[Pair], lock: bool
) -> dict[uuid.UUID, list[DiscountRow]]:
    """Return the discounts of each box; one for few boxes goes to the earliest of them."""
    known = discounts_of(session, {subscription.id for _, subscription in pairs}, lock)
    used: dict[uuid.UUID, int] = defaultdict(int)
    found: dict[uuid.UUID, list[DiscountRow]] = {}
    for box, subscription in sorted(pairs, key=lambda pair: pair[0].cycle):
        for row in known.get(subscription.id, ()):
            if boxes_left(row.boxes, row.used + used[row.id]):
                used[row.id] += 1
                found.setdefault(box.id, []).append(row)
    return found


def _off(row: DiscountRow) -> Off:
    return Off(row.text, row.off_bp, row.off_cents)
