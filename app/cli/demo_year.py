"""What the people of the demonstration do in a year beyond their boxes: pay ahead, give, change.

`begin_year` prepares the shop once; `live_month` does one month's deeds. What somebody may not do
just then is left out, so that a year can be played again from any point.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta

import structlog

from app.core.clock import days_after, local_day
from app.core.refusals import Refused
from app.core.unit_of_work import Actor, UnitOfWork
from app.fulfilment.gift_queries import gifts_of
from app.fulfilment.queries import upcoming_boxes
from app.fulfilment.services.activate_subscription import activate_subscription
from app.fulfilment.services.cancel_subscription import cancel_subscription
from app.fulfilment.services.change_plan import change_plan
from app.fulfilment.services.change_rhythm import change_rhythm
from app.fulfilment.services.give_boxes import GiftWish, give_boxes
from app.fulfilment.services.move_box import move_box
from app.fulfilment.services.pause_subscription import pause_subscription
from app.fulfilment.services.sell_term import sell_term
from app.fulfilment.services.ship_now import ship_now
from app.fulfilment.services.skip_box import skip_box
from app.people.queries import person_by_email
from app.people.rules import AddressFields
from app.subscriptions.gift_rules import Recipient
from app.subscriptions.queries import plan_by_code, subscriptions_of
from app.subscriptions.services.offer_plan import offer_plan
from app.subscriptions.services.save_plan import Selling
from app.subscriptions.term_rules import PrepaidEnd
from app.wiring.tools import Tools

ACTOR = Actor("system", "demo")
Deed = Callable[[UnitOfWork, uuid.UUID, uuid.UUID], object]
log = structlog.get_logger()

OFFERS = {
    "weekly": Selling(prepaid=((4, 0), (12, 500)), rhythms=(1, 2, 3)),
    "fortnightly": Selling(prepaid=((3, 0), (6, 500)), rhythms=(2, 4)),
    "monthly": Selling(prepaid=((3, 0), (6, 500), (12, 1000)), rhythms=(1, 2)),
}


def begin_year(tools: Tools) -> None:
    """Offer boxes ahead and other rhythms, and let some people pay ahead and give."""
    with tools.units(ACTOR) as work:
        for code, selling in OFFERS.items():
            offer_plan(work, code, selling)
    _do(tools, "ada@example.com", _ahead(12, renews=True))
    _do(tools, "tao@example.com", _ahead(3, renews=False))
    _do(tools, "lea@example.com", _ahead(6, renews=True))
    _do(tools, "hana@example.com", _ahead(12, renews=False))
    _give(tools, "ben@example.com", ("Iris Brook", "iris@example.com", 6, 30, True))
    _give(tools, "vic@example.com", ("Max Vargas", "max@example.com", 3, 10, False))


def live_month(tools: Tools, month: int) -> int:
    """Do what people do in the month with this number (the first is 1); return how many deeds."""
    return sum(_do(tools, email, deed) for email, deed in YEAR.get(month, ()))


def _do(tools: Tools, email: str, deed: Deed) -> bool:
    try:
        with tools.units(ACTOR) as work:
            person = person_by_email(work.session, email)
            if person is None:
                return False
            own = [
                each for each in subscriptions_of(work.session, person.id) if each.payer_id is None
            ]
            deed(work, person.id, own[0].id)
    except Refused as refused:
        log.info("deed_left_out", who=email, why=refused.refusal.value)
        return False
    return True


def _ahead(boxes: int, renews: bool) -> Deed:
    return lambda work, who, what: sell_term(work, who, what, boxes, renews)


def _switch(code: str, size: int) -> Deed:
    return lambda work, who, what: change_plan(
        work, who, what, plan_by_code(work.session, code).id, size
    )


def _rhythm(every: int) -> Deed:
    return lambda work, who, what: change_rhythm(work, who, what, every)


def _leave(rest: PrepaidEnd) -> Deed:
    return lambda work, who, what: cancel_subscription(work, who, what, "moving", rest)


def _pause(days: int) -> Deed:
    def pause(work: UnitOfWork, who: uuid.UUID, what: uuid.UUID) -> None:
        today = local_day(work.now, work.shop.zone)
        pause_subscription(work, who, what, days_after(today, days))

    return pause


def _next_box(work: UnitOfWork, who: uuid.UUID, what: uuid.UUID) -> uuid.UUID | None:
    """Return the last box ahead: it is open for changes on any day."""
    today = local_day(work.now, work.shop.zone)
    ahead = [
        box.id
        for box in upcoming_boxes(work.session, who, today)
        if box.subscription_id == what and box.status == "planned"
    ]
    return ahead[-1] if ahead else None


def _skip(work: UnitOfWork, who: uuid.UUID, what: uuid.UUID) -> None:
    box_id = _next_box(work, who, what)
    if box_id:
        skip_box(work, who, box_id)


def _move(work: UnitOfWork, who: uuid.UUID, what: uuid.UUID) -> None:
    today = local_day(work.now, work.shop.zone)
    boxes = {box.id: box.ships_on for box in upcoming_boxes(work.session, who, today)}
    box_id = _next_box(work, who, what)
    if box_id:
        move_box(work, who, box_id, boxes[box_id] + timedelta(days=1))


def _give(tools: Tools, email: str, gift: tuple[str, str, int, int, bool]) -> None:
    """Let somebody give boxes once: to whom, how many, in how many days, address known or not."""
    name, address, boxes, days, known = gift
    home = AddressFields(name, "9 Pine Road", "Salem", "01970", "US", region="MA")
    with tools.units(ACTOR) as work:
        person = person_by_email(work.session, email)
        if person is None or gifts_of(work.session, person.id):
            return
        day = days_after(local_day(work.now, work.shop.zone), days)
        to = Recipient(name, address, day, "Enjoy every cup.", home if known else None)
        plan = plan_by_code(work.session, "monthly")
        subscription = give_boxes(work, GiftWish(person.id, plan.id, 2, boxes, to))
        activate_subscription(work, subscription.id)


YEAR: dict[int, tuple[tuple[str, Deed], ...]] = {
    1: (("nia@example.com", _skip), ("kai@example.com", _switch("weekly", 2))),
    2: (("oto@example.com", _pause(40)), ("sam@example.com", ship_now)),
    3: (
        ("quinn@example.com", _switch("monthly", 2)),
        ("hana@example.com", _leave(PrepaidEnd.REFUND)),
    ),
    4: (("uma@example.com", _rhythm(2)), ("wen@example.com", _move)),
    5: (("ivo@example.com", _switch("weekly", 3)), ("nia@example.com", _skip)),
    6: (("tao@example.com", _ahead(3, renews=True)), ("jun@example.com", ship_now)),
    7: (("kai@example.com", _switch("weekly", 1)), ("pia@example.com", _pause(21))),
    8: (("lea@example.com", _leave(PrepaidEnd.SHIP)), ("wen@example.com", _move)),
    9: (("uma@example.com", _rhythm(1)), ("sam@example.com", _skip)),
    10: (("quinn@example.com", _switch("weekly", 2)),),
    11: (("jun@example.com", _ahead(4, renews=False)),),
    12: (("ivo@example.com", _skip),),
}
