"""Signing up: which box, then who and where. What follows (taste, card) is in `start`."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from app.billing.plan_cost_queries import AheadCost, ahead_costs
from app.billing.services.take_coupon import take_coupon
from app.catalog.rules import Grind
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.people.rules import AddressFields, PeopleRefusal, Role
from app.people.services.register_person import NewPerson, register_person
from app.people.services.save_address import save_address
from app.subscriptions.cooling_queries import cooling_of, first_cut_off
from app.subscriptions.cooling_rules import Cooling
from app.subscriptions.group_queries import GroupView, group_by_code
from app.subscriptions.place_queries import Waiter, full_sizes
from app.subscriptions.place_rules import PlaceRefusal
from app.subscriptions.pledge_queries import pledge_range
from app.subscriptions.pledge_rules import PledgeRange
from app.subscriptions.queries import first_dates, plan_of
from app.subscriptions.services.join_group import join_group
from app.subscriptions.services.sign_up import SignUp, price_of, sign_up
from app.subscriptions.term_rules import TermRefusal
from app.web import words
from app.web.doors import open_work, public, tools
from app.web.i18n import language
from app.web.limits import SIGN_UP, limiter
from app.web.portal.pledge import slider_step
from app.web.portal.refusals import back_to
from app.web.portal.waiting import kept_for
from app.web.sign_in import find, welcome
from app.web.typed import Typed

bp = Blueprint("sign_up", __name__, url_prefix="/sign-up")
bp.register_error_handler(Refused, back_to("front.home"))
SHORTEST_PASSWORD = 10
ENDS, AGAIN = "ends", "again"


@dataclass(frozen=True)
class Choice:
    """The box that somebody is about to sign up for, and what follows from it."""

    plan: Any
    size: int
    grind: str
    price_cents: int
    dates: tuple[date, date, date]
    cutoff_at: datetime
    ahead: AheadCost | None = None
    cooling: Cooling | None = None
    kept: Waiter | None = None
    allowed: PledgeRange | None = None
    group: GroupView | None = None

    @property
    def boxes(self) -> int | None:
        """Return how many boxes are paid at once, None for one by one."""
        return self.ahead.boxes if self.ahead else None


@bp.get("/<uuid:plan_id>")
@public
def choose(plan_id: uuid.UUID) -> ResponseReturnValue:
    """Show the sizes and grinds of a plan, and when its first boxes would come."""
    with open_work() as work:
        plan = plan_of(work.session, plan_id)
        dates, cutoff_at = first_boxes(work, plan)
        cooling = cooling_of(plan, work.now, work.shop.zone)
        full = full_sizes(work.session, plan, work.now)
        group = _group(work, request.args.get("group", ""))
        ranges = {each.size: pledge_range(plan, each.size) for each in plan.sizes}
    return render_template(
        "portal/sign_up.html",
        plan=plan,
        dates=dates,
        cutoff_at=cutoff_at,
        cooling=cooling,
        grinds=words.GRINDS,
        full=full,
        kept=kept_place(plan_id),
        group=group,
        ranges=ranges,
    )


def first_boxes(work: UnitOfWork, plan: Any) -> tuple[tuple[date, date, date], datetime]:
    """Return the first three days of somebody who signs up now, and the first cut-off."""
    zone = work.shop.zone
    return first_dates(plan, work.now, zone), first_cut_off(plan, work.now, zone)


@bp.get("/<uuid:plan_id>/you")
@public
def you(plan_id: uuid.UUID) -> ResponseReturnValue:
    """Ask who it is for and where it goes."""
    return form(Typed(), chosen(plan_id))


@bp.post("/<uuid:plan_id>/you")
@limiter.limit(SIGN_UP)
@public
def join(plan_id: uuid.UUID) -> ResponseReturnValue:
    """Store person, address and wish together; nothing ships or costs before a card is there."""
    choice = chosen(plan_id)
    typed = Typed(request.form)
    address = read_address(typed)
    new = None if current_user.is_authenticated else read_person(typed)
    code = typed.text("coupon", longest=60)
    pledge = typed.cents("pledge") if choice.allowed else None
    again = choice.ahead is None or typed.choice("after", (ENDS, AGAIN)) == AGAIN
    if not typed.ticked("renews"):
        typed.refuse("renews", gettext("Please tick this box, or we may not send you boxes."))
    if not typed.ok:
        return form(typed, choice), 422
    try:
        with open_work() as work:
            wanted = (choice, again, pledge)
            person_id, subscription_id = store(work, new, address, wanted)
            if choice.group:
                join_group(work, person_id, subscription_id, choice.group.code)
            if code:
                take_coupon(work, person_id, subscription_id, code)
    except Refused as refused:
        if refused.refusal is PlaceRefusal.FULL:
            flash(words.refused(refused), "warn")
            return redirect(url_for("waiting.ask", plan_id=plan_id, size=choice.size), 303)
        typed.refused(refused)
        return form(typed, choice), 422
    if new is not None and (person := find(new.email)):
        welcome(person)
    return redirect(url_for("start.taste", subscription_id=subscription_id), 303)


def store(
    work: UnitOfWork,
    new: NewPerson | None,
    address: AddressFields,
    wanted: tuple[Choice, bool, int | None],
) -> tuple[uuid.UUID, uuid.UUID]:
    """Register the person if they are new, and sign them up; return person and subscription.

    `wanted` is the box, whether as many as are paid ahead are ordered again, and the pledge.
    """
    choice, again, pledge = wanted
    person_id = register_person(work, new, Role.SUBSCRIBER).id if new else current_user.id
    place = save_address(work, person_id, address)
    wish = SignUp(
        person_id,
        choice.plan.id,
        choice.size,
        place.id,
        Grind(choice.grind),
        boxes_ahead=choice.boxes,
        renews=again,
        wait_entry_id=choice.kept.id if choice.kept else None,
        pledge_cents=pledge,
    )
    return person_id, sign_up(work, wish).id


def chosen(plan_id: uuid.UUID) -> Choice:
    """Return the box that the address of the page names; refuse one that we do not offer."""
    typed = Typed(request.args)
    grind = typed.choice("grind", list(Grind), required=False) or Grind.WHOLE.value
    with open_work() as work:
        plan = plan_of(work.session, plan_id)
        size = typed.number("size", 1, 100_000)
        dates, cutoff_at = first_boxes(work, plan)
        price = price_of(plan, size)
        ahead = _ahead(typed, plan, price)
        cooling = cooling_of(plan, work.now, work.shop.zone, ahead is not None)
        allowed, group = pledge_range(plan, size), _group(work, typed.text("group"))
    return Choice(
        plan=plan,
        size=size,
        grind=grind,
        price_cents=price,
        dates=dates,
        cutoff_at=cutoff_at,
        ahead=ahead,
        cooling=cooling,
        kept=kept_place(plan_id),
        allowed=allowed,
        group=group,
    )


def kept_place(plan_id: uuid.UUID) -> Waiter | None:
    """Return whose place is kept, where the address of the page names one of this plan."""
    token = request.args.get("place")
    kept = kept_for(token) if token else None
    return kept if kept and kept.plan_id == plan_id and kept.status == "offered" else None


def _group(work: UnitOfWork, code: str) -> GroupView | None:
    """Return the group that somebody is about to join, where they came by an invitation."""
    return group_by_code(work.session, code, work.now) if code else None


def _ahead(typed: Typed, plan: Any, price_cents: int) -> AheadCost | None:
    """Return what is paid at once, None for box by box; refuse what the plan does not offer."""
    if not typed.text("boxes"):
        return None
    boxes = typed.number("boxes", 2, 60)
    for each in ahead_costs(price_cents, plan.prepaid):
        if each.boxes == boxes:
            return each
    raise Refused(TermRefusal.NOT_OFFERED, field="boxes")


def form(typed: Typed, choice: Choice) -> str:
    """Return the form as typed."""
    return render_template(
        "portal/sign_up_you.html",
        typed=typed,
        choice=choice,
        countries=words.countries(),
        country=tools().units.shop.country,
        step=slider_step(choice.allowed) if choice.allowed else 1,
    )


def read_person(typed: Typed) -> NewPerson:
    """Read who signs up. The password is hashed here, before any transaction is open."""
    email = typed.text("email", required=True, longest=320)
    name = typed.text("name", required=True)
    password = typed.values.get("password", "")
    if len(password) < SHORTEST_PASSWORD:
        typed.refuse("password", gettext(PeopleRefusal.PASSWORD_SHORT.value))
    if len(password) > 1000:
        typed.refuse("password", gettext("This is longer than %(n)d characters.", n=1000))
    hashed = tools().hash_password(password) if typed.ok else None
    return NewPerson(email, name, hashed, language())


def read_address(typed: Typed) -> AddressFields:
    """Read where the boxes go."""
    country = typed.choice("country", [code for code, _ in words.countries()]) or ""
    return AddressFields(
        name=typed.text("name", required=True),
        line1=typed.text("line1", required=True),
        line2=typed.text("line2"),
        city=typed.text("city", required=True),
        region=typed.text("region"),
        postcode=typed.text("postcode", required=True, longest=20),
        country=country,
    )
